import { chainsOnlyAt } from "../../model/bases.js";
import { failsState } from "../../model/connectionState.js";
import type { Condition } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A nat chain that waits for packets which the kernel never shows it. */
export const noStateInNat: Lint = {
  id: "noStateInNat",
  severity: "warning",
  summary: "A rule of a nat chain asks for established, invalid or untracked packets, which never come there.",
  doc: [
    "The kernel shows nat chains only the first packet of each connection, whose state is `new` (or `related`, where a",
    "helper announced the connection). What the chain decides is kept with the connection and done to all later packets and",
    "to the replies without asking again. So `ct state established` in a nat chain never matches; `invalid` and `untracked`",
    "packets are not translated and never come there either.",
    "",
    "Leave the state out: the translation holds for the whole connection anyway.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain pre {",
          "    type nat hook prerouting priority dstnat; policy accept;",
          "    ct state established tcp dport 80 dnat to 10.0.0.1",
          "#   ^^^^^^^^^^^^^^^^^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*nat",
          ":POSTROUTING ACCEPT [0:0]",
          "-A POSTROUTING -o wan0 -m conntrack --ctstate ESTABLISHED -j MASQUERADE",
          "#                                   ^^^^^^^^^^^^^^^^^^^^^",
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
          "    ct state new tcp dport 80 dnat to 10.0.0.1",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*nat",
          ":POSTROUTING ACCEPT [0:0]",
          "-A POSTROUTING -o wan0 -m conntrack --ctstate NEW,ESTABLISHED -j MASQUERADE",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!text.includes("state")) return;
  for (const chain of chainsOnlyAt(ruleset, ({ base }) => base.type === "nat")) {
    for (const rule of chain.rules) {
      if (!text.slice(rule.node.start, rule.node.end).includes("state")) continue;
      const asked = conditionsOf(rule).find(neverMetInNat);
      if (asked) yield describe(asked, text);
    }
  }
}

function neverMetInNat(condition: Condition): boolean {
  return condition.field === "ct state" && failsState(condition, "new") && failsState(condition, "related");
}

function describe(asked: Condition, text: string): LintFinding {
  return {
    span: asked,
    message:
      `\`${text.slice(asked.start, asked.end)}\` never matches in a nat chain: only the first packet of a connection comes ` +
      "here, and its state is new or related. What it decides holds for the whole connection, so leave the state out.",
  };
}
