import { element } from "../element.js";
import { type Column, Grid } from "../grid.js";
import type { FromPathView, ToPathView, TracedRow, TracedStatus } from "../protocol.js";
import { textButton } from "./controls.js";

type Question = Extract<
  FromPathView,
  { ask: "tracedFilter" | "tracedRows" | "tracedPacket" | "simulateTraced" | "closeTraced" }
>;

const columns: readonly Column<TracedRow>[] = [
  { title: "No.", text: ({ number }) => String(number + 1), width: "40px" },
  { title: "Seen", text: ({ time }) => time, width: "var(--seen)" },
  { title: "In", text: ({ iif }) => iif, width: "minmax(50px, 0.3fr)" },
  { title: "Out", text: ({ oif }) => oif, width: "minmax(50px, 0.3fr)" },
  { title: "Packet", text: ({ packet }) => packet, width: "minmax(190px, 3.4fr)" },
  { title: "Observed", text: (row) => endText(row), hint: ({ ended }) => ended, width: "minmax(130px, 1.6fr)" },
  { title: "Simulated", text: (row) => simulatedText(row), width: "minmax(130px, 2fr)" },
];

/** The packets of a trace, newest last, of which one is chosen; and what is to be said about all of them. */
export class TracedList {
  readonly root: HTMLElement;
  private readonly title = element("h2");
  private readonly standing = element("span", { class: "standing", role: "status" });
  private readonly progress = element("progress", { max: "1", "aria-label": "Reading the trace" });
  private readonly notes = element("div", { class: "trouble" });
  private readonly filter = element("input", {
    type: "search",
    "aria-label": "Filter the traced packets",
    placeholder: "Filter: words of a line, such as dropped 10.0.0.2",
    spellcheck: "false",
  });
  private readonly simulate: HTMLButtonElement;
  private readonly close: HTMLButtonElement;
  private readonly grid: Grid<TracedRow>;
  private status: TracedStatus | undefined;
  private asked = "";
  private chosen: number | undefined;
  private isShown = false;

  constructor(private readonly ask: (question: Question) => void) {
    this.simulate = textButton("Simulate this packet", () => this.simulateChosen());
    this.close = textButton("Close", () => this.ask({ ask: "closeTraced" }));
    this.grid = new Grid(columns, {
      label: "Traced packets",
      look: ({ tone, compared }) => `${tone} ${compared}`,
      need: (from, count) => this.need(from, count),
      chosen: (row) => row && this.choose(row.number),
      opened: (row) => this.choose(row.number),
    });
    this.filter.addEventListener("input", () => this.ask({ ask: "tracedFilter", text: this.filter.value }));
    this.root = element(
      "section",
      { class: "traced", "aria-label": "Traced packets" },
      element("div", { class: "traced-head" }, this.title, this.filter, this.simulate, this.close),
      element("div", { class: "traced-line" }, this.progress, this.standing),
      this.notes,
      this.grid.root,
    );
    this.root.hidden = true;
  }

  /** Whether there are rules through which a packet can be sent. */
  set canSimulate(can: boolean) {
    this.simulate.hidden = !can;
  }

  /** Absent: there is nothing traced any more. */
  tell(status: TracedStatus | undefined): void {
    if (!status || status.session !== this.status?.session) this.begin();
    this.status = status;
    this.root.hidden = !status;
    if (!status) return;
    this.root.classList.toggle("timed", status.isLive);
    this.asked = "";
    this.title.textContent = `Traced: ${status.from}`;
    this.standing.textContent = sentence(status);
    this.progress.hidden = status.progress === undefined;
    this.progress.value = status.progress ?? 0;
    this.close.textContent = status.progress === undefined ? "Close" : "Cancel";
    this.notes.replaceChildren(...status.notes.map((note) => element("p", {}, note)));
    this.grid.reset(status.shown, status.gone);
  }

  /** Rows that were asked for. The first packet of a session is chosen without anybody doing so. */
  rows({ edition, from, rows }: Extract<ToPathView, { say: "tracedRows" }>): void {
    if (edition !== this.status?.edition) return;
    this.grid.show(from, rows);
    if (this.chosen === undefined && rows.length > 0 && from === 0) this.grid.choose(0);
  }

  private begin(): void {
    this.grid.reset(0);
    this.chosen = undefined;
    this.filter.value = "";
    this.simulate.disabled = true;
  }

  /** Something else is shown in the place of the chosen packet: a click on its line brings it back. */
  leave(): void {
    this.isShown = false;
  }

  private choose(number: number): void {
    if (number === this.chosen && this.isShown) return;
    this.chosen = number;
    this.isShown = true;
    this.simulate.disabled = false;
    this.ask({ ask: "tracedPacket", number });
  }

  private simulateChosen(): void {
    if (this.chosen !== undefined) this.ask({ ask: "simulateTraced", number: this.chosen });
  }

  private need(from: number, count: number): void {
    const edition = this.status?.edition ?? 0;
    const question = `${edition} ${from} ${count}`;
    if (question === this.asked || count <= 0) return;
    this.asked = question;
    this.ask({ ask: "tracedRows", edition, from, count });
  }
}

/** What the sentence says after its first part is a hint. */
function endText({ ended, gaps }: TracedRow): string {
  const short = ended.split("; ")[0] ?? ended;
  return gaps ? `${short} (with gaps)` : short;
}

function simulatedText({ simulated, compared }: TracedRow): string {
  return simulated === "" ? "" : `${{ same: "=", different: "≠", unknown: "?" }[compared]} ${simulated}`;
}

/** `3 of 1,200 packets · 2 with gaps · the tool lost events 4 times`. */
function sentence({ count, shown, forgotten, gaps, lost, progress }: TracedStatus): string {
  const number = (value: number) => value.toLocaleString("en");
  if (count === 0) return progress === undefined ? "No packet was seen." : "No packet was seen yet.";
  const packets = shown === count ? number(count) : `${number(shown)} of ${number(count)}`;
  const parts = [
    `${packets} ${count === 1 ? "packet" : "packets"}`,
    gaps > 0 && `${number(gaps)} with gaps`,
    lost > 0 && `the tool lost events ${lost === 1 ? "once" : `${number(lost)} times`}`,
    forgotten > 0 && `${number(forgotten)} older ones are no longer kept`,
  ];
  return parts.filter(Boolean).join(" · ");
}
