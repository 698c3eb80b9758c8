import { type AddressFamily, type Network, parseNetwork } from "../../packet/address.js";
import type { Command } from "../command.js";
import { type Read, textCommand } from "../reading.js";
import { Unread } from "../warnings.js";
import { put, toNumber, Words } from "./words.js";

/** One line of `ip rule`: packets that fit do what it says, the lowest priority first. */
export interface PolicyRule {
  readonly family: AddressFamily;
  readonly priority: number;
  /** `not`: it is for packets that do not fit. */
  readonly inverted: boolean;
  /** Absent for "all". */
  readonly from?: Network;
  readonly to?: Network;
  readonly iif?: string;
  readonly oif?: string;
  /** Fits when `mark & mask == value`. */
  readonly fwmark?: { readonly value: number; readonly mask: number };
  readonly tos?: number;
  /** As it is written: a name or a number. */
  readonly ipproto?: string;
  readonly sport?: { readonly from: number; readonly to: number };
  readonly dport?: { readonly from: number; readonly to: number };
  readonly uidrange?: { readonly from: number; readonly to: number };
  readonly action: RuleAction;
  /** A route found in the table does not count when its prefix is not longer than this. */
  readonly suppressPrefixLength?: number;
  readonly suppressInterfaceGroup?: string;
  /** Conditions that are not known here: whether the rule fits cannot be said. */
  readonly unknown: readonly string[];
  /** The line itself. */
  readonly text: string;
}

/** What a rule does. */
export type RuleAction =
  /** Table as it is written: a name or a number. */
  | { readonly do: "lookup"; readonly table: string }
  | { readonly do: "goto"; readonly priority: number }
  | { readonly do: "nop" | "blackhole" | "unreachable" | "prohibit" | "l3mdev" };

/** `ip rule` for IPv4. */
export const ipRules = ruleCommand("ip.rule4", "-4", "ipv4");
/** `ip rule` for IPv6. */
export const ip6Rules = ruleCommand("ip.rule6", "-6", "ipv6");

function ruleCommand(id: string, option: string, family: AddressFamily): Command<readonly PolicyRule[]> {
  return textCommand({
    id,
    title: `policy rules of ${family === "ipv4" ? "IPv4" : "IPv6"}`,
    argv: ["ip", option, "rule"],
    root: false,
    parse: (text) => parseRules(text, family),
  });
}

function parseRules(text: string, family: AddressFamily): Read<readonly PolicyRule[]> | undefined {
  const rules: PolicyRule[] = [];
  const unread = new Unread();
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const rule = readRule(line, family);
    if (rule) rules.push(rule);
    else unread.add(line);
  }
  return rules.length === 0 && unread.count > 0
    ? undefined
    : { value: rules, warnings: unread.warnings("policy rules") };
}

type Draft = { -readonly [Key in keyof PolicyRule]?: PolicyRule[Key] };

function readRule(line: string, family: AddressFamily): PolicyRule | undefined {
  const [, priority = "", rest = ""] = /^(\d+):\s*(.*)$/.exec(line.trim()) ?? [];
  if (priority === "") return undefined;
  const words = new Words(rest);
  const unknown: string[] = [];
  const draft: Draft = {};
  let inverted = false;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === "not") inverted = true;
    else if (!readPart(word, words, draft, family)) unknown.push(word);
  }
  if (!draft.action) return undefined;
  const { action, ...conditions } = draft;
  return { family, priority: Number(priority), inverted, ...conditions, action, unknown, text: line.trim() };
}

function readPart(word: string, words: Words, draft: Draft, family: AddressFamily): boolean {
  switch (word) {
    case "from":
    case "to":
      return readNetwork(word, words.next(), draft, family);
    case "iif":
    case "oif":
    case "ipproto":
      draft[word] = words.next() ?? "";
      return true;
    case "fwmark":
      return put(draft, "fwmark", readMark(words.next()));
    case "tos":
    case "dsfield":
      return put(draft, "tos", toNumber(words.next()));
    case "sport":
    case "dport":
    case "uidrange":
      return put(draft, word, readRange(words.next()));
    case "suppress_prefixlength":
      return put(draft, "suppressPrefixLength", toNumber(words.next()));
    case "suppress_ifgroup":
      draft.suppressInterfaceGroup = words.next() ?? "";
      return true;
    case "proto":
    case "protocol":
      words.next();
      return true;
    case "[detached]":
      return false;
    default:
      return readAction(word, words, draft);
  }
}

function readNetwork(side: "from" | "to", text: string | undefined, draft: Draft, family: AddressFamily): boolean {
  if (text === "all" || text === "0/0" || text === "any") return true;
  const network = text === undefined ? undefined : parseNetwork(text, "iptables");
  if (network?.family === family) draft[side] = network;
  return network?.family === family;
}

function readAction(word: string, words: Words, draft: Draft): boolean {
  if (word === "lookup" || word === "table") {
    const table = words.next() ?? "";
    draft.action = table === "[l3mdev-table]" ? { do: "l3mdev" } : { do: "lookup", table };
  } else if (word === "goto") draft.action = { do: "goto", priority: toNumber(words.next()) ?? 0 };
  else if (word === "l3mdev") draft.action = { do: "l3mdev" };
  else if (word === "nop" || word === "blackhole" || word === "unreachable" || word === "prohibit")
    draft.action = { do: word };
  else return false;
  return true;
}

function readMark(text = ""): PolicyRule["fwmark"] {
  const [value, mask] = text.split("/").map((part) => toNumber(part));
  return value === undefined ? undefined : { value, mask: mask ?? 0xffff_ffff };
}

function readRange(text = ""): { from: number; to: number } | undefined {
  const [from, to] = text.split("-").map((part) => toNumber(part));
  return from === undefined ? undefined : { from, to: to ?? from };
}
