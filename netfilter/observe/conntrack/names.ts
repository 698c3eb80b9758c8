import { decodeUtf8 } from "../utf8.js";

/** States that the kernel's trackers of TCP, SCTP and DCCP give, the empty one first. */
const knownStates = [
  "",
  ..."NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE LISTEN SYN_SENT2".split(" "),
  ..."CLOSED COOKIE_WAIT COOKIE_ECHOED SHUTDOWN_SENT SHUTDOWN_RECD SHUTDOWN_RECV SHUTDOWN_ACK_SENT".split(" "),
  ..."HEARTBEAT_SENT HEARTBEAT_ACKED REQUEST RESPOND PARTOPEN OPEN CLOSEREQ CLOSING TIMEWAIT IGNORE INVALID".split(" "),
];

const mostStates = 128;
const longestState = 24;

/** The names of states by number, found by their bytes. */
export class StateNames {
  readonly names: string[] = [...knownStates];
  /** Numbers by a cheap hash of first byte, last byte and length. */
  readonly #buckets: number[][] = Array.from({ length: 256 }, () => []);

  constructor() {
    for (const [index, name] of this.names.entries()) if (index > 0) this.#bucketOf(name).push(index);
  }

  /** The number of the name that stands at these bytes; -1 when there is no room for another name. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const bucket = this.#buckets[hash(bytes[start], bytes[end - 1], end - start)] as number[];
    for (const index of bucket) if (equals(this.names[index] as string, bytes, start, end)) return index;
    if (this.names.length >= mostStates || end - start > longestState) return -1;
    const name = decodeUtf8(bytes, start, end);
    this.#bucketOf(name).push(this.names.length);
    return this.names.push(name) - 1;
  }

  #bucketOf(name: string): number[] {
    const bucket = hash(name.charCodeAt(0), name.charCodeAt(name.length - 1), name.length);
    return this.#buckets[bucket] as number[];
  }
}

function hash(first = 0, last = 0, length = 0): number {
  return (first * 7 + last * 31 + length * 5) & 255;
}

function equals(name: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = start; at < end; at++) if (bytes[at] !== name.charCodeAt(at - start)) return false;
  return true;
}

const mostTexts = 1 << 16;

/** Texts by number, each once; beyond 65,536 different ones the rest becomes "…". */
export class TextTable {
  readonly texts: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);

  add(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.texts.length >= mostTexts) return text === "…" ? this.#keep(text) : this.add("…");
    return this.#keep(text);
  }

  #keep(text: string): number {
    this.#numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}
