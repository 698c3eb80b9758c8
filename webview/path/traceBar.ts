import { element } from "../element.js";
import type { LiveStatus } from "../protocol.js";
import { textButton } from "./controls.js";

/** Milliseconds between two things that a screen reader is told while nothing but numbers change. */
const quietFor = 15_000;

/** A trace that runs on a router: how it stands, and the button that stops it. */
export class TraceBar {
  readonly root: HTMLElement;
  private readonly text = element("span", { class: "trace-text" });
  private readonly numbers = element("span", { class: "trace-numbers" });
  private readonly spoken = element("span", { class: "hidden", role: "status" });
  private readonly stop: HTMLButtonElement;
  private state: LiveStatus["state"] | undefined;
  private spokenAt = 0;

  constructor(stopped: () => void) {
    this.stop = textButton("Stop tracing", stopped);
    this.root = element("section", { class: "trace-bar", "aria-label": "Trace on the router" });
    this.root.append(element("span", { class: "trace-dot", "aria-hidden": "true" }), this.text, this.numbers);
    this.root.append(this.stop, this.spoken);
    this.root.hidden = true;
  }

  /** Undefined: there is no trace to tell of. */
  tell(status: LiveStatus | undefined): void {
    this.root.hidden = !status;
    if (!status) return;
    this.root.className = `trace-bar ${status.state}`;
    this.text.textContent = status.text;
    this.numbers.textContent = numbersOf(status);
    this.stop.hidden = !isRunning(status.state);
    this.stop.disabled = status.state === "stopping";
    this.speak(status);
    this.state = status.state;
  }

  private speak(status: LiveStatus): void {
    const now = Date.now();
    if (status.state === this.state && now - this.spokenAt < quietFor) return;
    this.spokenAt = now;
    this.spoken.textContent = [status.text, numbersOf(status)].filter(Boolean).join(" ");
  }
}

/** Whether something of the trace may still be on the router. */
export function isRunning(state: LiveStatus["state"] | undefined): boolean {
  return state === "starting" || state === "running" || state === "stopping";
}

function numbersOf({ secondsLeft, rate }: LiveStatus): string {
  const parts = [
    secondsLeft !== undefined && `${secondsLeft} s left`,
    rate !== undefined && `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} packets/s`,
  ];
  return parts.filter(Boolean).join(" · ");
}
