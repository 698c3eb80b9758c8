import type { Span } from "../../text/span.js";
import { traits } from "../traits.js";
import type { Binary, Expression, Match, Statement } from "./nodes.js";
import type { RuleContent } from "./ruleNode.js";

/** The bits of all traits that a rule of this text has. */
export function traitsOf({ statements, start, end }: RuleContent & Span, text: string): number {
  let found = 0;
  for (const statement of statements) found |= traitsOfStatement(statement);
  if (mayDoubt(statements, text)) found |= traits.doubts;
  return found | traitsOfWords(text.slice(start, end));
}

function traitsOfStatement(statement: Statement): number {
  const { kind } = statement;
  if (kind === "match") return negations.has(statement.operator?.text) ? traits.asks | traits.negates : traits.asks;
  let found: number = asks(statement) ? traits.asks | traits.acts : traits.acts;
  if (endingKinds.has(kind)) found |= traits.ends;
  if (kind === "jump" || kind === "vmap") found |= traits.leads;
  if (kind === "limit" || (kind === "objectReference" && statement.type === "limit")) found |= traits.limits;
  if (kind === "log") found |= traits.logs;
  if (kind === "assignment") found |= traits.writesMarks;
  return found;
}

const negations: ReadonlySet<string | undefined> = new Set(["!=", "!", "ne", "neq", "not"]);

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

/** Whether a statement may let only some packets past. */
export function asks({ kind }: Statement): boolean {
  return !passing.has(kind);
}

/** Whether a statement may ask for an address that is written behind its field. */
export function asksAddress(statement: Statement): boolean {
  if (statement.kind !== "match" || statement.operator || statement.left.kind !== "payload") return false;
  const { header, field } = statement.left;
  return ipHeaders.has(header.text) && addressFields.has(field?.text);
}

const ipHeaders: ReadonlySet<string> = new Set(["ip", "ip6"]);
const addressFields: ReadonlySet<string | undefined> = new Set(["saddr", "daddr"]);

/** Whether something is asked twice, or in a way that may never or always hold. */
function mayDoubt(statements: readonly Statement[], text: string): boolean {
  const fields: string[] = [];
  for (const statement of statements) {
    if (statement.kind !== "match") continue;
    const field = fieldOf(statement, text);
    if (field === undefined || fields.includes(field)) return true;
    fields.push(field);
  }
  return false;
}

/** What a plain comparison asks for; undefined where only a closer look tells whether a packet can pass it. */
function fieldOf({ left, operator, right }: Match, text: string): string | undefined {
  if (left.kind === "binary") {
    const isPlain = (!operator || operator.text === "==") && fitsMask(left, right);
    return isPlain ? text.slice(left.left.start, left.left.end) : undefined;
  }
  return operator || right.kind === "maskedFlags" ? undefined : text.slice(left.start, left.end);
}

/** Whether a number has no bits outside of the mask of `meta mark & 0xff == 0x10`. */
function fitsMask({ operator, right: mask }: Binary, value: Expression): boolean {
  return operator === "&" && mask.kind === "number" && value.kind === "number" && (value.value & ~mask.value) === 0n;
}

function traitsOfWords(words: string): number {
  let found = words.includes("mark") && /\bmark\b/.test(words) ? traits.marks : 0;
  if (words.includes("iif")) found |= traits.input;
  if (words.includes("oif")) found |= traits.output;
  return found;
}
