import type { Diagram } from "../../netfilter/diagram/diagram.js";
import type { ChainCount } from "../../netfilter/observe/counted/series.js";
import { element } from "../element.js";
import type { ChainLines, Comparison, FromPathView, PathPacket } from "../protocol.js";
import { iconButton } from "./controls.js";
import { CountedDiagrams } from "./counts.js";
import { type CursorPlace, type CursorRule, ruleAtCursor } from "./cursorRule.js";
import { pngData, svgText } from "./export.js";
import { Picture } from "./picture.js";
import { StepList, type StepMarks } from "./stepList.js";
import { Tabs } from "./tabs.js";
import { Timeline } from "./timeline.js";
import { WordHover } from "./wordHover.js";

/** Packets that are shown one at a time: those of an exchange, or a traced one and its simulation. */
export class PacketView {
  readonly sentence = element("h1", { class: "sentence", role: "status" }, "No packet has been sent yet.");
  readonly whole = element("p", { class: "whole-packet" });
  readonly bar: HTMLElement;
  readonly panel: HTMLElement;
  private readonly tabs = new Tabs("panel", (index) => this.choose(index));
  private readonly picture = new Picture((id) => this.open(id));
  private readonly timeline = new Timeline((step) => this.goTo(step));
  private readonly own = new StepList("What the packet met there", (step) => this.stepChosen(step));
  private readonly other = new StepList("What the other way has there", (step) => this.otherChosen(step));
  /** What the language server says of the words of rules. */
  readonly hover = new WordHover((place) => this.ask({ ask: "hover", place }));
  private readonly more = element("section", { class: "more", "aria-label": "About this packet" });
  private readonly cursorText = element("p", { class: "cursor-rule" });
  private readonly side: HTMLElement;
  private readonly tools: HTMLElement;
  private packets: readonly PathPacket[] = [];
  /** Of the first packet with the second. */
  private comparison: Comparison | undefined;
  private chosen = 0;
  private step = 0;
  private opened = "";
  private isCompact = false;
  private counted = new CountedDiagrams([]);
  private cursorAt: CursorPlace | undefined;
  private chains: readonly ChainLines[] = [];

  /** `ask` hears which line is to be shown, of which word something is wanted, and what is to be saved. */
  constructor(private readonly ask: (message: Extract<FromPathView, { ask: "reveal" | "save" | "hover" }>) => void) {
    for (const { root } of [this.own, this.other]) this.hover.watch(root);
    this.side = element("div", { class: "side", role: "region", "aria-label": "Details", tabindex: "0" });
    this.side.append(element("div", { class: "lists" }, this.own.root, this.other.root), this.more);
    this.tools = element("div", { class: "tools", role: "toolbar", "aria-label": "Picture" }, ...this.toolButtons());
    this.bar = element("div", { class: "bar" }, this.tabs.root, this.tools);
    this.panel = element("div", { class: "panel", id: "panel", role: "tabpanel", "aria-labelledby": "tab-0" });
    this.panel.append(
      this.timeline.root,
      this.cursorText,
      element("div", { class: "sides" }, this.picture.root, this.side),
    );
    this.show([], 0);
  }

  /** Shows other packets, one of them first. With a comparison they are an observed and a simulated way of one packet. */
  show(packets: readonly PathPacket[], first: number, comparison?: Comparison): void {
    this.packets = packets;
    this.comparison = comparison;
    this.tabs.show(packets);
    for (const part of [this.panel, this.tools]) part.hidden = packets.length === 0;
    this.side.classList.toggle("compared", this.isCompared);
    this.other.root.hidden = !this.isCompared;
    this.choose(first);
  }

  /** The cursor stands there in the editor: its rule lights up. */
  cursor(place: CursorPlace): void {
    this.cursorAt = place;
    this.mark();
  }

  /** Where all rules stand: those that no packet met light up, too. */
  rulesAt(chains: readonly ChainLines[]): void {
    this.chains = chains;
    this.mark();
  }

  /** What the router's chains have counted, into the picture; none where nothing is counted. Answers with what is missing. */
  count(counts: readonly ChainCount[]): readonly string[] {
    this.counted = new CountedDiagrams(counts);
    const diagram = this.diagram(this.chosen);
    if (!diagram) return [];
    if (!this.picture.refresh(diagram)) this.draw();
    return this.counted.gapsIn(this.packets[this.chosen]);
  }

  private get isCompared(): boolean {
    return this.comparison !== undefined && this.packets.length > 1;
  }

  private choose(index: number): void {
    const packet = this.packets[index];
    if (!packet) return;
    this.chosen = index;
    this.tabs.select(index);
    this.panel.setAttribute("aria-labelledby", `tab-${index}`);
    this.sentence.textContent = packet.sentence;
    this.sentence.className = `sentence ${packet.tone}`;
    this.whole.textContent = packet.title;
    this.more.replaceChildren(...moreAbout(packet));
    this.step = this.differs(index) ?? packet.steps.length;
    this.draw();
  }

