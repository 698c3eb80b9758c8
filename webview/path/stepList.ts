import type { Diagram } from "../../netfilter/diagram/diagram.js";
import { element } from "../element.js";
import type { PathPacket, PathStep } from "../protocol.js";

/** The steps that a packet took in one box or row, with what each changed. */
export class StepList {
  readonly root = element("section", { class: "steps", "aria-label": "What the packet met there" });
  private lines = new Map<number, HTMLElement>();
  private packet: PathPacket | undefined;

  /** `chosen` hears the index of a step. */
  constructor(private readonly chosen: (step: number) => void) {}

  /** Shows what was met at `id`, a box or row of the diagram. */
  show(packet: PathPacket, diagram: Diagram, id: string): void {
    this.packet = packet;
    const stops = diagram.way?.stops ?? [];
    const indexes = stops.flatMap(({ box, row }, index) => (box === id || row === id ? [index] : []));
    this.lines = new Map(indexes.map((index) => [index, this.line(packet.steps[index] as PathStep, index)]));
    this.root.replaceChildren(
      element("h2", {}, titleOf(diagram, id)),
      indexes.length > 0 ? element("ol", {}, ...this.lines.values()) : element("p", {}, "The packet met nothing here."),
    );
  }

  /** Marks the step of the timeline and the line of the cursor. */
  mark(step: number, cursor: ReadonlySet<number>): void {
    for (const [index, line] of this.lines) {
      const isNow = index === step;
      line.classList.toggle("cursor", cursor.has(index));
      if (isNow) line.setAttribute("aria-current", "step");
      else line.removeAttribute("aria-current");
      if (isNow) line.scrollIntoView({ block: "nearest" });
    }
  }

  private line(step: PathStep, index: number): HTMLElement {
    const { text, place, changes } = step;
    const [sign, met, look] = signOf(step);
    const button = element(
      "button",
      { type: "button", class: `step ${look}`, ...(place && { title: `${place.file}:${place.line}` }) },
      element("span", { class: "sign", "aria-hidden": "true" }, sign),
      element("span", { class: "hidden" }, `${met}: `),
      element("span", { class: "text" }, text),
      ...(place ? [element("span", { class: "place" }, `line ${place.line}`)] : []),
      ...(step.verdict === undefined ? [] : [element("b", { class: "verdict" }, step.verdict)]),
      ...changes.map((change) => element("span", { class: "change" }, change)),
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
