import { describe, expect, it } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { checkNft } from "../../netfilter/check/nft.js";
import { nftRuleset } from "../../netfilter/model/nft.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import type { Finding } from "../../netfilter/text/finding.js";

/** Reads a file in which `«»` may mark a place; gives the text without the marks, the marked place and what is refused. */
function read(marked: string) {
  const start = marked.indexOf("«");
  const end = marked.indexOf("»") - 1;
  const text = marked.replace(/[«»]/g, "");
  const tree = parseNft(text);
  expect(tree.errors, `syntax of ${text}`).toEqual([]);
  return {
    text,
    place: start === -1 ? undefined : text.slice(start, end),
    span: { start, end },
    found: checkNft(tree, nftRuleset(tree)),
  };
}

/** One finding, with this code, at the marked place. */
function check(code: string, marked: string, severity: Finding["severity"] = "error"): Finding {
  const { text, span, found } = read(marked);
  expect(found.map((one) => `${one.severity} ${one.code}: ${text.slice(one.span.start, one.span.end)}`)).toEqual([
    `${severity} ${code}: ${text.slice(span.start, span.end)}`,
  ]);
  expect(found[0]?.span).toEqual(span);
  return found[0] as Finding;
}

function accepts(text: string): void {
  expect(read(text).found).toEqual([]);
}

const chain = (rule: string, family = "ip") =>
  `table ${family} t {\n set s { type ipv4_addr; }\n map m { type inet_service : mark; }\n counter n { }\n chain d {\n }\n chain c {\n  ${rule}\n }\n}\n`;

it.each(["1", "< 5", "!= 7-9", "& 0xff == 1", "10.0.0.0/8", "$n"])(
  "more bits than a number can have are an error like any other: %s",
  (value) => {
    const { findings } = analyze(`define n = 1\n${chain(`@nh,0,4294967288 ${value} accept`)}`, "nftables");
    expect(findings.map(({ code }) => code)).toContain("badRawLength");
  },
);