  private draw(): void {
    const diagram = this.diagram(this.chosen);
    if (!diagram) return;
    this.picture.draw(diagram);
    this.opened = "";
    this.goTo(this.step);
  }

  private goTo(index: number): void {
    const packet = this.packets[this.chosen];
    const way = this.diagram(this.chosen)?.way;
    if (!packet || !way) return;
    this.step = Math.max(0, Math.min(packet.steps.length, index));
    const stop = way.stops[this.step] ?? way.end;
    const id = stop.row ?? stop.box;
    this.picture.light(this.step);
    this.picture.mark("hs-now", new Set([id]));
    this.picture.reveal(id);
    this.timeline.stand(packet, this.step);
    this.open(id);
  }

  private open(id: string): void {
    if (id !== this.opened) this.list(id);
    this.opened = id;
    this.picture.mark("hs-opened", new Set([id]));
    this.mark();
  }

  private list(id: string): void {
    const headed = ([list, index]: readonly [StepList, number]) => {
      const packet = this.packets[index];
      const diagram = this.diagram(index);
      if (packet && diagram) list.show(packet, diagram, id, this.isCompared ? `${packet.short}: ` : "");
    };
    headed([this.own, this.chosen]);
    if (this.isCompared) headed([this.other, 1 - this.chosen]);
  }

  private mark(): void {
    const { steps: found, rows, boxes, sentence } = this.cursorRule(this.chosen);
    this.picture.mark("hs-cursor", this.isCompact ? boxes : rows);
    this.cursorText.textContent = sentence;
    this.cursorText.hidden = sentence === "";
    const differs = [0, 1].flatMap((index) => [...this.placesOf(index, setOf(this.differs(index)))]);
    this.picture.mark("hs-differs", new Set(differs));
    this.own.mark({ now: this.step, cursor: found, ...this.difference(this.chosen) });
    this.other.mark({ cursor: this.cursorRule(1 - this.chosen).steps, ...this.difference(1 - this.chosen) });
  }

  private difference(index: number): Pick<StepMarks, "differs"> {
    const differs = this.differs(index);
    return differs === undefined ? {} : { differs };
  }

  private differs(index: number): number | undefined {
    return index === 0 ? this.comparison?.observedStep : this.comparison?.simulatedStep;
  }

  /** Rows and boxes of steps. */
  private placesOf(index: number, steps: ReadonlySet<number>): ReadonlySet<string> {
    const way = this.diagram(index)?.way;
    const stops = [...steps].map((step) => way?.stops[step] ?? way?.end);
    return new Set(stops.map((stop) => stop?.row ?? stop?.box ?? ""));
  }

  /** How a packet stands to the rule on which the editor's cursor stands. The first of two that are compared was observed. */
  private cursorRule(index: number): CursorRule {
    const isObserved = this.comparison !== undefined && index === 0;
    return ruleAtCursor(this.packets[index], this.chains, this.cursorAt, isObserved);
  }

  private diagram(index: number): Diagram | undefined {
    const packet = this.packets[index];
    return packet && this.counted.of(packet, this.isCompact ? "compact" : "full");
  }

  private stepChosen(step: number): void {
    this.goTo(step);
    const place = this.packets[this.chosen]?.steps[step]?.place;
    if (place) this.ask({ ask: "reveal", file: place.file, line: place.line });
  }

  private otherChosen(step: number): void {
    this.choose(1 - this.chosen);
    this.stepChosen(step);
  }

  private toolButtons(): HTMLElement[] {
    const compact = element("button", { type: "button", "aria-pressed": "false" }, "Compact");
    compact.addEventListener("click", () => {
      this.isCompact = !this.isCompact;
      compact.setAttribute("aria-pressed", String(this.isCompact));
      this.draw();
    });
    return [
      compact,
      iconButton("−", "Zoom out", () => this.picture.zoomBy(0.8)),
      iconButton("+", "Zoom in", () => this.picture.zoomBy(1.25)),
      iconButton("Fit", "Fit the picture into its room", () => this.picture.fit()),
      iconButton("SVG", "Export as SVG", () => this.save("svg")),
      iconButton("PNG", "Export as PNG", () => this.save("png")),
    ];
  }

  private async save(kind: "svg" | "png"): Promise<void> {
    const packet = this.packets[this.chosen];
    const diagram = this.diagram(this.chosen);
    if (!packet || !diagram) return;
    const svg = svgText(diagram, this.step, `${packet.title}. ${packet.sentence}`);
    this.ask({ ask: "save", kind, data: kind === "svg" ? svg : await pngData(svg) });
  }
}

function setOf(step: number | undefined): ReadonlySet<number> {
  return new Set(step === undefined ? [] : [step]);
}

function moreAbout({ entry, assumptions, unknown }: PathPacket): HTMLElement[] {
  const part = (title: string, texts: readonly string[]) =>
    texts.length === 0
      ? []
      : [element("h2", {}, title), element("ul", {}, ...texts.map((text) => element("li", {}, text)))];
  return [
    ...part("Not known", unknown),
    ...part("Taken for granted", assumptions),
    ...part("Conntrack afterwards", entry === "" ? [] : [entry]),
  ];
}
