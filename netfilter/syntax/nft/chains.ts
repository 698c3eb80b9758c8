import { type BlockRules, block, head, optionalBlock } from "./blocks.js";
import type { Cursor } from "./cursor.js";
import { comment } from "./elements.js";
import { variable } from "./expressions.js";
import { Kind } from "./lexer.js";
import type {
  AnonymousChain,
  Chain,
  ChainItem,
  Devices,
  Expression,
  Flags,
  HookDeclaration,
  List,
  Name,
  Policy,
  Priority,
  PriorityOffset,
  Rule,
  TableReference,
  Variable,
  Word,
} from "./nodes.js";
import { once } from "./once.js";
import { rule } from "./statements.js";
import { chainTypes, hooks, wordList } from "./words.js";

/** `chain c { ... }` in a table; the word is at hand. */
export function chain(c: Cursor): Chain {
  const { start } = c;
  c.take("keyword");
  const name = head(c, () => c.expectName("chainName", "the name of the chain"));
  const { body, items } = block(c, start, chainRules());
  return { kind: "chain", start, end: c.last, verb: undefined, table: undefined, name, body, items };
}

/** `add chain ip t c`, whose block may be absent: what precedes the block has been read. */
export function chainCommand(
  c: Cursor,
  start: number,
  verb: Word | undefined,
  table: TableReference,
  name: Name,
): Chain {
  const { body, items } = optionalBlock(c, chainRules());
  return { kind: "chain", start, end: c.last, verb, table, name, body, items };
}

/** The block of `jump { ... }`; it holds rules only. */
export function anonymousChain(c: Cursor): AnonymousChain {
  const { start } = c;
  const { items } = block<Rule>(c, start, { what: "chain", scope: true, plain: true, item: rule });
  return { kind: "anonymousChain", start, end: c.last, items };
}

type Item = Exclude<ChainItem, { kind: "definition" | "include" | "unknownItem" }>;

export function chainRules(): BlockRules<Item> {
  return { what: "chain", scope: true, item: chainItem, seen: once("chain") };
}

function chainItem(c: Cursor): Item {
  switch (c.word) {
    case "type":
      return hookDeclaration(c);
    case "policy":
      return policy(c);
    case "flags":
      return flags(c, offload, "`offload`");
    case "devices":
      return devices(c);
    case "comment":
      return comment(c);
    default:
      return rule(c);
  }
}

const offload = wordList("offload");

// ---------------------------------------------------------------------------------------------- base chains

function hookDeclaration(c: Cursor): HookDeclaration {
  const { start } = c;
  c.take("keyword");
  const type = c.expectOneOf(chainTypes, "the type of the chain: `filter`, `nat` or `route`", "constant");
  c.expectWord("hook");
  const hook = c.expectOneOf(hooks, "a hook such as `input` or `prerouting`", "hook");
  const bound = hookDevices(c);
  const order = priority(c);
  return { kind: "hookDeclaration", start, end: order.end, type, hook, devices: bound, priority: order };
}

function hookDevices(c: Cursor): List | Variable | undefined {
  if (c.word === "devices") return devices(c).value;
  if (!c.acceptWord("device")) return undefined;
  const item = device(c);
  return { kind: "list", start: item.start, end: item.end, items: [item] };
}

/** `priority filter + 10`. */
export function priority(c: Cursor): Priority {
  const { start } = c;
  c.expectWord("priority");
  const sign = c.accept(Kind.Dash, "operator") ? -1 : 1;
  const base = c.kind === Kind.Number || sign === -1 ? c.expectNumber("a number", "priority") : namedPriority(c);
  const offset = base.kind === "word" ? priorityOffset(c) : undefined;
  return { kind: "priority", start, end: c.last, base, sign, offset };
}

function namedPriority(c: Cursor): Word | Variable {
  if (c.kind === Kind.Dollar) return variable(c);
  if (!c.atName) return c.fail("a priority: a number or a name such as `filter`");
  return c.takeWord("priority");
}

function priorityOffset(c: Cursor): PriorityOffset | undefined {
  const { start } = c;
  const sign = c.kind === Kind.Plus ? 1 : -1;
  if (!c.accept(Kind.Plus, "operator") && !c.accept(Kind.Dash, "operator")) return undefined;
  const value = c.expectNumber("a number", "priority");
  return { kind: "priorityOffset", start, end: value.end, sign, value };
}

const policies = wordList("accept drop");

function policy(c: Cursor): Policy {
  const { start } = c;
  c.take("keyword");
  const value = c.kind === Kind.Dollar ? variable(c) : c.expectOneOf(policies, "`accept` or `drop`", "verdict");
  return { kind: "policy", start, end: c.last, value };
}

// ---------------------------------------------------------------------------------------------- devices and flags

/** `devices = { eth0, eth1 }` or `devices = $x`; the word is at hand. */
export function devices(c: Cursor): Devices {
  const { start } = c;
  c.take("keyword");
  c.expect(Kind.Assign, "`=`", "operator");
  const value = c.kind === Kind.Dollar ? variable(c) : deviceList(c);
  return { kind: "devices", start, end: c.last, value };
}

/** A line break may stand in it only after a comma that ends the list. */
function deviceList(c: Cursor): List {
  const { start } = c;
  c.expect(Kind.OpenBrace, "`{` and names of interfaces");
  const items = [device(c)];
  while (c.accept(Kind.Comma)) {
    const broken = c.accept(Kind.Newline);
    if (c.kind !== Kind.Comma && c.kind !== Kind.CloseBrace) {
      if (broken) c.fail("`,` or `}`: the names of interfaces must stand on one line");
      items.push(device(c));
    }
  }
  c.expect(Kind.CloseBrace, "`,` or `}`");
  return { kind: "list", start, end: c.last, items };
}

function device(c: Cursor): Expression {
  if (c.kind === Kind.Dollar) return variable(c);
  if (c.kind !== Kind.Quoted && c.kind !== Kind.Wildcard && !c.atName) return c.fail("the name of an interface");
  const { start, end } = c;
  const quoted = c.kind === Kind.Quoted;
  const name = quoted ? c.text.slice(start + 1, end - 1) : c.text.slice(start, end);
  if (name === "" || name.length > 15) {
    c.report("badInterfaceName", { start, end }, "The name of an interface has between 1 and 15 characters.");
  }
  if (quoted) return c.takeString();
  c.take("interface");
  return { kind: "symbol", start, end, name };
}

/** `flags a, b`; the word is at hand. */
export function flags(c: Cursor, known: Parameters<Cursor["expectOneOf"]>[0], what: string): Flags {
  const { start } = c;
  c.take("keyword");
  const list = [c.expectOneOf(known, what, "constant")];
  while (known !== offload && c.accept(Kind.Comma)) list.push(c.expectOneOf(known, what, "constant"));
  return { kind: "flags", start, end: c.last, flags: list };
}
