import { describe, expect, test } from "vitest";
import { hoverAt } from "../../netfilter/ide/hover.js";
import type { Language } from "../../netfilter/language.js";
import { fixture, iptablesSample, nftSample } from "./fixture.js";

/** The hover at `$0` is about `word` and says each of `parts`. */
function check(language: Language, source: string, word: string, ...parts: (string | RegExp)[]): void {
  const { analysis, offset } = fixture(language, source);
  const hover = hoverAt(analysis, offset);
  expect(hover && analysis.tree.text.slice(hover.span.start, hover.span.end)).toBe(word);
  for (const part of parts) expect(hover?.markdown).toMatch(part);
}

/** A line of iptables in its table. */
function line(rule: string, table = "filter"): string {
  return `*${table}\n:OTHER - [0:0]\n${rule}\nCOMMIT\n`;
}

/** A rule of nft in a chain. */
function rule(text: string): string {
  return `table inet t {\n  chain c {\n    type filter hook prerouting priority 0;\n    ${text}\n  }\n}\n`;
}

describe("words of the catalogue", () => {
  test.each([
    ["-A POSTROUTING -j MASQ$0UERADE", "nat", "MASQUERADE", ["target", "nat", "interface"]],
    ["-A INPUT -m conn$0track --ctstate NEW", "filter", "conntrack", ["match"]],
    ["-A INPUT -m conntrack --ct$0state NEW", "filter", "--ctstate", ["option"]],
    ["-A INPUT -m conntrack --ctstate NEW,ESTAB$0LISHED", "filter", "ESTABLISHED", ["--ctstate"]],
    ["-$0A INPUT -j ACCEPT", "filter", "-A", ["append"]],
    ["-A INPUT -j AC$0CEPT", "filter", "ACCEPT", ["target"]],
  ])("iptables %s", (text, table, word, parts) => check("iptables", line(text, table), word, ...parts));

  test.each([
    ["masq$0uerade", "masquerade", ["statement"]],
    ["ct st$0ate new accept", "state", ["ct state"]],
    ["ct state estab$0lished accept", "established", []],
    ["tcp dp$0ort 22 accept", "dport", []],
    ["ac$0cept", "accept", []],
  ])("nft %s", (text, word, parts) => check("nftables", rule(text), word, ...parts));

  test("a hook of the chain's family and its priority", () => {
    check(
      "nftables",
      rule("accept").replace("prerouting", "prerou$0ting"),
      "prerouting",
      /before routing|Every packet/i,
    );
    check("nftables", rule("accept").replace("priority 0", "priority $00"), "0", "priority 0", "filter", "conntrack");
  });

  test("COMMIT and tables", () => {
    check("iptables", "*filter\nCOM$0MIT\n", "COMMIT", /kernel/);
    check("iptables", "*fil$0ter\nCOMMIT\n", "filter", /table/, /chain/);
  });
});

describe("addresses", () => {
  test.each([
    [
      "-A INPUT -s 10.0$0.0.0/8",
      "10.0.0.0/8",
      ["IPv4 network, private", "16,777,216 addresses", "10.0.0.1", "10.255.255.254"],
    ],
    ["-A INPUT -s 192.168$0.1.7/24", "192.168.1.7/24", ["192.168.1.0/24", "192.168.1.7", "mask hides"]],
    ["-A INPUT -d 127.0.0.1,8.8$0.8.8", "8.8.8.8", ["IPv4 address"]],
    ["-A INPUT -s 10.0$0.0.1/255.0.255.0", "10.0.0.1/255.0.255.0", ["holes"]],
    ["-A INPUT -m iprange --src-range 10.0.0.1-10.0.$00.9", "10.0.0.9", ["private"]],
  ])("%s", (text, word, parts) => check("iptables", line(text), word, ...parts));

  test("of NAT, with a port", () => {
    const nat = (target: string) => line(`-A PREROUTING -p tcp -j DNAT --to-destination ${target}`, "nat");
    check("iptables", nat("10.0$0.0.1:80"), "10.0.0.1", "IPv4 address, private");
    check("iptables", nat("10.0.0.1:8$00"), "80", "http");
  });

  test("of IPv6", () => check("ip6tables", line("-A INPUT -s fe80:$0:/10"), "fe80::/10", "IPv6 network, link-local"));

  test.each([
    ["ip saddr 10.0$0.0.0/8 drop", "10.0.0.0/8", "private"],
    ["ip6 daddr { ::1, ff02:$0:1 } drop", "ff02::1", "multicast"],
  ])("nft %s", (text, word, part) => check("nftables", rule(text), word, part));

  test("a fraction is none", () => {
    const { analysis, offset } = fixture("iptables", line("-A INPUT -m statistic --mode random --probability 0.$05"));
    expect(hoverAt(analysis, offset)?.markdown ?? "").not.toContain("IPv4");
  });
});

