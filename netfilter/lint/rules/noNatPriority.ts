import { type Base, baseChainsOf } from "../../model/bases.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A nat chain whose priority promises an order that the kernel does not keep. */
export const noNatPriority: Lint = {
  id: "noNatPriority",
  severity: "hint",
  summary: "A nat chain's priority does not move the translation, which is done at -100 or 100 whatever it says.",
  doc: [
    "Since Linux 4.18 the kernel calls all nat chains of a hook from one place: at -100 of prerouting and output, at 100 of",
    "postrouting and input. A nat chain's own priority only orders it among the nat chains. So with `hook prerouting priority",
    "0` a filter chain at -50 already sees the translated destination, whatever the numbers suggest; older kernels did run",
    "the chain at its number, and the same file behaves otherwise there.",
    "",
    "Told for destination NAT at the filter priority or later, and for source NAT at the filter priority or earlier.",
    "",
    "Write `dstnat` at prerouting (-100 at output) and `srcnat` at postrouting (100 at input), which is what happens.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain pre {",
          "    type nat hook prerouting priority 0; policy accept;",
          "    #                                 ^",
          "    tcp dport 80 dnat to 10.0.0.1",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain post {",
          "    type nat hook postrouting priority filter - 5; policy accept;",
          "    #                                  ^^^^^^^^^^",
          '    oifname "wan0" masquerade',
          "  }",
          "}",
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
          "    tcp dport 80 dnat to 10.0.0.1",
          "  }",
          "  chain post {",
          "    type nat hook postrouting priority 100; policy accept;",
          '    oifname "wan0" masquerade',
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

/** Where each hook's translation is done, what says so, and which priorities stand on the wrong side of filter's 0. */
const places = {
  prerouting: { at: -100, word: "dstnat", wrong: (priority: number) => priority >= 0 },
  output: { at: -100, word: "-100", wrong: (priority: number) => priority >= 0 },
  postrouting: { at: 100, word: "srcnat", wrong: (priority: number) => priority <= 0 },
  input: { at: 100, word: "100", wrong: (priority: number) => priority <= 0 },
} as const;

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (ruleset.language !== "nftables") return;
  const bases = baseChainsOf(ruleset);
  for (const chain of bases) {
    const { type, hook, priority } = chain.base;
    if (type !== "nat" || priority === undefined || !(hook in places) || chain.rules.length === 0) continue;
    const { at, word, wrong } = places[hook as keyof typeof places];
    const span = wrong(priority) ? prioritySpan(chain, text) : undefined;
    if (!span) continue;
    const between = bases.filter((other) => isBetween(other, chain, at));
    const alone = bases.every((other) => other === chain || other.base.type !== "nat" || other.base.hook !== hook);
    yield {
      span,
      message:
        `Linux translates at priority ${at} of ${hook}, whatever stands here: the number only orders nat chains among each ` +
        `other${between.length > 0 ? ", and the order to the filter chains between is not what it looks like" : ""}. ` +
        `Write \`${word}\`.`,
      related: between.map(({ name, base, nameSpan }) => ({
        span: nameSpan,
        message: `\`${name}\` (priority ${base.priority}) runs ${at < 0 ? "after" : "before"} the translation`,
      })),
      fixes: [{ title: `Write \`priority ${word}\``, edits: [{ span, text: word }], preferred: alone }],
    };
  }
}

/** Whether another kind of chain stands between the place of translation and the priority that this chain names. */
function isBetween({ base, table }: Base, nat: Base, at: number): boolean {
  if (base.type === "nat" || base.hook !== nat.base.hook || base.priority === undefined) return false;
  const shared = table.family === nat.table.family || table.family === "inet" || nat.table.family === "inet";
  const [low, high] = [at, nat.base.priority ?? at].sort((a, b) => a - b) as [number, number];
  return shared && /^(ip6?|inet)$/.test(table.family) && low < base.priority && base.priority < high;
}

function prioritySpan({ span }: Base, text: string): Span | undefined {
  const written = text.slice(span.start, span.end);
  const found = /^(?:[^#]|#.*\n)*?\bhook\s+\w+\s+(?:device\s+\S+\s+)?priority\s+([^;\n}]*[^;\s}])/.exec(written);
  const value = found?.[1];
  if (!found || value === undefined || value.includes("$")) return undefined;
  const end = span.start + found[0].length;
  return { start: end - value.length, end };
}
