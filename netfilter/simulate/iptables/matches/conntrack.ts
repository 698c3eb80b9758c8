import type { Connection, Headline, Passage } from "../../context.js";
import type { ConntrackStatus } from "../../state.js";
import { inNetwork } from "../base.js";
import { type Options, readList, readNetwork, readNumber, readProtocol, readWord, spanOf } from "../options.js";
import { isWanted, type Test, unsure } from "../test.js";
import { entryOf, type MakeTest, type Matches } from "./define.js";

/** A test of an entry that is there. */
type EntryTest = (entry: Connection, passage: Passage) => boolean;

const conntrack: MakeTest = (options) => {
  const state = stateTest(options, "ctstate");
  const rest = [
    directionTest(options),
    ...addressTests(options),
    protocolTest(options),
    ...portTests(options),
    statusTest(options),
    expiryTest(options),
  ].filter((test) => test !== undefined);
  if (rest.length === 0 && state) return state;
  return (passage) => {
    if (state && state(passage) !== true) return false;
    const entry = entryOf(passage);
    if (!entry) return state !== undefined;
    for (const test of rest) if (!test(entry, passage)) return false;
    return true;
  };
};

/** Matches on connections. */
export const conntrackMatches: Matches = {
  conntrack,
  state: (options) => stateTest(options, "state"),
  connlabel: labelTest,
  helper: helperTest,
};

const stateWords = ["INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT"] as const;

function stateTest(options: Options, name: string): Test | undefined {
  if (!options.has(name)) return undefined;
  const words = new Set(readList(options.text(name)).map((text) => readWord(text, stateWords)?.toLowerCase()));
  const negated = options.negated(name);
  const [snat, dnat] = [words.has("snat"), words.has("dnat")];
  return (passage) => {
    const { connection, hasTemplate } = passage;
    if (words.has(connection?.state ?? (hasTemplate ? "new" : "invalid"))) return !negated;
    if ((snat && connection?.status.has("snat")) || (dnat && connection?.status.has("dnat"))) return !negated;
    return negated;
  };
}

function directionTest(options: Options): EntryTest | undefined {
  if (!options.has("ctdir")) return undefined;
  const direction = options.text("ctdir")?.toLowerCase();
  return (entry) => entry.direction === direction;
}

const sides = [
  ["ctorig", "original"],
  ["ctrepl", "reply"],
] as const;

function addressTests(options: Options): readonly (EntryTest | undefined)[] {
  return sides.flatMap(([prefix, tuple]) => [
    addressTest(options, `${prefix}src`, (entry) => entry[tuple].saddr),
    addressTest(options, `${prefix}dst`, (entry) => entry[tuple].daddr),
  ]);
}

function addressTest(
  options: Options,
  name: string,
  read: (entry: Connection) => number | bigint,
): EntryTest | undefined {
  const node = options.find(name);
  if (!node) return undefined;
  const network = readNetwork(node.values[0]?.text, options.family);
  const span = spanOf(node);
  if (!network)
    return (_, passage) => passage.guess("Which address a host's name stands for, only the router knows.", span);
  const within = inNetwork(network, options.family);
  const negated = node.negation !== undefined;
  return (entry) => within(read(entry)) !== negated;
}

function protocolTest(options: Options): EntryTest | undefined {
  const protocol = readProtocol(options.text("ctproto"));
  if (protocol === undefined) return undefined;
  const negated = options.negated("ctproto");
  return (entry) => (entry.original.protocol === protocol) !== negated;
}

function portTests(options: Options): readonly (EntryTest | undefined)[] {
  return sides.flatMap(([prefix, tuple]) => [
    portTest(options, `${prefix}srcport`, (entry) => entry[tuple], "sport"),
    portTest(options, `${prefix}dstport`, (entry) => entry[tuple], "dport"),
  ]);
}

function portTest(
  options: Options,
  name: string,
  read: (entry: Connection) => Headline,
  side: "sport" | "dport",
): EntryTest | undefined {
  const wanted = options.ports(name, "connection's port");
  return wanted && ((entry, passage) => isWanted(read(entry)[side], wanted, passage));
}

const statusWords = ["NONE", "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"] as const;

function statusTest(options: Options): EntryTest | undefined {
  if (!options.has("ctstatus")) return undefined;
  const bits = readList(options.text("ctstatus"))
    .map((text) => readWord(text, statusWords))
    .filter((word) => word !== undefined && word !== "NONE")
    .map((word) => word?.toLowerCase().replace("_", "-") as ConntrackStatus);
  const negated = options.negated("ctstatus");
  return (entry) => bits.some((bit) => entry.status.has(bit)) !== negated;
}

function expiryTest(options: Options): EntryTest | undefined {
  const wanted = options.range("ctexpire", "connection's remaining time", 0xffff_ffff);
  return wanted && ((entry, passage) => isWanted(floor(entry.expiration), wanted, passage));
}

function floor(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.floor(seconds);
}

/** Without an entry the answer is no, and with `!` yes. `--set` puts the label on. */
function labelTest(options: Options): Test | undefined {
  const bit = readNumber(options.text("label"));
  if (bit === undefined) return unsure("Which label that is, the router's connlabel.conf tells.", options.span);
  const negated = options.negated("label");
  const set = options.has("set");
  const mask = 1n << BigInt(bit);
  return (passage) => {
    const entry = entryOf(passage);
    if (!entry) return negated;
    if ((entry.labels & mask) !== 0n) return !negated;
    if (!set) return negated;
    entry.labels |= mask;
    passage.changed({ field: "ct label", after: `${bit}` });
    return !negated;
  };
}

/** It is the helper of the connection that announced this one. */
function helperTest(options: Options): Test | undefined {
  const negated = options.negated("helper");
  return (passage) => {
    if (!entryOf(passage)?.status.has("expected")) return negated;
    return passage.guess("Which helper announced the connection is not known.", options.span);
  };
}
