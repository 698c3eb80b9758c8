import { describe, expect, it } from "vitest";
import { nftRuleset } from "../../netfilter/model/nft.js";
import type { Action, Condition, Part, Ruleset } from "../../netfilter/model/ruleset.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";

function ruleset(text: string): Ruleset {
  return nftRuleset(parseNft(text));
}

function condition({ field, mask, op, values }: Condition): string {
  const masked = mask === undefined ? field : `${field} & ${mask}`;
  switch (values.kind) {
    case "ranges":
      return `${masked} ${op} ${values.ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",")}`;
    case "names":
      return `${masked} ${op} ${values.names.join()}`;
    case "set":
      return `${masked} ${op} @${values.name}${values.set ? "" : "?"}`;
    case "opaque":
      return `${masked} ?`;
  }
}

function action(part: Action): string {
  switch (part.do) {
    case "verdict":
      return part.verdict;
    case "jump":
    case "goto":
      return `${part.do} ${part.target.name || "{}"}${part.target.definition ? "" : "?"}`;
    case "verdictMap":
      return `vmap ${part.field}: ${[...part.verdicts, ...part.targets.map(({ name }) => `>${name}`)].join()}`;
    case "setMark": {
      const { value } = part;
      const written =
        value === "opaque"
          ? "?"
          : "constant" in value
            ? `${value.constant}`
            : `${value.from} & ${value.mask.toString(16)}`;
      return `${part.target} clear ${part.clear.toString(16)} ^ ${written}`;
    }
    case "nat":
      return part.type;
    case "notrack":
      return "notrack";
    case "other":
      return part.effect;
  }
}

function show(part: Part): string {
  return part.kind === "condition" ? condition(part) : action(part);
}

/** The parts of the one rule of a chain. */
function check(rule: string, expected: readonly string[], family = "ip"): void {
  const text = `define eth = eth0\ntable ${family} t {\n set s { type ipv4_addr; }\n map v { type inet_service : verdict; elements = { 22 : jump d, 23 : drop }; }\n chain d {\n }\n chain c {\n  ${rule}\n }\n}\n`;
  const found = ruleset(text).tables[0]?.chains.find(({ name }) => name === "c")?.rules[0];
  expect(found?.parts.map(show)).toEqual(expected);
}

describe("conditions", () => {
  it.each([
    ["ip saddr 10.0.0.1 accept", ["ip saddr == 167772161", "accept"]],
    ["ip saddr 10.0.0.0/24", ["ip saddr == 167772160-167772415"]],
    ["ip saddr != { 10.0.0.1, 10.0.0.3-10.0.0.4 }", ["ip saddr != 167772161,167772163-167772164"]],
    ["ip saddr @s", ["ip saddr == @s"]],
    ["ip saddr @nope", ["ip saddr == @nope?"]],
    ["tcp dport { ssh, 80-90 }", ["meta l4proto == 6", "tcp dport == 22,80-90"]],
    ["meta l4proto tcp tcp dport 22", ["meta l4proto == 6", "tcp dport == 22"]],
    ["tcp dport > 1023", ["meta l4proto == 6", "tcp dport == 1024-65535"]],
    ["icmp type echo-request", ["meta l4proto == 1", "icmp type == 8"]],
    ["ct state new,established", ["ct state set 10"]],
    ["ct state { new, established }", ["ct state == 8,2"]],
    ["ct state == new", ["ct state == 8"]],
    ["ct state ! invalid", ["ct state unset 1"]],
    ["ct state != invalid", ["ct state != 1"]],
    ["tcp flags syn / fin,syn", ["meta l4proto == 6", "tcp flags & 3 == 2"]],
    ["tcp flags & (fin|syn) == syn", ["meta l4proto == 6", "tcp flags & 3 == 2"]],
    ["meta mark & 0xff == 0x10", ["meta mark & 255 == 16"]],
    ["mark 0x10", ["meta mark == 16"]],
    ["ct mark 1-3", ["ct mark == 1-3"]],
    ["iifname $eth", ["meta iifname == eth0"]],
    ['iifname { "eth*", lo }', ["meta iifname == eth*,lo"]],
    ["ip saddr . tcp dport { 10.0.0.1 . 22 }", ["meta l4proto == 6", "ip saddr . tcp dport ?"]],
    ["limit rate 1/second", ["limit ?"]],
    ["ct original ip saddr 10.0.0.1", ["ct original ip saddr == 167772161"]],
  ])("%s", (rule, expected) => {
    check(rule, expected);
  });

  it("asks for the version of IP in tables that see both", () => {
    check("ip saddr 10.0.0.1", ["meta nfproto == 2", "ip saddr == 167772161"], "inet");
    check("icmpv6 type 1", ["meta nfproto == 10", "meta l4proto == 58", "icmpv6 type == 1"], "inet");
    check("ip6 saddr ::1", ["meta protocol == 34525", "ip6 saddr == 1"], "bridge");
  });
});

