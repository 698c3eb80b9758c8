import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";

// What was found in a rule is taken over from an earlier version of its file only while nothing has changed that it hangs on.

const before = [
  "define port = 22",
  "table inet t {",
  "  set s { type ipv4_addr; }",
  "  set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }",
  "  counter hits { }",
  "  chain base {",
  "    type filter hook input priority 0;",
  "    ip saddr @s jump user",
  "    tcp dport $port counter name hits accept",
  "    tcp dport 80 ct state new accept",
  "    jump { meta nfproto ipv4 drop; }",
  "  }",
  "  chain user {",
  "    ip6 saddr fe80::1 meta mark set 1",
  "  }",
  "}",
  "",
].join("\n");

/** Reads the text, then an edited one with what is known of it, then the text again; gives the codes of what is then wrong. */
function check(change: (text: string) => string, expected: string): void {
  const text = change(before);
  const first = analyze(before, "nftables", { lint: false });
  expect(first.findings).toEqual([]);
  const edited = analyze(text, "nftables", { lint: false, previous: first });
  expect(edited.findings).toEqual(analyze(text, "nftables", { lint: false }).findings);
  expect(edited.findings.map(({ code }) => code).join(" ")).toBe(expected);
  expect(analyze(before, "nftables", { lint: false, previous: edited }).findings).toEqual([]);
}

describe("a rule is judged again when what it hangs on changes", () => {
  const cases: readonly [string, (text: string) => string, string][] = [
    ["a set that is gone", (text) => text.replace("set s", "set r"), "undefinedSet"],
    ["a set of another type", (text) => text.replace("ipv4_addr", "ipv6_addr"), "typeMismatch"],
    ["a variable that is gone", (text) => text.replace("define port", "define door"), "undefinedVariable"],
    ["a variable of another value", (text) => text.replace("= 22", "= 70000"), "badValue"],
    ["an object that is gone", (text) => text.replace("counter hits {", "counter misses {"), "undefinedObject"],
    ["a chain that is gone", (text) => text.replace("chain user", "chain person"), "undefinedChain"],
    ["a chain that leads back", (text) => text.replace("meta mark set 1", "jump user"), "jumpLoop"],
    ["a family without IPv6", (text) => text.replace("table inet", "table ip"), "notAllowedHere conflictingProtocols"],
    ["a rule of its own", (text) => text.replace("dport 80", "dport 80000"), "badValue"],
    ["elements that overlap", (text) => text.replace("/8 }", "/8, 10.1.0.0/16 }"), "overlappingElements"],
    [
      "elements that a command adds",
      (text) => `${text}add element inet t nets { 10.1.0.0/16 }\n`,
      "overlappingElements",
    ],
    ["elements of another type", (text) => text.replace("nets { type ipv4_addr", "nets { type ipv6_addr"), "badValue"],
    ["a line that moves all others", (text) => `\n\n${text}`, ""],
  ];
  test.each(cases)("%s", (_, change, expected) => check(change, expected));
});

test("what a rule asks moves with it", () => {
  const spans = (analysis: ReturnType<typeof analyze>) =>
    analysis.ruleset.tables.flatMap(({ chains }) =>
      chains.flatMap(({ rules }) => rules.flatMap(({ parts }) => parts.map(({ start, end }) => [start, end]))),
    );
  const first = analyze(before, "nftables");
  expect(spans(first).length).toBeGreaterThan(10);
  const text = before.replace("define", "# a comment\ndefine");
  expect(spans(analyze(text, "nftables", { previous: first }))).toEqual(spans(analyze(text, "nftables")));
});