describe("marks", () => {
  test.each([
    [
      "-A OTHER -m mark --mark 0x3$00/0xff",
      "0x30",
      ["48", "bits 4–5 set", "Compares bits 0–7 (mask `0xff`)", "bits 0–3, 6–7 clear"],
    ],
    ["-A OTHER -j MARK --set-xmark 0x3$00/0xff", "0x30", ["sets bits 4–5", "clears bits 0–3, 6–7", "other bits stay"]],
    ["-A OTHER -j MARK --or-mark 0x1$00", "0x10", ["sets bit 4"]],
    ["-A OTHER -j MARK --set-mark $048", "48", ["0x30", "whatever it was"]],
    ["-A OTHER -m mark ! --mark 0x$01", "0x1", ["anything but equal to `0x1`"]],
    ["-A OTHER -m connmark --mark 0x10$00/0xff", "0x100", ["bit 8 set, which the mask hides: it never matches"]],
    [
      "-A OTHER -j CONNMARK --restore-mark --nfmask 0xff$0 --ctmask 0xff",
      "0xff",
      ["bits 0–7 of the connection's mark into the packet's mark, of which bits 8–31 stay"],
    ],
    ["-A OTHER -j MARK --xor-mark 0x$03", "0x3", ["flips bits 0–1"]],
  ])("%s", (text, word, parts) => {
    check("iptables", line(text, "mangle"), word, ...parts.map((part) => new RegExp(part.replace(/[()]/g, "\\$&"))));
  });

  test.each([
    ["meta mark 0x3$00 accept", "0x30", ["48", "equal to `0x30`"]],
    ["meta mark & 0xff == 0x3$00 accept", "0x30", ["bits 0–7"]],
    ["meta mark set 0x3$00", "0x30", ["becomes `0x30`"]],
    ["meta mark set meta mark | 0x1$00", "0x10", ["sets bit 4"]],
  ])("nft %s", (text, word, parts) => check("nftables", rule(text), word, ...parts));
});

describe("ports and protocols", () => {
  test.each([
    ["-A INPUT -p tcp --dport 2$02", "22", "ssh"],
    ["-A INPUT -p tcp -m multiport --dports 80,44$03", "443", "https"],
    ["-A INPUT -p tcp --dport ht$0tps", "https", "443"],
    ["-A INPUT -p 1$07", "17", "udp"],
    ["-A INPUT -p es$0p", "esp", "50"],
  ])("%s", (text, word, part) => check("iptables", line(text), word, part));

  test.each([
    ["tcp dport 2$02 accept", "22", "ssh"],
    ["tcp dport { 80, 44$03 } accept", "443", "https"],
    ["meta l4proto 1$07 accept", "17", "udp"],
    ["tcp dport 22 redirect to :80$080", "8080", "port 8080"],
  ])("nft %s", (text, word, part) => check("nftables", rule(text), word, part));

  test("among the elements of a set", () => {
    const set = (elements: string) =>
      `table inet t {\n  set s {\n    type ipv4_addr . inet_service\n    elements = { ${elements} }\n  }\n}\n`;
    check("nftables", set("10.0.0.1 . 80, 10.0.0.2 . 44$03"), "443", "https");
    check("nftables", set("10.0.$00.1 . 80"), "10.0.0.1", "private");
  });
});

describe("names", () => {
  test.each([
    ["tcp dport 22 jump s$0sh", "ssh", ["2 rules", "2 jumps from a map and `input`", "`drop`"]],
    ["chain i$0nput", "input", ["base chain", "`input` hook", "priority 0", "policy: `drop`"]],
    ["@bl$0ocked drop", "blocked", ["set", "ipv4_addr", "interval", "2 elements", "10.0.0.0/8"]],
    ["map po$0rts", "ports", ["map", "inet_service : verdict", "1 element"]],
    ["$la$0n accept", "lan", ["variable", "192.168.1.0/24"]],
    ["counter se$0en", "seen", ["counter"]],
    ["table inet fil$0ter", "filter", ["table", "2 chains", "6 rules"]],
  ])("nft %s", (place, word, parts) => {
    check(
      "nftables",
      nftSample.replace(place.replace("$0", ""), () => place),
      word,
      ...parts,
    );
  });

  test.each([
    [":MA$0RKS - ", "MARKS", ["chain", "2 rules", "1 jump from `PREROUTING`", "`ACCEPT`"]],
    ["0xff -j MA$0RKS", "MARKS", ["1 jump"]],
    [":INP$0UT DROP", "INPUT", ["base chain", "`input` hook", "policy: `DROP`", "Packets for this machine"]],
  ])("iptables %s", (place, word, parts) => {
    const source = iptablesSample.replace(place.replace("$0", ""), () => place);
    check("iptables", source, word, ...parts.map((part) => new RegExp(part)));
  });
});

test.each([
  ["a comment", "# 10.0$0.0.1\n*filter\nCOMMIT\n"],
  ["blanks", "*filter\n\n$0\nCOMMIT\n"],
  ["an empty text", "$0"],
])("nothing is said of %s", (_, source) => {
  const { analysis, offset } = fixture("iptables", source);
  expect(hoverAt(analysis, offset)).toBeUndefined();
});