describe("actions", () => {
  it.each([
    ["meta mark set 0x10", ["packet clear ffffffff ^ 16"]],
    ["meta mark set meta mark & 0xffffff00 | 0x10", ["packet clear ff ^ 16"]],
    ["meta mark set meta mark | 0x10", ["packet clear 10 ^ 16"]],
    ["meta mark set meta mark ^ 0x10", ["packet clear 0 ^ 16"]],
    ["meta mark set ct mark", ["packet clear ffffffff ^ connection & ffffffff"]],
    ["ct mark set meta mark and 0xff", ["connection clear ffffffff ^ packet & ff"]],
    ["meta mark set meta mark & 0xff00 | ct mark & 0xff", ["packet clear ffff00ff ^ connection & ff"]],
    ["meta mark set ip saddr map { 10.0.0.1 : 1 }", ["packet clear ffffffff ^ ?"]],
    ["counter log accept", ["inert", "inert", "accept"]],
    ["jump d", ["jump d"]],
    ["goto nope", ["goto nope?"]],
    ["tcp dport vmap { 22 : accept, 80 : jump d }", ["meta l4proto == 6", "vmap tcp dport: accept,>d"]],
    ["tcp dport vmap @v", ["meta l4proto == 6", "vmap tcp dport: drop,>d"]],
    ["masquerade", ["masquerade"]],
    ["notrack", ["notrack"]],
    ["reject", ["reject"]],
    ["queue num 1", ["queue"]],
    ["meta nftrace set 1", ["inert"]],
    ["ip dscp set ef", ["unmodelled"]],
    ["add @s { ip saddr }", ["unmodelled"]],
  ])("%s", (rule, expected) => {
    check(rule, expected);
  });

  it("follows a chain without a name", () => {
    check("jump {\n accept\n }", ["jump {}"]);
  });
});

