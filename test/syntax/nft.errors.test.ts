import { describe, expect, test } from "vitest";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";

type Case = readonly [marked: string, code: string];

/** `«` and `»` stand around the place of the one error that the text has; `¦` where it has no width. */
function check(cases: readonly Case[], around = (text: string) => text): void {
  test.each(cases)("%s", (marked, expected) => {
    const whole = around(marked);
    const start = whole.search(/[«¦]/);
    const end = whole.includes("»") ? whole.indexOf("»") - 1 : start;
    const errors = parseNft(whole.replace(/[«»¦]/g, "")).errors.map(({ code, span }) => ({ code, ...span }));
    expect(errors).toEqual([{ code: expected, start, end }]);
  });
}

const inRule = (text: string) => `table inet t {\n\tchain c {\n\t\t${text}\n\t\taccept\n\t}\n}\n`;
const inTable = (text: string) => `table inet t {\n\t${text}\n\tchain c {\n\t\taccept\n\t}\n}\n`;

describe("comparisons", () => {
  check(
    [
      ["tcp dport¦", "unexpectedToken"],
      ["meta mark set «frag» id map { 1 : 1 }", "unexpectedToken"],
      ["meta mark set «ipsec» in reqid", "unexpectedToken"],
      ["meta mark set «rt» seg-left map { 1 : 1 }", "unexpectedToken"],
      ["synproxy wscale «15»", "valueTooLarge"],
      ["quota «ovr» 5 mbytes", "unknownKeyword"],
      ["limit rate «ovr» 5/second", "unknownKeyword"],
      ["«polcy» accept", "unknownKeyword"],
      ["tcp «dpotr» 22 accept", "unknownKeyword"],
      ["«tpc» dport 22 accept", "unknownKeyword"],
      ["«acept»", "unknownKeyword"],
      ["tcp dport 22 «acept»", "unknownKeyword"],
      ["tcp dport 22,¦", "unexpectedToken"],
      ["tcp dport { 22, «/» } accept", "unexpectedToken"],
      ["tcp dport { «,»22 } accept", "unexpectedToken"],
      ["tcp dport { 22 «80» } accept", "missingComma"],
      ["tcp dport vmap { 22«,» 80 : drop }", "unexpectedToken"],
      ['log «preifx» "x"', "unknownKeyword"],
      ['drop «commet» "x"', "unknownKeyword"],
      ["ip saddr 10«.1/16»", "unknownKeyword"],
      ["ip saddr 10.0.0.0/255.0.0.0¦", "unexpectedToken"],
      ["ip saddr 10.0.0.1 . «.»", "unexpectedToken"],
      ["iifname «'»eth0' accept", "unexpectedToken"],
      ['iifname «"»eth0 accept', "unexpectedToken"],
      ["ct «stat» new", "unknownKeyword"],
      ["meta «iifnam» lo", "unknownKeyword"],
      ["fib «saddr . daddr» oif exists", "badFib"],
      ["fib «iif» oif exists", "badFib"],
      ["fib «saddr . iif . oif» type local", "badFib"],
      ["@nh,0,«0» 1", "badRawLength"],
      ["@nh,0,«513» 1", "badRawLength"],
      ["@«xh»,0,8 1", "unknownKeyword"],
      ["tcp option «300» exists", "valueTooLarge"],
      ["ipsec in spnum «256» reqid 1", "valueTooLarge"],
      ["tcp option sack «window»", "unknownKeyword"],
      ["tcp flags syn / syn¦", "unexpectedToken"],
    ],
    inRule,
  );
});

