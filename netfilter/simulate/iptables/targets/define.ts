import type { Outcome, Passage } from "../../context.js";
import type { Memory } from "../memory.js";
import type { Options } from "../options.js";

/** What a target does with a packet that the rule matched. */
export type Deed = (passage: Passage) => Outcome;

/** Makes a target ready from its options. */
export type MakeDeed = (options: Options, memory: Memory) => Deed;

/** Makers by the target's word in the catalogue. */
export type Targets = Readonly<Record<string, MakeDeed>>;

/** The packet goes on to the next rule, whatever the target did. */
export const goOn: Deed = () => "continue";
