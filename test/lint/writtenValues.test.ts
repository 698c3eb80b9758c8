import { describe, expect, test } from "vitest";
import type { Language } from "../../netfilter/language.js";
import { filter, forward, found } from "./flow.js";

// Lints about how a value is written. Each row: the rule, and what of it is told.

type Row = readonly [rule: string, ...told: string[]];

const files: Readonly<Record<Language, (rule: string) => string>> = {
  nftables: (rule) => forward([rule]),
  iptables: (rule) => filter(rule),
  ip6tables: (rule) => filter(rule),
};

function check(id: string, language: Language, rows: readonly Row[]): void {
  test.each(rows)("%s", (rule, ...told) => expect(found(id, language, files[language](rule))).toEqual(told));
}

describe("noHostBits", () => {
  check("noHostBits", "nftables", [
    ["ip saddr 192.168.1.5/24 accept", "192.168.1.5/24"],
    ["ip saddr 10.0.1.0/8 accept", "10.0.1.0/8"],
    ["ip6 saddr { fe80::1/64, 2001:db8::/32 } accept", "fe80::1/64"],
    ["ip saddr . tcp dport { 10.7.2.3/16 . 22 } accept", "10.7.2.3/16"],
    ["ip saddr 10.1.2.3/32 accept"],
    ["ip saddr 10.1.2.0/24 ip daddr 10.0.0.0/8 accept"],
    ["ip saddr 127.0.0.1/8 accept"],
    ["ip6 saddr ::1/128 accept"],
    ['accept comment "192.168.1.5/24"'],
    ["limit rate 5/second accept # 192.168.1.5/24"],
  ]);
  check("noHostBits", "iptables", [
    ["-s 192.168.1.5/24 -j ACCEPT", "192.168.1.5/24"],
    ["-s 192.168.1.5/255.255.0.0 -j ACCEPT", "192.168.1.5/255.255.0.0"],
    ["-s 10.0.0.0/8,192.168.1.5/24 -j ACCEPT", "192.168.1.5/24"],
    ["-s 192.168.1.5/255.255.0.255 -j ACCEPT"],
    ["-s 192.168.1.5 -d 10.0.0.0/8 -j ACCEPT"],
    ['-m comment --comment "192.168.1.5/24" -j ACCEPT'],
  ]);
  check("noHostBits", "ip6tables", [["-s fd00::1/64 -j ACCEPT", "fd00::1/64"], ["-s fd00::/64 -j ACCEPT"]]);
});

describe("noAmbiguousNumber", () => {
  check("noAmbiguousNumber", "nftables", [
    ["tcp dport 022 accept", "022"],
    ["tcp dport { 80, 0443 } accept", "0443"],
    ["tcp dport 022-030 accept", "022", "030"],
    ["ip saddr 10.0.0.010 accept", "010"],
    ["meta mark 0010 accept", "0010"],
    ["tcp dport 09 accept"],
    ["tcp dport 07 accept"],
    ["meta mark 0x010 accept"],
    ["ip6 saddr fe80::010 accept"],
    ["ether saddr 00:010:02:03:04:05 accept"],
    ['meta hour "010:00"-"012:00" accept'],
    ["accept # 022"],
  ]);
  check("noAmbiguousNumber", "iptables", [
    ["-p tcp -m tcp --dport 022 -j ACCEPT", "022"],
    ["-p tcp -m tcp --dport 20:030 -j ACCEPT", "030"],
    ["-s 010.0.0.1 -j ACCEPT", "010"],
    ["-s 10.0.0.0/010 -j ACCEPT", "010"],
    ["-m mark --mark 010/0100 -j ACCEPT", "010", "0100"],
    ["-p 017 -j ACCEPT", "017"],
    ["-p udp -m udp --dport 022 -j ACCEPT"],
    ["-m limit --limit 010/sec -j ACCEPT"],
    ["-m time --timestart 010:00 -j ACCEPT"],
    ["-m mac --mac-source 00:01:02:03:04:05 -j ACCEPT"],
    ['-m comment --comment "022" -j ACCEPT'],
  ]);
});