describe("statements", () => {
  check(
    [
      ["limit rate 10/«s»", "unknownKeyword"],
      ["limit rate 10/«sec» accept", "unknownKeyword"],
      ["limit rate 10/second burst 5¦", "unexpectedToken"],
      ["limit rate 10/second burst «0 packets»", "zeroBurst"],
      ["quota 10 «mb»", "unknownKeyword"],
      ["ct count over¦", "unexpectedToken"],
      ["jump «log»", "reservedName"],
      ['jump «"c"»', "unexpectedToken"],
      ["add @s { ip saddr timeout «30» }", "unexpectedToken"],
      ["log prefix¦", "unexpectedToken"],
      ["log level «warning»", "unknownKeyword"],
      ["reject with icmp type¦", "unexpectedToken"],
      ["reject with «udp»", "unknownKeyword"],
      ["queue num 1-¦", "unexpectedToken"],
      ["dnat to¦", "unexpectedToken"],
      ["dnat ip to «:»80", "unexpectedToken"],
      ["masquerade random «persistent»", "unknownKeyword"],
      ["tcp dport vmap { 22 : «1h» }", "unexpectedToken"],
      ["tcp dport vmap { 22 : «acept» }", "unknownKeyword"],
      ["tcp dport vmap { «{» 22 : accept } }", "unexpectedToken"],
      [`accept comment «"${"x".repeat(129)}"»`, "commentTooLong"],
      ['drop comment "x" «accept»', "unexpectedToken"],
      ['«xt target "LOG"»', "unloadableXt"],
      ["jump { accept «}»", "missingSeparator"],
      ["jump { «define» x = 1; }", "unknownKeyword"],
      ["jump { jump «{» accept; }; }", "nestedTooDeep"],
    ],
    inRule,
  );
});

describe("what a table holds", () => {
  check(
    [
      ["«chian» d { }", "unknownKeyword"],
      ["chain «policy» { }", "reservedName"],
      ['chain «"d"» { }', "unexpectedToken"],
      ["chain d { accept «}»", "missingSeparator"],
      ["chain d¦\n\t{ }", "unexpectedToken"],
      ["chain d { type «fliter» hook input priority 0; }", "unknownKeyword"],
      ["chain d { type filter hook «inptu» priority 0; }", "unknownKeyword"],
      ["chain d { type filter hook input«;» }", "unexpectedToken"],
      ["chain d { policy accept; «policy drop»; }", "duplicateSetting"],
      ["chain d { type filter hook ingress device «averyverylongname» priority 0; }", "badInterfaceName"],
      ["set s { type «ipv4_adr»; }", "unknownKeyword"],
      ["set s { type ipv4_addr; flags «intervall»; }", "unknownKeyword"],
      ["set s { type ipv4_addr«:» mark; }", "unexpectedToken"],
      ["set s { type ipv4_addr; elements = { 1 }; «elements = { 2 }»; }", "duplicateSetting"],
      ["set s { type ipv4_addr; timeout «30»; }", "unexpectedToken"],
      ["set s { type ipv4_addr; elements = { 10.0.0.1,\n¦\n10.0.0.2 } }", "blankLine"],
      ["set s { type ipv4_addr; elements = { 10.0.0.1\n«10.0.0.2» } }", "missingComma"],
      ["map m { type ipv4_addr«;» }", "unexpectedToken"],
      ["map m { type ipv4_addr : «verdikt»; }", "unknownKeyword"],
      ["flowtable f { devices = { eth0,\n«eth1» }; }", "unexpectedToken"],
      ["counter c { packets 1 «}»", "unexpectedToken"],
      ["ct helper h { type «ftp» protocol tcp; }", "unexpectedToken"],
      ["flags «dormnat»", "unknownKeyword"],
      ["«elements»", "unknownKeyword"],
    ],
    inTable,
  );
});

describe("files", () => {
  check([
    ["«tabel» ip t { }\n", "unknownKeyword"],
    ["table «log» { }\n", "reservedName"],
    ["table ip¦\n", "unexpectedToken"],
    ["table ip t { }\n«}»\n", "strayBrace"],
    ["table ip t {\n\tchain c {\n\t\taccept\n\t}\n¦", "unclosedBlock"],
    ["table ip t {\n\tchain c {\n\t\taccept\n\t«chain» d {\n\t}\n}\n", "unclosedBlock"],
    ["«chain» c {\n\taccept\n}\n", "outsideTable"],
    ["flush «rulset»\n", "unknownKeyword"],
    ["delete rule ip t c¦\n", "unexpectedToken"],
    ["add rule ip t c¦\n", "unexpectedToken"],
    ["define x¦\n", "unexpectedToken"],
    ["define x = ¦\n", "unexpectedToken"],
    ["define x = 1¦", "missingLineBreak"],
    ["flush ruleset «# x»", "missingLineBreak"],
    ["define x = 1\n«#»", "missingLineBreak"],
    ["define x = syn / «fin»,syn\n", "unexpectedToken"],
    ["include «x»\n", "unexpectedToken"],
    ["flush ruleset«\r\n»", "unexpectedToken"],
    ["«\ufeff»flush ruleset\n", "unexpectedToken"],
    ["list ruleset «x»\n", "unexpectedToken"],
  ]);
});
