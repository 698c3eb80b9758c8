import type { Connection, Passage } from "../../context.js";
import type { Memory } from "../memory.js";
import type { Options } from "../options.js";
import type { Test } from "../test.js";

/** Makes the test of a match from its options; undefined where every packet passes. */
export type MakeTest = (options: Options, memory: Memory) => Test | undefined;

/** Makers by the word that the catalogue has for the match. */
export type Matches = Readonly<Record<string, MakeTest>>;

/** The packet's entry; invalid and untracked packets have none. */
export function entryOf({ connection }: Passage): Connection | undefined {
  return connection === undefined || connection.state === "invalid" || connection.state === "untracked"
    ? undefined
    : connection;
}
