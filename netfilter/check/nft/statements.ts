import { isSelector } from "../../model/nft/selectors.js";
import { resolved } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import { evaluateArgument, refuseRange } from "./arguments.js";
import { checkAssignment } from "./assignments.js";
import { anonymousSet } from "./environment.js";
import type { Evaluator } from "./evaluator.js";
import { checkLog } from "./logs.js";
import { lookUp } from "./maps.js";
import { checkMatch } from "./matches.js";
import { noteObject } from "./objectNames.js";
import { refuse, Unknowable } from "./refusal.js";
import { checkReject } from "./rejects.js";
import { checkMeter, checkSetStatement } from "./setStatements.js";
import { checkNat, checkTproxy } from "./translations.js";
import { compatible, type Type, typeNamed, typeText } from "./types.js";

/** Evaluates a rule's statements in turn; throws a `Refusal` at the first that nft would not take. */
export function checkStatements(e: Evaluator, statements: readonly nft.Statement[]): void {
  let terminal: nft.Statement | undefined;
  let certain = true;
  for (const statement of statements) {
    if (terminal) refuseAfter(terminal, statement);
    if (certain) certain = attempt(e, statement);
    if (isTerminal(statement)) terminal = statement;
  }
}

/** False when the statement could not be judged: then it is not known either what it makes of the packet's protocols. */
function attempt(e: Evaluator, statement: nft.Statement): boolean {
  e.statementBits = 0;
  e.filling = undefined;
  e.depth = 0;
  try {
    checkStatement(e, statement);
    return true;
  } catch (problem) {
    if (problem instanceof Unknowable) return false;
    throw problem;
  }
}

function checkStatement(e: Evaluator, node: nft.Statement): void {
  switch (node.kind) {
    case "match":
      checkMatch(e, node);
      return;
    case "vmap":
      lookUp(e, node, typeNamed("verdict"));
      return;
    case "assignment":
      checkAssignment(e, node);
      return;
    case "reject":
      checkReject(e, node);
      return;
    case "nat":
      checkNat(e, node);
      return;
    case "tproxy":
      checkTproxy(e, node);
      return;
    case "queue":
      checkQueue(e, node);
      return;
    case "dup":
      checkDup(e, node);
      return;
    case "fwd":
      checkForward(e, node);
      return;
    case "log":
      checkLog(e, node);
      return;
    case "flowAdd":
      noteObject(e, "flowtable", node.flowtable);
      return;
    case "setStatement":
      checkSetStatement(e, node);
      return;
    case "meter":
      checkMeter(e, node);
      return;
    case "objectReference":
      checkObjectMap(e, node);
      return;
  }
}

function isTerminal(node: nft.Statement): boolean {
  switch (node.kind) {
    case "verdict":
      return node.verdict !== "continue";
    case "jump":
      return node.target.kind !== "anonymousChain";
    case "reject":
    case "nat":
    case "queue":
    case "fwd":
      return true;
    default:
      return false;
  }
}

function refuseAfter(terminal: nft.Statement, statement: nft.Statement): never {
  refuse(
    "unreachableStatement",
    statement,
    "The rule has ended before this, so it can never take effect. Move it in front.",
    {
      related: [{ span: { start: terminal.start, end: terminal.end }, message: "the rule ends here" }],
    },
  );
}

/** `queue num 1-3`, `queue to symhash mod 4`. */
function checkQueue(e: Evaluator, { number, flags }: nft.Queue): void {
  if (!number) return;
  const value = evaluateArgument(e, typeNamed("integer", 16), number);
  const fanout = flags.find(({ text }) => text === "fanout");
  if (fanout && value.shape !== "range")
    refuse("badValue", number, "`fanout` spreads packets over several queues: give a range of queue numbers.");
  const generated = resolved(number, e.variables);
  if (generated && isSelector(generated) && e.expectation.highest > 0xffff)
    refuse("badValue", number, "Queue numbers go up to 65535, and this can give a larger one.");
}

/** `dup to 10.0.0.1 device "eth0"`. */
function checkDup(e: Evaluator, { to, device, ...node }: nft.Dup): void {
  const { family } = e.table;
  if (family === "netdev") {
    if (device) refuse("notAllowedHere", device, "In tables of family netdev `dup to` names the device itself.");
    refuseRange(evaluateArgument(e, typeNamed("iface_index"), to), to);
    return;
  }
  if (family !== "ip" && family !== "ip6")
    refuse("notAllowedHere", node, `\`dup\` works in tables of family ip, ip6 and netdev only, not ${family}.`);
  const copied = evaluateArgument(e, typeNamed(family === "ip" ? "ipv4_addr" : "ipv6_addr"), to);
  if (device) refuseRange(evaluateArgument(e, typeNamed("iface_index"), device), device);
  refuseRange(copied, to);
}

/** `fwd to "eth0"`. */
function checkForward(e: Evaluator, { family, to, device, ...node }: nft.Forward): void {
  if (e.table.family !== "netdev")
    refuse("notAllowedHere", node, `\`fwd\` works in tables of family netdev only, not ${e.table.family}.`);
  refuseRange(evaluateArgument(e, typeNamed("iface_index"), device ?? to), device ?? to);
  if (!device) return;
  const type = family && typeNamed(family.text === "ip" ? "ipv4_addr" : "ipv6_addr");
  if (!type) refuse("badValue", to, "Say which kind of address this is: `fwd ip to` or `fwd ip6 to`.");
  refuseRange(evaluateArgument(e, type, to), to);
}

/** `counter name ip saddr map @m`. */
function checkObjectMap(e: Evaluator, { object, type }: nft.ObjectReference): void {
  if (object.kind !== "map") {
    noteObject(e, type, object);
    return;
  }
  e.expectNothing();
  const key = e.evaluate(object.key);
  const mapping = resolved(object.mapping, e.variables);
  if (mapping?.kind === "setLiteral") fillObjectMap(e, mapping, key.type, type);
  if (mapping?.kind !== "setReference") return;
  const set = e.findSet(mapping.name);
  if (set.objectType === undefined) {
    const text = `\`${set.name}\` gives no objects. Declare it as a map with \`: ${type}\` behind its key's type.`;
    refuse("badValue", mapping, text);
  }
  refuseKey(set.key, key.type, object.mapping);
}

function fillObjectMap(e: Evaluator, mapping: nft.SetLiteral, key: Type | undefined, objectType: string): void {
  e.filling = { ...anonymousSet(mapping, key, undefined, true), objectType };
  e.expect(key);
  e.evaluate(mapping);
}

function refuseKey(expected: Type | undefined, actual: Type | undefined, place: Span): void {
  if (compatible(expected, actual)) return;
  refuse(
    "typeMismatch",
    place,
    `This map is looked up by \`${typeText(expected)}\`, but the key here is \`${typeText(actual)}\`.`,
  );
}
