import type { Entry } from "../../facts/catalogue.js";
import type { Cursor } from "./cursor.js";
import { timeValue } from "./elements.js";
import { argument } from "./expressions.js";
import { Kind } from "./lexer.js";
import type {
  Amount,
  ConnectionLimit,
  Counter,
  Last,
  Limit,
  NumberLiteral,
  ObjectReference,
  ObjectType,
  Quota,
  StatefulStatement,
  Word,
} from "./nodes.js";
import { byteUnits, statementEntry, timeUnits, type Words, wordList } from "./words.js";

/** True where a statement with state of its own begins. `ct` begins one only before `count`. */
export function startsStateful(c: Cursor): boolean {
  switch (c.word) {
    case "counter":
    case "limit":
    case "quota":
    case "last":
      return true;
    case "ct":
      return c.peekWord() === "count";
    default:
      return false;
  }
}

/** A statement with state of its own; `startsStateful` has said yes. */
export function stateful(c: Cursor): StatefulStatement {
  switch (c.word) {
    case "counter":
      return counter(c);
    case "limit":
      return limit(c);
    case "quota":
      return quota(c);
    case "last":
      return last(c);
    default:
      return connectionLimit(c);
  }
}

/** `counter name "c"`, `limit name ...`, `quota name ...`, `synproxy name ...`, `tunnel name ...`: the first word is at hand. */
export function namedObject(c: Cursor, type: ObjectType): ObjectReference {
  const keyword = c.takeWord("statement", statementEntry(c.word));
  const by = c.expectWord("name");
  const object = argument(c);
  c.named++;
  return { kind: "objectReference", start: keyword.start, end: c.last, type, keyword: [keyword, by], object };
}

function counter(c: Cursor): Counter {
  const { start } = c;
  c.take("statement", statementEntry("counter"));
  return counts(c, start);
}

/** `packets 1 bytes 2` in any order, each perhaps absent. */
function counts(c: Cursor, start: number): Counter {
  let packets: NumberLiteral | undefined;
  let bytes: NumberLiteral | undefined;
  while (c.word === "packets" || c.word === "bytes") {
    const isPackets = c.word === "packets";
    c.take("keyword");
    const count = c.expectNumber("a number", "counter");
    if (isPackets) packets = count;
    else bytes = count;
  }
  return { kind: "counter", start, end: c.last, packets, bytes };
}

/** What a counter object holds: both numbers, packets first. */
export function counterSettings(c: Cursor): Counter {
  const { start } = c;
  c.expectWord("packets");
  const packets = c.expectNumber("a number of packets", "counter");
  c.expectWord("bytes");
  const bytes = c.expectNumber("a number of bytes", "counter");
  return { kind: "counter", start, end: c.last, packets, bytes };
}

function quota(c: Cursor): Quota {
  const { start } = c;
  c.take("statement", statementEntry("quota"));
  return quotaSettings(c, start);
}

/** `over 10 mbytes used 5 kbytes`, also what a quota object holds. */
export function quotaSettings(c: Cursor, start = c.start): Quota {
  const what = "a number of bytes with its unit, such as `10 mbytes`";
  const mode = acceptMode(c, what);
  const limit = amount(c, what, byteUnits);
  const used = c.acceptWord("used") && amount(c, "a number of bytes with its unit", byteUnits);
  return { kind: "quota", start, end: c.last, mode, amount: limit, used };
}

function limit(c: Cursor): Limit {
  const { start } = c;
  c.take("statement", statementEntry("limit"));
  const node = limitSettings(c, start);
  if (node.burst?.unit.text === "packets" && node.burst.value.value === 0n) {
    c.report("zeroBurst", node.burst, "The burst of a rate in packets must be at least 1.");
  }
  return node;
}

/** `rate over 10/minute burst 5 packets`, also what a limit object holds. */
export function limitSettings(c: Cursor, start = c.start): Limit {
  c.expectWord("rate");
  const what = "a rate such as `10/second` or `1 mbytes/second`";
  const mode = acceptMode(c, what);
  const rate = c.expectNumber(what);
  const unit = byteUnits.has(c.word) ? c.takeWord("keyword", byteUnits.get(c.word)) : undefined;
  c.expect(Kind.Slash, "`/` and a unit of time, as in `10/second`", "operator");
  const per = c.expectOneOf(timeUnits, "second, minute, hour, day or week");
  const burst = c.acceptWord("burst") && amount(c, "the number of a burst", unit ? byteUnits : packetUnit);
  return { kind: "limit", start, end: c.last, mode, rate, unit, per, burst };
}

const packetUnit = wordList("packets");

const modes = ["over", "until"];

/** `over` or `until` if it is there; another word where the number should stand is one of them misspelled. */
function acceptMode(c: Cursor, what: string): Word | undefined {
  const mode = c.acceptWord("over") ?? c.acceptWord("until");
  return mode || c.word === "" ? mode : c.failWord(what, modes);
}

function amount(c: Cursor, what: string, units: Words<Entry | undefined>): Amount {
  const { start } = c;
  const value = c.expectNumber(what);
  const unit = c.expectOneOf(units, `a unit: ${[...units.keys()].join(", ")}`);
  return { kind: "amount", start, end: c.last, value, unit };
}

function last(c: Cursor): Last {
  const { start } = c;
  c.take("statement", statementEntry("last"));
  const used = c.acceptWord("used") && timeValue(c, "never");
  return { kind: "last", start, end: c.last, used };
}

function connectionLimit(c: Cursor): ConnectionLimit {
  const { start } = c;
  c.take("statement");
  c.take("statement", statementEntry("ct count"));
  const mode = c.acceptWord("over");
  const count = c.expectNumber("a number of connections");
  return { kind: "connectionLimit", start, end: c.last, mode, count };
}