describe("values", () => {
  it.each([
    ["badValue", "tcp dport «99999» accept"],
    ["badValue", "tcp dport «shh» accept"],
    ["badValue", "ip ttl «256»"],
    ["badValue", "ip dscp «64»"],
    ["badValue", "meta mark «4294967296»"],
    ["badValue", "meta mark set «4294967296»"],
    ["badValue", "ip saddr «2001:db8::1»"],
    ["badValue", "ip saddr «10.0.0.256»"],
    ["badValue", "ip saddr 10.0.0.0/«33»"],
    ["badValue", "ct state «establishd»"],
    ["badValue", "icmp type «echo-requst»"],
    ["badValue", "meta l4proto «tpc»"],
    ["badValue", "meta l4proto «300»"],
    ["badValue", 'iifname «"an-interface-too-long"»'],
    ["badValue", "ct label «128»"],
    ["badValue", "meta length «xyz»"],
    ["badValue", "tcp dport «90-80»"],
    ["badValue", "ct expiration «fortnight»"],
    ["badValue", "tcp dport «22»,23"],
    ["badValue", "numgen inc mod 2 «2»"],
    ["badValue", `log prefix «"${"p".repeat(128)}"»`],
    ["typeMismatch", "meta mark set «meta iifname»"],
    ["typeMismatch", "tcp dport «@s»"],
    ["badValue", "ip saddr . tcp dport { «10.0.0.1» }"],
    ["badValue", "tcp dport ! «22»"],
    ["badValue", "ip saddr { «10.0.0.1 : 1» }"],
    ["badValue", 'meta day «"fri"»'],
    ["badValue", 'meta hour «"24:10"»'],
    ["badValue", 'meta time «"2024-13-01"»'],
    ["badValue", 'meta time «"2024-06-01 10:00"-"2023-06-01"»'],
    ["badValue", "«ct helper» . ip saddr { ftp . 10.0.0.1 }"],
    ["badValue", "ct secmark set «1»"],
    ["typeMismatch", "@th,16,16 «@s»"],
    ["typeMismatch", "«iifname << 1» == 2"],
    ["typeMismatch", "meta mark set «ether saddr»"],
    ["typeMismatch", "tcp dport «exists»"],
    ["typeMismatch", "socket transparent «missing»"],
    ["typeMismatch", "ip ttl set «missing»"],
    ["badValue", "tcp option maxseg ! «exists»"],
    ["badValue", "tcp dport vmap { «missing» : accept }"],
    ["badValue", "ip ttl set «meta cpu map { 1 : 64 }»"],
    ["badValue", "ip dscp set «ip dscp map { 1 : 2 }»"],
    ["badValue", "ip ttl set «meta cpu & 1»"],
    ["badValue", "@th,13,3 set «meta cpu map { 1 : 1 }»"],
    ["badValue", "ip ecn . tcp dport { «4» . 22 }"],
    ["badValue", "meta mark << 4 == «0x18»"],
    ["ambiguousProtocol", "«ct original saddr» { 10.0.0.1, 10.0.0.2 }"],
    ["typeMismatch", "ip saddr «tcp»"],
    ["badValue", "ip saddr vmap { «udp» : accept }"],
  ])("%s: %s", (code, rule) => {
    check(code, chain(rule));
  });

  it.each([
    "tcp dport { ssh, 80-90, 0x1f90, http }",
    "ip saddr { 10.0.0.0/8, 192.168.0.1-192.168.0.9, 167772161 }",
    "ct state established,related accept",
    "ct state { new, invalid } drop",
    "tcp flags syn / fin,syn",
    "meta mark & 0xff == 0x10",
    "meta mark set meta mark & 0xffffff00 | 0x10",
    "ct mark set meta mark and 0xff",
    "ip dscp set ef",
    "tcp dport vmap { 22 : accept, 80 : jump d, 22 : accept }",
    "meta mark set tcp dport map @m",
    'meta hour "22:00"-"06:00"',
    'meta hour "6:00:61" meta day "Friday"',
    'meta time "2023-06-01"-"2024-06-01 10:00"',
    "@th,16,16 ssh",
    "meta mark << 4 == 0x10",
    "ct expiration h1",
    "ether type set arp counter",
    "ip saddr set ip daddr counter",
    "ct original saddr != { 10.0.0.1 }",
    "socket wildcard . tcp dport { exists . 22, 1 . 23 }",
    'iifname . fib daddr oifname { "a" . "b" }',
    "meta mark { tcp, 1 }",
    'meta hour ""',
    "tcp option fastopen & 0xf == 9",
    "tcp option 34 exists",
    "tcp option maxseg vmap { missing : drop, exists : accept }",
    "fib daddr oif exists",
    "tcp dport { missing, 22 }",
    "meta mark set exists",
    "meta mark set ip option rr",
    "ip dscp . tcp dport { 255 . 22 }",
    "ip dscp set ip dscp & 0x3",
    "ip ttl set (ip ttl & 0xf0) | 4",
    "ip id set meta cpu map { 1 : 7 }",
    "udp checksum set 0",
    "ct secmark set meta secmark",
    'iifname "eth*" meta skuid 0',
    "ip saddr . tcp dport { 10.0.0.1 . 22 }",
    "fib saddr . iif oif missing drop",
    "tcp option maxseg size set 1460",
    "@th,0,16 22",
    "ct original ip saddr 10.0.0.1",
    "ether saddr 00:11:22:33:44:55",
    "limit rate 1/second counter name n accept",
    "meta priority set 1:2",
    "add @s { ip saddr }",
  ])("accepts %s", (rule) => {
    accepts(chain(rule));
  });

  it("offers the nearest word", () => {
    const { fixes, message } = check("badValue", chain("ct state «establishd»"));
    expect(message).toContain("Did you mean `established`?");
    expect(fixes?.[0]?.edits[0]?.text).toBe("established");
  });
});

