import { actions, logWords } from "./actions.js";
import type { Cursor } from "./cursor.js";
import { comment, verdictSet } from "./elements.js";
import { argument, leftExpression, rightSide, setOrVariable } from "./expressions.js";
import { Kind } from "./lexer.js";
import { nat } from "./nat.js";
import type { Comment, Expression, ObjectReference, ObjectType, Rule, Statement, VerdictMap, Word } from "./nodes.js";
import { skipStatement } from "./recovery.js";
import type { RuleContent } from "./ruleNode.js";
import { selectorWords, startsSelector } from "./selectors.js";
import { setStatement } from "./setStatements.js";
import { namedObject, startsStateful, stateful } from "./stateful.js";
import { verdictStatement } from "./verdicts.js";
import { statementEntry } from "./words.js";

type Read = (c: Cursor) => Statement;

/** Statements by their first word; whatever begins otherwise is a comparison. */
const readers = new Map<string, Read>([
  ...each("accept drop continue return jump goto", verdictStatement),
  ...each("snat dnat masquerade redirect", nat),
  ...each("add update delete set", setStatement),
  ...each("counter limit quota last synproxy tunnel", stateOrObject),
  ["ct", connection],
]);

function each(words: string, read: Read): [string, Read][] {
  return words.split(" ").map((word) => [word, read]);
}

/** A rule, up to the end of the line, `;` or the brace around it. */
export function rule(c: Cursor): Rule {
  return c.rules.read(c);
}

/**
 * The statements of a rule, a comment last. Where one cannot be read, its error is told and the rest of the rule is skipped.
 */
export function ruleContent(c: Cursor): RuleContent {
  const { start, index } = c;
  const statements: Statement[] = [];
  let note: Comment | undefined;
  const complete = c.attempt(() => {
    do statements.push(statement(c, statements.at(-1)));
    while (!atRuleEnd(c) && c.word !== "comment");
    if (c.word === "comment") note = comment(c);
    if (!atRuleEnd(c)) c.fail("the end of the rule");
    return true;
  });
  if (!complete) statements.push(unread(c, index, (note ?? statements.at(-1))?.end ?? start));
  return { statements, comment: note };
}

function unread(c: Cursor, index: number, start: number): Statement {
  skipStatement(c, index);
  return { kind: "unknownStatement", start, end: Math.max(start, c.last) };
}

function atRuleEnd(c: Cursor): boolean {
  return c.atSeparator || c.kind === Kind.CloseBrace;
}

/** What else a line of a chain may begin with. */
const declarations = ["type", "policy"];

/** One statement; words that go on with the one `before` it may be misspelled instead. */
export function statement(c: Cursor, before?: Statement): Statement {
  const read = c.word === "" ? undefined : (readers.get(c.word) ?? actions.get(c.word));
  if (read) return read(c);
  if (c.kind === Kind.Word && !startsSelector(c)) {
    c.failWord("a statement or an expression such as `ip saddr`", [
      ...readers.keys(),
      ...actions.keys(),
      ...selectorWords(),
      ...declarations,
      ...(before ? ["comment"] : []),
      ...(before?.kind === "log" ? logWords : []),
    ]);
  }
  return comparison(c);
}

// ---------------------------------------------------------------------------------------------- state and objects

/** `counter` keeps state in the rule, `counter name "c"` in an object. */
function stateOrObject(c: Cursor): Statement {
  if (c.peekWord() === "name") return namedObject(c, c.word as ObjectType);
  if (startsStateful(c)) return stateful(c);
  return c.word === "tunnel" ? comparison(c) : (actions.get(c.word) as Read)(c);
}

const connectionObjects: ReadonlySet<string> = new Set(["helper", "timeout", "expectation"]);

/** `ct count`, `ct helper set "ftp"`, else a key of the connection. */
function connection(c: Cursor): Statement {
  if (c.peekWord() === "count") return stateful(c);
  if (!connectionObjects.has(c.peekWord()) || c.peekWord(2) !== "set") return comparison(c);
  const { start } = c;
  const type = `ct ${c.peekWord()}` as ObjectType;
  const entry = statementEntry(type);
  const keyword = [c.takeWord("statement", entry), c.takeWord("statement", entry), c.takeWord("statement", entry)];
  const object = argument(c);
  c.named++;
  return { kind: "objectReference", start, end: c.last, type, keyword, object } satisfies ObjectReference;
}

// ---------------------------------------------------------------------------------------------- comparisons, maps, assignments

/** `tcp dport 22`, `ip saddr != @s`, `tcp dport vmap { ... }`, `meta mark set 1`. */
function comparison(c: Cursor): Statement {
  const { start } = c;
  const left = leftExpression(c);
  if (c.word === "vmap") return verdictMap(c, start, left);
  if (c.word === "set" && writable.has(left.kind)) return assignment(c, start, left);
  const operator = relation(c);
  const right = rightSide(c);
  return { kind: "match", start, end: c.last, left, operator, right };
}

function verdictMap(c: Cursor, start: number, key: Expression): VerdictMap {
  c.take("operator", statementEntry("vmap"));
  const mapping = c.kind === Kind.OpenBrace ? verdictSet(c) : setOrVariable(c);
  return { kind: "vmap", start, end: c.last, key, mapping };
}

const writable: ReadonlySet<Expression["kind"]> = new Set([
  "payload",
  "rawPayload",
  "tcpOption",
  "ipOption",
  "sctpChunk",
  "dccpOption",
  "inner",
  "meta",
  "ct",
]);

function assignment(c: Cursor, start: number, target: Expression): Statement {
  c.take("statement");
  const value = argument(c);
  return { kind: "assignment", start, end: c.last, target, value };
}

const relationKinds: ReadonlySet<number> = new Set([
  Kind.Equal,
  Kind.NotEqual,
  Kind.LessOrEqual,
  Kind.GreaterOrEqual,
  Kind.Bang,
  Kind.Less,
  Kind.Greater,
]);
const relationWords: ReadonlySet<string> = new Set(["eq", "ne", "lt", "gt", "le", "ge", "not"]);

/** `==`, `!=`, `<` ... or their words; nothing stands for `==` or, with flags, for "any of". */
function relation(c: Cursor): Word | undefined {
  const there = c.word === "" ? relationKinds.has(c.kind) : relationWords.has(c.word);
  return there ? c.takeWord("operator") : undefined;
}
