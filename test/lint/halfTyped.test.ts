import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import { lints } from "../../netfilter/lint/rules.js";

const ids = new Set(lints.map(({ id }) => id));

/** The lints that speak while one line of the text is as somebody types it. */
function toldOf(language: Language, text: string): string[] {
  const { findings } = analyze(text, language);
  expect(findings.map(({ severity }) => severity)).toContain("error");
  return findings.map(({ code }) => code).filter((code) => ids.has(code));
}

/** A script whose every line is needed. */
const script = (change: Readonly<Record<string, string>>) =>
  [
    "#!/usr/sbin/nft -f",
    "flush ruleset",
    "define wan = wan0",
    "table inet filter {",
    "  set friends { type ipv4_addr; }",
    "  chain services {",
    "    tcp dport 22 accept",
    "  }",
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    "    ct state established,related accept",
    '    iif "lo" accept',
    "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
    "    ip saddr @friends accept",
    "    iifname $wan jump services",
    "  }",
    "}",
    "",
  ]
    .map((line) => change[line.trim()] ?? line)
    .join("\n");

describe("nftables", () => {
  test("is complete", () => expect(analyze(script({}), "nftables").findings).toEqual([]));

  test.each([
    ["flush ruleset", "flush rules"],
    ["ct state established,related accept", "ct state established,"],
    ['iif "lo" accept', 'iif "lo" acc'],
    ["icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept", "icmpv6 type { nd-neighbor-solicit, nd-n"],
    ["ip saddr @friends accept", "ip saddr @"],
    ["iifname $wan jump services", "iifname $"],
    ["iifname $wan jump services", "iifname $wan jump"],
    ["type filter hook input priority filter; policy drop;", "type filter hook inp"],
    ["tcp dport 22 accept", "tcp dport"],
  ])("%s as far as: %s", (line, typed) => expect(toldOf("nftables", script({ [line]: typed }))).toEqual([]));

  test("what lies elsewhere is still told", () =>
    expect(toldOf("nftables", script({ "tcp dport 22 accept": "tcp dport 022 accept\ntcp dpo" }))).toEqual([
      "noAmbiguousNumber",
    ]));
});

describe("iptables", () => {
  const file = (...rules: string[]) =>
    ["*filter", ":INPUT DROP [0:0]", ":OUTPUT ACCEPT [0:0]", ":ssh - [0:0]", ...rules, "COMMIT", ""].join("\n");
  const rules = [
    "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -p tcp -m tcp --dport 22 -j ssh",
    "-A ssh -s 192.0.2.0/24 -j ACCEPT",
  ];

  test("is complete", () => expect(analyze(file(...rules), "iptables").findings).toEqual([]));

  test.each([
    [0, "-A INPUT -m conntrack --ctst"],
    [1, "-A INPUT -i lo -j"],
    [2, "-A INPUT -p tcp -m tcp --dport 22 -j ss"],
    [3, "-A ssh -s 192.0.2.0/24 -j ACC"],
    [3, "-A ssh -s 192.0.2.7/24 -"],
  ])("line %i as far as: %s", (place, typed) =>
    expect(toldOf("iptables", file(...rules.map((rule, index) => (index === place ? typed : rule))))).toEqual([]),
  );
});
