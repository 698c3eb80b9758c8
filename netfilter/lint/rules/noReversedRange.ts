import type { Value } from "../../facts/iptables/extension.js";
import { parseNumber } from "../../syntax/iptables/numbers.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { type Argument, foundInArguments } from "../written.js";

/** A range from the greater to the lesser, in which nothing lies. */
export const noReversedRange: Lint = {
  id: "noReversedRange",
  severity: "warning",
  summary: "A range whose first end is the greater one never matches.",
  doc: [
    "Some matches of iptables take a range with its ends the wrong way round and hand it to the kernel, which asks for a value",
    "that is at least the first and at most the second: there is none. The rule never matches, or always where it is negated.",
    "Newer versions of the tools refuse some of these ranges, nft all of them.",
    "",
    "Swap the ends.",
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
          "-A FORWARD -p icmp -m icmp --icmp-type 8 -m length --length 1500:200 -j DROP",
          "#                                                           ^^^^^^^^",
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
          "-A FORWARD -p icmp -m icmp --icmp-type 8 -m length --length 1500: -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

/** Numbers that may be the ends of such a range. */
const argument = /--[a-z][a-z0-9-]*[ =]\d\w*[:-]\d\w*/g;

function* find(context: LintContext): Iterable<LintFinding> {
  for (const found of foundInArguments(context, argument)) {
    const sign = signOf(found.type);
    const [first, last, ...more] = sign ? found.value.text.split(sign).map(parseNumber) : [];
    if (sign && first !== undefined && last !== undefined && more.length === 0 && first > last)
      yield describe(found, sign);
  }
}

/** The sign between the ends of a range, where the tools do not look at their order. */
function signOf(type: Value): string | undefined {
  return (type.type === "integer" || type.type === "port") && !type.ordered ? type.range : undefined;
}

function describe({ option, value }: Argument, sign: string): LintFinding {
  const swapped = value.text.split(sign).reverse().join(sign);
  const span = { start: value.start, end: value.end };
  const effect = option.negation ? "this holds for every packet" : "this never matches";
  return {
    span,
    message: `Nothing lies between the ends of \`${value.text}\`, the first being the greater one: ${effect}. Swap them: \`${swapped}\`.`,
    fixes: [{ title: `Change to \`${swapped}\``, edits: [{ span, text: swapped }], preferred: true }],
  };
}
