import { expect, test } from "vitest";
import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import type { Chain, Ruleset } from "../../netfilter/model/ruleset.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

function read(text: string, family: "ipv4" | "ipv6" = "ipv4"): Ruleset {
  return iptablesRuleset(parseIptables(text, { family }));
}

/** Each chain as one line: its table, what calls it, and the comments of its rules in their order. */
function describe({ tables }: Ruleset): string[] {
  return tables.flatMap(({ family, name, chains }) =>
    chains.map((chain) => {
      const { base } = chain;
      const called = base ? ` ${base.type} ${base.hook} ${base.priority} ${base.policy}` : "";
      return `${family} ${name} ${chain.name}${called}: ${chain.rules.map(({ comment }) => comment ?? "?").join(" ")}`;
    }),
  );
}

const rule = (command: string, comment: string) => `${command} -m comment --comment ${comment} -j ACCEPT\n`;

const files: readonly [text: string, ...chains: string[]][] = [
  [""],
  ["*filter\nCOMMIT\n"],
  [
    "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:MINE - [0:0]\nCOMMIT\n",
    "ip filter INPUT filter input 0 drop: ",
    "ip filter FORWARD filter forward 0 accept: ",
    "ip filter MINE: ",
  ],
  [`*filter\n${rule("-A OUTPUT", "a")}COMMIT\n`, "ip filter OUTPUT filter output 0 accept: a"],
  [
    `*filter\n${rule("-A INPUT", "a")}${rule("-A INPUT", "b")}${rule("-I INPUT", "c")}${rule("-I INPUT 2", "d")}COMMIT\n`,
    "ip filter INPUT filter input 0 accept: c d a b",
  ],
  [
    `*filter\n${rule("-A INPUT", "a")}${rule("-A INPUT", "b")}${rule("-R INPUT 2", "c")}-D INPUT 1\nCOMMIT\n`,
    "ip filter INPUT filter input 0 accept: c",
  ],
  [
    `*filter\n${rule("-A INPUT", "a")}${rule("-A INPUT", "b")}${rule("-D INPUT", "a")}${rule("-C INPUT", "b")}COMMIT\n`,
    "ip filter INPUT filter input 0 accept: b",
  ],
  [
    `*filter\n${rule("-A INPUT", "a")}-F INPUT\n${rule("-A INPUT", "b")}COMMIT\n`,
    "ip filter INPUT filter input 0 accept: b",
  ],
  [`*filter\n-N MINE\n${rule("-A MINE", "a")}-F\n-N OTHER\n-X MINE\nCOMMIT\n`, "ip filter OTHER: "],
  ["*filter\n-P INPUT DROP\nCOMMIT\n", "ip filter INPUT filter input 0 drop: "],
  [
    `*filter\n${rule("-A INPUT", "a")}COMMIT\n*nat\nCOMMIT\n*filter\n${rule("-A INPUT", "b")}COMMIT\n`,
    "ip filter INPUT filter input 0 accept: a b",
  ],
  [
    `*filter\n${rule("-A INPUT -6", "a")}${rule("-A INPUT -4", "b")}COMMIT\n`,
    "ip filter INPUT filter input 0 accept: b",
  ],
  [`*filter\n${rule("-A NOWHERE", "a")}COMMIT\n`],
  [
    "*raw\n:PREROUTING ACCEPT\nCOMMIT\n*mangle\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\nCOMMIT\n*security\n:FORWARD ACCEPT\nCOMMIT\n",
    "ip raw PREROUTING filter prerouting -300 accept: ",
    "ip mangle OUTPUT route output -150 accept: ",
    "ip mangle POSTROUTING filter postrouting -150 accept: ",
    "ip nat PREROUTING nat prerouting -100 accept: ",
    "ip nat INPUT nat input 100 accept: ",
    "ip security FORWARD filter forward 50 accept: ",
  ],
];

test.each(files)("%j", (text, ...chains) => expect(describe(read(text))).toEqual(chains));

test("a file for IPv6 has tables of family ip6", () => {
  expect(describe(read("*filter\n:INPUT DROP\nCOMMIT\n", "ipv6"))).toEqual(["ip6 filter INPUT filter input 0 drop: "]);
});

const jumps =
  "*filter\n:INPUT ACCEPT [0:0]\n:MINE - [0:0]\n-A INPUT -m set --match-set good src -j MINE\n-A MINE -g GONE\n-A MINE -j SET --add-set seen src\nCOMMIT\n";

test("references stand in order of place with what they name", () => {
  const { references } = read(jumps);
  const shown = references.map(({ kind, how, name, start, end, definition }) => {
    return `${how} ${kind} ${name}${definition ? " found" : ""}${jumps.slice(start, end) === name ? "" : " misplaced"}`;
  });
  expect(shown).toEqual([
    "use chain INPUT found",
    "lookup set good",
    "jump chain MINE found",
    "use chain MINE found",
    "goto chain GONE",
    "use chain MINE found",
    "update set seen",
  ]);
});

test("names, declarations, policies, counters and rules have their places", () => {
  const text =
    '*filter\n:INPUT DROP [1:2]\n[3:4] -A INPUT -m comment --comment "a b" -j ACCEPT\n-A OUTPUT -j DROP\nCOMMIT\n';
  const table = read(text).tables[0];
  const [input, output] = (table?.chains ?? []) as [Chain, Chain];
  const shown = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
  expect(shown(table?.nameSpan ?? { start: 0, end: 0 })).toBe("filter");
  expect(shown(input.nameSpan)).toBe("INPUT");
  expect(shown(input.span)).toBe(":INPUT DROP [1:2]");
  expect(shown(input.base?.policySpan ?? { start: 0, end: 0 })).toBe("DROP");
  expect(input.rules.map(shown)).toEqual(['[3:4] -A INPUT -m comment --comment "a b" -j ACCEPT']);
  expect(input.rules[0]).toMatchObject({ comment: "a b", counters: { packets: 3n, bytes: 4n } });
  expect(output.builtin).toBe(true);
  expect(shown(output.nameSpan)).toBe("");
});
