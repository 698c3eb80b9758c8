import { Worker } from "node:worker_threads";
import type {
  PacketTestCalls,
  PacketTestReply,
  PacketTestRequest,
  TestOutcome,
} from "../../server/packetTests/protocol.js";

/** A call came to nothing because somebody stopped the thread. */
export class Stopped extends Error {}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (reason: Error) => void;
  readonly tell: ((outcome: TestOutcome) => void) | undefined;
}

/**
 * The thread that reads and runs packet tests, seen from outside: rules of any size stand in nobody's way. It starts with the first
 * call, answers calls in their order, and ends when nothing was asked for a while.
 */
export class PacketTestThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;

  /** `script` is the bundled server, which is this thread when started as one; `patience` in milliseconds. */
  constructor(
    private readonly script: string,
    private readonly patience = 60_000,
  ) {}

  /** Asks, and waits for the answer; `tell` hears the outcomes of a run as they come. */
  call<Call extends keyof PacketTestCalls>(
    call: Call,
    argument: PacketTestCalls[Call][0],
    tell?: (outcome: TestOutcome) => void,
  ): Promise<PacketTestCalls[Call][1]> {
    clearTimeout(this.rest);
    this.worker ??= this.started();
    const request: PacketTestRequest<Call> = { id: ++this.last, call, argument };
    return new Promise<PacketTestCalls[Call][1]>((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject, tell });
      this.worker?.postMessage(request);
    });
  }

  /** Ends the thread at once; calls that wait fail with `Stopped`, later ones start another. */
  stop(): void {
    this.end(new Stopped("The thread that runs packet tests was stopped."));
  }

  private started(): Worker {
    const worker = new Worker(this.script);
    const fail = (error: Error) => worker === this.worker && this.end(error);
    worker.on("message", (reply: PacketTestReply) => worker === this.worker && this.hear(reply));
    worker.on("error", fail);
    worker.on("exit", () => fail(new Error("The thread that runs packet tests has ended by itself.")));
    return worker;
  }

  private hear(reply: PacketTestReply): void {
    const waiting = this.waiting.get(reply.id);
    if ("outcome" in reply) {
      waiting?.tell?.(reply.outcome);
      return;
    }
    this.waiting.delete(reply.id);
    if ("error" in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.answer as never);
    if (this.waiting.size === 0) this.rest = setTimeout(() => this.stop(), this.patience).unref();
  }

  private end(reason: Error): void {
    clearTimeout(this.rest);
    void this.worker?.terminate();
    this.worker = undefined;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(reason);
  }
}
