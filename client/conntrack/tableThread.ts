import { CallThread } from "../callThread.js";
import type { Calls } from "./threadCalls.js";

/** The table's thread seen from outside. */
export class TableThread extends CallThread<Calls> {
  /** `script` is the bundled `thread.ts`. */
  constructor(script: string) {
    super(script, "holds the conntrack table");
  }

  /** Hands over a piece of the listing; the bytes are copied once, into the thread's memory. */
  push(listing: number, piece: Uint8Array): void {
    // Not `slice`: a Buffer's is no copy, and what its bytes lie in is others' too.
    const bytes = new Uint8Array(piece);
    this.tell("push", { listing, bytes }, [bytes.buffer]);
  }
}
