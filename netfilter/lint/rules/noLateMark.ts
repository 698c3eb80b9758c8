import type { Hook } from "../../facts/hooks.js";
import { type Base, basesIn, isOnlyAt } from "../../model/bases.js";
import { unreadMarks } from "../../model/markUse.js";
import type { Action, Chain, Ruleset } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A mark that comes after the routing decision it may be meant for. */
export const noLateMark: Lint = {
  id: "noLateMark",
  severity: "information",
  summary: "A mark set after the routing decision does not change where the packet goes.",
  doc: [
    "`ip rule fwmark` looks at the mark when the packet is routed: between prerouting and input or forward, and before output",
    "for packets made here. A mark set in input, forward or postrouting comes too late for that. At output the kernel routes",
    "anew only behind chains of type route (iptables' mangle table), not behind a filter chain.",
    "",
    "Told where no rule of the file looks at the mark or saves it to the connection. Traffic control may still use it when",
    "the packet leaves, and in input a socket may (`tcp_fwmark_accept`). No rules file tells that, so this is information",
    "and no warning.",
    "",
    "For policy routing set the mark in prerouting (`priority mangle`), or at output in a chain of `type route`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain post {",
          "    type filter hook postrouting priority mangle; policy accept;",
          "    ip saddr 192.0.2.7 meta mark set 0x30",
          "    #                  ^^^^^^^^^^^^^^^^^^",
          "  }",
          "  chain out {",
          "    type filter hook output priority mangle; policy accept;",
          "    tcp dport 25 meta mark set 0x31",
          "    #            ^^^^^^^^^^^^^^^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -s 192.0.2.7/32 -j MARK --set-xmark 0x30/0xff",
          "#                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    ip saddr 192.0.2.7 meta mark set 0x30",
          "  }",
          "  chain out {",
          "    type route hook output priority mangle; policy accept;",
          "    tcp dport 25 meta mark set 0x31",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":FORWARD ACCEPT [0:0]",
          ":POSTROUTING ACCEPT [0:0]",
          "-A FORWARD -s 192.0.2.7/32 -j MARK --set-xmark 0x30/0xff",
          "-A POSTROUTING -m mark --mark 0x30/0xff -j CLASSIFY --set-class 1:30",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

/** What has happened to a packet at each hook, and who may still look at its mark. */
const late: Readonly<Partial<Record<Hook, readonly [happened: string, reader: string]>>> = {
  input: ["The packet is routed to this machine already", "a socket that takes the mark over (tcp_fwmark_accept)"],
  forward: ["The packet is routed already", "traffic control"],
  postrouting: ["The packet is routed already and about to leave", "traffic control"],
  output: ["The packet is routed already, and only behind a chain of type route is it routed anew", "traffic control"],
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  for (const { rule, action } of unreadMarks(ruleset, text))
    if (isOnlyAt(rule.chain, ruleset, isLate)) yield describe(rule.chain, action, ruleset);
}

function isLate({ base, table }: Base): boolean {
  const ip = table.family === "ip" || table.family === "ip6" || table.family === "inet";
  return ip && base.type === "filter" && late[base.hook] !== undefined;
}

function describe(chain: Chain, action: Action, ruleset: Ruleset): LintFinding {
  const [happened, reader] = late[basesIn(ruleset)(chain)[0]?.base.hook ?? "postrouting"] ?? [];
  const place = ruleset.language === "iptables" ? "the mangle table's PREROUTING" : "prerouting at priority mangle";
  return {
    span: action,
    message:
      `${happened}: this mark does not change where it goes, and no rule here looks at it. It serves only ${reader}. ` +
      `To choose a route, set the mark in ${place}, for packets made here in output in a chain of type route.`,
  };
}
