import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { filter, forward, found } from "./flow.js";

const id = "noShadowedRule";

describe("iptables", () => {
  test.each([
    ["a wider network", ["-s 10.0.0.0/8 -j ACCEPT", "-s 10.1.2.3/32 -j DROP"], 1],
    ["a network that only overlaps", ["-s 10.1.0.0/16 -j ACCEPT", "-s 10.0.0.0/8 -j DROP"], 0],
    ["a range of ports", ["-p tcp -m tcp --dport 1:1024 -j DROP", "-p tcp -m tcp --dport 22 -j ACCEPT"], 1],
    ["another protocol", ["-p udp -m udp --dport 1:1024 -j DROP", "-p tcp -m tcp --dport 22 -j ACCEPT"], 0],
    ["a wildcard", ["-i ppp+ -j DROP", "-i ppp0 -s 192.0.2.1/32 -j ACCEPT"], 1],
    ["states", ["-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-m state --state ESTABLISHED -j LOG"], 1],
    ["a limit before", ["-s 10.0.0.0/8 -m limit --limit 1/s -j ACCEPT", "-s 10.1.2.3/32 -j DROP"], 0],
    ["a limit after", ["-s 10.0.0.0/8 -j ACCEPT", "-s 10.1.2.3/32 -m limit --limit 1/s -j LOG"], 1],
    ["an unknown match before", ["-s 10.0.0.0/8 -m geoip --src-cc XX -j DROP", "-s 10.1.2.3/32 -j ACCEPT"], 0],
    ["a log before", ["-s 10.0.0.0/8 -j LOG", "-s 10.1.2.3/32 -j DROP"], 0],
    ["a jump that may come back", ["-A u -p udp -j DROP", "-s 10.0.0.0/8 -j u", "-s 10.1.2.3/32 -j DROP"], 0],
    ["a jump that does not", ["-A u -j DROP", "-s 10.0.0.0/8 -j u", "-s 10.1.2.3/32 -j ACCEPT"], 1],
    ["a negation", ["! -s 10.0.0.0/8 -j DROP", "-s 192.0.2.1/32 -j ACCEPT"], 1],
    ["the same written twice, which another lint tells", ["-s 10.0.0.0/8 -j DROP", "-s 10.0.0.0/8 -j DROP"], 0],
    [
      "the same with another comment",
      ['-p tcp -m comment --comment "a b" -j DROP', "-p tcp -m comment --comment c -j DROP"],
      1,
    ],
    ["another chain", ["-s 10.0.0.0/8 -j ACCEPT", "-A u -s 10.1.2.3/32 -j DROP"], 0],
    ["a translation", ["-s 10.0.0.0/8 -o wan -j REJECT", "-s 10.1.0.0/16 -o wan -p udp -j ACCEPT"], 1],
    ["sets asked in two ways", ["-m set --match-set s src -j ACCEPT", "-m set --match-set s dst -j DROP"], 0],
    ["sets asked alike", ["-m set --match-set s src -j ACCEPT", "-p tcp -m set --match-set s src -j DROP"], 1],
    [
      "a mark set in between",
      ["-m mark --mark 1 -j ACCEPT", "-A u -j MARK --set-mark 1", "-j u", "-p tcp -m mark --mark 1 -j DROP"],
      0,
    ],
    ["a network of all", ["! -s 0.0.0.0/0 -j ACCEPT", "-s 10.1.2.3/32 -j DROP"], 0],
  ] as const)("%s", (_, rules, count) => expect(found(id, "iptables", filter(...rules))).toHaveLength(count));
});

describe("nftables", () => {
  const sets = "set s { type ipv4_addr; flags dynamic; }\ncounter c { }";
  test.each([
    ["any TCP", ["meta l4proto tcp drop", "tcp dport 22 accept"], 1],
    ["the version of IP", ["meta nfproto ipv4 accept", "ip saddr 192.0.2.1 drop"], 1],
    ["another version of IP", ["meta nfproto ipv6 accept", "ip saddr 192.0.2.1 drop"], 0],
    ["a list", ["tcp dport { 22, 80-90 } accept", "tcp dport 85 log"], 1],
    ["a set", ["ip saddr @s accept", "ip saddr @s tcp dport 22 drop"], 1],
    [
      "a set that is filled in between",
      ["ip saddr @s accept", "add @s { ip saddr }", "ip saddr @s tcp dport 22 drop"],
      0,
    ],
    ["a random choice", ["numgen random mod 2 == 0 accept", "numgen random mod 2 == 0 drop"], 0],
    ["a reject for TCP only", ["ip saddr 192.0.2.1 reject with tcp reset", "ip saddr 192.0.2.1 drop"], 0],
    ["a reject for IPv4 only", ["iifname a reject with icmp type host-unreachable", "iifname a log drop"], 0],
    [
      "a statement that may give up before the verdict",
      ["iifname a update @s { ip saddr } accept", "iifname a drop"],
      0,
    ],
    ["a mark that the earlier rule writes first", ["meta mark set 2 meta mark 1 accept", "meta mark 1 drop"], 0],
    ["another chain", ["iifname a accept", "jump { iifname a drop; }"], 0],
    ["a counter by map", ["iifname a counter name tcp dport map { 22 : c } accept", "iifname a drop"], 0],
  ] as const)("%s", (_, rules, count) => expect(found(id, "nftables", forward(rules, sets))).toHaveLength(count));
});

test("large files are searched by their words", () => {
  const rules = Array.from(
    { length: 3000 },
    (_, n) => `-s 10.${n >> 8}.${n & 255}.0/24 -p tcp -m tcp --dport ${n} -j ACCEPT`,
  );
  const text = filter(...rules, "-s 10.2.3.4/32 -p tcp -m tcp --dport 515 -j DROP");
  expect(found(id, "iptables", text)).toHaveLength(1);
});

test("an inserted rule is not moved", () => {
  const fixes = (text: string) =>
    analyze(text, "iptables")
      .findings.filter(({ code }) => code === id)
      .flatMap((finding) => finding.fixes ?? []);
  expect(fixes(filter("-s 10.0.0.0/8 -j ACCEPT", "-s 10.1.2.3/32 -j DROP"))).toHaveLength(1);
  expect(fixes("*filter\n-I INPUT -s 10.1.2.3/32 -j DROP\n-I INPUT -s 10.0.0.0/8 -j ACCEPT\nCOMMIT\n")).toEqual([]);
});

test.each([
  ["another verdict", "DROP", "warning"],
  ["the same verdict", "ACCEPT", "information"],
])("severity of a rule for %s", (_, verdict, severity) => {
  const { findings } = analyze(filter("-s 10.0.0.0/8 -j ACCEPT", `-s 10.1.2.3/32 -j ${verdict}`), "iptables");
  expect(findings.map((finding) => finding.severity)).toEqual([severity]);
});

test("of two rules for the same packets none is put first", () => {
  const text = filter("-s 10.0.0.0/8 -p tcp -j ACCEPT", "-p tcp -s 10.0.0.0/8 -j DROP");
  const { findings } = analyze(text, "iptables");
  expect(findings.map(({ message }) => message)).toEqual([
    "This rule never matches: an earlier one is for the same packets (`ACCEPT`), so this `DROP` never happens. " +
      "Remove the one that is not meant.",
  ]);
  expect(findings.flatMap(({ fixes }) => fixes?.map(({ title }) => title))).toEqual([
    "Remove this rule, which never matches",
  ]);
});
