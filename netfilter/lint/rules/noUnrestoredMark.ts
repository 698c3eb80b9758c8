import { rulesAboutMarks, rulesThatMark } from "../../model/markUse.js";
import type { Action, Part, Rule } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A mark that is kept with the connection for nobody. */
export const noUnrestoredMark: Lint = {
  id: "noUnrestoredMark",
  severity: "information",
  summary: "A mark is saved to the connection, but no rule restores it or asks for it.",
  doc: [
    "`CONNMARK --save-mark` and `ct mark set meta mark` copy the packet's mark to the conntrack entry. Later packets of the",
    "connection, replies too, still come with a mark of 0: somebody has to copy it back (`CONNMARK --restore-mark`,",
    "`meta mark set ct mark`) or ask for the connection's mark itself.",
    "",
    "Told when no rule of the file does either. Traffic control may read the connection's mark too, which no rules file",
    "tells, so this is information and no warning.",
    "",
    "Restore the mark early in prerouting (and in output for packets made here).",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    ip saddr 192.0.2.7 meta mark set 0x36",
          "    ct mark set meta mark",
          "#   ^^^^^^^^^^^^^^^^^^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -s 192.0.2.7/32 -j MARK --set-xmark 0x36/0xff",
          "-A PREROUTING -j CONNMARK --save-mark",
          "#             ^^^^^^^^^^^^^^^^^^^^^^^",
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
          "    meta mark set ct mark",
          "    ip saddr 192.0.2.7 meta mark set 0x36",
          "    ct mark set meta mark",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -j CONNMARK --restore-mark",
          "-A PREROUTING -s 192.0.2.7/32 -j MARK --set-xmark 0x36/0xff",
          "-A PREROUTING -j CONNMARK --save-mark",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (ruleset.incomplete) return;
  const saves = rulesThatMark(ruleset).flatMap(savesOf);
  if (saves.length === 0) return;
  if (rulesAboutMarks(ruleset).some(({ parts }) => parts.some((part) => readsConnection(part, text)))) return;
  for (const span of saves) {
    yield {
      span,
      message:
        "The mark is kept with the connection here, but no rule of the file restores it or asks for it, so replies and " +
        "later packets go without. Restore it in prerouting before marks are used.",
    };
  }
}

function savesOf({ actions }: Rule): Action[] {
  return actions.filter(
    (action) =>
      action.do === "setMark" &&
      action.target === "connection" &&
      typeof action.value === "object" &&
      "from" in action.value,
  );
}

/** Whether a part looks at the connection's mark, or may: what is not understood and names it, does. */
function readsConnection(part: Part, text: string): boolean {
  if (part.kind === "action" && part.do === "setMark") {
    if (part.target === "connection") return typeof part.value !== "object";
    return typeof part.value !== "object" || "from" in part.value;
  }
  if (part.kind === "condition" && part.field === "ct mark") return true;
  return /ct\s+mark|connmark|ctmark/i.test(text.slice(part.start, part.end));
}
