import type { ReportedDifference } from "./report.js";

/** How a kind of difference is shown: the codicon, what the line begins with and what its hover says. */
export interface KindWords {
  readonly icon: string;
  readonly label: string;
  readonly means: string;
}

/** By kind, in the order in which they are listed. */
export const kinds: Readonly<Record<ReportedDifference["kind"], KindWords>> = {
  missing: {
    icon: "diff-removed",
    label: "not on the router",
    means: "The file has it and the router does not: the file was not loaded since, or it was deleted there.",
  },
  extra: {
    icon: "diff-added",
    label: "only on the router",
    means: "The router has it and the file does not: a load of the file will not bring it back.",
  },
  changed: { icon: "diff-modified", label: "differs", means: "The router has it otherwise than the file says." },
  moved: {
    icon: "arrow-swap",
    label: "elsewhere in its chain",
    means: "The same rule at another place: packets may meet another rule first.",
  },
  comment: { icon: "comment", label: "other comment", means: "It does the same; only its comment differs." },
};

/** A difference on one line: what it is about. */
export function lineOf({ kind, file, live }: ReportedDifference): string {
  return kind === "changed" && file !== undefined && live !== undefined ? `${file} → ${live}` : (file ?? live ?? "");
}

/** The paragraphs of its hover. */
export function hoverOf({ kind, file, live, certain }: ReportedDifference): string[] {
  return [
    kinds[kind].means,
    ...(file === undefined ? [] : [`The file: ${file}`]),
    ...(live === undefined ? [] : [`The router: ${live}`]),
    ...(certain ? [] : ["A part of it could only be compared by its words: it may do the same."]),
  ];
}

/** What stands above the list: the result in one sentence, and what else is to be known. */
export function summaryOf(
  {
    differences,
    others,
    equal,
    incomplete,
  }: {
    readonly differences: readonly unknown[];
    readonly others: readonly string[];
    readonly equal: number;
    readonly incomplete: boolean;
  },
  file: string,
  router: string,
): string {
  const count = differences.length === 1 ? "1 difference" : `${differences.length.toLocaleString("en")} differences`;
  const rules = equal === 1 ? "1 rule is" : `${equal.toLocaleString("en")} rules are`;
  const sentences = [
    differences.length === 0
      ? `${router} runs what ${file} says: ${rules} the same.`
      : `${count} between ${file} and ${router}; ${rules} the same.`,
    ...(others.length > 0 ? [`Not of this file: ${others.map((name) => `table ${name}`).join(", ")}.`] : []),
    ...(incomplete ? ["An include of the file could not be read: what it holds is missing here."] : []),
  ];
  return sentences.join(" ");
}
