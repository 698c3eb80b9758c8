import { describe, expect, test } from "vitest";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";

/** Each text is one that nft reads; meaning is judged elsewhere. */
function check(texts: readonly string[], around: (text: string) => string): void {
  test.each(texts)("%s", (text) => {
    expect(parseNft(around(text)).errors).toEqual([]);
  });
}

const inRule = (text: string) => `table inet t {\n\tchain c {\n\t\t${text}\n\t}\n}\n`;
const inTable = (text: string) => `table inet t {\n\t${text}\n}\n`;
const inFile = (text: string) => `${text}\n`;

describe("comparisons", () => {
  check(
    [
      "tcp dport 22",
      "tcp dport == 22",
      "tcp dport eq 22",
      "tcp dport != { 22, 80-90, 443 }",
      "tcp dport ne 022",
      "tcp dport lt 1024 tcp sport ge 1024",
      'tcp dport "22" iifname 123',
      "ip saddr 10.0.0.0/8 ip daddr 10.0.0.1-10.0.0.9",
      "ip saddr 10/8 ip saddr 167772161 ip saddr 0x0a000001",
      "ip6 saddr fe80::/10 ip6 daddr ::ffff:10.0.0.1 ip6 daddr ::",
      "ether saddr 00:11:22:33:44:55 ether type ip",
      "ct state new,established,related",
      "ct state new|established",
      "ct state & (new | established) == new",
      "tcp flags syn / fin,syn,rst,ack",
      "tcp flags & (fin | syn) == syn",
      "tcp flags ! syn tcp flags != syn / fin,syn",
      "meta mark and 0xff == 0x10 meta mark & 0xff xor 3 or 4 == 5",
      "meta mark << 2 == 8 meta mark rshift 1 == 4",
      'iifname { "eth0", lo, wg* } oifname eth\\*',
      "ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.0/8 . 80-90, 10.0.0.1-10.0.0.2 . ssh }",
      "ip saddr @ s ip saddr != @t",
      "ip saddr map { 10.0.0.1 : 1, * : 2 } == 1",
      "meta l4proto { tcp, udp, icmpv6 } ip protocol icmp",
      "meta hour 8-17 day Monday",
      "meta nfproto ipv4 meta ibrname br0 meta time < 1000",
      "exthdr frag exists frag more-fragments 1 srh sid[1] ::1 rt0 addr[2] ::1",
      "tcp option maxseg size 1-500 tcp option sack0 left 1 tcp option 42 exists tcp option @30,0,4 1",
      "ip option lsrr ptr 1 ip option ra exists sctp chunk data flags 1 dccp option 40 exists",
      "@nh,0,8 0x45 @ih,0,32 1 @ll,0,16 & 0xff == 1 @th,16,16 22",
      "vxlan vni 10 vxlan ip saddr 10.0.0.1 geneve udp dport 53 gre ip6 saddr ::1 gretap ether saddr 00:11:22:33:44:55",
      "ct original ip saddr 10.0.0.1 ct reply proto-dst 22 ct original packets > 5 ct mark 1 ct direction original",
      "rt nexthop 10.0.0.1 rt ip6 nexthop ::1 rt classid 1 rt type 0 socket mark 1",
      'socket cgroupv2 level 2 "a/b" osf ttl skip name "Linux" osf version "Linux:3.0"',
      "fib saddr . mark . iif oif missing fib daddr type local fib daddr . iif check exists",
      "ipsec in reqid 1 ipsec out spnum 1 ip saddr 10.0.0.1 meta ipsec exists",
      "numgen inc mod 2 0 numgen random mod 10 offset 5 < 7 jhash ip saddr . tcp dport mod 2 seed 0xff 1 symhash mod 2 0",
      "arp saddr ip 10.0.0.1 arp daddr ether 00:11:22:33:44:55 arp operation request vlan id 5 vlan pcp 1",
      "tunnel id 5 tunnel path exists",
    ],
    inRule,
  );
});

