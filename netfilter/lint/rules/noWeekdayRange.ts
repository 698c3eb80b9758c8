import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { foundInArguments } from "../written.js";

/** `Mon-Fri`, which is Monday. */
export const noWeekdayRange: Lint = {
  id: "noWeekdayRange",
  severity: "warning",
  summary: "A range of weekdays is read as its first day alone.",
  doc: [
    "`-m time --weekdays` knows lists but no ranges. Of each word between commas the first two letters decide and the rest is",
    "not looked at, so that `Mon-Fri` is taken and means Monday, every other day of the week being left out.",
    "",
    "Name every day: `--weekdays Mon,Tue,Wed,Thu,Fri`.",
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
          "-A FORWARD -s 192.168.7.0/24 -m time --timestart 21:00 --timestop 23:59 --weekdays Mon-Fri,Sun -j DROP",
          "#                                                                                  ^^^^^^^",
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
          "-A FORWARD -s 192.168.7.0/24 -m time --weekdays Monday,Tue,Fri,Sun -j DROP",
          '-A FORWARD -m comment --comment "Mon-Fri" -j ACCEPT',
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const range = /\b(Mo|Tu|We|Th|Fr|Sa|Su)[a-z]*-(Mo|Tu|We|Th|Fr|Sa|Su)[a-z]*/g;

function* find(context: LintContext): Iterable<LintFinding> {
  if (!context.text.includes("--week")) return;
  for (const { option, value } of foundInArguments(context, range)) {
    if (option.option?.names[0] !== "weekdays") continue;
    for (const match of context.text.slice(value.start, value.end).matchAll(range)) {
      const start = value.start + match.index;
      yield describe({ start, end: start + match[0].length }, match[0], indexOf(match[1]), indexOf(match[2]));
    }
  }
}

function indexOf(letters = ""): number {
  return days.findIndex((day) => day.startsWith(letters));
}

/** A range may run over the end of the week. */
function describe(span: Span, written: string, first: number, last: number): LintFinding {
  const count = ((last - first + days.length) % days.length) + 1;
  const all = Array.from({ length: count }, (_, place) => days[(first + place) % days.length]).join(",");
  return {
    span,
    message: `\`${written}\` is read as \`${days[first]}\` alone: there are no ranges of weekdays. Name each day: \`${all}\`.`,
    fixes: [{ title: `Change to \`${all}\``, edits: [{ span, text: all }], preferred: true }],
  };
}