describe("the file as a whole", () => {
  /** Tables with their chains and how many rules each has. */
  const outline = (text: string) =>
    ruleset(text).tables.map(
      ({ family, name, chains }) =>
        `${family} ${name}: ${chains.map((chain) => `${chain.name} ${chain.rules.length}`).join(", ")}`,
    );

  it.each([
    ["table ip t {\n chain c {\n  accept\n }\n}\ntable ip t {\n chain c {\n  drop\n }\n}\n", ["ip t: c 2"]],
    ["table t\nadd chain t c\nadd rule t c accept\ninsert rule t c drop\n", ["ip t: c 2"]],
    ["table ip t {\n chain c {\n  accept\n }\n}\nflush ruleset\ntable ip6 u {\n}\n", ["ip6 u: "]],
    ["table ip t {\n chain c {\n  accept\n }\n}\ndelete chain ip t c\n", ["ip t: "]],
    ["table ip t {\n chain c {\n  accept\n }\n}\nflush table ip t\n", ["ip t: c 0"]],
    ["table t {\n chain c {\n }\n}\ndelete table t\ntable t {\n chain d {\n }\n}\n", ["ip t: d 0"]],
    ["table t {\n chain c {\n }\n}\nrename chain t c d\nadd rule t d accept\n", ["ip t: d 1"]],
    ["add rule t c accept\n", []],
  ])("%s", (text, expected) => {
    expect(outline(text)).toEqual(expected);
  });

  it("reads base chains", () => {
    const text =
      "define p = -5\ntable inet t {\n chain c {\n  type filter hook input priority filter + 10; policy drop;\n }\n chain d {\n  type nat hook postrouting priority $p;\n }\n}\n";
    const [c, d] = ruleset(text).tables[0]?.chains ?? [];
    expect(c?.base).toMatchObject({ type: "filter", hook: "input", priority: 10, policy: "drop" });
    expect(d?.base).toMatchObject({ type: "nat", hook: "postrouting", priority: -5, policy: "accept", devices: [] });
  });

  it("counts elements and keeps what sets are", () => {
    const text =
      "table ip t {\n map m {\n  type ipv4_addr . inet_service : verdict; flags interval\n  elements = { 10.0.0.1 . 22 : accept }\n }\n}\nadd element ip t m { 10.0.0.2 . 22 : drop, 10.0.0.3 . 1 : drop }\n";
    expect(ruleset(text).tables[0]?.sets[0]).toMatchObject({
      kind: "map",
      name: "m",
      keyType: "ipv4_addr . inet_service",
      valueType: "verdict",
      flags: ["interval"],
      elementCount: 3,
    });
  });

  it("resolves every kind of name, in order of place", () => {
    const text = [
      "define w = eth0",
      "table ip t {",
      " counter n { }",
      " flowtable f { hook ingress priority 0; devices = { eth0 }; }",
      " set s { type ipv4_addr; }",
      " map v { type ifname : verdict; elements = { eth0 : jump d }; }",
      " chain d {",
      " }",
      " chain c {",
      '  iifname $w ip saddr @s counter name "n" jump d',
      "  add @s { ip saddr }",
      "  flow add @f",
      "  iifname vmap @v",
      " }",
      "}",
      "add rule ip t c goto nope",
      "",
    ].join("\n");
    expect(
      ruleset(text).references.map(
        ({ kind, name, how, definition }) => `${how} ${kind} ${name}${definition ? "" : "?"}`,
      ),
    ).toEqual([
      "jump chain d",
      "lookup variable w",
      "lookup set s",
      "lookup object n",
      "jump chain d",
      "update set s",
      "lookup object f",
      "lookup map v",
      "use table t",
      "use chain c",
      "goto chain nope?",
    ]);
  });

  it("binds a variable where it is used", () => {
    const text =
      "define a = 1\ntable ip t {\n define a2 = 2\n chain c {\n  tcp dport { $a, $a2 }\n }\n}\nredefine a = 3\ntable ip u {\n chain c {\n  tcp dport { $a, $a2 }\n }\n}\n";
    const { references, variables, tables } = ruleset(text);
    const used = references.map(({ definition }) => (definition ? variables.indexOf(definition as never) : -1));
    expect(used).toEqual([0, 1, 2, -1]);
    expect(variables.map(({ table }) => table?.name)).toEqual([undefined, "t", undefined]);
    expect(tables.map(({ chains }) => chains[0]?.rules[0]?.parts.map(show).at(-1))).toEqual([
      "tcp dport == 1,2",
      "tcp dport ?",
    ]);
  });

  it("knows when another file may define more", () => {
    expect(ruleset('table ip t {\n include "more.nft"\n}\n').incomplete).toBe(true);
    expect(ruleset("table ip t {\n}\n").incomplete).toBe(false);
  });

  it("keeps comments and counters of rules", () => {
    const text = 'table ip t {\n chain c {\n  counter packets 5 bytes 60 accept comment "hello"\n }\n}\n';
    expect(ruleset(text).tables[0]?.chains[0]?.rules[0]).toMatchObject({
      comment: "hello",
      counters: { packets: 5n, bytes: 60n },
    });
  });
});

describe("what a rule does alone", () => {
  const rules = [
    "ip saddr 10.0.0.1 tcp dport { 22, 80 } meta mark set 0x1 counter accept",
    "ct state vmap { established : accept, new : jump d }",
    "ip protocol tcp tcp flags syn ct count over 5 log reject with tcp reset",
    "iifname lan limit rate 5/second update @s { ip saddr } goto d",
  ];
  it.each(rules)("is among its parts, as the same objects: %s", (rule) => {
    const text = `table ip t {\n set s { type ipv4_addr; flags dynamic; }\n chain d {\n }\n chain c {\n  ${rule}\n }\n}\n`;
    const find = () => nftRuleset(parseNft(text)).tables[0]?.chains.find(({ name }) => name === "c")?.rules[0];
    const [first, second] = [find(), find()];
    const among = (found = first) => found?.parts.filter((part) => part.kind === "action") ?? [];
    const alone = first?.actions ?? [];
    expect(alone.length).toBeGreaterThan(0);
    expect(among().map((action, place) => action === alone[place])).toEqual(alone.map(() => true));
    expect(among(second).map((action) => action.do)).toEqual(alone.map((action) => action.do));
    expect(among(second).map((action, place) => action === second?.actions[place])).toEqual(alone.map(() => true));
  });
});
