import { element } from "../element.js";
import { connectHost } from "../host.js";
import type {
  Comparison,
  FromPathView,
  LiveStatus,
  PacketField,
  PacketForm,
  PathPacket,
  ToPathView,
} from "../protocol.js";
import { textButton } from "./controls.js";
import { CountBar } from "./counts.js";
import { PacketFormFields } from "./packetForm.js";
import { PacketView } from "./packetView.js";
import { SourceList } from "./sources.js";
import { isRunning, TraceBar } from "./traceBar.js";
import { TracedList } from "./tracedList.js";
import "./style.css";

let begun: Extract<ToPathView, { say: "form" }> | undefined;
const host = connectHost<ToPathView, FromPathView>(hear);

const about = element("p", { class: "about" });
const trouble = element("div", { class: "trouble", role: "alert" });
const compared = element("p", { class: "comparison", role: "status" });
const view = new PacketView((message) => host.say(message));
const form = new PacketFormFields({
  send: (fields, exchange) => host.say({ ask: "send", form: fields, exchange }),
  read: (text) => host.say({ ask: "fill", ...(text !== undefined && { text }) }),
});
const hint = element("p", { class: "hint" }, "For a trace, what is left empty is not compared.");
const packetPart = element("details", { class: "packet-part" }, element("summary", {}, "Change the packet"));
packetPart.append(form.root, hint);
const trace = textButton("Trace packets like this", () => host.say({ ask: "trace", form: knownFields() }));
const bar = new TraceBar(() => host.say({ ask: "stopTrace" }));
const countBar = new CountBar((to) => host.say({ ask: "count", to }));
const sources = new SourceList((message) => host.say(message));
const traced = new TracedList((message) => host.say(message));

const hearers: Readonly<{ [Say in ToPathView["say"]]: (message: Extract<ToPathView, { say: Say }>) => void }> = {
  form: begin,
  packets: ({ packets }) => showPackets(packets),
  filled,
  trouble: ({ messages }) => tellTrouble(messages),
  cursor: (place) => view.cursor(place),
  hover: ({ place, html }) => view.hover.tell(place, html),
  chains: ({ chains }) => view.rulesAt(chains),
  sources: ({ sources: found }) => sources.show(found),
  traced: ({ status }) => traced.tell(status),
  tracedRows: (rows) => traced.rows(rows),
  tracedPacket: showTraced,
  live: ({ status }) => tellLive(status),
  about: ({ text }) => about.replaceChildren(text),
  counted: ({ status }) => countBar.tell(status, view.count(status.counts)),
};

compared.hidden = true;
trace.hidden = true;
const root = document.getElementById("root") as HTMLElement;
root.append(
  view.sentence,
  compared,
  view.whole,
  about,
  sources.root,
  trouble,
  element("div", { class: "before" }, packetPart, trace, countBar.root),
  form.read,
  bar.root,
  traced.root,
  view.bar,
  view.panel,
  view.hover.root,
);
host.say({ ask: "ready" });

function hear(message: ToPathView): void {
  const hearer = hearers[message.say] as (message: ToPathView) => void;
  hearer(message);
}

function showPackets(packets: readonly PathPacket[]): void {
  trouble.replaceChildren();
  showComparison(undefined);
  traced.leave();
  view.show(packets, packets.length - 1);
}

function begin(message: Extract<ToPathView, { say: "form" }>): void {
  const { form: fields, exchange, about: text, router, withoutRules } = message;
  begun = message;
  form.fill(fields, exchange);
  about.textContent = text;
  trace.hidden = router === undefined;
  countBar.root.hidden = router === undefined;
  trace.title = router === undefined ? "" : `On ${router}, for a short time: it says before what it will do`;
  hint.hidden = router === undefined;
  packetPart.hidden = withoutRules ?? false;
  traced.canSimulate = !withoutRules;
  packetPart.open ||= Object.keys(fields).length === 0;
}

/** What was made up for the simulation is not known of other packets, unless somebody has changed it. */
function knownFields(): PacketForm {
  const { form: fields, invented = [] } = begun ?? { form: {} };
  const isInvented = (field: string, text: string) =>
    invented.some((one) => one === field) && fields[field as PacketField] === text;
  return Object.fromEntries(Object.entries(form.form).filter(([field, text]) => !isInvented(field, text)));
}

/** The form folds when it was open only because nothing stood in it. */
function filled({ form: fields, messages }: Extract<ToPathView, { say: "filled" }>): void {
  packetPart.open = !fields || (packetPart.open && !form.isBlank);
  form.filled(fields, messages);
}

function tellTrouble(messages: readonly string[]): void {
  trouble.replaceChildren(...messages.map((text) => element("p", {}, text)));
  packetPart.open = true;
}

function showTraced({ observed, simulated, comparison }: Extract<ToPathView, { say: "tracedPacket" }>): void {
  trouble.replaceChildren();
  packetPart.open = false;
  showComparison(comparison);
  view.show(simulated ? [observed, simulated] : [observed], 0, comparison);
}

function showComparison(comparison: Comparison | undefined): void {
  compared.hidden = !comparison;
  compared.className = `comparison ${comparison?.is ?? ""}`;
  compared.textContent = comparison?.sentence ?? "";
}

/** While it runs, the room is the packets'. */
function tellLive(status: LiveStatus): void {
  bar.tell(status);
  if (status.state === "starting") {
    packetPart.open = false;
    root.scrollTop = 0;
  }
  trace.disabled = isRunning(status.state);
}
