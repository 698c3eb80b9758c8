import type { LiveStatus } from "../../../webview/protocol.js";

/** The rate is told over so many milliseconds. */
const window = 5_000;

/** How long a trace still runs and how many packets a second it sees. */
export class LiveMeter {
  private readonly seen: { readonly at: number; readonly count: number }[] = [];
  private began: number | undefined;

  /** `seconds` is how long the trace may run once it listens. */
  constructor(
    private readonly seconds: number,
    private readonly clock: () => number = Date.now,
  ) {}

  /** It listens now. */
  begin(): void {
    this.began = this.clock();
    this.seen.push({ at: this.began, count: 0 });
  }

  /** So many packets were seen since it began. */
  count(count: number): void {
    const at = this.clock();
    this.seen.push({ at, count });
    while (this.seen.length > 2 && (this.seen[1]?.at ?? at) <= at - window) this.seen.shift();
  }

  /** Nothing before it listens. */
  get numbers(): Pick<LiveStatus, "secondsLeft" | "rate"> {
    if (this.began === undefined) return {};
    const now = this.clock();
    const secondsLeft = Math.max(0, Math.ceil(this.seconds - (now - this.began) / 1000));
    const [first, last] = [this.seen[0], this.seen.at(-1)];
    const span = first ? (now - first.at) / 1000 : 0;
    if (!first || !last || span < 1) return { secondsLeft };
    return { secondsLeft, rate: (last.count - first.count) / span };
  }
}
