import { Worker } from "node:worker_threads";
import type { Calls } from "./threadCalls.js";

/** The table's thread seen from outside: calls are answered in the order in which they were made. */
export class TableThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve: (answer: never) => void; reject: (reason: Error) => void }>();
  private last = 0;

  /** `script` is the bundled `thread.ts`. */
  constructor(script: string) {
    this.worker = new Worker(script);
    this.worker.on("message", ({ id, answer }) => {
      this.waiting.get(id)?.resolve(answer as never);
      this.waiting.delete(id);
    });
    this.worker.on("error", (error) => this.fail(error));
    this.worker.on("exit", () => this.fail(new Error("The thread that holds the conntrack table has ended.")));
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

  /** Hands over a piece of the listing; the bytes are copied once, into the thread's memory. */
  push(listing: number, piece: Uint8Array): void {
    // Not `slice`: a Buffer's is no copy, and what its bytes lie in is others' too.
    const bytes = new Uint8Array(piece);
    this.worker.postMessage({ call: "push", argument: { listing, bytes } }, [bytes.buffer]);
  }

  dispose(): void {
    void this.worker.terminate();
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
