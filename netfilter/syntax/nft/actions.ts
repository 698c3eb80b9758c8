import type { Cursor } from "./cursor.js";
import { argument, leftConcatenation, mapExpression, rightExpression, value, variable } from "./expressions.js";
import { tcpOptionName } from "./headers.js";
import { Kind } from "./lexer.js";
import { target } from "./nat.js";
import type {
  Dup,
  Expression,
  FlowAdd,
  Forward,
  Log,
  Notrack,
  Option,
  Queue,
  Reject,
  ResetOption,
  Statement,
  StringLiteral,
  Synproxy,
  TcpOption,
  Template,
  Tproxy,
  Variable,
  Word,
  XtStatement,
} from "./nodes.js";
import { selector } from "./selectors.js";
import { meter } from "./setStatements.js";
import { logLevels, optionEntry, queueFlags, statementEntry, wordList } from "./words.js";

/** Statements that do something with the packet and are not NAT, by their first word. */
export const actions: ReadonlyMap<string, (c: Cursor) => Statement> = new Map<string, (c: Cursor) => Statement>([
  ["log", log],
  ["reject", reject],
  ["tproxy", tproxy],
  ["queue", queue],
  ["dup", dup],
  ["fwd", forward],
  ["synproxy", synproxy],
  ["notrack", notrack],
  ["flow", flow],
  ["meter", meter],
  ["reset", resetOption],
  ["xt", xt],
]);

const families = wordList("ip ip6");

// ---------------------------------------------------------------------------------------------- log

const logOptions = new Map<string, (c: Cursor) => readonly (Expression | Word)[]>([
  ["prefix", (c) => [logPrefix(c)]],
  ["group", (c) => [c.expectNumber("the number of a netlink group")]],
  ["snaplen", (c) => [c.expectNumber("a number of bytes")]],
  ["queue-threshold", (c) => [c.expectNumber("a number of packets")]],
  ["level", (c) => [c.expectOneOf(logLevels, "a log level such as `warn` or `info`", "constant")]],
  ["flags", logFlags],
]);

/** What may stand behind `log`. */
export const logWords: readonly string[] = [...logOptions.keys()];

function log(c: Cursor): Log {
  const { start } = c;
  c.take("statement", statementEntry("log"));
  const options: Option[] = [];
  for (let read = logOptions.get(c.word); read; read = logOptions.get(c.word)) {
    const name = c.takeWord("keyword", optionEntry("log", c.word));
    const values = read(c);
    options.push({ kind: "option", start: name.start, end: c.last, name, values });
  }
  return { kind: "log", start, end: c.last, options };
}

function logPrefix(c: Cursor): StringLiteral | Template | Word {
  const text = c.expectString("the text of the prefix");
  return text.kind === "string" && text.value.includes("$") ? template(c, text) : text;
}

/** nft ends a name at the first sign that is no letter, digit or underscore, although it may be a part of other names. */
function template(c: Cursor, { start, end, value }: StringLiteral): Template {
  const variables = [...value.matchAll(/\$([0-9A-Za-z_]*)/g)].map(({ index, 1: text = "" }): Variable => {
    const [from, to] = [start + 1 + index, start + 2 + index + text.length];
    return { kind: "variable", start: from, end: to, name: { kind: "name", start: from + 1, end: to, text } };
  });
  c.named += variables.length;
  return { kind: "template", start, end, value, variables };
}

const logFlagWords = wordList("tcp ip skuid ether all");
const logFlagDetails = new Map([
  ["tcp", wordList("sequence options")],
  ["ip", wordList("options")],
]);

/** `all`, `skuid`, `ether`, `ip options`, `tcp sequence,options`. */
function logFlags(c: Cursor): Word[] {
  const flag = c.expectOneOf(logFlagWords, "`all`, `tcp`, `ip`, `skuid` or `ether`");
  const details = logFlagDetails.get(flag.text);
  if (!details) return [flag];
  const words = [flag, c.expectOneOf(details, [...details.keys()].map((word) => `\`${word}\``).join(" or "))];
  while (flag.text === "tcp" && c.accept(Kind.Comma)) words.push(c.expectOneOf(details, "`sequence` or `options`"));
  return words;
}

