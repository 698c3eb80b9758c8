import type { Diagnostic } from "vscode";

/** How many of the diagnostics are ours. */
export function findingsAmong(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ source }) => source === "hookscope").length;
}

/** `1 finding`, `2 findings`, `no findings`. */
export function countedAs(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count || "no"} ${noun}s`;
}
