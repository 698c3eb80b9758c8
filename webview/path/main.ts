import { element } from "../element.js";
import { connectHost } from "../host.js";
import type { FromPathView, PathPacket, ToPathView } from "../protocol.js";
import { pngData, svgText } from "./export.js";
import { PacketFormFields } from "./packetForm.js";
import { Picture } from "./picture.js";
import { StepList } from "./stepList.js";
import { Tabs } from "./tabs.js";
import "./style.css";

const host = connectHost<ToPathView, FromPathView>(hear);
let packets: readonly PathPacket[] = [];
let chosen = 0;
let step = 0;
let opened = "";
let isCompact = false;
let cursor: { readonly file: string; readonly line: number } | undefined;

const sentence = element("h1", { class: "sentence", role: "status" }, "No packet has been sent yet.");
const whole = element("p", { class: "whole-packet" });
const about = element("p", { class: "about" });
const trouble = element("div", { class: "trouble", role: "alert" });
const form = new PacketFormFields((fields, exchange) => host.say({ ask: "send", form: fields, exchange }));
const tabs = new Tabs("panel", choosePacket);
const picture = new Picture(open);
const list = new StepList((index) => {
  goTo(index);
  const place = packets[chosen]?.steps[index]?.place;
  if (place) host.say({ ask: "reveal", file: place.file, line: place.line });
});
const range = element("input", { type: "range", min: "0", value: "0", "aria-label": "Step" });
const stepText = element("span", { class: "step-text" });
const more = element("section", { class: "more", "aria-label": "About this packet" });

const compact = element("button", { type: "button", "aria-pressed": "false" }, "Compact");
compact.addEventListener("click", () => {
  isCompact = !isCompact;
  compact.setAttribute("aria-pressed", String(isCompact));
  drawPacket();
});
const tools = element(
  "div",
  { class: "tools", role: "toolbar", "aria-label": "Picture" },
  compact,
  tool("−", "Zoom out", () => picture.zoomBy(0.8)),
  tool("+", "Zoom in", () => picture.zoomBy(1.25)),
  tool("Fit", "Fit to the width", () => picture.fit()),
  tool("SVG", "Export as SVG", () => save("svg")),
  tool("PNG", "Export as PNG", () => save("png")),
);
const timeline = element(
  "div",
  { class: "timeline", role: "group", "aria-label": "Steps of the packet" },
  tool("◀", "Previous step", () => goTo(step - 1)),
  range,
  tool("▶", "Next step", () => goTo(step + 1)),
  stepText,
);
const packetPart = element("details", { class: "packet-part" }, element("summary", {}, "Change the packet"), form.root);
const panel = element(
  "div",
  { class: "panel", id: "panel", role: "tabpanel", "aria-labelledby": "tab-0" },
  timeline,
  element(
    "div",
    { class: "sides" },
    picture.root,
    element("div", { class: "side", role: "region", "aria-label": "Details", tabindex: "0" }, list.root, more),
  ),
);
(document.getElementById("root") as HTMLElement).append(
  sentence,
  whole,
  about,
  trouble,
  packetPart,
  element("div", { class: "bar" }, tabs.root, tools),
  panel,
);
panel.hidden = true;
tools.hidden = true;
range.addEventListener("input", () => goTo(Number(range.value)));
host.say({ ask: "ready" });

function hear(message: ToPathView): void {
  if (message.say === "form") {
    form.fill(message.form, message.exchange);
    about.textContent = message.about;
  } else if (message.say === "packets") showPackets(message.packets);
  else if (message.say === "trouble") {
    trouble.replaceChildren(...message.messages.map((text) => element("p", {}, text)));
    packetPart.open = true;
  } else if (message.say === "cursor") {
    cursor = message;
    markCursor();
  }
}

function showPackets(found: readonly PathPacket[]): void {
  packets = found;
  trouble.replaceChildren();
  tabs.show(found);
  panel.hidden = found.length === 0;
  tools.hidden = found.length === 0;
  choosePacket(found.length - 1);
}