describe("variables in a log's prefix", () => {
  const logs = (prefix: string) =>
    `define net = "wan"\ndefine port = 0x10\ndefine both = { 1, 2 }\n${chain(`log prefix ${prefix}`)}`;

  it.each(['"$net: "', '"from $net-$port"', '"$net$port"', '"$both"', '"100"'])("%s is written", (prefix) =>
    accepts(logs(prefix)),
  );

  it.each([
    ["undefinedVariable", '"«$nets»: "'],
    ["undefinedVariable", '"«$ne»-work"'],
    ["undefinedVariable", '"5 «$» less"'],
    ["undefinedVariable", '"«$»{net}"'],
    ["badValue", `«"$net ${"p".repeat(125)}"»`],
  ])("%s: %s", (code, prefix) => {
    check(code, logs(prefix));
  });
});

describe("protocols", () => {
  it.each([
    ["conflictingProtocols", "ip", "«ip6 saddr» ::1"],
    ["conflictingProtocols", "inet", "ip saddr 10.0.0.1 «ip6 daddr» ::1"],
    ["conflictingProtocols", "inet", "meta nfproto ipv6 «ip saddr» 10.0.0.1"],
    ["conflictingProtocols", "ip", "udp sport 53 «tcp dport» 53"],
    ["conflictingProtocols", "inet", "meta l4proto { tcp, udp } «tcp dport» 53"],
    ["conflictingProtocols", "inet", "icmp type echo-request «icmpv6 type» 1"],
    ["conflictingProtocols", "bridge", "ether type ip «vlan id» 1"],
    ["conflictingProtocols", "ip", "icmp type 3 «icmp id» 1"],
    ["conflictingProtocols", "ip", "udp dport 53 «reject with tcp reset»"],
    ["ambiguousProtocol", "inet", "«ct original saddr» 10.0.0.1"],
    ["ambiguousProtocol", "inet", "«vxlan vni» 1"],
    ["notAllowedHere", "ip", "«meta nfproto» ipv4"],
    ["conflictingProtocols", "ip", "«frag id» 1"],
  ])("%s in %s: %s", (code, family, rule) => {
    check(code, `table ${family} t {\n chain c {\n  ${rule}\n }\n}\n`);
  });

  it.each([
    ["inet", "ip saddr 10.0.0.1 tcp dport 22"],
    ["inet", "meta l4proto { tcp, udp } th dport 53"],
    ["inet", "ether saddr 00:11:22:33:44:55 ip saddr 10.0.0.1"],
    ["bridge", "vlan id 1 ip saddr 10.0.0.1"],
    ["bridge", "ether type 8021ad vlan id 1 vlan type 8021q vlan id 2 ip protocol 6"],
    ["netdev", "ip daddr 10.0.0.1 udp dport 53"],
    ["ip", "icmp type { echo-request, echo-reply } icmp id 1"],
    ["inet", "icmpv6 type nd-neighbor-solicit ip6 hoplimit 255"],
    ["inet", "udp dport 4789 vxlan vni 1"],
    ["ip", "ip protocol tcp tcp dport 22"],
  ])("accepts in %s: %s", (family, rule) => {
    accepts(`table ${family} t {\n chain c {\n  ${rule}\n }\n}\n`);
  });
});

describe("statements", () => {
  it.each([
    ["unreachableStatement", "ip", "accept «counter»"],
    ["unreachableStatement", "ip", "reject «log»"],
    ["ambiguousProtocol", "ip", "dnat to 10.0.0.1:«80»"],
    ["ambiguousProtocol", "inet", "tcp dport 80 «dnat to 10.0.0.1»"],
    ["conflictingProtocols", "inet", "ip6 saddr ::1 «dnat ip to 10.0.0.1»"],
    ["notAllowedHere", "bridge", "«masquerade»"],
    ["notAllowedHere", "arp", "«reject»"],
    ["notAllowedHere", "ip", "«reject with icmpx type port-unreachable»"],
    ["conflictingProtocols", "ip", "«reject with icmpv6 type no-route»"],
    ["badValue", "ip", "reject with icmp type «net-unreachabel»"],
    ["ambiguousProtocol", "ip", "«tproxy to :8080»"],
    ["notAllowedHere", "inet", "«dup to 10.0.0.1»"],
    ["badValue", "ip", "queue flags fanout to «1»"],
    ["conflictingOptions", "ip", "log «level warn» group 1"],
    ["badValue", "ip", "ip ttl set «1-2»"],
    ["undefinedSet", "ip", "ip saddr @«nope»"],
    ["undefinedVariable", "ip", "ip saddr «$nope»"],
    ["badValue", "ip", "meta mark set tcp dport map «@s»"],
  ])("%s in %s: %s", (code, family, rule) => {
    check(code, `table ${family} t {\n set s { type inet_service; }\n chain c {\n  ${rule}\n }\n}\n`);
  });
});