describe("noReversedRange", () => {
  check("noReversedRange", "iptables", [
    ["-m length --length 1500:200 -j DROP", "1500:200"],
    ["-m length ! --length 1500:200 -j DROP", "1500:200"],
    ["-m conntrack --ctorigdstport 90:80 -j DROP", "90:80"],
    ["-p udp -m udp --dport 90:80 -j DROP", "90:80"],
    ["-m length --length 200:1500 -j DROP"],
    ["-m length --length 200: -j DROP"],
    ['-m comment --comment "--length 1500:200" -j DROP'],
  ]);
});

describe("noWeekdayRange", () => {
  check("noWeekdayRange", "iptables", [
    ["-m time --weekdays Mon-Fri -j DROP", "Mon-Fri"],
    ["-m time --weekdays Sat,Monday-Wed -j DROP", "Monday-Wed"],
    ["-m time --weekdays Mon,Fri -j DROP"],
    ['-m time --weekdays Mon -m comment --comment "Mon-Fri" -j DROP'],
  ]);
});

describe("noOverlongText", () => {
  const long = "x".repeat(30);
  check("noOverlongText", "iptables", [
    [`-j LOG --log-prefix ${long}`, long],
    [`-j LOG --log-prefix ${long.slice(1)}`],
    [`-m comment --comment ${"x".repeat(256)} -j DROP`, "x".repeat(256)],
    [`-m comment --comment ${"ü".repeat(128)} -j DROP`, "ü".repeat(128)],
    [`-m comment --comment ${"x".repeat(255)} -j DROP`],
    [`-j NFLOG --nflog-prefix ${"x".repeat(127)}`],
  ]);
});

describe("useLogSeparator", () => {
  check("useLogSeparator", "nftables", [
    ['log prefix "a"', '"a"'],
    ["log prefix abc drop", "abc"],
    ['log prefix "a "'],
    ['log prefix "a:"'],
    ['log prefix "[a]"'],
    ['log prefix "a" group 1'],
    ['accept comment "log prefix a"'],
    ["log drop"],
  ]);
  check("useLogSeparator", "iptables", [
    ["-j LOG --log-prefix a", "a"],
    ['-j LOG --log-prefix "a b"', '"a b"'],
    ['-j LOG --log-prefix "a: "'],
    ["-j NFLOG --nflog-prefix a"],
    ['-m comment --comment "--log-prefix a" -j LOG'],
  ]);
});

describe("noUnclosedQuote", () => {
  check("noUnclosedQuote", "iptables", [
    ['-m comment --comment "a -j DROP', '"a -j DROP'],
    ['-j DROP -m comment --comment "a', '"a'],
    ['-m comment --comment "a\\" -j DROP', '"a\\" -j DROP'],
    ['-m comment --comment "a\\"b" -j DROP'],
    ['-j LOG --log-prefix "a'],
  ]);
});

describe("noFamilyGap", () => {
  check("noFamilyGap", "nftables", [
    ["ip protocol tcp tcp dport 22 drop", "ip protocol"],
    ["ip protocol { tcp, udp } th dport 53 drop", "ip protocol"],
    ["ip protocol icmp drop"],
    ["ip protocol { tcp, icmp } drop"],
    ["ip protocol != tcp drop"],
    ["ip protocol tcp ip saddr 10.0.0.1 drop"],
    ["ip protocol tcp add @s { ip saddr }"],
    ["ip protocol tcp drop\nip6 nexthdr icmpv6 accept", "ip protocol"],
    ["ip protocol tcp drop\nip6 nexthdr tcp drop"],
    ["ip protocol tcp drop\nip6 saddr fd00::1 tcp dport 22 drop"],
    ["ip protocol tcp drop\nmeta nfproto ipv6 drop"],
  ]);
});
