import type { IpFamily } from "../../facts/iptables/extension.js";
import { iptablesRuleset } from "../../model/iptables.js";
import type { Chain, Rule } from "../../model/ruleset.js";
import { lineOf } from "../../model/written.js";
import { parseIptables } from "../../syntax/iptables/parse.js";
import { Sources } from "../../text/sources.js";
import type { Side, SideChain, SideRule } from "../sides.js";
import { lineKeys } from "./lines.js";

/** Reads a file or listing of iptables-save. */
export function iptablesSide(text: string, family: IpFamily): Side {
  const ruleset = iptablesRuleset(parseIptables(text, { family }));
  return {
    tables: ruleset.tables.map(({ name, span, family: ip, chains }) => ({
      family: ip,
      name,
      ...span,
      settings: [],
      chains: chains.map((chain) => chainOf(chain, text, family)),
      sets: [],
      objects: [],
    })),
    flushes: false,
    incomplete: false,
    sources: new Sources([{ path: "", text, base: 0 }]),
  };
}

function chainOf({ name, span, base, builtin, rules }: Chain, text: string, family: IpFamily): SideChain {
  return {
    name,
    ...span,
    ...(base && { base }),
    builtin,
    policyKnown: base?.policySpan !== undefined,
    rules: rules.flatMap((rule) => rulesOf(rule, text, family)),
  };
}

function rulesOf(rule: Rule, text: string, family: IpFamily): SideRule[] {
  const { start, end, comment } = rule;
  const written = writtenText(rule, text);
  return lineKeys(rule, family).map((found) => ({
    ...found,
    text: written,
    start,
    end,
    ...(comment !== undefined && comment !== "" && { comment }),
  }));
}

/** The line without its counters. */
function writtenText(rule: Rule, text: string): string {
  const line = lineOf(rule);
  return text
    .slice(line?.counters?.end ?? rule.start, rule.end)
    .replace(/\s+-c \d+ \d+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
