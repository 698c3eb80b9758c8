import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, RecordedCommand, Recording } from "./recording.js";

/** Where a played answer goes: one run's streams. */
export interface Stage {
  /** Resolves when more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Fires when the run is ended from the other side. */
  readonly signal: AbortSignal;
}

/** Chooses and plays a recording's answers as the router gave them, in time. */
export class Player {
  private readonly turns = new Map<RecordedCommand, number>();

  constructor(private readonly recording: Recording) {}

  /** The answer to the next run of a command; one that was not recorded is a program that the router has not. */
  next(argv: readonly string[]): Answer {
    const command = this.recording.commands.find((recorded) => isSame(recorded.argv, argv));
    if (!command || command.answers.length === 0) return notFound(argv[0] ?? "");
    const turn = this.turns.get(command) ?? 0;
    this.turns.set(command, turn + 1);
    return command.answers[turn % command.answers.length] as Answer;
  }

  /** Plays an answer until it is through or its run is ended; gives the exit status. */
  async play(answer: Answer, stage: Stage): Promise<number> {
    const { stdout, code, afterwards } = answer;
    const timing = answer.timing.length > 0 ? answer.timing : ([[0, stdout.length]] as const);
    do await playOnce(stdout, timing, stage);
    while (afterwards === "repeat" && !stage.signal.aborted);
    if (afterwards === "stay") await ended(stage.signal);
    return stage.signal.aborted ? terminated : code;
  }
}

/** 128 and the number of SIGTERM. */
const terminated = 143;
/** A repeated answer without any time in it must not spin. */
const shortestRoundMs = 20;

async function playOnce(stdout: Uint8Array, timing: Answer["timing"], { write, signal }: Stage): Promise<void> {
  const started = performance.now();
  let sent = 0;
  for (const [ms, bytes] of [...timing, [shortestRoundMs, stdout.length] as const]) {
    const left = ms - (performance.now() - started);
    if (left > 0 && sent < bytes) await sleep(left, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    if (bytes > sent) await write(stdout.subarray(sent, bytes));
    sent = Math.max(sent, bytes);
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, at) => word === other[at]);
}

function notFound(program: string): Answer {
  return { stdout: new Uint8Array(), stderr: `sh: ${program}: not found\n`, code: 127, timing: [], afterwards: "exit" };
}
