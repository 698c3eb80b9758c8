import { parseAddress } from "../../packet/address.js";
import { decodeUtf8 } from "../utf8.js";
import { Unread } from "../warnings.js";
import { ColumnsBuilder } from "./builder.js";
import { flag, noTimeout } from "./columns.js";

const newline = 10;
const blank = 32;
const longestLine = 1 << 14;

/**
 * Reads lines of `conntrack -L`, with or without `-o extended,id`, and of /proc/net/nf_conntrack. It goes over the bytes once and
 * makes no object for a line: a million lines take half a second. That is why `#line` is one long function that keeps its place in
 * a variable and compares bytes with the codes of letters; keys are compared whole, so that a line feed is never stepped over.
 */
export class Scanner {
  readonly columns = new ColumnsBuilder();
  readonly unread = new Unread();
  #rest: Uint8Array | undefined;
  #dropping = false;
  /** Behind what a helper of `#line` has read. */
  #next = 0;
  readonly #groups = new Uint16Array(8);

  /** Takes bytes that may end anywhere. */
  push(bytes: Uint8Array): void {
    const first = bytes.indexOf(newline);
    if (first === -1) {
      this.#keep(bytes);
      return;
    }
    if (this.#rest || this.#dropping) this.#finishRest(bytes.subarray(0, first + 1));
    else this.scan(bytes, 0, first + 1);
    const last = bytes.lastIndexOf(newline) + 1;
    this.scan(bytes, first + 1, last);
    this.#keep(bytes.subarray(last));
  }

  /** The last line when no line feed follows it; a line that was cut off is not an entry. */
  end(whole: boolean): void {
    if (this.#rest && whole) this.#finishRest(Uint8Array.of(newline));
    this.#rest = undefined;
  }

  /** Reads whole lines: the byte before `end` is a line feed. */
  scan(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at = this.#next) {
      if (this.columns.count === this.columns.capacity) this.columns.grow();
      const good = this.#line(bytes, at);
      if (good) this.columns.count++;
      else this.#giveUp(bytes, at);
    }
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#dropping) return;
    const rest = new Uint8Array((this.#rest?.length ?? 0) + bytes.length);
    if (this.#rest) rest.set(this.#rest);
    rest.set(bytes, rest.length - bytes.length);
    this.#dropping = rest.length > longestLine;
    if (this.#dropping) this.unread.add(decodeUtf8(rest, 0, 200));
    this.#rest = this.#dropping ? undefined : rest;
  }

  #finishRest(bytes: Uint8Array): void {
    this.#keep(bytes);
    const rest = this.#rest;
    this.#rest = undefined;
    this.#dropping = false;
    if (rest) this.scan(rest, 0, rest.length);
  }

  #giveUp(bytes: Uint8Array, start: number): void {
    const end = bytes.indexOf(newline, start);
    this.#next = end + 1;
    this.columns.clear();
    if (isBlank(bytes, start, end)) return;
    this.unread.add(this.unread.wantsSample ? decodeUtf8(bytes, start, Math.min(end, start + 200)) : "");
  }

  /** Reads one line into row `count`; false when it is no entry. Sets `#next` behind it. */
  #line(b: Uint8Array, start: number): boolean {
    const { columns } = this;
    const row = columns.count;
    let p = start;
    let tuple = 0;
    let ends = 0;
    let flags = 0;
    let extra = "";
    let c = b[p] as number;
    if (c === 105 && b[p + 1] === 112 && b[p + 2] === 118 && (b[p + 3] as number) > blank && b[p + 4] === blank) {
      for (p += 4; b[p] === blank; p++);
      for (; (b[p] as number) > blank; p++);
      for (; b[p] === blank; p++);
    }
    while ((b[p] as number) > blank) p++;
    while (b[p] === blank) p++;
    let v = 0;
    let digit = (b[p] as number) - 48;
    if (!(digit >= 0 && digit <= 9)) return false;
    for (; digit >= 0 && digit <= 9; digit = (b[++p] as number) - 48) v = (v * 10 + digit) & 0xffff;
    if (v > 255 || b[p] !== blank) return false;
    columns.protocol[row] = v;
    while (b[p] === blank) p++;
    digit = (b[p] as number) - 48;
    if (digit >= 0 && digit <= 9) {
      for (v = 0; digit >= 0 && digit <= 9; digit = (b[++p] as number) - 48) v = v * 10 + digit;
      columns.timeout[row] = v;
    } else columns.timeout[row] = noTimeout;
    columns.state[row] = 0;
    columns.mark[row] = 0;
    columns.sourcePort[row] = 0;
    columns.destinationPort[row] = 0;
    columns.replySourcePort[row] = 0;
    columns.replyDestinationPort[row] = 0;
    if (columns.extra) columns.extra[row] = 0;
    for (;;) {
      c = b[p] as number;
      if (c === newline) break;
      if (c <= blank) {
        p++;
        continue;
      }
      const c1 = b[p + 1] as number;
      if (
        c1 === 112 &&
        (c === 115 || c === 100) &&
        b[p + 2] === 111 &&
        b[p + 3] === 114 &&
        b[p + 4] === 116 &&
        b[p + 5] === 61
      ) {
        p += 6;
        v = 0;
        for (digit = (b[p] as number) - 48; digit >= 0 && digit <= 9; digit = (b[++p] as number) - 48)
          v = (v * 10 + digit) & 0xfffff;
        if (tuple === 1) (c === 115 ? columns.sourcePort : columns.destinationPort)[row] = v;
        else (c === 115 ? columns.replySourcePort : columns.replyDestinationPort)[row] = v;
      } else if (
        b[p + 3] === 61 &&
        ((c === 115 && c1 === 114 && b[p + 2] === 99) || (c === 100 && c1 === 115 && b[p + 2] === 116))
      ) {
        p += 4;
        const from = p;
        let octet = 0;
        let address = 0;
        let x = b[p] as number;
        for (; ; x = b[++p] as number) {
          if (x === 46) {
            address = (address << 8) | octet;
            octet = 0;
          } else if (x >= 48 && x <= 57) octet = (octet * 10 + x - 48) & 0xffff;
          else break;
        }
        if (x === 58 || (x >= 97 && x <= 102)) {
          address = this.#ipv6(b, from);
          if (address < 0) return false;
          p = this.#next;
          flags |= flag.ipv6;
        } else address = ((address << 8) | octet) >>> 0;
        if (p === from) return false;
        ends++;
        if (c === 115) {
          tuple++;
          (tuple === 1 ? columns.source : columns.replySource)[row] = address;
        } else (tuple === 1 ? columns.destination : columns.replyDestination)[row] = address;
      } else if (c === 91) {
        const bit = statusBit(b, p + 1);
        flags |= bit;
        const from = p;
        while (p < b.length && b[p] !== 93 && b[p] !== newline) p++;
        if (b[p] === 93) p++;
        if (bit === 0) extra = joinedWords(extra, decodeUtf8(b, from, p));
      } else if (c === 109 && c1 === 97 && b[p + 2] === 114 && b[p + 3] === 107 && b[p + 4] === 61) {
        p += 5;
        v = 0;
        for (digit = (b[p] as number) - 48; digit >= 0 && digit <= 9; digit = (b[++p] as number) - 48)
          v = v * 10 + digit;
        columns.mark[row] = v;
      } else if (c >= 65 && c <= 90 && tuple === 0) {
        const from = p;
        while ((b[p] as number) > blank) p++;
        const state = columns.states.find(b, from, p);
        if (state < 0) return false;
        columns.state[row] = state;
      } else if (c === 117 && c1 === 115 && b[p + 2] === 101 && b[p + 3] === 61) {
        p += 4;
        v = 0;
        for (digit = (b[p] as number) - 48; digit >= 0 && digit <= 9; digit = (b[++p] as number) - 48)
          v = v * 10 + digit;
        if (columns.use) columns.use[row] = v > 0xffff ? 0xffff : v;
        else columns.put("use", Math.min(v, 0xffff));
      } else if (c === 122 && c1 === 111 && b[p + 2] === 110 && b[p + 3] === 101 && b[p + 4] === 61) {
        v = this.#number(b, p + 5);
        p = this.#next;
        if (columns.zone) columns.zone[row] = v;
        else if (v > 0) columns.put("zone", v);
      } else if (
        c === 112 &&
        c1 === 97 &&
        b[p + 2] === 99 &&
        b[p + 3] === 107 &&
        b[p + 4] === 101 &&
        b[p + 5] === 116 &&
        b[p + 6] === 115 &&
        b[p + 7] === 61
      ) {
        v = this.#number(b, p + 8);
        p = this.#next;
        const counted = tuple === 1 ? columns.packets : columns.replyPackets;
        if (counted) counted[row] = v;
        else columns.put(tuple === 1 ? "packets" : "replyPackets", v);
      } else if (
        c === 98 &&
        c1 === 121 &&
        b[p + 2] === 116 &&
        b[p + 3] === 101 &&
        b[p + 4] === 115 &&
        b[p + 5] === 61
      ) {
        v = this.#number(b, p + 6);
        p = this.#next;
        const counted = tuple === 1 ? columns.bytes : columns.replyBytes;
        if (counted) counted[row] = v;
        else columns.put(tuple === 1 ? "bytes" : "replyBytes", v);
      } else if (c === 105 && c1 === 100 && b[p + 2] === 61) {
        v = this.#number(b, p + 3);
        p = this.#next;
        if (columns.id) columns.id[row] = v;
        else columns.put("id", v);
      } else {
        if (p >= b.length) return false;
        const from = p;
        if (!this.#rare(b, p, tuple)) {
          for (p = from; (b[p] as number) > blank; p++);
          extra = joinedWords(extra, decodeUtf8(b, from, p));
        } else p = this.#next;
      }
    }
    if (ends !== 4 || tuple !== 2) return false;
    columns.flags[row] = flags;
    if (extra !== "") columns.put("extra", columns.extras.add(extra));
    this.#next = p + 1;
    return true;
  }

  /** `delta-time=`, ICMP's three and GRE's keys; false for all else. */
  #rare(b: Uint8Array, start: number, tuple: number): boolean {
    const { columns } = this;
    const row = columns.count;
    const c = b[start] as number;
    if (c === 100 && b[start + 5] === 45 && isKey(b, start, 10)) columns.put("age", this.#number(b, start + 11));
    else if (c === 116 && tuple > 0 && isKey(b, start, 4)) return this.#icmp(b, start, tuple === 1);
    else if ((c === 115 || c === 100) && b[start + 3] === 107 && tuple > 0 && isKey(b, start, 6)) {
      const key = this.#hex(b, start + 7);
      if (c === 115) (tuple === 1 ? columns.sourcePort : columns.replySourcePort)[row] = key;
      else (tuple === 1 ? columns.destinationPort : columns.replyDestinationPort)[row] = key;
    } else return false;
    return true;
  }

  /** `type=8 code=0 id=1`, which only count together: an `id` alone is the entry's own. */
  #icmp(b: Uint8Array, start: number, original: boolean): boolean {
    const { columns } = this;
    const type = this.#number(b, start + 5);
    if (b[this.#next] !== blank || b[this.#next + 1] !== 99 || !isKey(b, this.#next + 1, 4)) return false;
    const code = this.#number(b, this.#next + 6);
    if (b[this.#next] !== blank || b[this.#next + 1] !== 105 || !isKey(b, this.#next + 1, 2)) return false;
    const id = this.#number(b, this.#next + 4);
    (original ? columns.sourcePort : columns.replySourcePort)[columns.count] = (type << 8) | code;
    (original ? columns.destinationPort : columns.replyDestinationPort)[columns.count] = id;
    return true;
  }

  #number(b: Uint8Array, start: number): number {
    let p = start;
    let value = 0;
    for (let digit = (b[p] as number) - 48; digit >= 0 && digit <= 9; digit = (b[++p] as number) - 48)
      value = value * 10 + digit;
    this.#next = p;
    return value;
  }

  #hex(b: Uint8Array, start: number): number {
    let p = start;
    while ((b[p] as number) > blank) p++;
    this.#next = p;
    return Number.parseInt(decodeUtf8(b, start, p), 16);
  }

  /** An IPv6 address, as its number in the table; -1 for what is none. */
  #ipv6(b: Uint8Array, start: number): number {
    const g = this.#groups;
    let p = start;
    let count = 0;
    let gap = -1;
    let value = 0;
    let digits = 0;
    for (; count < 8; p++) {
      const c = b[p] as number;
      if (c >= 48 && c <= 57) value = value * 16 + c - 48;
      else if (c >= 97 && c <= 102) value = value * 16 + c - 87;
      else if (c === 58) {
        if (digits > 0) g[count++] = value;
        else gap = count;
        value = 0;
        digits = 0;
        continue;
      } else break;
      digits++;
    }
    if (b[p] === 46) return this.#mixed(b, start);
    if (digits > 0 && count < 8) g[count++] = value;
    if (gap >= 0) fill(g, gap, count);
    else if (count < 8) return -1;
    this.#next = p;
    return this.columns.addresses.add(word(g, 0), word(g, 2), word(g, 4), word(g, 6));
  }

  /** An IPv6 address that ends like an IPv4 one. */
  #mixed(b: Uint8Array, start: number): number {
    let p = start;
    while ((b[p] as number) > blank) p++;
    this.#next = p;
    const address = parseAddress(decodeUtf8(b, start, p), "iptables");
    if (!address) return -1;
    const [first, second, third, fourth] = [96n, 64n, 32n, 0n].map((by) =>
      Number((address.value >> by) & 0xffff_ffffn),
    );
    return this.columns.addresses.add(first as number, second as number, third as number, fourth as number);
  }
}

/** Moves the groups behind the gap to the end and puts zeros between. */
function fill(groups: Uint16Array, gap: number, count: number): void {
  const zeros = 8 - count;
  groups.copyWithin(gap + zeros, gap, count);
  groups.fill(0, gap, gap + zeros);
}

function word(groups: Uint16Array, at: number): number {
  return (((groups[at] as number) << 16) | (groups[at + 1] as number)) >>> 0;
}

/** Whether a key of so many bytes and an equals sign stand here, with no blank or line feed between. */
function isKey(b: Uint8Array, at: number, length: number): boolean {
  if (b[at + length] !== 61) return false;
  for (let next = at + 1; next < at + length; next++) if ((b[next] as number) <= blank) return false;
  return true;
}

/** The flag whose name stands behind a bracket; 0 for another. */
function statusBit(b: Uint8Array, at: number): number {
  const c = b[at] as number;
  if (c === 65 && b[at + 1] === 83 && b[at + 7] === 93) return flag.assured;
  if (c === 85 && b[at + 1] === 78 && b[at + 9] === 93) return flag.unreplied;
  if (c === 79 && b[at + 1] === 70 && b[at + 7] === 93) return flag.offload;
  if (c === 72 && b[at + 1] === 87 && b[at + 10] === 93) return flag.hardwareOffload;
  return 0;
}

function joinedWords(a: string, b: string): string {
  return a === "" ? b : `${a} ${b}`;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > blank) return false;
  return true;
}
