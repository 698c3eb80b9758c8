import type { Cursor } from "./cursor.js";
import { argument } from "./expressions.js";
import { Kind } from "./lexer.js";
import type { Expression, Nat, Word } from "./nodes.js";
import { natFlags, statementEntry, wordList } from "./words.js";

/** Where the connection's addresses are written to: what a NAT statement is given. */
interface Destination {
  readonly address: Expression | undefined;
  readonly port: Expression | undefined;
}

const nowhere: Destination = { address: undefined, port: undefined };

/** `snat`, `dnat`, `masquerade` or `redirect` is at hand. */
export function nat(c: Cursor): Nat {
  const { start } = c;
  const type = c.word as Nat["type"];
  c.take("statement", statementEntry(type));
  if (type === "masquerade" || type === "redirect") return portOnly(c, start, type);
  const { family, shape } = form(c);
  if (family && c.kind === Kind.Colon) c.fail("an address before the port");
  const { address, port } = target(c, shape.length === 0);
  const flags: Word[] = [];
  while (natFlags.has(c.word)) flags.push(...flagList(c));
  return { kind: "nat", start, end: c.last, type, family, shape, address, port, flags };
}

/** `masquerade to :1024-65535`, `redirect to :8080`, also without colon for `redirect`. */
function portOnly(c: Cursor, start: number, type: "masquerade" | "redirect"): Nat {
  let port: Expression | undefined;
  if (c.acceptWord("to")) {
    if (!c.accept(Kind.Colon) && type === "masquerade") c.fail("`:` and a port");
    port = argument(c);
  }
  const flags = natFlags.has(c.word) ? flagList(c) : [];
  return { kind: "nat", start, end: c.last, type, family: undefined, shape: [], address: undefined, port, flags };
}

const families = wordList("ip ip6");

/** What stands before `to`: a family, and how the argument is meant. `ip saddr map ...` is no family but the argument itself. */
function form(c: Cursor): { family: Word | undefined; shape: Word[] } {
  const family =
    families.has(c.word) && beforeTo.has(c.peekWord()) ? c.takeWord("family", families.get(c.word)) : undefined;
  const shape: Word[] = [];
  if (c.word === "interval" || c.word === "prefix") shape.push(c.takeWord("keyword"));
  else if (family && c.word === "addr") {
    shape.push(c.takeWord("keyword"));
    c.expect(Kind.Dot, "`.` and `port`", "operator");
    shape.push(c.expectWord("port"));
  }
  if (shape.length > 0 || family) c.expectWord("to");
  else c.acceptWord("to");
  return { family, shape };
}

const beforeTo: ReadonlySet<string> = new Set(["to", "addr", "interval", "prefix"]);

/** `address`, `address:port` or `:port`. */
export function target(c: Cursor, mayHavePort = true): Destination {
  if (mayHavePort && c.accept(Kind.Colon)) return { ...nowhere, port: argument(c) };
  const address = argument(c);
  const port = mayHavePort && c.accept(Kind.Colon) ? argument(c) : undefined;
  return { address, port };
}

/** `random,persistent`. */
function flagList(c: Cursor): Word[] {
  const flags: Word[] = [];
  do flags.push(c.expectOneOf(natFlags, "`random`, `fully-random` or `persistent`"));
  while (c.accept(Kind.Comma));
  return flags;
}
