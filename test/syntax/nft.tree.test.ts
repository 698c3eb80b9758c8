import { describe, expect, test } from "vitest";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import { children, type SyntaxNode } from "../../netfilter/syntax/tree.js";

/** Kinds and texts: a node with parts is `kind(parts)`, one without is its kind and text. */
function show(node: SyntaxNode, text: string): string {
  const parts = children(node).map((part) => show(part, text));
  if (parts.length > 0) return `${node.kind}(${parts.join(" ")})`;
  const own = text.slice(node.start, node.end);
  return node.kind === own || own === "" ? node.kind : node.kind === "word" ? own : `${node.kind}:${own}`;
}

/** Several spellings, one tree. */
function check(
  around: (text: string) => string,
  cases: readonly (readonly [spellings: readonly string[], tree: string])[],
): void {
  const all = cases.flatMap(([spellings, tree]) => spellings.map((text) => [text, tree] as const));
  test.each(all)("%s", (text, tree) => {
    const parsed = parseNft(around(text));
    expect(parsed.errors).toEqual([]);
    const [item] = parsed.root.items;
    expect(
      show(item as SyntaxNode, parsed.text).replace(
        /^ruleCommand\(tableReference\(name:t\) name:c rule\((.*)\)\)$/,
        "$1",
      ),
    ).toBe(tree);
  });
}

describe("rules", () => {
  check(
    (text) => `t c ${text}`,
    [
      [["tcp dport 22"], "match(payload(tcp dport) number:22)"],
      [["tcp dport != 22", "tcp dport  !=  22"], "match(payload(tcp dport) != number:22)"],
      [["mark 1"], "match(meta(mark) number:1)"],
      [["ip saddr 10.0.0.0/8"], "match(payload(ip saddr) prefix(symbol:10.0.0.0 number:8))"],
      [["tcp dport 1-5"], "match(payload(tcp dport) range(number:1 number:5))"],
      [["ct state new,established"], "match(ct(state) list(symbol:new symbol:established))"],
      [
        ["mark & 1 | 2 ^ 3 == 4", "mark and 1 or 2 xor 3 == 4"],
        "match(binary(binary(meta(mark) number:1) binary(number:2 number:3)) == number:4)",
      ],
      [["mark & 1 == 4"], "match(binary(meta(mark) number:1) == number:4)"],
      [["tcp flags syn / fin,syn"], "match(payload(tcp flags) maskedFlags(symbol:syn list(symbol:fin symbol:syn)))"],
      [["ip saddr . tcp dport @s"], "match(concatenation(payload(ip saddr) payload(tcp dport)) setReference(name:s))"],
      [["tcp dport { 22, $x }"], "match(payload(tcp dport) setLiteral(number:22 variable(name:x)))"],
      [
        ["tcp dport vmap { 22 : drop, * : jump c }"],
        "vmap(payload(tcp dport) setLiteral(element(number:22 verdictValue(verdict:drop)) element(wildcard:* verdictValue(jump(name:c)))))",
      ],
      [["mark set ip saddr map @m"], "assignment(meta(mark) map(payload(ip saddr) setReference(name:m)))"],
      [["arp saddr ip 10.0.0.1"], "match(payload(arp saddr ip) symbol:10.0.0.1)"],
      [["rt0 addr[1] ::1"], "match(exthdr(rt0 addr number:1) symbol:::1)"],
      [["ct original ip saddr 10.0.0.1"], "match(ct(original ip saddr) symbol:10.0.0.1)"],
      [["rt mtu 1 rt type 0"], "match(rt(mtu) number:1) match(exthdr(rt type) number:0)"],
      [["vxlan ip saddr 10.0.0.1"], "match(inner(vxlan payload(ip saddr)) symbol:10.0.0.1)"],
      [['counter name "c"'], 'objectReference(counter name string:"c")'],
      [['ct helper set "h"'], 'objectReference(ct helper set string:"h")'],
      [["dnat ip to 10.0.0.1:80 random"], "nat(ip symbol:10.0.0.1 number:80 random)"],
      [
        ["add @s { ip saddr timeout 1m : 5 }"],
        "setStatement(setReference(name:s) element(payload(ip saddr) option(timeout symbol:1m) number:5))",
      ],
      [["set add ip saddr @s"], "setStatement(element(payload(ip saddr)) setReference(name:s))"],
      [["limit rate over 10 mbytes/hour burst 5 bytes"], "limit(over number:10 mbytes hour amount(number:5 bytes))"],
      [["queue num 1-3 bypass"], "queue(range(number:1 number:3) bypass)"],
      [['drop comment "x"'], 'verdict:drop comment(string:"x")'],
    ],
  );
});

describe("declarations", () => {
  check(
    (text) => text,
    [
      [["table ip6 t { }", "table ip6 t {\n}", "table ip6 t"], "table(ip6 name:t)"],
      [["add table ip6 t"], "table(add ip6 name:t)"],
      [
        ["table t { chain c { type filter hook input priority filter + 5; policy drop; }; }"],
        "table(name:t chain(name:c hookDeclaration(filter input priority(filter priorityOffset(number:5))) policy(drop)))",
      ],
      [
        ["table t { map m { type ipv4_addr . mark : interval verdict; flags interval,timeout; size 5; }; }"],
        "table(name:t setDeclaration(map name:m setType(ipv4_addr mark interval verdict) flags(interval timeout) setting(size number:5)))",
      ],
      [
        ["add set ip t s { typeof ip saddr; }"],
        "setDeclaration(add set tableReference(ip name:t) name:s setTypeof(payload(ip saddr)))",
      ],
      [
        ["table t { quota q { over 1 bytes }; }"],
        "table(name:t objectDeclaration(quota name:q quota(over amount(number:1 bytes))))",
      ],
      [
        ["insert rule t c position 4 drop"],
        "ruleCommand(insert tableReference(name:t) name:c position(position number:4) rule(verdict:drop))",
      ],
      [["delete table ip handle 4"], "command(delete table tableReference(ip) position(handle number:4))"],
      [["rename chain t a b"], "command(rename chain tableReference(name:t) name:a name:b)"],
      [["define x = { 1, 2 }\n"], "definition(define name:x setLiteral(number:1 number:2))"],
      [["undefine x\n"], "definition(undefine name:x)"],
    ],
  );
});

test("numbers are read as nft reads them", () => {
  const { root } = parseNft("define a = { 10, 0x1F, 022, 18446744073709551615, 18446744073709551616, 08 }\n");
  const [{ value }] = root.items as unknown as [{ value: { elements: { value?: bigint; name?: string }[] } }];
  expect(value.elements.map(({ value, name }) => value ?? name)).toEqual([
    10n,
    31n,
    18n,
    2n ** 64n - 1n,
    "18446744073709551616",
    "08",
  ]);
});
