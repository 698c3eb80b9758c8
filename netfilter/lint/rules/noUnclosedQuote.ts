import type { Word } from "../../syntax/iptables/nodes.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { argumentAt, iptablesTreeOf } from "../written.js";

/** A quote that is opened and takes the rest of its rule along. */
export const noUnclosedQuote: Lint = {
  id: "noUnclosedQuote",
  severity: "warning",
  summary: "A quote that is never closed swallows the rest of its rule, the verdict included.",
  doc: [
    "iptables-restore takes everything from an opening quote to the end of the line for one argument, the line break too. A",
    "comment that is not closed thus has the rest of the rule in it: conditions and target are gone, and what is loaded",
    "matches more packets than was meant and does nothing to them. iptables-save then prints a rule over two lines, which",
    "cannot be loaded again.",
    "",
    "Close the quote.",
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
          '-A INPUT -m comment --comment "ssh in -p tcp --dport 22 -j ACCEPT',
          "#                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
          "-A INPUT -p tcp -m tcp --dport 23 -j DROP",
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
          '-A INPUT -m comment --comment "ssh \\"in\\"" -p tcp --dport 22 -j ACCEPT',
          '-A INPUT -m comment --comment "a b" -p tcp -m tcp --dport 23 -j DROP',
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find(context: LintContext): Iterable<LintFinding> {
  const tree = iptablesTreeOf(context);
  if (!tree) return;
  for (const lineEnd of openLines(tree.text)) {
    const argument = argumentAt(tree, lineEnd - 1);
    // Only an open quote lets a line break into a text.
    if (argument?.value.text.endsWith("\n")) yield describe(argument.value, tree.text);
  }
}

/** The ends of lines that seem to have a quote that is not closed: those of comments too, and where `\\\\"` stands. */
function* openLines(text: string): Iterable<number> {
  let open = text.indexOf('"');
  while (open !== -1) {
    const lineEnd = text.indexOf("\n", open);
    let close = text.indexOf('"', open + 1);
    while (close !== -1 && text[close - 1] === "\\") close = text.indexOf('"', close + 1);
    const isOpen = lineEnd !== -1 && (close === -1 || close > lineEnd);
    if (isOpen) yield lineEnd;
    if (!isOpen && close === -1) return;
    open = text.indexOf('"', (isOpen ? lineEnd : close) + 1);
  }
}

/** Where a word that looks like an option begins within the quotes, or the end. */
function closingPlace(written: string): number {
  const option = / +(! )?-(-[a-z]|[a-zA-Z] )/.exec(written);
  return option ? option.index : written.trimEnd().length;
}

function describe({ start, end }: Word, text: string): LintFinding {
  const written = text.slice(start, end);
  const place = closingPlace(written);
  const swallowed = written.slice(place).trim();
  const lost = swallowed
    ? `\`${swallowed}\` belongs to the text and is no part of the rule`
    : "the line break belongs to the text, and what iptables-save prints cannot be loaded again";
  const at = { start: start + place, end: start + place };
  return {
    span: { start, end },
    message: `This quote is never closed, so that ${lost}. Close it.`,
    fixes: [
      {
        title: swallowed ? `Close the quote before \`${swallowed.split(" ")[0]}\`` : "Close the quote",
        edits: [{ span: at, text: '"' }],
      },
    ],
  };
}
