import { expect, test } from "vitest";
import { compareRulesets } from "../../netfilter/compare/compare.js";
import type { Language } from "../../netfilter/language.js";
import { memoryFiles } from "../model/memoryFiles.js";

/** What is told of a file and a listing, one line each: `changed rule ip t c: FILE | LIVE`. */
function told(file: string, live: string, language: Language): string[] {
  return compareRulesets({ text: file }, live, language).differences.map((one) =>
    `${one.kind} ${one.about} ${one.table} ${one.part ?? ""}: ${one.file ?? ""} | ${one.live ?? ""}`.trim(),
  );
}

const inChain = (rules: string, family = "inet") =>
  `table ${family} t {\n chain c {\n type filter hook input priority 0; policy accept;\n ${rules}\n }\n}\n`;

const sameNft: readonly (readonly [string, string, string?])[] = [
  ["tcp dport ssh accept", "tcp dport 22 accept # handle 4"],
  ["tcp dport { 80, 443, 22 } accept", "tcp dport { 22, 80, 443 } accept"],
  ["tcp dport { 22 } accept", "tcp dport 22 accept"],
  ["meta l4proto tcp tcp dport 22 accept", "tcp dport 22 accept"],
  ["ip protocol tcp tcp dport 22 accept", "tcp dport 22 accept", "ip"],
  ["meta nfproto ipv4 ip saddr 10.0.0.1 drop", "ip saddr 10.0.0.1 drop"],
  ["ip saddr 10.1.2.3/8 drop", "ip saddr 10.0.0.0/8 drop"],
  ["ip saddr 10.0.0.0-10.0.0.255 drop", "ip saddr 10.0.0.0/24 drop"],
  ["ip saddr 10.0.0.1 tcp dport 22 drop", "tcp dport 22 ip saddr 10.0.0.1 drop"],
  ["ct state new,established accept", "ct state established,new accept"],
  ["ct state { new, established } accept", "ct state established,new accept"],
  ["tcp flags & (syn|ack) == syn drop", "tcp flags syn / syn,ack drop"],
  ["tcp flags syn drop", "tcp flags & syn != 0 drop"],
  ["counter drop", "counter packets 120 bytes 8000 drop"],
  ["limit rate 10/second accept", "limit rate 10/second burst 5 packets accept"],
  ['log prefix "x: " level warn drop', 'log prefix "x: " drop'],
  ["reject", "reject with icmpx port-unreachable"],
  ["tcp dport vmap { 22 : accept, 80 : drop }", "tcp dport vmap { 80 : drop, 22 : accept }"],
  ["meta mark set meta mark or 0x10", "meta mark set meta mark & 0xffffffef | 0x00000010"],
  ['iifname lo accept comment "local"', 'iifname "lo" accept comment "local"'],
  ["iifname { eth1, eth0 } accept", 'iifname { "eth0", "eth1" } accept'],
  ["jump { tcp dport ssh accept; }", "jump { tcp dport 22 accept; }"],
];

const sameCases = sameNft.map(([file, live, family = "inet"]) => ({ file, live, family }));

test.each(sameCases)("nft: $file does what $live does", ({ file, live, family }) => {
  expect(told(inChain(file, family), inChain(live, family), "nftables")).toEqual([]);
});

const otherNft: readonly (readonly [string, string])[] = [
  ["tcp dport 22 accept", "tcp dport 23 accept"],
  ["tcp dport 22 accept", "udp dport 22 accept"],
  ["tcp dport 22 accept", "tcp dport != 22 accept"],
  ["tcp dport 22 accept", "tcp dport 22 drop"],
  ["tcp dport 22 counter accept", "tcp dport 22 accept"],
  ["ip saddr 10.0.0.0/8 accept", "ip saddr 10.0.0.0/9 accept"],
  ["counter tcp dport 22 accept", "tcp dport 22 counter accept"],
  ['log prefix "a" accept', 'log prefix "b" accept'],
  ["ct state new accept", "ct state new,related accept"],
  ["ip saddr @a accept", "ip saddr @b accept"],
  ["ip saddr . tcp dport { 10.0.0.1 . 22 } accept", "ip saddr . tcp dport { 10.0.0.1 . 23 } accept"],
  ["tcp dport vmap { 22 : accept }", "tcp dport vmap { 22 : drop }"],
  ["limit rate 10/second accept", "limit rate 10/minute accept"],
  ["meta mark set 0x10", "meta mark set 0x11"],
  ["dnat ip to 10.0.0.1:80", "dnat ip to 10.0.0.1:81"],
];

