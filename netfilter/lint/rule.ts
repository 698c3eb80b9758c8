import type { Language } from "../language.js";
import type { Ruleset } from "../model/ruleset.js";
import type { IptablesTree } from "../syntax/iptables/nodes.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import type { Finding, Severity } from "../text/finding.js";

/** A mistake that the real tools load without a word. One file a lint, one line in `rules.ts`. */
export interface Lint {
  /** From the fixed vocabulary `no...` and `use...`: `noUnsavedMark`. It is the finding's code and the setting's name. */
  readonly id: string;
  readonly severity: Severity;
  /** One line for the settings and the table of lints. */
  readonly summary: string;
  /** Markdown: what happens in the kernel, when it is told, what to do. */
  readonly doc: string;
  /** Files that a test runs: in a bad one a comment line of carets marks each finding, a good one has none. */
  readonly examples: { readonly bad: readonly Example[]; readonly good: readonly Example[] };
  /** Set where a line that has an error may be the one that is missed: it is silent until there are none. */
  readonly needsWhole?: true;
  /** Finds every such mistake; tells only what is certain. */
  find(context: LintContext): Iterable<LintFinding>;
}

export interface Example {
  readonly language: Language;
  readonly text: string;
}

export interface LintContext {
  readonly text: string;
  readonly ruleset: Ruleset;
  /** For what the ruleset leaves out: how values are written, commands that only take away. */
  readonly tree: NftTree | IptablesTree;
}

/** A finding before its lint's id and the chosen severity are put on it. */
export interface LintFinding extends Omit<Finding, "code" | "severity"> {
  /** Where this one is milder than the lint's findings usually are; a severity that the user chose goes before it. */
  readonly severity?: Severity;
}
