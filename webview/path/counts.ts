import { gapsOf, withCounts } from "../../netfilter/diagram/counts.js";
import type { Diagram } from "../../netfilter/diagram/diagram.js";
import type { ChainCount } from "../../netfilter/observe/counted/series.js";
import { element } from "../element.js";
import type { CountStatus, FromPathView, PathPacket } from "../protocol.js";
import { textButton } from "./controls.js";

type Wish = Extract<FromPathView, { ask: "count" }>["to"];

/** The counters of a router: whether they are watched, for how long, and what did not come from one chain to the next. */
export class CountBar {
  readonly root = element("section", { class: "count-bar", "aria-label": "Counters of the router" });
  private readonly watch: HTMLButtonElement;
  private readonly pause: HTMLButtonElement;
  private readonly again: HTMLButtonElement;
  private readonly text = element("span", { class: "count-text" });
  private readonly trouble = element("p", { class: "trouble", role: "alert" });
  /** Told to a screen reader only when a sentence is new: the numbers in them change with every reading. */
  private readonly gaps = element("ul", { class: "count-gaps", "aria-label": "Packets that did not come" });
  private readonly news = element("span", { class: "hidden", role: "status" });
  private state: CountStatus["state"] = "off";
  private missing = 0;

  /** `wish` hears what is to be done. */
  constructor(private readonly wish: (to: Wish) => void) {
    this.watch = textButton("Watch counters", () => this.wish(this.state === "off" ? "start" : "stop"));
    this.watch.title =
      "Reads the router's counters again and again: what came to each chain since then stands in the picture";
    this.pause = textButton("Pause", () => this.wish(this.state === "paused" ? "resume" : "pause"));
    this.again = textButton("Start over", () => this.wish("start"));
    const line = element("div", { class: "count-line" }, this.watch, this.pause, this.again, this.text, this.news);
    this.root.append(line, this.trouble, this.gaps);
    this.root.hidden = true;
    this.tell({ state: "off", text: "", counts: [] }, []);
  }

  /** How the watch stands; `gaps` are the sentences about packets that are missing. */
  tell({ state, text }: CountStatus, gaps: readonly string[]): void {
    this.state = state;
    this.watch.setAttribute("aria-pressed", String(state !== "off"));
    this.pause.setAttribute("aria-pressed", String(state === "paused"));
    for (const button of [this.pause, this.again]) button.hidden = state === "off";
    const hasFailed = state === "failed";
    this.text.textContent = hasFailed ? "The last reading failed." : text;
    if (this.trouble.textContent !== (hasFailed ? text : "")) this.trouble.textContent = hasFailed ? text : "";
    this.gaps.replaceChildren(...gaps.map((gap) => element("li", {}, gap)));
    if (gaps.length > this.missing) this.news.textContent = gaps.at(-1) ?? "";
    this.missing = gaps.length;
  }
}

/** The pictures of packets with what was counted in them, each worked out once. */
export class CountedDiagrams {
  private readonly known = new Map<Diagram, Diagram>();

  constructor(private readonly counts: readonly ChainCount[]) {}

  of(packet: PathPacket, form: "full" | "compact"): Diagram {
    const plain = packet[form];
    if (this.counts.length === 0) return plain;
    const counted = this.known.get(plain) ?? withCounts(plain, this.counts, packet.full);
    this.known.set(plain, counted);
    return counted;
  }

  /** What did not come from one chain to the next, in sentences. */
  gapsIn(packet: PathPacket | undefined): readonly string[] {
    return packet && this.counts.length > 0 ? gapsOf(this.of(packet, "full")) : [];
  }
}
