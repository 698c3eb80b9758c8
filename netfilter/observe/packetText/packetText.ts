import { readConnectionLine } from "./connection.js";
import { readLoggedPacket } from "./logged.js";
import type { Reading } from "./reading.js";
import { readTcpdump } from "./tcpdump.js";
import { readTracedLine } from "./traced.js";

/** What is understood, for those who pasted something else. */
export const understood =
  "No packet was found in the text. What is understood: a line of tcpdump (best with -n), of conntrack -L, conntrack -E or /proc/net/nf_conntrack, a packet that LOG or TRACE wrote to the kernel's log, and the packet lines of `nft monitor trace` and xtables-monitor.";

/** What is looked at of a long text: so many lines, and so many characters of each. */
const mostLines = 10_000;
const longestLine = 4_000;

/** Reads the first packet of a text that somebody pasted or selected. Never throws. */
export function readPacketText(text: string): Reading {
  const lines = text.split(/\r?\n/, mostLines).map((line) => line.slice(0, longestLine));
  let problem: string | undefined;
  for (const [index, line] of lines.entries()) {
    const reading = readLine(line, lines[index + 1] ?? "");
    if (reading && !("problem" in reading)) return reading;
    problem ??= reading?.problem;
  }
  return { problem: problem ?? understood };
}

/** The narrow forms first: tcpdump's may hold anything behind its addresses. */
function readLine(line: string, next: string): Reading | undefined {
  return readTracedLine(line) ?? readLoggedPacket(line) ?? readConnectionLine(line) ?? readTcpdump(line, next);
}
