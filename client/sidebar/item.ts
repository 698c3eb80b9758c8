import type { Command, Failure, Outcome } from "../../netfilter/observe/command.js";

/** A line of the sidebar as a value: what it shows and what lies below it. Knows nothing of the editor. */
export interface Item {
  /** Unique among its siblings and the same after a refresh, so that what was open stays open. */
  readonly id: string;
  readonly label: string;
  /** Beside the label, quieter. */
  readonly description?: string;
  /** For a hover: paragraphs of plain text; nothing in it is taken for markup. */
  readonly tooltip?: readonly string[];
  /** A codicon's name. */
  readonly icon?: string;
  readonly tone?: "warning" | "error" | "good" | "quiet";
  /** What a click opens. */
  readonly opens?: Opening;
  /** Which commands its context menu has: the manifest's `viewItem`. */
  readonly context?: string;
  readonly children?: readonly Item[] | (() => Promise<readonly Item[]>);
  readonly expanded?: boolean;
}

/** Something that a click opens. */
export type Opening =
  /** A live ruleset, at the line where `at` stands. */
  | { readonly what: "ruleset"; readonly file: string; readonly at?: { readonly line: number } }
  | { readonly what: "chain"; readonly family: string; readonly table: string; readonly chain: string }
  | { readonly what: "conntrack"; readonly query?: string }
  | { readonly what: "connect" | "log" };

/** Asks a router. */
export type Ask = <Result>(command: Command<Result>) => Promise<Outcome<Result>>;

/** The line that stands where an answer should: what happened and what to do. */
export function failureItem({ reason, message }: Failure): Item {
  const labels: Readonly<Record<Failure["reason"], string>> = {
    missing: "Not installed on this router",
    notPermitted: "Not permitted",
    unsupported: "This router cannot tell",
    garbled: "Unreadable answer",
    cut: "Ended early",
    failed: "Failed",
  };
  const icon = reason === "notPermitted" ? "lock" : reason === "unsupported" ? "info" : "warning";
  return { id: "failure", label: labels[reason], description: message, tooltip: [message], icon, tone: "warning" };
}

/** What was read of a partly good answer, with its warnings below. */
export function withWarnings(items: readonly Item[], warnings: readonly string[]): readonly Item[] {
  return [
    ...items,
    ...warnings.map(
      (text, index): Item => ({
        id: `warning ${index}`,
        label: text,
        tooltip: [text],
        icon: "warning",
        tone: "warning",
      }),
    ),
  ];
}

/** Asks one command and shows its answer, or why there is none; `none` is said when there is nothing. */
export async function listed<Result>(
  ask: Ask,
  command: Command<Result>,
  show: (value: Result) => readonly Item[],
  none: string,
): Promise<readonly Item[]> {
  const outcome = await ask(command);
  if (!outcome.ok) return [failureItem(outcome.failure)];
  const items = show(outcome.value);
  return withWarnings(items.length > 0 ? items : [emptyItem(none)], outcome.warnings);
}

/** Says that there is nothing, and what that means. */
export function emptyItem(text: string): Item {
  return { id: "empty", label: text, tooltip: [text], icon: "circle-slash", tone: "quiet" };
}
