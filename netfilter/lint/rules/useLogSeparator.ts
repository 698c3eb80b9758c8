import { allRulesWith } from "../../model/glance.js";
import { statementsOf } from "../../model/written.js";
import type { Log } from "../../syntax/nft/nodes.js";
import { traits } from "../../syntax/traits.js";
import type { Fix } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { foundInArguments } from "../written.js";

/** A log prefix that grows together with the line it stands in front of. */
export const useLogSeparator: Lint = {
  id: "useLogSeparator",
  severity: "information",
  summary: "A log prefix ends with a letter or digit and runs into the first word of the line.",
  doc: [
    "The kernel writes a log line as the prefix and, with nothing between, `IN=eth0 OUT= SRC=...`. A prefix that ends with a",
    "letter or digit gives `DROPPEDIN=eth0`: hard to read, and whatever cuts the line at its blanks finds neither the prefix",
    "nor the interface.",
    "",
    "Not told of prefixes for a log group, which are handed over by themselves, nor of those that end with a sign such as",
    "`:` or `]`.",
    "",
    'End the prefix with a blank: `log prefix "DROPPED "`.',
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          '    tcp dport 23 log prefix "DROPPED" level info drop',
          "    #                       ^^^^^^^^^",
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
          "-A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix DROPPED",
          "#                                                     ^^^^^^^",
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
          '    tcp dport 23 log prefix "DROPPED "',
          '    tcp dport 23 log prefix "DROPPED:"',
          '    tcp dport 23 log prefix "DROPPED" group 2',
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
          '-A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix "DROPPED "',
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function find(context: LintContext): Iterable<LintFinding> {
  return context.ruleset.language === "nftables" ? findInNft(context) : findInIptables(context);
}

/** Leaves out, to be quick, what most prefixes are: quoted, with a blank before the closing quote. */
const argument = /--log-p\w*[ =](?!"[^"\\\n]* ")\S/g;

/** What iptables keeps of a prefix, and nft takes: a longer one would lose the blank again, or be refused. */
const longest = { iptables: 29, nftables: 127 };

function* findInIptables(context: LintContext): Iterable<LintFinding> {
  if (!context.text.includes("--log-p")) return;
  for (const { option, value } of foundInArguments(context, argument)) {
    if (option.option?.names[0] === "log-prefix" && runsOn(value.text) && value.text.length <= longest.iptables)
      yield describe(value, value.text, context.text, longest.iptables);
  }
}

/** Leaves out the same, for reading what stands in a rule costs more. */
const mayRunOn = /\bprefix\s*(?!\s|"[^"\\\n]* ")/;

function* findInNft({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!text.includes("prefix")) return;
  for (const rule of allRulesWith(ruleset, { wanted: traits.logs })) {
    if (!mayRunOn.test(text.slice(rule.start, rule.end))) continue;
    for (const statement of statementsOf(rule)) {
      const finding = statement.kind === "log" ? judge(statement, text) : undefined;
      if (finding) yield finding;
    }
  }
}

function judge({ options }: Log, text: string): LintFinding | undefined {
  if (options.some(({ name }) => name.text === "group")) return undefined;
  const prefix = options.find(({ name }) => name.text === "prefix")?.values[0];
  if (prefix?.kind !== "string" && prefix?.kind !== "word") return undefined;
  const written = prefix.kind === "string" ? prefix.value : prefix.text;
  if (written.includes("$") || !runsOn(written)) return undefined;
  return describe(prefix, written, text, longest.nftables);
}

function runsOn(prefix: string): boolean {
  return !prefix.endsWith(" ") && /[\p{L}\p{N}]$/u.test(prefix);
}

function describe({ start, end }: Span, prefix: string, text: string, limit: number): LintFinding {
  return {
    span: { start, end },
    message: `The log line will begin with \`${prefix}IN=\`: nothing parts a prefix from what follows. End it with a blank.`,
    fixes: prefix.length < limit ? [blankBehind({ start, end }, text)] : [],
  };
}

function blankBehind({ start, end }: Span, text: string): Fix {
  const quoted = text[end - 1] === '"';
  const at = quoted ? end - 1 : end;
  const edits = [
    ...(quoted ? [] : [{ span: { start, end: start }, text: '"' }]),
    { span: { start: at, end: at }, text: quoted ? " " : ' "' },
  ];
  return { title: "End the prefix with a blank", edits, preferred: true };
}
