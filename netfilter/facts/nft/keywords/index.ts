import type { Keyword } from "../types.js";
import { commands } from "./commands.js";
import { expressions, listings, timeoutStates } from "./expressions.js";
import { flags } from "./flags.js";
import { operators, units } from "./operators.js";
import { places } from "./places.js";
import { objects, options, structure } from "./structure.js";

/** The words that are no statement, expression or value: structure, commands, flags, operators, units, hooks. */
export const keywords: readonly Keyword[] = [
  ...structure,
  ...commands,
  ...objects,
  ...places,
  ...flags,
  ...operators,
  ...units,
  ...options,
  ...expressions,
  ...timeoutStates,
  ...listings,
];
