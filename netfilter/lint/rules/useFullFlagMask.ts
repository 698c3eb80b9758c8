import { decisionsOf, known, mayAccept, mayPass } from "../../model/decisions.js";
import type { Chain, Condition } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** `tcp flags syn`, which the answer to a SYN has too. */
export const useFullFlagMask: Lint = {
  id: "useFullFlagMask",
  severity: "warning",
  summary: "A rule that drops by the flag SYN alone drops the answers to outgoing connections too.",
  doc: [
    "The first packet of a TCP connection has the flag SYN and not ACK; its answer has both. `tcp flags syn` and",
    "`--tcp-flags SYN SYN` look at SYN only and so match either. A rule that means to drop new connections by it also drops",
    "the answers to those that are made from the inside.",
    "",
    "Told of a rule that drops or rejects, at the hooks prerouting, input and forward, packets to ports from 32768 up too, where",
    "connections are made from, when it is certain that no rule before it could accept such an answer. Not told of rules that",
    "also ask for a rate, a set of senders or anything else by which they pick packets out.",
    "",
    "Look at the other flags too: `tcp flags syn / fin,syn,rst,ack`, `--syn`; or ask for `ct state new`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    tcp dport 1024-65535 tcp flags syn counter drop",
          "    #                    ^^^^^^^^^^^^^",
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
          "-A INPUT -p tcp -m tcp --tcp-flags SYN SYN -j DROP",
          "#                      ^^^^^^^^^^^^^^^^^^^",
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
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    ct state established accept",
          "    tcp flags syn counter drop",
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
          "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP",
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

const syn = 2n;

/** The second packet of a connection that was made from the inside. */
const answer = [
  known("ct state", 2),
  known("meta l4proto", 6),
  known("ip protocol", 6),
  known("tcp flags", 0x12),
  known("tcp dport", 32_768, 65_535),
];

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!/\bflags\b|--tcp-f/.test(text) || ruleset.incomplete) return;
  for (const chain of ruleset.tables.flatMap(({ dormant, chains }) => (dormant ? [] : chains))) {
    if (chain.base?.type === "filter" && hooks.has(chain.base.hook)) yield* findIn(chain, text);
  }
}

/** Goes on until such an answer may have been accepted. */
function* findIn(chain: Chain, text: string): Iterable<LintFinding> {
  const told = new Set<Condition>();
  for (const decision of decisionsOf(chain)) {
    if (mayAccept(decision, answer)) return;
    const { verdict, conditions } = decision;
    const flags = verdict === "drop" ? conditions.find(asksForSynOnly) : undefined;
    if (!flags || told.has(flags) || !mayPass(conditions, answer)) continue;
    if (!conditions.every((asked) => asked === flags || isPlain(asked))) continue;
    told.add(flags);
    yield describe(flags, text);
  }
}

/** Whether a condition says where packets come from and go to, and no more: others pick out those that look bad. */
function isPlain({ field, values }: Condition): boolean {
  return plainFields.test(field) && (values.kind === "ranges" || values.kind === "names");
}

const plainFields = /^(meta (nfproto|l4proto|protocol|[io]if(name)?)|ip protocol|ip6 nexthdr|ip6? daddr|tcp dport)$/;

function asksForSynOnly({ field, op, mask, values }: Condition): boolean {
  if (field !== "tcp flags" || values.kind !== "ranges" || values.ranges.length !== 1) return false;
  const [range] = values.ranges;
  if (range?.from !== syn || range.to !== syn) return false;
  return op === "set" || (op === "==" && mask === syn);
}

function describe({ start, end }: Condition, text: string): LintFinding {
  const written = text.slice(start, end);
  const better = written.startsWith("-") ? "--tcp-flags FIN,SYN,RST,ACK SYN" : "tcp flags syn / fin,syn,rst,ack";
  return {
    span: { start, end },
    message:
      `\`${written}\` also matches the answer to a connection that is made from the inside (SYN and ACK), which is ` +
      `dropped here. Write \`${better}\`.`,
    fixes: [{ title: `Change to \`${better}\``, edits: [{ span: { start, end }, text: better }], preferred: true }],
  };
}
