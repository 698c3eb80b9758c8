import { type Counters, mark, type Word } from "./nodes.js";

/** Reads `[12:3456]`; the tools do not mind a missing `]` behind a policy. */
export function readCounters(token: Word): Counters {
  mark(token, "counter");
  const [, packets, bytes] = /^\[(\d+):(\d+)/.exec(token.text) ?? [];
  const { start, end } = token;
  if (packets === undefined || bytes === undefined) return { kind: "counters", start, end };
  return { kind: "counters", start, end, packets: BigInt(packets), bytes: BigInt(bytes) };
}

/** Where counters of plain numbers end that begin at `start`; undefined where it is not sure that these are some. */
export function endOfCounters(text: string, start: number, end: number): number | undefined {
  let colons = 0;
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === colon) colons++;
    else if (code === closeBracket)
      return colons === 1 && text.charCodeAt(start + 1) !== colon && text.charCodeAt(at - 1) !== colon
        ? at + 1
        : undefined;
    else if (code < zero || code > nine) return undefined;
  }
  return undefined;
}

const [zero, nine, colon, closeBracket] = [48, 57, 58, 93];
