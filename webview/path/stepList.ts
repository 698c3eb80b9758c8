import type { Diagram } from "../../netfilter/diagram/diagram.js";
import { element } from "../element.js";
import type { PathPacket, PathStep } from "../protocol.js";
import { revealIn } from "./reveal.js";

/** Which steps of a list are framed, by index. */
export interface StepMarks {
  /** Of the timeline; absent where the timeline is another packet's. */
  readonly now?: number;
  /** Of the rule on which the editor's cursor stands. */
  readonly cursor: ReadonlySet<number>;
  /** The first that another packet's way does not have. */
  readonly differs?: number;
}

/** The steps that a packet took in one box or row, with what each changed. */
export class StepList {
  readonly root: HTMLElement;
  private lines = new Map<number, HTMLElement>();
  private packet: PathPacket | undefined;

  /** `chosen` hears the index of a step. */
  constructor(
    label: string,
    private readonly chosen: (step: number) => void,
  ) {
    this.root = element("section", { class: "steps", "aria-label": label });
  }

  /** Shows what was met at `id`, a box or row of the diagram; `heading` stands before its title. */
  show(packet: PathPacket, diagram: Diagram, id: string, heading: string): void {
    this.packet = packet;
    const stops = diagram.way?.stops ?? [];
    const indexes = stops.flatMap(({ box, row }, index) => (box === id || row === id ? [index] : []));
    this.lines = new Map(indexes.map((index) => [index, this.line(packet.steps[index] as PathStep, index)]));
    this.root.replaceChildren(
      element("h2", {}, heading + titleOf(diagram, id)),
      indexes.length > 0 ? element("ol", {}, ...this.lines.values()) : element("p", {}, "The packet met nothing here."),
    );
  }

  mark({ now, cursor, differs }: StepMarks): void {
    for (const [index, line] of this.lines) {
      const isNow = index === now;
      line.classList.toggle("cursor", cursor.has(index));
      line.classList.toggle("differs", index === differs);
      if (isNow) line.setAttribute("aria-current", "step");
      else line.removeAttribute("aria-current");
      if (isNow) revealIn(this.root.closest(".side") ?? this.root, line);
    }
  }

  private line(step: PathStep, index: number): HTMLElement {
    const { text, place, changes } = step;
    const [sign, met, look] = signOf(step);
    const button = element(
      "button",
      { type: "button", class: `step ${look}`, ...(place && placeData(place)) },
      element("span", { class: "sign", "aria-hidden": "true" }, sign),
      element("span", { class: "hidden" }, `${met}: `),
      element("span", { class: "text" }, ...(place ? worded(text) : [text])),
      ...(place
        ? [element("span", { class: "place", title: `${place.file}:${place.line}` }, `line ${place.line}`)]
        : []),
      ...(step.verdict === undefined ? [] : [element("b", { class: "verdict" }, step.verdict)]),
      ...changes.map((change) => element("span", { class: "change" }, change)),
      element("span", { class: "difference" }, "≠ first difference"),
    );
    button.addEventListener("click", () => this.chosen(index));
    const where = this.isNewPlace(index) ? [element("div", { class: "where" }, step.where)] : [];
    return element("li", {}, ...where, button);
  }

  /** A chain's name stands above the first of its rules, and again after a jump. */
  private isNewPlace(index: number): boolean {
    const steps = this.packet?.steps ?? [];
    return steps[index]?.where !== "" && steps[index]?.where !== steps[index - 1]?.where;
  }
}

/** Longer words may be broken: a list of addresses fits into no line. */
const longestWhole = 32;

/** A rule's text with each word by itself: lines end between words, not behind the hyphens of an option, and hovers find them. */
function worded(text: string): (Node | string)[] {
  return text.split(/([^\s;]+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    return element("span", { class: part.length > longestWhole ? "rule-word" : "rule-word unbroken" }, part);
  });
}

/** By which a word's hover is found. */
function placeData({ file, line, lastLine }: NonNullable<PathStep["place"]>) {
  return { "data-file": file, "data-line": String(line), "data-last-line": String(lastLine) };
}

function signOf({ kind, matched }: PathStep): readonly [sign: string, met: string, look: string] {
  if (kind !== "rule") return ["·", { callback: "the kernel", route: "routing", end: "end" }[kind], "quiet"];
  if (matched === "unknown") return ["?", "may match", "unsure"];
  return matched ? ["✓", "matches", "matched"] : ["–", "does not match", "quiet"];
}

function titleOf({ boxes }: Diagram, id: string): string {
  const box = boxes.find((one) => one.id === id || one.rows.some((row) => row.id === id));
  const row = box?.rows.find((one) => one.id === id);
  return row ? `${box?.title}: ${row.text}` : (box?.title ?? "");
}
