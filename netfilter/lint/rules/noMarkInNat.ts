import { isOnlyAt } from "../../model/bases.js";
import { unreadMarks } from "../../model/markUse.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A mark that all packets of a connection are meant to get, and only the first one does. */
export const noMarkInNat: Lint = {
  id: "noMarkInNat",
  severity: "warning",
  summary: "A mark set in a nat chain reaches only the first packet of each connection.",
  doc: [
    "The kernel shows nat chains only the first packet of each connection. A packet mark that is set there is missing from",
    "all later packets: policy routing and traffic control treat them otherwise than the first, so a connection starts on",
    "one line and goes on over another.",
    "",
    "Not told where a rule of the file looks at the mark (to masquerade or accept that first packet, say) or saves it to",
    "the connection: then the first packet may be all that is wanted.",
    "",
    "Set the mark in a chain that sees every packet: iptables' mangle table, or `type filter hook prerouting priority",
    "mangle` (for packets made here `type route hook output priority mangle`). Or save it to the connection and restore it",
    "there.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain pre {",
          "    type nat hook prerouting priority dstnat; policy accept;",
          "    ip saddr 192.0.2.7 meta mark set 0x30",
          "    #                  ^^^^^^^^^^^^^^^^^^",
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
          "-A PREROUTING -s 192.0.2.7/32 -j MARK --set-xmark 0x30/0xff",
          "#                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table ip uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    ip saddr 192.0.2.7 meta mark set 0x30",
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
          ":POSTROUTING ACCEPT [0:0]",
          "-A PREROUTING -s 192.0.2.7/32 -j MARK --set-xmark 0x4000/0x4000",
          "-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  for (const { rule, action } of unreadMarks(ruleset, text)) {
    if (!isOnlyAt(rule.chain, ruleset, ({ base }) => base.type === "nat")) continue;
    yield {
      span: action,
      message:
        "Only the first packet of a connection comes to a nat chain, so all later ones go without this mark and are routed " +
        "or queued otherwise. Set it in a chain that sees every packet (mangle), or save it to the connection here and " +
        "restore it there.",
    };
  }
}
