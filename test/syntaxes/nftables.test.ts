import { expect, test } from "vitest";
import { tokenize } from "./tokenize.js";

test.each([
  ["#!/usr/sbin/nft -f", "#!/usr/sbin/nft -f«comment»"],
  ["table inet filter {", "table«keyword» inet«family» filter«tableName»"],
  ["table filter {", "table«keyword» filter«tableName»"],
  ["chain in-web {", "chain«keyword» in-web«chainName»"],
  ["add chain ip nat log-it", "add«keyword» chain«keyword» ip«family» nat«tableName» log-it«chainName»"],
  [
    "add element ip t s { 10.0.0.1 }",
    "add«keyword» element«keyword» ip«family» t«tableName» s«setName» 10.0.0.1«address»",
  ],
  [
    "type filter hook input priority mangle + 10; policy drop;",
    "type«keyword» filter«constant» hook«keyword» input«hook» priority«keyword» mangle«priority» 10«number» policy«keyword» drop«verdict»",
  ],
  [
    "type filter hook ingress device eth0 priority -150;",
    "type«keyword» filter«constant» hook«keyword» ingress«hook» device«keyword» eth0«interface» priority«keyword» -150«number»",
  ],
  ["\tflags interval, timeout", "\tflags«keyword» interval«keyword» timeout«keyword»"],
  ["define wan = { eth0, ppp0 }", "define«keyword» wan«variable» =«operator»"],
  [
    "iifname $wan tcp dport { 22, 80-90 } accept",
    "iifname«match» $wan«variable» tcp«match» dport«match» 22«number» 80«number» 90«number» accept«verdict»",
  ],
  ["iifname != eth0 jump web", "iifname«match» !=«operator» eth0«interface» jump«verdict» web«chainName»"],
  ["iifname vmap @by-line", "iifname«match» vmap«verdict» @by-line«setName»"],
  [
    "ct state established,related counter accept",
    "ct«match» state«match» established«constant» related«constant» counter«statement» accept«verdict»",
  ],
  [
    "ip6 saddr fe80::/10 icmpv6 type nd-neighbor-solicit accept",
    "ip6«match» saddr«match» fe80::/10«address» icmpv6«match» type«match» nd-neighbor-solicit«constant» accept«verdict»",
  ],
  ["dnat to 10.0.0.2:80", "dnat«statement» to«keyword» 10.0.0.2«address» 80«number»"],
  [
    'limit rate 10/second log prefix "in: # " drop # odd',
    'limit«statement» rate«keyword» 10«number» /«operator» second«keyword» log«statement» prefix«keyword» "«string» in: # «string» "«string» drop«verdict» # odd«comment»',
  ],
  ["meta mark set 0x36", "meta«match» mark«match» set«statement» 0x36«number»"],
  ["@nh,96,32 0x0a000001", "@nh,96,32«match» 0x0a000001«number»"],
  ["no-such-word", ""],
])("%s", async (line, expected) => {
  expect(await tokenize("nftables", line)).toBe(expected);
});

test("a string may go on in the next line", async () => {
  expect(await tokenize("nftables", 'log prefix "one\ntwo" drop')).toBe(
    'log«statement» prefix«keyword» "«string» one«string» two«string» "«string» drop«verdict»',
  );
});
