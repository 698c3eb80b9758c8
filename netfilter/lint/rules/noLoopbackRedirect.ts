import { chainsOnlyAt } from "../../model/bases.js";
import { natTarget } from "../../model/natTarget.js";
import type { Action, Rule } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import type { Fix } from "../../text/finding.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A destination that no packet from outside may have. */
export const noLoopbackRedirect: Lint = {
  id: "noLoopbackRedirect",
  severity: "warning",
  summary: "Packets that come in are sent to a loopback address, where the kernel drops them.",
  doc: [
    "A packet that came in by a real interface may not go to 127.0.0.0/8: routing drops it as a martian, and no rule sees it",
    "again. Only `net.ipv4.conf.INTERFACE.route_localnet = 1` allows it, which no rules file can set, and which then lets",
    "neighbours talk to services that trust 127.0.0.1. For IPv6's `::1` there is no such setting.",
    "",
    "Use `redirect` (REDIRECT) and let the service listen on the interface's own address, or translate to that address.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain pre {",
          "    type nat hook prerouting priority dstnat; policy accept;",
          "    tcp dport 80 dnat to 127.0.0.1:8080",
          "    #            ^^^^^^^^^^^^^^^^^^^^^^",
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
          "-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:8080",
          "#                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          "    tcp dport 80 redirect to :8080",
          "  }",
          "  chain out {",
          "    type nat hook output priority -100; policy accept;",
          "    ip daddr 192.0.2.1 tcp dport 80 dnat to 127.0.0.1:8080",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

const loopback = { ipv4: { from: 0x7f00_0000n, to: 0x7fff_ffffn }, ipv6: { from: 1n, to: 1n } };

function* find(context: LintContext): Iterable<LintFinding> {
  const { text, ruleset } = context;
  if (!text.includes("127.") && !text.includes("::1")) return;
  for (const chain of chainsOnlyAt(ruleset, ({ base }) => base.type === "nat" && base.hook === "prerouting")) {
    for (const rule of chain.rules) {
      const action = rule.actions.find((done) => done.do === "nat" && done.type === "dnat");
      if (!action || isFromLoopback(rule)) continue;
      const first = natTarget(action, text, ruleset)?.first;
      if (first && loopback[first.family].from <= first.value && first.value <= loopback[first.family].to)
        yield describe(action, first.family, context);
    }
  }
}

function isFromLoopback(rule: Rule): boolean {
  return conditionsOf(rule).some(
    ({ field, op, values }) =>
      field === "meta iifname" && op === "==" && (values.kind !== "names" || values.names.includes("lo")),
  );
}

function describe(action: Action, family: "ipv4" | "ipv6", { text, ruleset }: LintContext): LintFinding {
  const [address, except] =
    family === "ipv4"
      ? ["127.0.0.0/8", ", unless the sysctl route_localnet of the incoming interface is 1"]
      : ["::1", ""];
  const ports = natTarget(action, text, ruleset)?.ports;
  return {
    span: action,
    message:
      `The kernel drops packets that came in from outside and go to ${address}${except}. Redirect them to the ` +
      "interface's own address instead, and let the service listen there.",
    ...(ports && ports.from === ports.to && { fixes: [redirection(action, ports.from, ruleset.language)] }),
  };
}

function redirection({ start, end }: Action, port: number, language: "nftables" | "iptables"): Fix {
  const text = language === "nftables" ? `redirect to :${port}` : `-j REDIRECT --to-ports ${port}`;
  return { title: `Redirect to port ${port} of the interface's own address`, edits: [{ span: { start, end }, text }] };
}
