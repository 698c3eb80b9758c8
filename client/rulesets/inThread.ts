import { CallThread } from "../callThread.js";
import type { RulesetCalls } from "./calls.js";
import { keptCalls } from "./keptCalls.js";

/** Asks something of rulesets in a thread beside the editor; `signal` ends it without an answer. */
export type InThread = <Call extends keyof RulesetCalls>(
  call: Call,
  argument: RulesetCalls[Call][0],
  signal?: AbortSignal,
) => Promise<RulesetCalls[Call][1]>;

/** For questions that have nothing to do with each other: a thread for each. `script` is the bundled `thread.ts`. */
export function rulesetThread(script: string): InThread {
  return (call, argument, signal) => {
    const thread = new RulesetThread(script);
    return thread.ask(call, argument, signal).finally(() => thread.dispose());
  };
}

/** A call that was answered, to be made again in another thread. */
type Told = <Thread extends CallThread<RulesetCalls>>(thread: Thread) => Promise<unknown>;

/** Milliseconds without a question after which a thread gives its memory back. */
const patienceMs = 5 * 60_000;

/**
 * A thread for questions that belong together, such as those of one view: it keeps the rules that it has read. It begins with the
 * first question and ends after a long rest, when a question is cancelled or when it fails; the next question begins another.
 * What `keptCalls` have told it before, the new one is told first, so that who asks need not know.
 */
export class RulesetThread {
  private thread: CallThread<RulesetCalls> | undefined;
  private told: Told[] = [];
  private asked = 0;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private isOver = false;

  /** `script` is the bundled `thread.ts`; `restMs` says how long it waits for another question. */
  constructor(
    private readonly script: string,
    private readonly restMs = patienceMs,
  ) {}

  /** Fails when the thread does, when `signal` cancels the question and when the thread is disposed of. */
  readonly ask: InThread = async (call, argument, signal) => {
    clearTimeout(this.resting);
    this.asked += 1;
    try {
      return await this.answer(call, argument, signal);
    } finally {
      this.asked -= 1;
      if (this.asked === 0) this.rest();
    }
  };

  /** Ends the thread for good; what it has not answered fails. */
  dispose(): void {
    this.isOver = true;
    clearTimeout(this.resting);
    this.thread?.dispose();
  }

  /** A question that waited while another was cancelled, or broke the thread, is asked again. */
  private async answer<Call extends keyof RulesetCalls>(
    call: Call,
    argument: RulesetCalls[Call][0],
    signal: AbortSignal | undefined,
  ): Promise<RulesetCalls[Call][1]> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.isOver) throw new Error("The thread that reads rulesets was ended.");
      const thread = this.begun();
      const cancel = () => this.end(thread);
      signal?.addEventListener("abort", cancel, { once: true });
      try {
        const answer = await thread.call(call, argument);
        this.keep(call, (other) => other.call(call, argument));
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        if (this.thread !== thread) continue;
        this.end(thread);
        throw new Error(`The thread that reads rulesets failed: ${(error as Error).message}`);
      } finally {
        signal?.removeEventListener("abort", cancel);
      }
    }
  }

  private begun(): CallThread<RulesetCalls> {
    if (this.thread) return this.thread;
    const thread = new CallThread<RulesetCalls>(this.script, "reads rulesets");
    this.thread = thread;
    for (const again of this.told) again(thread).catch(() => undefined);
    return thread;
  }

  private keep(call: keyof RulesetCalls, again: Told): void {
    const how = keptCalls[call];
    if (how === "begins") this.told = [];
    if (how) this.told.push(again);
  }

  private rest(): void {
    this.resting = setTimeout(() => this.thread && this.end(this.thread), this.restMs);
    this.resting.unref();
  }

  private end(thread: CallThread<RulesetCalls>): void {
    if (this.thread === thread) this.thread = undefined;
    thread.dispose();
  }
}
