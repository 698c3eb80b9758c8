import type { RulesetCalls } from "./calls.js";

/** Calls that leave something in the thread which later ones build upon: another thread is told them anew. See `PathCalls`. */
export const keptCalls: { readonly [Call in keyof RulesetCalls]?: "begins" | "adds" } = {
  beginTraced: "begins",
  addTraced: "adds",
  readTraced: "adds",
  endTraced: "adds",
};