describe("statements", () => {
  check(
    [
      "accept",
      "jump other",
      "goto last",
      "jump { tcp dport 22 accept; drop; }",
      "jump {\n\taccept\n}",
      "tcp dport vmap { 22 : accept, 80 : jump web, * : drop }",
      "tcp dport vmap @m",
      "ip saddr . meta iifname vmap { 10.0.0.1 . eth0 : accept }",
      "counter packets 1 bytes 2 drop",
      "counter name c quota name q limit name l",
      "counter name tcp dport map { 22 : a, 80 : b }",
      "counter name mark map { 22 : a } quota name mark map @q",
      "limit rate 10/second burst 5 packets",
      "limit rate over 10 mbytes/minute burst 5 kbytes drop",
      "limit rate until 10mbytes/hour",
      "quota over 10 mbytes used 5 kbytes quota until 1 bytes",
      "ct count over 10 drop last used never last used 1h last",
      "log",
      'log prefix "in: " level warn flags tcp sequence,options flags ip options group 2 snaplen 64 queue-threshold 10',
      "log prefix x level audit flags all flags skuid flags ether",
      "reject",
      "reject with tcp reset",
      "reject with icmp type port-unreachable",
      "reject with icmpv6 admin-prohibited reject with icmpx type 3",
      "snat to 10.0.0.1",
      "snat ip to 10.0.0.1-10.0.0.9:1000-2000 random,persistent",
      "dnat to [::1]:80 fully-random",
      "dnat ip addr . port to ip saddr map { 10.0.0.1 : 10.0.0.2 . 80 }",
      "snat ip prefix to ip saddr map { 10.0.0.0/24 : 10.1.0.0/24 }",
      "snat ip interval to ip saddr map { 10.0.0.1 : 10.0.0.2-10.0.0.3 }",
      "dnat to tcp dport map { 80 : 10.0.0.1 }:8080",
      "dnat to :80 dnat :80 dnat 10.0.0.1",
      "masquerade",
      "masquerade to :1024-65535 random",
      "redirect to :8080 redirect to :tcp dport map { 80 : 8080 } redirect random",
      "tproxy to :80 tproxy ip to 127.0.0.1:80 tproxy ip6 to [::1]",
      "queue",
      "queue num 1-3 bypass,fanout",
      "queue bypass num 1 queue flags bypass to numgen inc mod 4 queue to symhash mod 2 offset 1",
      "queue to tcp dport map { 22 : 1 } queue flags fanout num 1-2",
      'dup to 10.0.0.1 device "eth0" dup to eth0',
      "fwd to eth0",
      "fwd ip to 10.0.0.1 device eth0",
      "notrack flow add @f flow offload @f",
      "synproxy mss 1460 wscale 7 timestamp sack-perm synproxy synproxy name s",
      "add @s { ip saddr timeout 1m limit rate 10/second }",
      "update @s { ip saddr . tcp dport counter ct count over 5 }",
      'delete @s { ip saddr } add @m { ip saddr timeout 1h comment "x" : 5 } update $s { ip saddr }',
      "set add ip saddr @s set update ip saddr timeout 5m @s",
      "meter m size 100 { ip saddr timeout 5s limit rate 10/second }",
      "reset tcp option maxseg",
      "tcp option maxseg size set rt mtu ip dscp set cs1 tcp option maxseg length set 4",
      "meta mark set ct mark & 0xff or 1 ct mark set meta mark meta priority set 1:2 meta nftrace set 1",
      'ct helper set "ftp" ct timeout set "t" ct expectation set "e" ct event set new,destroy ct zone set 1',
      "ct original zone set 1 ct label set foo ether daddr set 00:11:22:33:44:55",
      "mark set 1 accept meta pkttype set host meta mark set ip saddr map { 10.0.0.1 : 1 }",
      'accept comment "x"',
      "accept comment x",
      "tcp dport 22 \\\n\taccept",
      "# only a comment",
      "accept # handle 5",
    ],
    inRule,
  );
});

describe("sets and maps", () => {
  check(
    [
      "set s { type ipv4_addr; }",
      "set s { type ipv4_addr . inet_service; flags interval, timeout; timeout 1d2h3m4s; gc-interval 10s; size 65536; policy memory; auto-merge }",
      'set s { typeof ip saddr . tcp dport; flags dynamic; counter quota 10 mbytes; comment "x"; }',
      "set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2,, } }",
      "set s { type ipv4_addr\nelements = {\n10.0.0.1,\n# one\n10.0.0.2 timeout 1h expires 5m comment x\n} }",
      "set s { type ipv4_addr; flags timeout; elements = { 10.0.0.1 counter packets 1 bytes 2 timeout 1h, 10.0.0.2 limit rate 1/second } }",
      "set s { type ifname; elements = { eth*, \\*, lo, * } }",
      "set s { type mark; elements = { 1-5, 0xff } }",
      "map m { type ipv4_addr : verdict; elements = { 10.0.0.1 : accept, 10.0.0.2 : jump c, * : drop } }",
      "map m { type ipv4_addr : interval ipv4_addr; flags interval; }",
      "map m { type ipv4_addr . inet_service : ipv4_addr . inet_service; }",
      "map m { type ipv4_addr : counter; }",
      "map m { typeof ip saddr : meta mark; }",
      "map m { typeof ip saddr : ct timeout; }",
      "map m { typeof ip saddr : interval ip daddr . tcp dport; }",
      "map m { typeof ip saddr : verdict; }",
      "set s { type ipv4_addr; timeout s; }",
    ],
    inTable,
  );
});

