import type { Extension, Value } from "../../facts/iptables/extension.js";
import { traits } from "../traits.js";
import type { Loaded, OptionNode } from "./nodes.js";
import type { Glance, RuleContent } from "./ruleLine.js";
import { namesProtocol } from "./values.js";

/** A line while its traits are not known yet. */
export type Untold = RuleContent & Pick<Glance, "chain" | "broken">;

/** The bits of all traits that a line has. */
export function traitsOf(line: Untold): number {
  let found = line.broken ? traits.asks : 0;
  for (const node of line.options) found |= traitsOfOption(node);
  for (const match of line.matches) {
    if (asks(match)) found |= traits.asks;
    found |= traitsOfLoaded(match, line);
  }
  if (mayDoubt(line)) found |= traits.doubts;
  if (line.chain !== "" && line.main.command?.command?.letter === "A") found |= traits.appends;
  return found | traitsOfJump(line);
}

function traitsOfOption(node: OptionNode): number {
  const { option, command, negation } = node;
  let found = option ? (baseTraits.get(option.letter) ?? 0) : command ? 0 : traits.asks;
  if ((found & traits.several) !== 0 && !node.value?.text.includes(",")) found &= ~traits.several;
  return negation ? found | traits.negates : found;
}

const baseTraits: ReadonlyMap<string | undefined, number> = new Map([
  ["p", traits.asks],
  ["s", traits.asks | traits.several],
  ["d", traits.asks | traits.several],
  ["i", traits.asks | traits.input],
  ["o", traits.asks | traits.output],
  ["f", traits.asks],
]);

function traitsOfLoaded({ extension, options }: Loaded, { main }: Untold): number {
  const own = traitsOfExtension(extension);
  const confined =
    (extension.protocols && !namesProtocol(main.protocol, extension.protocols, extension.underNegation)) ||
    options.some(({ option }) => option?.hooks);
  return confined ? own | traits.confined : own;
}

function traitsOfJump(line: Untold): number {
  const { main, target } = line;
  if (!main.jump) return 0;
  if (!target || main.jump.option?.letter === "g") return traits.acts | traits.ends | traits.leads;
  const own = traits.acts | traitsOfLoaded(target, line);
  return endingTargets.has(target.extension.word) ? own | traits.ends : own;
}

const ownTraits: ReadonlyMap<string, number> = new Map([
  ["limit", traits.limits],
  ["LOG", traits.logs],
  ["NFLOG", traits.logs],
]);

/** Of the extensions met so far. */
const extensionTraits = new Map<Extension, number>();

function traitsOfExtension(extension: Extension): number {
  let found = extensionTraits.get(extension);
  if (found === undefined) {
    found = ownTraits.get(extension.word) ?? 0;
    if (namesMark(extension)) found |= extension.kind === "target" ? traits.marks | traits.writesMarks : traits.marks;
    if (isConfined(extension)) found |= traits.confined;
    extensionTraits.set(extension, found);
  }
  return found;
}

function namesMark({ word, options }: Extension): boolean {
  return [word, ...options.flatMap(({ names }) => names)].some((name) => /mark$/i.test(name));
}

/** Whether it is, whatever stands with it. */
function isConfined({ tables, hooks, narrows }: Extension): boolean {
  return Boolean(tables || hooks || narrows);
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

/** `-p`, `-s` and the like, and words that are no option at all. */
function isBaseCondition({ option, command }: OptionNode): boolean {
  return option ? baseTraits.has(option.letter) : !command;
}

/** The conditions of a line, its own before those of its matches. */
export function conditionsIn({ options, matches }: RuleContent): OptionNode[] {
  const found = options.filter(isBaseCondition);
  for (const match of matches) {
    if (!asks(match)) continue;
    if (match.options.length === 0 && match.by) found.push(match.by);
    found.push(...match.options);
  }
  return found;
}

/** Whether a value decides about traits of its line: several addresses, a mark that does not fit its mask. */
export function isTelling(value: Value, text: string): boolean {
  return value.type === "address"
    ? value.list === true && text.includes(",")
    : value.type === "mark" && exceedsMask(text);
}

/** Every packet passes a comment, and `-p` may bring in a match that then asks for nothing. */
export function asks({ extension, by, options }: Loaded): boolean {
  return extension.word !== "comment" && (by !== undefined || options.length > 0);
}

const [addresses, ports, packetMark, connectionMark, state, hops] = [1, 2, 4, 8, 16, 32];

/** What a match asks for, where another one of the same rule may ask for it too: a bit for each. */
const subjects: ReadonlyMap<string, number> = new Map([
  ["multiport", ports],
  ["tcp", ports],
  ["udp", ports],
  ["sctp", ports],
  ["dccp", ports],
  ["mark", packetMark],
  ["connmark", connectionMark],
  ["conntrack", state],
  ["state", state],
  ["ttl", hops],
  ["hl", hops],
  ["iprange", addresses],
]);

function mayDoubt({ options, matches, broken }: Untold): boolean {
  if (broken) return false;
  let asked = 0;
  for (const { extension, options: own } of matches) {
    const subject = own.length === 0 ? undefined : subjects.get(extension.word);
    if (subject === undefined) continue;
    if ((asked & subject) !== 0 || (own.length > 1 && subject !== ports)) return true;
    if ((subject & (packetMark | connectionMark)) !== 0 && exceedsMask(own[0]?.value?.text ?? "")) return true;
    if (subject === addresses && options.some(isAddress)) return true;
    asked |= subject;
  }
  return false;
}

/** `-s` and `-d`. */
export function isAddress({ option }: OptionNode): boolean {
  return option?.letter === "s" || option?.letter === "d";
}

/** Whether `VALUE/MASK` has bits outside of its mask; numbers that JavaScript reads in another way are taken for such. */
function exceedsMask(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash === -1) return false;
  const [value, mask] = [Number(text.slice(0, slash)), Number(text.slice(slash + 1))];
  if (Number.isNaN(value) || Number.isNaN(mask) || /(^|\/)0\d/.test(text)) return true;
  return (value & ~mask) !== 0;
}
