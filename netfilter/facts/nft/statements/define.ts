import type { Entry } from "../../catalogue.js";
import type { Family } from "../../hooks.js";
import type { Statement } from "../types.js";

/** The families whose packets are IP. */
export const ip: readonly Family[] = ["ip", "ip6", "inet"];

/** A statement without its constant part. */
export const statement = (definition: Omit<Statement, "kind">): Statement => ({ kind: "statement", ...definition });

/** A word that follows a statement. */
export const option = (word: string, form: string, doc: string, since?: string): Entry => ({
  kind: "option",
  word,
  forms: [form],
  doc,
  ...(since && { since }),
});