function choosePacket(index: number): void {
  const packet = packets[index];
  if (!packet) return;
  chosen = index;
  tabs.select(index);
  panel.setAttribute("aria-labelledby", `tab-${index}`);
  sentence.textContent = packet.sentence;
  sentence.className = `sentence ${packet.tone}`;
  whole.textContent = packet.title;
  range.max = String(packet.steps.length);
  more.replaceChildren(...moreAbout(packet));
  opened = "";
  step = packet.steps.length;
  drawPacket();
}

function drawPacket(): void {
  const diagram = currentDiagram();
  if (!diagram) return;
  picture.draw(diagram);
  opened = "";
  goTo(step);
  markCursor();
}

/** The timeline has one place more than there are steps: the end. */
function goTo(index: number): void {
  const packet = packets[chosen];
  const way = currentDiagram()?.way;
  if (!packet || !way) return;
  step = Math.max(0, Math.min(packet.steps.length, index));
  const stop = way.stops[step] ?? way.end;
  const id = stop.row ?? stop.box;
  picture.light(step);
  picture.mark("hs-now", new Set([id]));
  picture.reveal(id);
  range.value = String(step);
  const text = describe(packet, step);
  range.setAttribute("aria-valuetext", text);
  stepText.textContent = text;
  open(id);
}

function open(id: string): void {
  const diagram = currentDiagram();
  const packet = packets[chosen];
  if (!diagram || !packet) return;
  if (id !== opened) list.show(packet, diagram, id);
  opened = id;
  picture.mark("hs-opened", new Set([id]));
  list.mark(step, cursorSteps());
}

function describe({ steps }: PathPacket, index: number): string {
  const at = steps[index];
  if (!at) return `The end, after ${steps.length} ${steps.length === 1 ? "step" : "steps"}`;
  const verdict = at.verdict === undefined ? "" : `, ${at.verdict}`;
  return `Step ${index + 1} of ${steps.length}: ${at.where} ${at.text}${verdict}`;
}

/** The steps of the rule on which the editor's cursor stands. */
function cursorSteps(): ReadonlySet<number> {
  const steps = packets[chosen]?.steps ?? [];
  const isThere = ({ place }: (typeof steps)[number]) =>
    place && cursor && place.file === cursor.file && place.line <= cursor.line && cursor.line <= place.lastLine;
  return new Set(steps.flatMap((one, index) => (isThere(one) ? [index] : [])));
}

function markCursor(): void {
  const found = cursorSteps();
  const stops = currentDiagram()?.way?.stops ?? [];
  picture.mark("hs-cursor", new Set([...found].map((index) => stops[index]?.row ?? stops[index]?.box ?? "")));
  list.mark(step, found);
}

function moreAbout({ entry, assumptions, unknown }: PathPacket): HTMLElement[] {
  const part = (title: string, texts: readonly string[]) =>
    texts.length === 0
      ? []
      : [element("h2", {}, title), element("ul", {}, ...texts.map((text) => element("li", {}, text)))];
  return [
    ...part("Not known", unknown),
    ...part("Taken for granted", assumptions),
    ...part("Conntrack afterwards", [entry]),
  ];
}

function currentDiagram() {
  const packet = packets[chosen];
  return isCompact ? packet?.compact : packet?.full;
}

async function save(kind: "svg" | "png"): Promise<void> {
  const diagram = currentDiagram();
  const packet = packets[chosen];
  if (!diagram || !packet) return;
  const svg = svgText(diagram, step, `${packet.title}. ${packet.sentence}`);
  host.say({ ask: "save", kind, data: kind === "svg" ? svg : await pngData(svg) });
}

function tool(text: string, label: string, act: () => void): HTMLElement {
  const made = element("button", { type: "button", "aria-label": label, title: label }, text);
  made.addEventListener("click", act);
  return made;
}
