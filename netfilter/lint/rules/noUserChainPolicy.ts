import { findBuiltinChain } from "../../facts/iptables/tables.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { iptablesTreeOf } from "../written.js";

/** A policy where none can be. */
export const noUserChainPolicy: Lint = {
  id: "noUserChainPolicy",
  severity: "warning",
  summary: "A policy is given to a user chain, which has none: the nft build passes over it.",
  doc: [
    "Only built-in chains have a policy. A packet that comes to the end of a user chain goes back to the rule behind the jump,",
    "whatever the declaration says: `:MINE DROP [0:0]` drops nothing. The nft build of iptables-restore loads it in silence,",
    "the legacy build refuses the file.",
    "",
    "Write `-` and, where the rest is to be dropped, end the chain with `-A MINE -j DROP`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          ":MINE DROP [0:0]",
          "#     ^^^^",
          "-A INPUT -j MINE",
          "-A MINE -p tcp -m tcp --dport 23 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          ":MINE - [0:0]",
          "-A INPUT -j MINE",
          "-A MINE -p tcp -m tcp --dport 23 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find(context: LintContext): Iterable<LintFinding> {
  for (const section of iptablesTreeOf(context)?.root.items ?? []) {
    if (section.kind !== "table" || !section.table) continue;
    for (const line of section.lines) {
      if (line.kind !== "chain" || !line.name || !line.policy || line.policy.text === "-") continue;
      if (findBuiltinChain(section.table, line.name.text)) continue;
      const { start, end, text } = line.policy;
      yield {
        span: { start, end },
        message:
          `Only built-in chains have a policy: the nft build passes over \`${text}\`, and the legacy build refuses it. ` +
          "Write `-`, and let the chain's last rule decide.",
        fixes: [{ title: "Change to `-`", edits: [{ span: { start, end }, text: "-" }], preferred: true }],
      };
    }
  }
}
