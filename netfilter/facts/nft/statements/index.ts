import type { Statement } from "../types.js";
import { changes } from "./changes.js";
import { nat } from "./nat.js";
import { others } from "./others.js";
import { state } from "./state.js";
import { verdicts } from "./verdicts.js";

/** Everything that a rule can do. */
export const statements: readonly Statement[] = [...verdicts, ...nat, ...state, ...changes, ...others];
