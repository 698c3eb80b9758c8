import { byteLength } from "../../syntax/iptables/values.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { type Argument, foundInArguments, iptablesTreeOf } from "../written.js";

/** Text of which the kernel keeps only the beginning. */
export const noOverlongText: Lint = {
  id: "noOverlongText",
  severity: "information",
  summary: "A comment or log prefix is longer than what is kept of it.",
  doc: [
    "Comments and log prefixes have a place of fixed size in the kernel: 255 bytes for `--comment`, 29 for `--log-prefix`, and",
    "63 (legacy build) or 127 (nft build) for `--nflog-prefix`. iptables cuts off what is beyond, without a word. A log prefix",
    "that was cut no longer fits what a log watcher looks for, and loses the blank at its end.",
    "",
    "Shorten the text. nft refuses one that is too long, so that nothing is told there.",
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
          '-A INPUT -j LOG --log-prefix "dropped by the input chain: "',
          '-A INPUT -j LOG --log-prefix "dropped in input at the very end: "',
          "#                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          '-A INPUT -m comment --comment "everything that no rule above has asked for" -j LOG --log-prefix "dropped: "',
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

/** How many bytes are kept, by option. */
const kept: Readonly<Record<string, number>> = {
  comment: 255,
  "log-prefix": 29,
  "nflog-prefix": 127,
  "ulog-prefix": 31,
};

/** A letter has three bytes at the most, so that a short comment need not be looked at, nor a short prefix in ASCII. */
const comment = /--comm\w*[ =]("[^"\n]{85}|[^"\s]{85})/g;
const prefix = /--(?:n?f?log|ulog)-p\w*[ =](?!"[ !#-[\]-~]{0,29}"\s)\S/g;

function* find(context: LintContext): Iterable<LintFinding> {
  if (!iptablesTreeOf(context)) return;
  for (const pattern of [comment, prefix]) {
    for (const argument of foundInArguments(context, pattern)) {
      const limit = kept[argument.option.option?.names[0] ?? ""];
      if (limit !== undefined && byteLength(argument.value.text) > limit) yield describe(argument, limit);
    }
  }
}

function describe({ option, value: { start, end, text } }: Argument, limit: number): LintFinding {
  return {
    span: { start, end },
    message:
      `This has ${byteLength(text)} bytes, of which \`${option.word.text}\` keeps the first ${limit}: the rest is cut off ` +
      "in silence. Shorten it.",
  };
}
