import type { OptionNode, RuleLine } from "../syntax/iptables/nodes.js";
import type { Rule as NftRule, Statement } from "../syntax/nft/nodes.js";
import type { Span } from "../text/span.js";
import type { Rule } from "./ruleset.js";

/*
 * What can be told of a rule by looking at its words alone. Reading `parts` costs some ten times as much, so a lint that
 * walks over every rule of a large file asks here first.
 */

/** Whether the rule may ask anything of a packet; false is certain. */
export function isConditional(rule: Rule): boolean {
  return conditionNodes(rule).length > 0;
}

/** Each condition as it is written; what belongs to no condition is left out. */
export function writtenConditions(rule: Rule, text: string): string[] {
  return conditionNodes(rule).map(({ start, end }) => text.slice(start, end));
}

/** Whether the rule may end a packet's walk through the chain; false is certain. */
export function mayEnd(rule: Rule): boolean {
  const { node } = rule;
  if (isLine(node))
    return node.main.jump !== undefined && (!node.target || endingTargets.has(node.target.extension.word));
  return (node as NftRule).statements.some(({ kind }) => endingKinds.has(kind));
}

const negations: ReadonlySet<string | undefined> = new Set(["!=", "!", "ne", "neq", "not"]);

/** Whether a condition is turned round. */
export function hasNegation({ node }: Rule): boolean {
  if (isLine(node)) return node.options.some(({ negation }) => negation !== undefined);
  return (node as NftRule).statements.some(
    (statement) => statement.kind === "match" && negations.has(statement.operator?.text),
  );
}

/** The line of an iptables file that a rule is. */
export function lineOf({ node }: Rule): RuleLine | undefined {
  return isLine(node) ? node : undefined;
}

/** The statements of an nftables rule. */
export function statementsOf({ node }: Rule): readonly Statement[] {
  return "statements" in node ? (node as NftRule).statements : [];
}

function isLine(node: Rule["node"]): node is RuleLine {
  return "matches" in node;
}

const endingTargets: ReadonlySet<string> = new Set([
  "ACCEPT",
  "DROP",
  "REJECT",
  "RETURN",
  "QUEUE",
  "NFQUEUE",
  "SNAT",
  "DNAT",
  "MASQUERADE",
  "REDIRECT",
  "NETMAP",
]);

const endingKinds: ReadonlySet<Statement["kind"]> = new Set(["verdict", "jump", "nat", "reject", "queue", "fwd"]);

/** Statements that every packet passes. */
const passing: ReadonlySet<Statement["kind"]> = new Set([
  ...endingKinds,
  "counter",
  "log",
  "last",
  "dup",
  "notrack",
  "assignment",
]);

function conditionNodes({ node }: Rule): Span[] {
  const found: Span[] = [];
  if (!isLine(node)) {
    for (const statement of (node as NftRule).statements) if (!passing.has(statement.kind)) found.push(statement);
    return found;
  }
  if (node.broken) found.push(node);
  for (const option of node.options) if (isBaseCondition(option)) found.push(option);
  for (const { extension, by, options } of node.matches) {
    if (extension.word === "comment") continue;
    if (options.length === 0 && by) found.push(by);
    for (const option of options) found.push(option);
  }
  return found;
}

const baseLetters: ReadonlySet<string | undefined> = new Set(["p", "s", "d", "i", "o", "f"]);

/** `-p`, `-s` and the like, and words that are no option at all. */
function isBaseCondition({ option, command }: OptionNode): boolean {
  return option ? baseLetters.has(option.letter) : !command;
}
