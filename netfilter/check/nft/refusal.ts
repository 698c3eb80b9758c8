import type { Finding, Fix } from "../../text/finding.js";
import { nearest } from "../../text/nearest.js";
import type { Span } from "../../text/span.js";

/** Thrown where nft would refuse; whoever checks the rule or declaration catches it, as nft too goes on with the next one. */
export class Refusal {
  constructor(readonly finding: Finding) {}
}

/** Thrown where something is not known for certain, to leave the rule alone. */
export class Unknowable {}

type More = Pick<Finding, "related" | "fixes">;

/** An error at a place. */
export function errorAt(code: string, { start, end }: Span, message: string, more: More = {}): Finding {
  return { code, severity: "error", span: { start, end }, message, ...more };
}

/**
 * What hangs on objects that may have been loaded before: whether the file loads is then not its own doing alone, so it is a
 * warning.
 */
export function unlessLoaded(finding: Finding): Finding {
  return { ...finding, severity: "warning" };
}

/** An error that `nft -c` lets pass: only the kernel refuses it, when the file is loaded. */
export function kernelRefuses(code: string, span: Span, message: string, more: More = {}): Finding {
  return errorAt(code, span, message, more);
}

/** Stops the check of this rule or declaration. */
export function refuse(code: string, span: Span, message: string, more: More = {}): never {
  throw new Refusal(errorAt(code, span, message, more));
}

/** Stops the check of this rule or declaration with what was found. */
export function refuseWith(finding: Finding): never {
  throw new Refusal(finding);
}

/** Leaves the rest of the rule or declaration unjudged. */
export function giveUp(): never {
  throw new Unknowable();
}

/** Of so many names none is searched for the nearest: a file with thousands of mistakes must not take minutes. */
const mostCandidates = 1000;

/** Offers the candidate nearest to a misspelt word, as a sentence's end and as a quick fix. */
export function suggestion(word: string, span: Span, candidates: Iterable<string>): { hint: string; fixes?: Fix[] } {
  const names = [...candidates];
  const found = names.length > mostCandidates ? undefined : nearest(word, names);
  if (found === undefined) return { hint: "" };
  const { start, end } = span;
  const fix = { title: `Change to \`${found}\``, edits: [{ span: { start, end }, text: found }], preferred: true };
  return { hint: ` Did you mean \`${found}\`?`, fixes: [fix] };
}