describe("declarations", () => {
  const base = (line: string, family = "ip") => `table ${family} t {\n chain c {\n  ${line}\n }\n}\n`;

  it.each([
    ["hookNotAllowed", base("type filter hook «ingress» priority 0;")],
    ["hookNotAllowed", base("type filter hook «prerouting» priority 0;", "arp")],
    ["chainTypeNotAllowed", base("type «nat» hook forward priority 0;")],
    ["chainTypeNotAllowed", base("type «route» hook input priority 0;")],
    ["badPriority", base("type filter hook input priority «srcnt»;")],
    ["badPriority", base("type filter hook forward priority «dstnat»;")],
    ["badPriority", base("type filter hook input priority «raw»;", "bridge")],
    ["notAllowedHere", base("type filter hook input device «eth0» priority 0;")],
    [
      "duplicateChain",
      "table ip t {\n chain c {\n }\n chain c {\n  «type filter hook input priority 0»; policy drop;\n }\n}\n",
    ],
    ["missingType", "table ip t {\n set «s» {\n  flags interval\n }\n}\n"],
    ["badValue", "table ip t {\n set s {\n  type «integer»\n }\n}\n"],
    ["badValue", "table ip t {\n set s {\n  type ipv4_addr; «auto-merge»\n }\n}\n"],
    ["badValue", "table ip t {\n set s {\n  type ipv4_addr; elements = { «10.0.0.0/8» }\n }\n}\n"],
    ["badValue", "table ip t {\n set s {\n  type ipv4_addr; elements = { 10.0.0.1, «2001:db8::1» }\n }\n}\n"],
    ["badValue", "table ip t {\n set s {\n  type ipv4_addr; elements = { «10.0.0.1 : 1» }\n }\n}\n"],
    ["typeMismatch", "table ip t {\n set s {\n  type ipv4_addr . mark; elements = { «10.0.0.1 . 1 . 2» }\n }\n}\n"],
    ["duplicateSet", "table ip t {\n set s {\n  type ipv4_addr\n }\n set «s» {\n  type inet_service\n }\n}\n"],
    [
      "overlappingElements",
      "table ip t {\n set s {\n  type inet_service; flags interval; elements = { 1-10, «5-20» }\n }\n}\n",
    ],
    ["missingOption", "table ip t {\n ct expectation «e» {\n  protocol tcp\n  dport 1\n  size 1\n }\n}\n"],
    ["badValue", "table ip t {\n ct timeout e {\n  protocol udp\n  policy = { «establishd» : 1h }\n }\n}\n"],
    [
      "overlappingElements",
      "table ip t {\n set s {\n  type ipv4_addr; flags interval\n }\n}\nadd element ip t s { 10.0.0.0/8 }\nadd element ip t s { «10.1.0.0/16» }\n",
    ],
    [
      "overlappingElements",
      'table ip t {\n set s {\n  type ifname; flags interval; elements = { "ppp*", «"ppp0"» }\n }\n}\n',
    ],
    ["badValue", 'table ip t {\n set s {\n  type ifname; elements = { «"ppp*"» }\n }\n}\n'],
    ["undefinedTable", "add set ip «t» s { type ipv4_addr; }\n"],
    ["undefinedTable", "table ip6 t {\n}\nadd chain ip «t» c\n"],
    ["undefinedSet", "table ip t {\n}\nadd element ip t «s» { 10.0.0.1 }\n"],
    ["undefinedTable", "table ip t {\n}\nflush ruleset\nadd chain ip «t» c\n"],
    [
      "undefinedChain",
      "table ip t {\n chain a {\n }\n chain b {\n }\n}\ndelete chain ip t b\nadd rule ip t a jump «b»\n",
    ],
    ["duplicateVariable", "define a = 1\ndefine «a» = 2\n"],
    ["undefinedVariable", "table ip t {\n define a = 1\n}\ntable ip u {\n chain c {\n  tcp dport «$a»\n }\n}\n"],
  ])("%s: %s", (code, text) => {
    check(code, text);
  });

  it.each([
    base("type filter hook input priority filter + 10; policy drop;"),
    base("type filter hook ingress device eth0 priority 0;", "netdev"),
    base("type nat hook prerouting priority dstnat;"),
    base("type filter hook prerouting priority dstnat;", "bridge"),
    "define p = 10\ntable ip t {\n chain c {\n  type filter hook input priority $p;\n }\n}\n",
    "table ip t {\n set s {\n  type inet_service; flags interval; auto-merge; elements = { 1-10, 5-20 }\n }\n}\n",
    "table ip t {\n set s {\n  typeof ip saddr . meta mark; elements = { 10.0.0.1 . 5 }\n }\n}\n",
    "table ip t {\n map m {\n  type ipv4_addr : interval ipv4_addr; elements = { 10.0.0.1 : 10.1.0.0/16 }\n }\n}\n",
    "table ip t {\n set s {\n  type ipv4_addr\n }\n set s {\n  type ipv4_addr\n }\n}\n",
    "table ip t\ndelete table ip t\ntable ip t {\n chain c {\n }\n}\n",
    "define a = 1\nredefine a = 2\nundefine a\ndefine a = 3\n",
    'include "protocol.nft"\ntable ip t {\n chain c {\n  meta l4proto $p dnat to 10.0.0.1:80\n }\n}\n',
    "table ip t {\n set s {\n  type inet_service; flags interval; elements = { 1-5, 1-5, 6 }\n }\n}\n",
    'include "defines.nft"\ntable ip t {\n chain c {\n  tcp dport $a jump b\n  ip saddr @s\n }\n}\n',
  ])("accepts %s", (text) => {
    accepts(text);
  });
});

