import { type Base, baseChainsOf, chainsOnlyAt } from "../../model/bases.js";
import { covers } from "../../model/compare.js";
import { type NatTarget, natTarget } from "../../model/natTarget.js";
import type { Condition, Rule, Ruleset } from "../../model/ruleset.js";
import { isSteady, isUndisturbed } from "../../model/undisturbed.js";
import { conditionsOf } from "../../model/walk.js";
import type { Fix } from "../../text/finding.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A forward rule that waits for an address or port which destination NAT has replaced by then. */
export const noUntranslatedMatch: Lint = {
  id: "noUntranslatedMatch",
  severity: "warning",
  summary: "A forward rule asks for the port or address from before a DNAT, which no packet has any more.",
  doc: [
    "Destination NAT is done at prerouting, before the packet is routed. Forward rules see the translated address and port,",
    "so a rule that asks for the ones which the client used never matches, and the port forwarding fails at a drop policy.",
    "",
    "Told when every packet that the rule asks for is certain to be translated by one DNAT rule of the file first, and no",
    "other DNAT of the file makes such packets; of a rule for a whole network only where it names a port, as answers to clients",
    "there are no such packets.",
    "",
    "Ask for the new address and port, or for `ct original proto-dst` (`--ctorigdstport`) or `ct status dnat`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain pre {",
          "    type nat hook prerouting priority dstnat; policy accept;",
          '    iifname "wan0" tcp dport 8080 dnat to 10.0.0.5:80',
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          '    iifname "wan0" tcp dport 8080 accept',
          "#                  ^^^^^^^^^^^^^^",
          '    iifname "wan0" drop',
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*nat",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.0.5",
          "COMMIT",
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -d 192.0.2.1/32 -i wan0 -p tcp -m tcp --dport 443 -j ACCEPT",
          "#          ^^^^^^^^^^^^^^^",
          "-A FORWARD -i wan0 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain pre {",
          "    type nat hook prerouting priority dstnat; policy accept;",
          '    iifname "wan0" tcp dport 8080 dnat to 10.0.0.5:80',
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          '    iifname "wan0" ip daddr 10.0.0.5 tcp dport 80 accept',
          '    iifname "wan0" drop',
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*nat",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -i wan0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80",
          "COMMIT",
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -i lan0 -p tcp -m tcp --dport 8080 -j ACCEPT",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

/** A rule of the nat table, what it asks and where it sends. */
interface Translation {
  readonly rule: Rule;
  readonly asks: readonly Condition[];
  readonly target: NatTarget;
}

function* find(context: LintContext): Iterable<LintFinding> {
  const { text, ruleset } = context;
  if (ruleset.incomplete) return;
  const base = loneNatChain(ruleset);
  const all = base && translationsOf(ruleset, text);
  if (!base || !all || /notrack/i.test(text)) return;
  const certain = all.filter(
    ({ rule, asks }) =>
      rule.chain === base && asks.length > 0 && asks.every(isSteady) && isUndisturbed(rule, base, asks),
  );
  if (certain.length === 0) return;
  for (const chain of chainsOnlyAt(ruleset, ({ base }) => base.hook === "forward")) {
    for (const rule of chain.rules) {
      if (!/dport|daddr|-d\b|dest/.test(text.slice(rule.node.start, rule.node.end))) continue;
      yield* findIn(rule, certain, all, context);
    }
  }
}

/** More translations than that are not compared with every forward rule. */
const patience = 200;

/** Every destination NAT of the file that forwards; undefined when one of them cannot be read. */
function translationsOf(ruleset: Ruleset, text: string): Translation[] | undefined {
  const found: Translation[] = [];
  for (const rule of ruleset.tables.flatMap(({ chains }) => chains).flatMap(({ rules }) => rules)) {
    for (const action of rule.actions) {
      if (action.do !== "nat" || (action.type !== "dnat" && action.type !== "netmap")) continue;
      const target = action.type === "dnat" ? natTarget(action, text, ruleset) : undefined;
      if (!target || found.length === patience) return undefined;
      found.push({ rule, asks: conditionsOf(rule), target });
    }
  }
  return found;
}

/** The only nat chain of prerouting that has rules, where it translates destinations itself. */
function loneNatChain(ruleset: Ruleset): Base | undefined {
  const chains = baseChainsOf(ruleset).filter(
    ({ base, rules }) => base.type === "nat" && base.hook === "prerouting" && rules.length > 0,
  );
  const [chain] = chains;
  const translates = chain?.rules.some(({ actions }) => actions.some((action) => action.do === "nat"));
  return chains.length === 1 && translates ? chain : undefined;
}

function* findIn(
  rule: Rule,
  certain: readonly Translation[],
  all: readonly Translation[],
  context: LintContext,
): Iterable<LintFinding> {
  const asks = conditionsOf(rule);
  const [port, address] = [asks.find(isPort), asks.find(isAddress)];
  if (!address && asks.some(({ field }) => field.endsWith(" daddr"))) return;
  if (!port && address && !isOneHost(address)) return;
  for (const translation of certain) {
    const replaced = missedBy(translation.target, port, address);
    if (!replaced || !covers(translation.asks, asks) || !seesFamily(rule, asks, translation)) continue;
    if (all.some((other) => other !== translation && mayMake(other.target, port, address))) continue;
    yield describe(replaced, translation, context);
    return;
  }
}

function isPort({ field, op, values }: Condition): boolean {
  return /^(tcp|udp|sctp|dccp|th) dport$/.test(field) && op === "==" && values.kind === "ranges";
}

function isAddress({ field, op, values, mask }: Condition): boolean {
  return /^ip6? daddr$/.test(field) && op === "==" && values.kind === "ranges" && mask === undefined;
}

/** Answers to clients in a network go there without a translation. */
function isOneHost({ values }: Condition): boolean {
  return values.kind === "ranges" && values.ranges.every(({ from, to }) => from === to);
}

/** The condition that packets to this target do not meet. */
function missedBy(target: NatTarget, port: Condition | undefined, address: Condition | undefined) {
  if (port && target.ports && !overlaps(port, target.ports)) return port;
  return address && target.first && target.last && !overlaps(address, addressesOf(target)) ? address : undefined;
}

/** Whether a translation may make packets with this port and address out of others. */
function mayMake(target: NatTarget, port: Condition | undefined, address: Condition | undefined): boolean {
  if (!target.ports && !address) return false;
  return missedBy(target, port, address) === undefined;
}

function addressesOf({ first, last }: NatTarget): { from: bigint; to: bigint } {
  return { from: first?.value ?? 0n, to: last?.value ?? 0n };
}

function overlaps({ values }: Condition, { from, to }: { from: number | bigint; to: number | bigint }): boolean {
  return values.kind !== "ranges" || values.ranges.some((range) => range.from <= to && from <= range.to);
}

/** Whether the rule asks for packets of the translation's IP version only. */
function seesFamily(rule: Rule, asks: readonly Condition[], { rule: nat, target }: Translation): boolean {
  const version = versionOf(nat.chain.table.family) ?? target.first?.family;
  const asked = asks.find(({ field }) => /^ip6? /.test(field))?.field.split(" ")[0] ?? rule.chain.table.family;
  return version !== undefined && versionOf(asked) === version;
}

function versionOf(family: string): "ipv4" | "ipv6" | undefined {
  return family === "ip" ? "ipv4" : family === "ip6" ? "ipv6" : undefined;
}

function describe(asked: Condition, { rule, target }: Translation, { text }: LintContext): LintFinding {
  const written = text.slice(asked.start, asked.end);
  const { ports } = target;
  const what = isPort(asked) ? "port" : "address";
  return {
    span: asked,
    message:
      `\`${written}\` never matches here: destination NAT comes before forward and has replaced the ` +
      `${what} of these packets by then. Ask for the new ${what}.`,
    related: [{ span: rule.node, message: "these packets are translated here" }],
    ...(what === "port" && ports && ports.from === ports.to && { fixes: askFor(asked, written, ports.from) }),
  };
}

function askFor(asked: Condition, written: string, port: number): Fix[] {
  const old = /(?<=\s)\d+$/.exec(written)?.[0];
  if (old === undefined) return [];
  const span = { start: asked.end - old.length, end: asked.end };
  return [{ title: `Ask for the translated port ${port}`, edits: [{ span, text: String(port) }] }];
}
