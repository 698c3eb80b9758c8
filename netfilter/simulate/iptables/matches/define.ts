import type { Connection, Passage } from "../../context.js";
import type { Memory } from "../memory.js";
import type { Options } from "../options.js";
import type { Test } from "../test.js";

/** Makes the test of a match from its options; undefined where every packet passes. */
export type MakeTest = (options: Options, memory: Memory) => Test | undefined;

/** Makers by the word that the catalogue has for the match. */
export type Matches = Readonly<Record<string, MakeTest>>;

/** The packet's entry; invalid and untracked packets have none. A template, unlike in nftables, counts as one. */
export function entryOf({ connection, hasTemplate }: Passage): Connection | undefined {
  if (hasTemplate) return template;
  return connection === undefined || connection.state === "invalid" || connection.state === "untracked"
    ? undefined
    : connection;
}

const nobody = { saddr: 0, daddr: 0, protocol: 0, sport: 0, dport: 0 };

/** What a template is to a match: an entry of no packets. Marks are not kept: all packets of the rule share it. */
const template: Connection = {
  state: "new",
  direction: "original",
  status: new Set(["confirmed", "template"] as const),
  get mark() {
    return 0;
  },
  set mark(_) {},
  get labels() {
    return 0n;
  },
  set labels(_) {},
  zone: 0,
  original: nobody,
  reply: nobody,
  protocolState: undefined,
  helper: undefined,
  expiration: undefined,
  packets: undefined,
  bytes: undefined,
  confirmed: true,
};
