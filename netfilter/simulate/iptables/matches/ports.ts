import type { Passage } from "../../context.js";
import type { PortRange } from "../../state.js";
import { type Options, readList, readPort, readRange, spanOf } from "../options.js";
import { every, invert, isLaterFragment, isWanted, type Test, unsure, type Wanted } from "../test.js";
import type { Matches } from "./define.js";

/** Matches on transport headers. */
export const portMatches: Matches = {
  tcp: (options) => withHeader(every([...bothPorts(options), flagsTest(options), optionTest(options)]), true),
  udp: (options) => withHeader(every(bothPorts(options)), false),
  sctp: (options) => withHeader(every([...bothPorts(options), asked(options, "chunk-types")]), false),
  dccp: (options) =>
    withHeader(every([...bothPorts(options), asked(options, "dccp-types"), asked(options, "dccp-option")]), false),
  multiport: (options) => withHeader(multiportTest(options), false),
};

/**
 * Later fragments do not match. One of TCP that begins within the header could overwrite what was looked at, so the kernel
 * throws it away.
 */
function withHeader(test: Test | undefined, tcp: boolean): Test {
  return (passage) => {
    if (isLaterFragment(passage)) return tcp && passage.headers.fragment?.offset === 8 ? "drop" : false;
    return test === undefined ? true : test(passage);
  };
}

function bothPorts(options: Options): readonly (Test | undefined)[] {
  return [portTest(options, "sport", "source port"), portTest(options, "dport", "destination port")];
}

function portTest(options: Options, side: "sport" | "dport", what: string): Test | undefined {
  const wanted = options.ports(side, what);
  if (!wanted) return options.has(side) ? unreadable(options, side) : undefined;
  const { from, to } = wanted;
  if (from === to && !wanted.negated) return exactPort(side, from, wanted);
  return (passage) => isWanted(passage.headers[side], wanted, passage);
}

function exactPort(side: "sport" | "dport", port: number, wanted: Wanted): Test {
  return (passage) => {
    const value = passage.headers[side];
    return typeof value === "number" ? value === port : isWanted(value, wanted, passage);
  };
}

function unreadable(options: Options, name: string): Test {
  return unsure(`Which port \`${options.text(name)}\` is, only the router knows.`, options.span);
}

function flagsTest(options: Options): Test | undefined {
  const syn = options.find("syn");
  const node = options.find("tcp-flags") ?? syn;
  if (!node) return undefined;
  const [mask, value] = node === syn ? [synMask, flagBits.SYN] : node.values.map(({ text }) => readFlags(text));
  if (mask === undefined || value === undefined) return undefined;
  const span = spanOf(node);
  const test: Test = (passage) => {
    const flags = passage.headers.tcpFlags;
    return flags === undefined
      ? passage.guess("The packet's TCP flags are not known.", span)
      : (flags & mask) === value;
  };
  return invert(test, node.negation !== undefined);
}

const flagBits: Readonly<Record<string, number>> = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ALL: 0x3f,
  NONE: 0,
};

const synMask = 0x17;

function readFlags(text: string): number {
  return readList(text.toUpperCase()).reduce((bits, word) => bits | (flagBits[word] ?? 0), 0);
}

/** Of TCP's options only the segment size is known. */
function optionTest(options: Options): Test | undefined {
  const number = options.number("tcp-option");
  if (number === undefined) return undefined;
  const sizeOption = 2;
  const test: Test =
    number === sizeOption
      ? ({ headers }) => headers.tcpMss !== undefined
      : unsure(`Whether the packet has the TCP option ${number} is not known.`, options.span);
  return invert(test, options.negated("tcp-option"));
}

function asked(options: Options, name: string): Test | undefined {
  const node = options.find(name);
  return node && unsure(`What \`--${name}\` asks for is not known of the packet.`, spanOf(node));
}

function multiportTest(options: Options): Test | undefined {
  const name = ["sports", "dports", "ports"].find((each) => options.has(each));
  if (!name) return undefined;
  const ranges = readList(options.text(name)).map((part) => readRange(part, ":", 0xffff, readPort));
  if (!ranges.every((range) => range !== undefined)) return unreadable(options, name);
  const lists = ranges as readonly PortRange[];
  const negated = options.negated(name);
  const span = spanOf(options.find(name) ?? options.span);
  const sides = name === "ports" ? (["sport", "dport"] as const) : [name.slice(0, -1) as "sport" | "dport"];
  return (passage) => {
    const found = sides.map((side) => isListed(passage.headers[side], lists));
    if (found.includes(true)) return !negated;
    if (found.includes(undefined)) return passage.guess("The packet's ports are not known.", span);
    return negated;
  };
}

/** Undefined where that hangs on a port that is not known, or known as a range only. */
function isListed(port: Passage["headers"]["sport"], lists: readonly PortRange[]): boolean | undefined {
  if (port === undefined) return undefined;
  if (typeof port === "number") {
    for (const { from, to } of lists) if (port >= from && port <= to) return true;
    return false;
  }
  if (lists.some(({ from, to }) => port.from >= from && port.to <= to)) return true;
  return lists.some(({ from, to }) => port.to >= from && port.from <= to) ? undefined : false;
}