describe("what hangs on what was loaded before", () => {
  it.each([
    ["undefinedObject", 'table ip t {\n chain c {\n  counter name «"n"»\n }\n}\n'],
    ["undefinedTable", "add rule ip «t» c accept\n"],
    ["undefinedChain", "table ip t\nadd rule ip t «c» accept\n"],
  ])("%s: %s", (code, text) => {
    check(code, text, "warning");
  });
});

describe("what only the kernel refuses", () => {
  const nested = (depth: number) => {
    const chains = Array.from({ length: depth }, (_, place) => {
      const next = depth - place + 1;
      return ` chain c${depth - place} {\n${place === 0 ? "" : `  jump c${next}\n`} }\n`;
    });
    return `table ip t {\n${chains.join("")} chain i {\n  type filter hook input priority 0;\n  jump c1\n }\n}\n`;
  };

  it.each([
    ["notAllowedHere", "table ip t {\n chain c {\n  type filter hook postrouting priority 0;\n  «masquerade»\n }\n}\n"],
    ["notAllowedHere", "table ip t {\n chain c {\n  type nat hook prerouting priority 0;\n  «masquerade»\n }\n}\n"],
    [
      "notAllowedHere",
      "table ip t {\n chain u {\n  «reject»\n }\n chain c {\n  type filter hook postrouting priority 0;\n  jump u\n }\n}\n",
    ],
    [
      "notAllowedHere",
      "table ip t {\n chain c {\n  type filter hook output priority 0;\n  «fib saddr oif» missing drop\n }\n}\n",
    ],
    [
      "jumpLoop",
      "table ip t {\n chain a {\n  jump b\n }\n chain b {\n  goto «a»\n }\n chain c {\n  type filter hook input priority 0;\n  jump a\n }\n}\n",
    ],
    [
      "jumpToBaseChain",
      "table ip t {\n chain c {\n  type filter hook input priority 0;\n }\n chain d {\n  jump «c»\n }\n}\n",
    ],
    [
      "duplicateChain",
      "table ip t {\n chain c {\n  type filter hook input priority 0;\n }\n chain c {\n  «type filter hook input priority 5»;\n }\n}\n",
    ],
    ["badPriority", "table ip t {\n chain c {\n  type nat hook prerouting «priority -200»;\n }\n}\n"],
    ["conflictingElements", "table ip t {\n chain c {\n  tcp dport vmap { 22 : accept, «22» : drop }\n }\n}\n"],
    [
      "conflictingElements",
      "table ip t {\n map m {\n  type ipv4_addr . inet_service : mark; elements = { 10.0.0.1 . 22 : 1, «10.0.0.1 . 22» : 2 }\n }\n}\n",
    ],
    ["badValue", "table ip t {\n set s {\n  type ipv4_addr; elements = { 10.0.0.1 «timeout 1h» }\n }\n}\n"],
  ])("%s: %s", (code, text) => {
    check(code, text);
  });

  it("leaves it to the person what was loaded before", () => {
    accepts("delete table ip gone\n");
  });

  it("follows fifteen jumps and not sixteen", () => {
    accepts(nested(15));
    const { found } = read(nested(16));
    expect(found.map(({ code }) => code)).toEqual(["jumpsTooDeep"]);
  });

  it("leaves chains alone that no packet can reach", () => {
    accepts("table ip t {\n chain a {\n  jump b\n }\n chain b {\n  jump a\n }\n chain d {\n  masquerade\n }\n}\n");
  });
});

