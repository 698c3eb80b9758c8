import { mayChange } from "./changes.js";
import type { Action, Condition, Rule } from "./ruleset.js";
import { isChain, reachableFrom } from "./walk.js";
import { lineOf, statementsOf } from "./written.js";

/**
 * Whether `again`, written exactly as `first`, is certain to do nothing that `first` did not do a moment before to the same
 * packets. Limits and the like count each look, and so are another question the second time.
 */
export function repeats(again: Rule, first: Rule, between: readonly Rule[]): boolean {
  if (!looksOnly(first)) return false;
  const passed = [first, ...between];
  if (again.parts.some((part) => part.kind === "condition" && mayChange(passed, part))) return false;
  return again.actions.every((action) => isIdempotent(action, again, passed));
}

/** Whether all that the rule asks can be asked twice: nothing counts, draws lots or remembers. */
export function looksOnly(rule: Rule): boolean {
  const line = lineOf(rule);
  if (line) return !line.broken && line.matches.every(({ extension }) => lookingMatches.has(extension.word));
  return statementsOf(rule).every(({ kind }) => lookingStatements.has(kind)) && !rule.parts.some(drawsLots);
}

function isIdempotent(action: Action, rule: Rule, passed: readonly Rule[]): boolean {
  switch (action.do) {
    case "setMark":
      return typeof action.value === "object" &&
        "constant" in action.value &&
        (action.value.constant & ~action.clear) === 0
        ? !passed.slice(1).some(({ actions }) => actions.some(({ do: deed }) => deed !== "verdict"))
        : false;
    case "jump":
    case "goto":
      return (
        isChain(action.target.definition) &&
        isPure([...reachableFrom(action.target.definition)].flatMap(({ rules }) => rules))
      );
    case "verdictMap":
      return false;
    case "other":
      return action.effect === "inert" || twice.has(lineOf(rule)?.target?.extension.word ?? "");
    default:
      return true;
  }
}

/** Whether going through these rules once more gives the same verdicts. */
function isPure(rules: readonly Rule[]): boolean {
  return rules.every((rule) => looksOnly(rule) && rule.actions.every(isVerdictOrCount));
}

function isVerdictOrCount(action: Action): boolean {
  if (action.do === "other") return action.effect === "inert";
  return action.do !== "setMark" && action.do !== "notrack" && action.do !== "verdictMap";
}

function drawsLots(part: Action | Condition): boolean {
  return part.kind === "condition" && /numgen|random|jhash|symhash/.test(part.field);
}

/** Statements that are the same question or deed each time. */
const lookingStatements: ReadonlySet<string> = new Set([
  "match",
  "verdict",
  "jump",
  "counter",
  "log",
  "nat",
  "reject",
  "queue",
  "notrack",
  "assignment",
]);

/** Targets after which the packet looks the same once or twice. */
const twice: ReadonlySet<string> = new Set(["TCPMSS", "CLASSIFY", "DSCP", "TOS", "TTL", "HL", "CHECKSUM", "ECN", "CT"]);

/** Matches that look at the packet, its connection or its route and remember nothing. */
const lookingMatches: ReadonlySet<string> = new Set([
  "addrtype",
  "ah",
  "cgroup",
  "comment",
  "connlabel",
  "connmark",
  "conntrack",
  "cpu",
  "dccp",
  "devgroup",
  "dscp",
  "dst",
  "ecn",
  "esp",
  "eui64",
  "frag",
  "hbh",
  "helper",
  "hl",
  "icmp",
  "icmp6",
  "iprange",
  "ipv6header",
  "length",
  "mac",
  "mark",
  "mh",
  "multiport",
  "owner",
  "physdev",
  "pkttype",
  "policy",
  "realm",
  "rpfilter",
  "rt",
  "sctp",
  "set",
  "socket",
  "state",
  "string",
  "tcp",
  "tcpmss",
  "tos",
  "ttl",
  "u32",
  "udp",
]);
