import { type Decision, decisionsOf, known, knownNot, mayAccept, mayPass, type Probe } from "../../model/decisions.js";
import type { Chain, Condition } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** All of ICMP thrown away, the message that a packet was too big among it. */
export const noBlockedPathMtu: Lint = {
  id: "noBlockedPathMtu",
  severity: "warning",
  summary: "All of ICMP is dropped, and with it the message that a packet was too big for a link.",
  doc: [
    "A router that cannot send a packet on because the next link takes only smaller ones says so by ICMP (IPv4: type 3,",
    "code 4; IPv6: type 2), and the sender sends smaller ones. Where that message is dropped, connections open and then hang",
    "as soon as full packets are sent: over VPNs, PPPoE and tunnels above all. Other errors are lost too, so that a program",
    "waits for a time-out instead of hearing that nobody is there.",
    "",
    "Told of a rule that drops or rejects ICMP or ICMPv6 of any type at the hooks prerouting, input and forward when it is",
    "certain that no rule before it could have accepted an error that belongs to a connection (`ct state related`).",
    "",
    "Accept `ct state established,related` before, or drop only the types that are not wanted, such as echo requests.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    meta l4proto icmp drop",
          "    #                 ^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A FORWARD -p icmp -j DROP",
          "#                  ^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    ct state established,related accept",
          "    meta l4proto icmp drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

const hooks: ReadonlySet<string> = new Set(["prerouting", "input", "forward"]);

/** The message itself, which conntrack takes for related to its connection. */
const tooBig = [
  [
    known("meta nfproto", 2),
    known("meta l4proto", 1),
    known("ip protocol", 1),
    known("icmp type", 3),
    known("icmp code", 4),
    known("ct state", 4),
  ],
  [
    known("meta nfproto", 10),
    known("meta l4proto", 58),
    known("ip6 nexthdr", 58),
    known("icmpv6 type", 2),
    known("ct state", 4),
  ],
];

const connection = [known("meta l4proto", 6), knownNot("meta iifname", "lo"), knownNot("meta iif", "lo")];

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!text.includes("icmp") || ruleset.incomplete) return;
  for (const chain of ruleset.tables.flatMap(({ dormant, chains }) => (dormant ? [] : chains))) {
    if (chain.base?.type === "filter" && hooks.has(chain.base.hook)) yield* findIn(chain);
  }
}

/** Goes on until the messages of both versions of IP may have been accepted, or are told of. */
function* findIn(chain: Chain): Iterable<LintFinding> {
  let open = tooBig;
  for (const decision of decisionsOf(chain)) {
    const { length } = open;
    const meets = decision.verdict === "drop" ? isAllIcmp : mayAccept;
    open = open.filter((packet) => !meets(decision, packet));
    if (decision.verdict === "drop" && open.length < length && letsThrough(chain)) yield describe(decision, chain);
    if (open.length === 0) return;
  }
}

/** Whether there may be connections at all: a chain that drops everything else too loses nothing by it. */
function letsThrough(chain: Chain): boolean {
  for (const decision of decisionsOf(chain)) {
    if (mayAccept(decision, connection)) return true;
    if (decision.verdict === "drop" && decision.conditions.length === 0) return false;
  }
  return chain.base?.policy === "accept";
}

const protocolFields = new Set(["meta l4proto", "ip protocol", "ip6 nexthdr"]);
const allowedFields = new Set([...protocolFields, "meta nfproto", "meta protocol", "meta iifname", "meta iif"]);

/** Whether a rule drops this protocol whatever its type, from everywhere or from one interface. */
function isAllIcmp({ conditions }: Decision, packet: Probe): boolean {
  return (
    conditions.every(({ field }) => allowedFields.has(field)) &&
    conditions.some(({ field, op, values }) => protocolFields.has(field) && op === "==" && isOnlyIcmp(values)) &&
    mayPass(conditions, packet)
  );
}

function isOnlyIcmp(values: Condition["values"]): boolean {
  return (
    values.kind === "ranges" && values.ranges.every(({ from, to }) => from === to && (from === 1n || from === 58n))
  );
}

function describe({ action: { start, end } }: Decision, { base }: Chain): LintFinding {
  const isEarly = base?.hook === "prerouting" && base.priority !== undefined && base.priority <= lookup;
  return {
    span: { start, end },
    message:
      "All of ICMP ends here, the message that a packet was too big for a link included: connections open and then hang " +
      `over VPNs and PPPoE. ${isEarly ? "Drop" : "Accept `established,related` before this rule, or drop"} only single types.`,
  };
}

/** Where conntrack finds a packet's connection. */
const lookup = -200;
