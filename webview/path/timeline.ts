import { element } from "../element.js";
import type { PathPacket } from "../protocol.js";
import { iconButton } from "./controls.js";

/** The steps of a packet as a slider with a button at each end. It has one place more than there are steps: the end. */
export class Timeline {
  readonly root: HTMLElement;
  private readonly range = element("input", { type: "range", min: "0", value: "0", "aria-label": "Step" });
  private readonly text = element("span", { class: "step-text" });

  /** `moved` hears the index of a step; it may lie outside. */
  constructor(moved: (step: number) => void) {
    const by = (steps: number) => () => moved(Number(this.range.value) + steps);
    this.range.addEventListener("input", () => moved(Number(this.range.value)));
    this.root = element(
      "div",
      { class: "timeline", role: "group", "aria-label": "Steps of the packet" },
      iconButton("◀", "Previous step", by(-1)),
      this.range,
      iconButton("▶", "Next step", by(1)),
      this.text,
    );
  }

  /** Stands at a step of the packet. */
  stand(packet: PathPacket, step: number): void {
    this.range.max = String(packet.steps.length);
    this.range.value = String(step);
    const text = describe(packet, step);
    this.range.setAttribute("aria-valuetext", text);
    this.text.textContent = text;
  }
}

function describe({ steps }: PathPacket, index: number): string {
  const at = steps[index];
  if (!at) return `The end, after ${steps.length} ${steps.length === 1 ? "step" : "steps"}`;
  const verdict = at.verdict === undefined ? "" : `, ${at.verdict}`;
  return `Step ${index + 1} of ${steps.length}: ${at.where} ${at.text}${verdict}`;
}
