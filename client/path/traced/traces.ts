import type { TraceItem } from "../../../netfilter/observe/trace/commands.js";
import type { FromPathView, ToPathView } from "../../../webview/protocol.js";
import type { InThread } from "../../rulesets/inThread.js";
import type { Rules } from "../calls.js";
import type { TracedStanding } from "./calls.js";
import { piecesOf, type TraceText } from "./text.js";

/** Packets that a session keeps, the newest. */
const most = 10_000;

/** What comes from a router is handed on so often, in milliseconds. */
const tellEvery = 250;

/** A little more than a second. */
const mostQuiet = 5;

/** The rules to which traced packets are joined, as they are now; undefined: there are none. */
export type RulesNow = () => Promise<Rules | undefined>;

/** The traced packets of one view: what comes goes to the thread, and the view hears how it stands. */
export class Traces {
  private edition = 0;
  private filter = "";
  private from: string | undefined;
  private isLive = false;
  private session = 0;
  private chosen: number | undefined;
  private last: TracedStanding | undefined;
  private progress: number | undefined;
  private notes: readonly string[] = [];
  private waiting: TraceItem[] = [];
  /** How often in a row nothing was handed on. */
  private quiet = 0;
  private isResting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading: AbortController | undefined;

  constructor(
    private readonly ask: InThread,
    private readonly say: (message: ToPathView) => void,
    private readonly rulesNow: RulesNow,
  ) {}

  /** How many packets came in this session. */
  get count(): number {
    return this.last ? this.last.forgotten + this.last.count : 0;
  }

  /**
   * Begins a session: what was shown before goes. `entry` is a line of `conntrack -L` that the router's state is to have. Undefined,
   * or what is wrong with the rules.
   */
  async begin(from: string, isLive: boolean, entry?: string): Promise<readonly string[] | undefined> {
    this.stop();
    const known = await this.rulesNow();
    const rules = known && entry !== undefined ? withEntry(known, entry) : known;
    const answer = await this.ask("beginTraced", { most, ...(rules && { rules }) });
    if ("problems" in answer) return answer.problems;
    Object.assign(this, {
      from,
      isLive,
      isResting: false,
      session: this.session + 1,
      filter: "",
      chosen: undefined,
      progress: undefined,
      notes: [],
    });
    this.tell(answer.value);
    return undefined;
  }

  /** Takes what a monitor shows. */
  add(items: readonly TraceItem[]): void {
    for (const item of items) this.waiting.push(item);
    this.timer ??= setTimeout(() => {
      this.flush().catch((error: Error) => this.note([`Packets that came could not be read. ${error.message}`]));
    }, tellEvery);
  }

  /** Sentences that hold for the whole session. */
  note(notes: readonly string[]): void {
    this.notes = [...new Set([...this.notes, ...notes])];
    if (this.last) this.tell({ ...this.last, gone: 0, changed: [] });
  }

  /** Hands on at once what came; nothing is fine, too. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.from === undefined) return;
    const items = this.waiting;
    this.waiting = [];
    this.tell(await this.ask("addTraced", { items, at: Date.now(), filter: this.filter }));
    // A while after the last events, the packets that they are of count as whole, and then as ended.
    this.quiet = items.length > 0 ? 0 : this.quiet + 1;
    if (this.quiet <= (this.isResting ? 0 : mostQuiet)) this.add([]);
  }

  /** Reads a text, piece by piece; ends early when it is cancelled or another session begins. */
  async read(source: TraceText): Promise<void> {
    const reading = new AbortController();
    this.reading = reading;
    for (const { piece, progress } of piecesOf(source)) {
      const standing = await this.ask("readTraced", { piece, filter: this.filter });
      if (reading.signal.aborted) return;
      this.progress = progress;
      this.tell(standing);
    }
    const standing = await this.ask("endTraced", { filter: this.filter });
    if (reading.signal.aborted) return;
    this.progress = undefined;
    this.reading = undefined;
    this.tell(standing);
  }

  /** What the view asks of traced packets. */
  async answer(message: Extract<FromPathView, { ask: "tracedFilter" | "tracedRows" | "tracedPacket" }>): Promise<void> {
    switch (message.ask) {
      case "tracedFilter":
        this.filter = message.text;
        return this.tell(await this.ask("filterTraced", message.text));
      case "tracedRows": {
        const { edition, from, count } = message;
        const rows = await this.ask("tracedRows", { filter: this.filter, from, count });
        return this.say({ say: "tracedRows", edition, from, rows });
      }
      case "tracedPacket":
        return this.choose(message.number);
    }
  }

  /** A reading ends, with what has come so far; what does not read any more is closed: true. */
  cancel(): boolean {
    if (!this.reading) return true;
    this.stop();
    this.progress = undefined;
    this.note(["Reading was cancelled: what had come is shown."]);
    return false;
  }

  /** Shows no traced packets any more. */
  close(): void {
    this.stop();
    this.from = undefined;
    this.last = undefined;
    this.say({ say: "traced" });
  }

  /** The monitor ends: what it told last may have been cut short, so that it counts as whole, but not as ended. */
  rest(): void {
    this.isResting = true;
  }

  /** Its view is gone. */
  dispose(): void {
    this.stop();
    this.from = undefined;
  }

  /** Nothing comes any more. */
  stop(): void {
    this.reading?.abort();
    this.reading = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }

  private async choose(number: number): Promise<void> {
    this.chosen = number;
    const answer = await this.ask("tracedPacket", number);
    if (this.chosen !== number) return;
    if ("problems" in answer) this.say({ say: "trouble", messages: answer.problems });
    else this.say({ say: "tracedPacket", number, ...answer.value });
  }

  /** Something else is shown in the place of the chosen packet. */
  leave(): void {
    this.chosen = undefined;
  }

  private tell(standing: TracedStanding): void {
    if (this.from === undefined) return;
    this.last = standing;
    this.edition += 1;
    const { changed, notes, ...numbers } = standing;
    const status = {
      ...numbers,
      ...{
        session: this.session,
        from: this.from,
        isLive: this.isLive,
        edition: this.edition,
        notes: [...notes, ...this.notes],
      },
      ...(this.progress !== undefined && { progress: this.progress }),
    };
    this.say({ say: "traced", status });
    if (this.chosen !== undefined && changed.includes(this.chosen)) void this.choose(this.chosen);
  }
}

/** A state that cannot be read is told as it is. */
function withEntry(rules: Rules, entry: string): Rules {
  const { file, text } = rules.state ?? { file: "the conntrack table", text: "{}" };
  try {
    return { ...rules, state: { file, text: JSON.stringify({ ...JSON.parse(text), conntrack: [entry] }) } };
  } catch {
    return rules;
  }
}