describe("chains, flowtables and objects", () => {
  check(
    [
      "chain c { }",
      "chain input { type filter hook input priority 0; policy accept; }",
      "chain nat { type nat hook postrouting priority srcnat + 10; }",
      "chain last { type route hook output priority mangle -5\npolicy drop\n}",
      "chain c { accept\ntype filter hook input priority -300; }",
      'chain c { type filter hook ingress device "eth0" priority $p; policy $q; flags offload; comment "x"; }',
      "chain c { type filter hook ingress devices = { eth0, $wan, } priority raw; }",
      "chain c { devices = $d; }",
      "chain a/b-c.d { }",
      "flowtable f { hook ingress priority filter + 1; devices = { eth0, eth1 }; flags offload; counter }",
      "counter c { }",
      "counter c { packets 1 bytes 2 }",
      'quota q { over 10 mbytes used 1 bytes comment "x" }',
      "limit l { rate over 10 kbytes/second burst 5 bytes }",
      'ct helper h { type "ftp" protocol tcp; l3proto ip; }',
      "ct timeout t { protocol tcp; l3proto inet; policy = { established : 1h, close : 10 }; }",
      "ct expectation e { protocol udp; dport 5060; timeout 1h; size 12; l3proto ip; }",
      'secmark s { "system_u:object_r:x" }',
      "synproxy s { mss 1460 wscale 7 timestamp sack-perm }",
      "synproxy s { mss 1460; wscale 7; timestamp }",
      "tunnel t { id 10; ip saddr 10.0.0.1; ip daddr 10.0.0.2; sport 1; dport 2; ttl 3; tos 4; vxlan { gbp 200; }; }",
      'tunnel t { erspan { version 2; direction ingress; id 1; }; geneve { class 1 opt-type 2 data "0x12"; }; }',
      'flags dormant, owner; comment "x";',
      'define x = 1; redefine x = 2; undefine x; include "x.nft"; chain c { define y = 1; }',
    ],
    inTable,
  );
});

describe("commands", () => {
  check(
    [
      "",
      "add table t; create table ip6 t; table inet t { }; destroy table t; delete table handle 4; delete table ip handle 4",
      "add chain t c; add chain t c { type filter hook input priority 0; }; chain ip t c { }; delete chain t handle 4",
      "rename chain ip t a b; flush chain t c; flush ruleset; flush ruleset ip6; flush set t s; flush table t",
      "add rule t c accept; add t c accept; ip6 t c drop; t c counter; rule t c accept; insert rule t c position 4 accept",
      "add rule t c index 3 accept; replace rule t c handle 4 drop; delete rule t c handle 5; reset rule t c handle 5",
      "add set t s { type ipv4_addr; }; create map t m { type mark : verdict; }; delete set t s; delete map t handle 4",
      "add element t s { 1, 2 }; element t s $x; delete element t s { 1 }; get element t s { 1 }; reset element t s { 1 }",
      "add flowtable t f { hook ingress priority 0; }; delete flowtable t f { devices = { eth0 }; }; list flowtables",
      "add counter t c; add counter t c packets 1 bytes 2; add counter t c { packets 1 bytes 2 }; reset counters; reset counter t c",
      'add quota t q over 1 mbytes; add limit t l rate 1/second; add secmark t s "x"; add synproxy t s mss 1 wscale 2',
      'add ct helper t h { type "ftp" protocol tcp; }; delete ct helper t h; list ct helper t h; list ct helpers table t',
      "list ruleset; list tables; list chains ip; list chain t c; list sets table t; list sets ip6 t; list hooks ip device eth0",
      "list meters; list flow tables; flush meter t m; list counters table ip t; reset rules; reset rules ip t; reset rules ip t c",
      "reset rules table t; monitor; monitor new rules json; monitor destroy; import json; export ruleset vm json; export xml",
      "describe ip saddr; describe ipv4_addr; describe 22",
      'define a = 10.0.0.1; define b = { 1, 2 }; define c = {}; define d = -5; define e = eth0, eth1; define f = "x"',
      "define a = 1-5\ndefine b = 10.0.0.0/8 . 22\ndefine c = @s\ndefine d = $a",
    ],
    inFile,
  );

  test("the last command needs no line break", () => {
    expect(parseNft("list ruleset").errors).toEqual([]);
  });

  test("a shebang and comments with carriage returns are comments", () => {
    expect(parseNft("#!/usr/sbin/nft -f\n# x\r\nflush ruleset # y\r\n").errors).toEqual([]);
  });
});
