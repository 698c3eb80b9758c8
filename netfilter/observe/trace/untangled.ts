/** A line of the kernel log about a traced packet, as dmesg or /dev/kmsg begins it, behind something else. */
const logged = /(?:\[ *\d+\.\d+\] |\d+,\d+,\d+,[^;]*;)TRACE: .*$/;

/**
 * nft writes a line of a trace in pieces. Where the kernel log goes to the same place, a line of it may stand in between: it is
 * taken out, and the pieces are put together again.
 */
export class Untangled {
  #begun = "";

  constructor(private readonly take: (line: string) => void) {}

  line(text: string): void {
    const at = this.#begun !== "" || text.startsWith("trace id ") ? text.search(logged) : -1;
    if (at >= 0) {
      this.#begun += text.slice(0, at);
      this.take(text.slice(at));
    } else {
      const whole = this.#begun + text;
      this.#begun = "";
      this.take(whole);
    }
  }
}