// ---------------------------------------------------------------------------------------------- reject

const rejectProtocols = wordList("icmp icmpv6 icmpx tcp");

function reject(c: Cursor): Reject {
  const { start } = c;
  c.take("statement", statementEntry("reject"));
  if (!c.acceptWord("with")) return { kind: "reject", start, end: c.last, protocol: undefined, code: undefined };
  const protocol = c.expectOneOf(rejectProtocols, "`icmp`, `icmpv6`, `icmpx` or `tcp`");
  const code = protocol.text === "tcp" ? resetWord(c) : rejectCode(c);
  return { kind: "reject", start, end: c.last, protocol, code };
}

function resetWord(c: Cursor): Expression {
  const { start, end } = c.expectWord("reset", "constant");
  return { kind: "symbol", start, end, name: "reset" };
}

function rejectCode(c: Cursor): Expression {
  c.acceptWord("type");
  const what = "what the ICMP message says, such as `port-unreachable` or `admin-prohibited`";
  if (c.kind !== Kind.Word && c.kind !== Kind.Number && c.kind !== Kind.Literal) c.fail(what);
  return value(c, new Set(), what);
}

// ---------------------------------------------------------------------------------------------- elsewhere

function tproxy(c: Cursor): Tproxy {
  const { start } = c;
  c.take("statement", statementEntry("tproxy"));
  const family = c.acceptOneOf(families, "family");
  c.expectWord("to");
  const { address, port } = target(c);
  return { kind: "tproxy", start, end: c.last, family, address, port };
}

function dup(c: Cursor): Dup {
  const { start } = c;
  c.take("statement", statementEntry("dup"));
  c.expectWord("to");
  const to = argument(c);
  const device = c.acceptWord("device") && argument(c);
  return { kind: "dup", start, end: c.last, to, device };
}

function forward(c: Cursor): Forward {
  const { start } = c;
  c.take("statement", statementEntry("fwd"));
  const family = c.acceptOneOf(families, "family");
  c.expectWord("to");
  const to = argument(c);
  if (!family) return { kind: "fwd", start, end: c.last, family, to, device: undefined };
  c.expectWord("device");
  const device = argument(c);
  return { kind: "fwd", start, end: c.last, family, to, device };
}

// ---------------------------------------------------------------------------------------------- queue

/** `queue num 1-3 bypass,fanout` in any order, or `queue flags bypass to ...`. */
function queue(c: Cursor): Queue {
  const { start } = c;
  c.take("statement", statementEntry("queue"));
  const flags: Word[] = [];
  let number: Expression | undefined;
  if (c.acceptWord("flags")) {
    queueFlagList(c, flags);
    number = c.acceptWord("num") ? queueNumber(c) : queueTarget(c);
  } else if (c.word === "to") number = queueTarget(c);
  else {
    for (;;) {
      if (c.acceptWord("num")) number = queueNumber(c);
      else if (queueFlags.has(c.word)) queueFlagList(c, flags);
      else break;
    }
  }
  return { kind: "queue", start, end: c.last, number, flags };
}

function queueFlagList(c: Cursor, flags: Word[]): void {
  do flags.push(c.expectOneOf(queueFlags, "`bypass` or `fanout`"));
  while (c.accept(Kind.Comma));
}

/** After `to` a number, a range, or what chooses one: `numgen`, a hash or a map. */
function queueTarget(c: Cursor): Expression {
  c.expectWord("to");
  if (c.kind === Kind.Number || c.kind === Kind.Dollar) return queueNumber(c);
  const { start } = c;
  const chooses = c.word === "numgen" || c.word === "jhash" || c.word === "symhash";
  const key = chooses ? selector(c) : leftConcatenation(c);
  if (c.word === "map") return mapExpression(c, start, key, rightExpression);
  return chooses ? key : c.fail("`map` and the numbers of queues");
}