test.each(otherNft)("nft: %s is not %s", (file, live) => {
  expect(told(inChain(file), inChain(live), "nftables")).toHaveLength(1);
});

const saved = (rules: string) => `*filter\n:INPUT ACCEPT [1:40]\n:LAN - [0:0]\n${rules}\nCOMMIT\n`;

const sameIptables: readonly (readonly [string, string])[] = [
  ["-A INPUT -p tcp --dport ssh -j ACCEPT", "[12:345] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"],
  ["-A INPUT -s 10.1.2.3/8 -j DROP", "-A INPUT -s 10.0.0.0/8 -j DROP"],
  ["-A INPUT --source 10.0.0.0/255.0.0.0 --jump DROP", "-A INPUT -s 10.0.0.0/8 -j DROP"],
  ["-A INPUT -s 10.0.0.1,10.0.0.2 -j DROP", "-A INPUT -s 10.0.0.1/32 -j DROP\n-A INPUT -s 10.0.0.2/32 -j DROP"],
  ["-A INPUT -m state --state NEW -j LAN", "-A INPUT -m conntrack --ctstate NEW -j LAN"],
  ["-A INPUT -p tcp --syn -j LAN", "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j LAN"],
  ["-A INPUT -p icmp --icmp-type ping -j LAN", "-A INPUT -p icmp -m icmp --icmp-type 8 -j LAN"],
  ["-A INPUT -j REJECT", "-A INPUT -j REJECT --reject-with icmp-port-unreachable"],
  ["-A INPUT -m limit --limit 60/min -j LAN", "-A INPUT -m limit --limit 1/sec -j LAN"],
  ["-I INPUT -j LAN\n-I INPUT -i lo -j ACCEPT", "-A INPUT -i lo -j ACCEPT\n-A INPUT -j LAN"],
  ["-A INPUT -j LOG --log-level warning", "-A INPUT -j LOG"],
  ["-A INPUT -p tcp -m multiport --dports 80,22 -j LAN", "-A INPUT -p tcp -m multiport --dports 22,80 -j LAN"],
];

test.each(sameIptables)("iptables: %s does what %s does", (file, live) => {
  expect(told(saved(file), saved(live), "iptables")).toEqual([]);
});

const otherIptables: readonly (readonly [string, string])[] = [
  ["-A INPUT -p tcp --dport 22 -j ACCEPT", "-A INPUT -p tcp --dport 23 -j ACCEPT"],
  ["-A INPUT -s 10.0.0.1 -j DROP", "-A INPUT -d 10.0.0.1 -j DROP"],
  ["-A INPUT -i eth0 -j DROP", "-A INPUT ! -i eth0 -j DROP"],
  ["-A INPUT -j LAN", "-A INPUT -g LAN"],
  ["-A INPUT -m limit --limit 5/min -j LAN", "-A INPUT -m limit --limit 6/min -j LAN"],
  ["-A INPUT -j LOG --log-prefix a", "-A INPUT -j LOG --log-prefix b"],
];

test.each(otherIptables)("iptables: %s is not %s", (file, live) => {
  expect(told(saved(file), saved(live), "iptables")).toHaveLength(1);
});

const table = (body: string) => `table ip t {\n${body}\n}\n`;
const base = "type filter hook input priority 0; policy drop;";

