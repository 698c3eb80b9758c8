import { type TransferListItem, Worker } from "node:worker_threads";

/** Argument and answer of each call that a thread takes. */
type CallTable<Calls> = { readonly [Call in keyof Calls]: readonly [argument: unknown, answer: unknown] };

/** A thread that lives as long as its owner, seen from outside: calls are answered in the order in which they were made. */
export class CallThread<Calls extends CallTable<Calls>> {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve: (answer: never) => void; reject: (reason: Error) => void }>();
  private last = 0;

  /** `script` is the bundled thread; `does` says what it is there for when it has ended by itself. */
  constructor(script: string, does: string) {
    this.worker = new Worker(script);
    this.worker.on("message", ({ id, answer, failure }) => {
      const asker = this.waiting.get(id);
      this.waiting.delete(id);
      if (failure === undefined) asker?.resolve(answer as never);
      else asker?.reject(new Error(failure));
    });
    this.worker.on("error", (error) => this.fail(error));
    this.worker.on("exit", () => this.fail(new Error(`The thread that ${does} has ended.`)));
  }

  /** Asks, and waits for the answer. */
  call<Call extends keyof Calls>(call: Call, argument: Calls[Call][0]): Promise<Calls[Call][1]> {
    this.last += 1;
    const id = this.last;
    return new Promise<Calls[Call][1]>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, call, argument });
    });
  }

  /** Asks without waiting; what is transferred is not copied. */
  protected tell<Call extends keyof Calls>(
    call: Call,
    argument: Calls[Call][0],
    transferred: TransferListItem[],
  ): void {
    this.worker.postMessage({ call, argument }, transferred);
  }

  dispose(): void {
    void this.worker.terminate();
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