function queueNumber(c: Cursor): Expression {
  const { start } = c;
  const from = oneQueue(c);
  if (!c.accept(Kind.Dash, "operator")) return from;
  const to = oneQueue(c);
  return { kind: "range", start, end: c.last, from, to };
}

function oneQueue(c: Cursor): Expression {
  return c.kind === Kind.Dollar ? variable(c) : c.expectNumber("the number of a queue");
}

// ---------------------------------------------------------------------------------------------- synproxy

const synproxyOptions = ["mss", "maxseg", "wscale", "timestamp", "sack-perm", "sack-permitted"];

function synproxy(c: Cursor): Synproxy {
  const { start } = c;
  c.take("statement", statementEntry("synproxy"));
  const options: Option[] = [];
  while (synproxyOptions.includes(c.word)) options.push(synproxyOption(c, synproxyOptions));
  return { kind: "synproxy", start, end: c.last, options };
}

/** One of some words of `synproxy`, with its number where it has one. */
export function synproxyOption(c: Cursor, words: readonly string[]): Option {
  if (!words.includes(c.word)) c.failWord(words.map((word) => `\`${word}\``).join(" or "), words);
  const name = c.takeWord("keyword", optionEntry("synproxy", c.word));
  const counted = name.text === "mss" || name.text === "maxseg" || name.text === "wscale";
  const values = counted ? [c.expectNumber("a number")] : [];
  const [number] = values;
  if (number && name.text === "wscale" && number.value > 14n)
    c.report("valueTooLarge", number, "A window is scaled by at most 14 bits.");
  return { kind: "option", start: name.start, end: c.last, name, values };
}

// ---------------------------------------------------------------------------------------------- the rest

function notrack(c: Cursor): Notrack {
  const { start, end } = c;
  c.take("statement", statementEntry("notrack"));
  return { kind: "notrack", start, end };
}

/** `flow add @f`; `flow offload @f` is the older spelling. */
function flow(c: Cursor): FlowAdd {
  const { start } = c;
  const entry = statementEntry(`flow ${c.peekWord()}`);
  c.take("statement", entry);
  if (c.word !== "add" && c.word !== "offload") return c.failWord("`add`", ["add"]);
  c.take("statement", entry);
  c.expect(Kind.At, "`@` and the name of a flowtable", "objectName");
  const name = c.expectString("the name of a flowtable", "objectName");
  c.named++;
  const flowtable = {
    kind: "name",
    start: name.start,
    end: name.end,
    text: name.kind === "word" ? name.text : name.value,
  } as const;
  return { kind: "flowAdd", start, end: c.last, flowtable };
}

function resetOption(c: Cursor): ResetOption {
  const { start } = c;
  c.take("statement", statementEntry("reset tcp option"));
  const from = c.start;
  c.expectWord("tcp", "match");
  c.expectWord("option", "match");
  const name = tcpOptionName(c);
  const option: TcpOption = {
    kind: "tcpOption",
    start: from,
    end: c.last,
    option: name,
    field: undefined,
    raw: undefined,
  };
  return { kind: "resetOption", start, end: c.last, option };
}

/** What listings print for a match or target of iptables that nft has no words for; it cannot be loaded again. */
function xt(c: Cursor): XtStatement {
  const { start } = c;
  c.take("statement", statementEntry("xt"));
  if (!c.atName) c.fail("`match` or `target`");
  const type = c.takeWord("keyword");
  const name = c.expectString("the name of the extension");
  c.report(
    "unloadableXt",
    { start, end: c.last },
    "nft prints an extension of iptables this way but cannot load it: keep this ruleset in iptables-nft, or write the rule with nft's own words.",
  );
  return { kind: "xt", start, end: c.last, type, name };
}
