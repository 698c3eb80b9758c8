import type { RuleLine } from "../../netfilter/syntax/iptables/nodes.js";
import type { Span } from "../../netfilter/text/span.js";

/** All that can be asked of a rule line, what is read only when it is asked for included. */
export function shownRule(rule: RuleLine): object {
  const { start, end, chain, lead, traits, skipped, broken } = rule;
  const { counters, options, rest, main, matches, target, tokens } = rule;
  const places = { conditions: rule.conditions.map(spanOf), addresses: rule.addresses.map(spanOf) };
  const glance = { start, end, chain, lead, traits, skipped, broken, ...places };
  return { ...glance, counters, options, rest, main, matches, target, tokens };
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}