const changes: readonly (readonly [why: string, file: string, live: string, ...told: string[]])[] = [
  ["a rule gone", table("chain c {\n accept\n drop\n}"), table("chain c {\n drop\n}"), "missing rule ip t c: accept |"],
  ["a rule more", table("chain c {\n drop\n}"), table("chain c {\n accept\n drop\n}"), "extra rule ip t c:  | accept"],
  [
    "a rule elsewhere",
    table("chain c {\n ip saddr 10.0.0.1 accept\n tcp dport 1 drop\n tcp dport 2 drop\n}"),
    table("chain c {\n tcp dport 1 drop\n tcp dport 2 drop\n ip saddr 10.0.0.1 accept\n}"),
    "moved rule ip t c: ip saddr 10.0.0.1 accept | ip saddr 10.0.0.1 accept",
  ],
  [
    "a rule edited, its variable resolved",
    `define web = { 80, 443 }\n${table("chain c {\n tcp dport $web accept\n}")}`,
    table("chain c {\n tcp dport { 80, 8443 } accept\n}"),
    "changed rule ip t c: tcp dport { 80, 443 } accept | tcp dport { 80, 8443 } accept",
  ],
  [
    "a log's prefix with a variable in it",
    `define net = "wan"\n${table('chain c {\n log prefix "$net: " drop\n}')}`,
    table('chain c {\n log prefix "wan: " drop\n}'),
  ],
  [
    "a policy",
    table(`chain c {\n ${base}\n}`),
    table(`chain c {\n ${base.replace("drop", "accept")}\n}`),
    "changed setting ip t c: policy drop | policy accept",
  ],
  ["a priority by name", table(`chain c {\n ${base}\n}`), table(`chain c {\n ${base.replace("0;", "filter;")}\n}`)],
  [
    "a priority",
    table(`chain c {\n ${base}\n}`),
    table(`chain c {\n ${base.replace("0;", "5;")}\n}`),
    "changed setting ip t c: priority 0 | priority 5",
  ],
  [
    "a chain more",
    table("chain c {\n}"),
    table("chain c {\n}\nchain d {\n accept\n}"),
    "extra chain ip t d:  | chain d",
    "extra rule ip t d:  | accept",
  ],
  ["a table gone", table("chain c {\n accept\n}"), "", "missing table ip t : table ip t |"],
  [
    "a set's elements",
    table("set s {\n type ipv4_addr; flags interval\n elements = { 10.0.0.0/24, 10.0.2.1 }\n}"),
    table("set s {\n type ipv4_addr\n flags interval\n elements = { 10.0.0.0-10.0.0.255, 10.0.2.2 }\n}"),
    "missing element ip t set s: 10.0.2.1 |",
    "extra element ip t set s:  | 10.0.2.2",
  ],
  [
    "a set that rules fill",
    table("set s {\n type ipv4_addr; flags dynamic; timeout 60m\n}"),
    table(
      "set s {\n type ipv4_addr\n size 65535\n flags dynamic,timeout\n timeout 1h\n elements = { 10.0.0.1 expires 3s }\n}",
    ),
  ],
  [
    "a comment",
    table('chain c {\n accept comment "a"\n}'),
    table('chain c {\n accept comment "b"\n}'),
    'comment rule ip t c: accept comment "a" | accept comment "b"',
  ],
  [
    "another program's table",
    table("chain c {\n accept\n}"),
    `${table("chain c {\n accept\n}")}table ip docker {\n chain c {\n drop\n }\n}`,
  ],
  [
    "the same where the file empties all",
    `flush ruleset\n${table("chain c {\n accept\n}")}`,
    `${table("chain c {\n accept\n}")}table ip docker {\n chain c {\n drop\n }\n}`,
    "extra table ip docker :  | table ip docker",
  ],
];

test.each(changes)("%s", (_, file, live, ...expected) => {
  expect(told(file, live, "nftables")).toEqual(expected);
});

test("tables of others are named apart", () => {
  const mine = table("chain c {\n accept\n}");
  const live = `${mine}table inet other {\n chain c {\n drop\n }\n}`;
  expect(compareRulesets({ text: mine }, live, "nftables").others).toEqual(["inet other"]);
});

test("included files are followed, and places in them are known", () => {
  const files = memoryFiles({ "/etc/a.nft": "table ip t {\n chain c {\n accept\n }\n}\n" });
  const text = 'include "/etc/a.nft"\n';
  const place = { path: "/etc/main.nft", files };
  const live = table("chain c {\n drop\n}");
  const [first] = compareRulesets({ text, place }, live, "nftables").differences;
  expect(first?.file).toBe("accept");
});

test("a policy that a file leaves open is not compared", () => {
  const file = "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n";
  const live = "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n";
  expect(told(file, live, "iptables")).toEqual([]);
});

test("what cannot be understood is compared by its words and says so", () => {
  const one = inChain('xt target "MARK"');
  expect(told(one, one, "nftables")).toEqual([]);
  const { differences } = compareRulesets({ text: one }, inChain('xt target "SECMARK"'), "nftables");
  expect(differences.map(({ certain }) => certain)).toContain(false);
});