it("checks a set of forty thousand ranges without getting lost in them", () => {
  const elements = Array.from({ length: 40_000 }, (_, n) => `10.${n >> 8}.${n & 255}.0/25`);
  const text = `table ip t {\n set s {\n  type ipv4_addr; flags interval\n  elements = { ${elements.join(", ")} }\n }\n}\n`;
  const tree = parseNft(text);
  expect(checkNft(tree, nftRuleset(tree))).toEqual([]);
});

describe("a chain that is not there", () => {
  const table = (...chains: string[]) => `table ip t {\n${chains.join("\n")}\n}\n`;
  const hooked = " chain i {\n  type filter hook input priority 0;\n  jump «gone»\n }";

  it("is an error in a ruleset of its own", () => {
    check("undefinedChain", table(hooked));
    check("undefinedChain", table(" chain d {\n }", " chain c {\n  jump d\n }", " chain e {\n  goto «gone»\n }"));
  });

  it("is a warning in an excerpt, which loads on top of a table that has it", () => {
    const { message } = check("undefinedChain", table(" chain c {\n  jump «gone»\n }"), "warning");
    expect(message).toContain("on top of a ruleset");
  });
});

it("says nothing of a missing type where a brace is amiss", () => {
  const text = "table ip t {\n set s { }\n  type ipv4_addr\n }\n}\n";
  const tree = parseNft(text);
  expect(tree.errors).not.toEqual([]);
  expect(checkNft(tree, nftRuleset(tree))).toEqual([]);
});

describe("what is missing can be declared", () => {
  const base = (rule: string) => `table inet t {\n chain c {\n  type filter hook input priority 0;\n  ${rule}\n }\n}\n`;

  it.each([
    ["jump «gone»", " chain gone {\n }\n"],
    ["ip saddr «@gone» drop", " set gone {\n  type ipv4_addr\n }\n"],
    ["tcp dport «@gone» drop", " set gone {\n  type inet_service\n }\n"],
    ["meta mark «@gone» drop", " set gone {\n  type mark\n }\n"],
  ])("%s", (rule, declaration) => {
    const marked = base(rule);
    const { text, found } = read(marked);
    const edit = found[0]?.fixes?.at(-1)?.edits[0];
    expect(edit?.text).toBe(`${declaration}\n`);
    const { start = 0, end = 0 } = edit?.span ?? {};
    accepts(text.slice(0, start) + edit?.text + text.slice(end));
  });
});
