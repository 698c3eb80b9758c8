import { describe, expect, test } from "vitest";
import { completionsAt } from "../../netfilter/ide/completion.js";
import { applyEdits } from "../../netfilter/ide/edits.js";
import type { Language } from "../../netfilter/language.js";
import { fixture, nftSample } from "./fixture.js";

/** At `$0`, all of `some` are proposed and none of `not`. */
function check(language: Language, source: string, some: readonly string[], not: readonly string[] = []): void {
  const { analysis, offset } = fixture(language, source);
  const labels = completionsAt(analysis, offset).items.map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining([...some]));
  expect(labels.filter((label) => not.includes(label))).toEqual([]);
  expect(new Set(labels).size).toBe(labels.length);
}

function section(line: string, table = "filter"): string {
  return `*${table}\n:INPUT ACCEPT [0:0]\n:mine - [0:0]\n-A INPUT -i eth0 -j ACCEPT\n${line}\nCOMMIT\n`;
}

describe("iptables", () => {
  test.each<[string, string, string[], string[]]>([
    ["a line's start", "$0", ["-A", "-I", "COMMIT", "*nat", ":FORWARD ACCEPT [0:0]"], ["--dport"]],
    ["a chain of the table", "-A $0", ["INPUT", "FORWARD", "OUTPUT", "mine"], ["PREROUTING", "ACCEPT"]],
    ["a policy", "-P INPUT $0", ["ACCEPT", "DROP"], ["mine"]],
    ["a declared policy", ":FORWARD $0", ["ACCEPT", "DROP", "-"], []],
    ["a match", "-A INPUT -m $0", ["conntrack", "multiport", "mark"], ["hl", "LOG"]],
    ["a half-typed match", "-A INPUT -m conn$0", ["conntrack", "connmark"], []],
    ["a target", "-A INPUT -j $0", ["ACCEPT", "DROP", "LOG", "REJECT", "mine"], ["MASQUERADE", "INPUT", "TPROXY"]],
    ["a chain to go to", "-A INPUT -g $0", ["mine"], ["ACCEPT"]],
    ["a protocol", "-A INPUT -p $0", ["tcp", "udp", "icmp"], []],
    [
      "options",
      "-A INPUT -p tcp -m conntrack -$0",
      ["-s", "-j", "--dport", "--tcp-flags", "--ctstate"],
      ["-p", "--set-xmark", "-t"],
    ],
    ["options of a target", "-A INPUT -j LOG --$0", ["--log-prefix", "--log-level"], ["--ctstate"]],
    ["one of a list", "-A INPUT -m conntrack --ctstate NEW,$0", ["ESTABLISHED", "RELATED"], ["--ctproto"]],
    ["a service", "-A INPUT -p tcp --dport $0", ["ssh", "https"], []],
    ["an interface", "-A INPUT -i $0", ["eth0"], []],
    ["an address", "-A INPUT -s $0", [], ["ACCEPT", "-A"]],
    ["a comment", "# -m $0", [], ["conntrack"]],
  ])("%s: %s", (_, line, some, not) => check("iptables", section(line), some, not));

  test("targets by table and family", () => {
    check("iptables", section("-A POSTROUTING -j $0", "nat"), ["MASQUERADE", "SNAT"], ["REJECT"]);
    check("iptables", section("-A INPUT -m $0"), ["ttl"], ["hl"]);
    check("ip6tables", section("-A INPUT -m $0"), ["hl"], ["ttl"]);
  });

  test("the word under the cursor is replaced", () => {
    const { analysis, offset } = fixture("iptables", section("-A INPUT -m conntrack --ctstate NEW,EST$0 -j ACCEPT"));
    const found = completionsAt(analysis, offset).items.find(({ label }) => label === "ESTABLISHED");
    expect(found && applyEdits(analysis.tree.text, [{ span: found.span, text: found.text }])).toContain(
      "--ctstate NEW,ESTABLISHED -j ACCEPT",
    );
    expect(found?.markdown).toBeTruthy();
  });
});

test("of very many chains those are proposed that begin alike", () => {
  const chains = Array.from({ length: 3000 }, (_, index) => `:svc-${index} - [0:0]\n`).join("");
  const { analysis, offset } = fixture("iptables", `*filter\n${chains}-A INPUT -j svc-29$0\nCOMMIT\n`);
  const { items, incomplete } = completionsAt(analysis, offset);
  expect([items.length, incomplete, items[0]?.label]).toEqual([111, true, "svc-29"]);
});

function rule(text: string): string {
  return nftSample.replace("    drop\n", () => `    drop\n    ${text}\n`);
}

describe("nftables", () => {
  test.each<[string, string, string[], string[]]>([
    ["a rule", "$0", ["accept", "drop", "log", "tcp", "ip", "ct", "meta", "iifname"], ["chain"]],
    ["the fields of a header", "tcp $0", ["dport", "sport", "flags"], ["saddr", "accept"]],
    ["half-typed fields", "ip sa$0", ["saddr", "daddr"], []],
    ["the keys of ct", "ct $0", ["state", "mark"], ["saddr ", "iifname"]],
    ["the keys of meta", "meta $0", ["mark", "l4proto"], ["state"]],
    ["the values of a key", "ct state $0", ["established", "new"], ["accept"]],
    ["values in braces", "ct state { new, $0", ["established"], ["accept"]],
    ["chains", "jump $0", ["ssh"], ["input", "blocked"]],
    ["sets", "ip saddr @$0", ["blocked", "ports"], ["ssh"]],
    ["variables", "ip saddr $$0", ["lan"], ["ssh"]],
    ["what follows a comparison", "tcp dport 22 $0", ["accept", "log", "counter"], ["table"]],
    ["values in braces behind a counter", "counter ct state { $0", ["established"], ["comment"]],
    ["options of log", 'log prefix "x" $0', ["level", "group", "accept"], ["saddr"]],
    ["a word that every object knows", "constructor $0", [], ["undefined"]],
    ["options of reject", "reject with $0", ["tcp"], []],
  ])("%s: %s", (_, text, some, not) => check("nftables", rule(text), some, not));

  test.each<[string, string, string[], string[]]>([
    ["a file", "$0", ["table", "define", "include", "flush"], ["accept"]],
    ["a table", "table ip t {\n  $0\n}\n", ["chain", "set", "map"], ["accept"]],
    ["a rule on one line", "table ip t {\n}\nadd rule ip t c $0\n", ["accept", "tcp"], ["chain"]],
    ["a family", "table $0", ["ip", "inet"], ["accept"]],
    ["a chain's type", "table ip t {\n chain c {\n  type $0\n }\n}\n", ["filter", "nat", "route"], ["ipv4_addr"]],
    ["a hook", "table ip t {\n chain c {\n  type filter hook $0\n }\n}\n", ["input", "forward"], ["accept"]],
    [
      "a priority",
      "table ip t {\n chain c {\n  type filter hook input priority $0\n }\n}\n",
      ["filter", "raw"],
      ["dstnat"],
    ],
    ["a set's type", "table ip t {\n set s {\n  type $0\n }\n}\n", ["ipv4_addr", "inet_service", "mark"], ["nat"]],
    ["a set's flags", "table ip t {\n set s {\n  flags $0\n }\n}\n", ["interval", "timeout"], ["dormant"]],
    ["a set's setting", "table ip t {\n set s {\n  $0\n }\n}\n", ["type", "flags", "elements"], ["accept"]],
  ])("%s", (_, source, some, not) => check("nftables", source, some, not));

  const two =
    "table ip t {\n chain c {\n }\n set s {\n  type mark\n }\n counter n {\n }\n}\ntable inet u {\n chain d {\n }\n}\n";
  test.each<[string, string[], string[]]>([
    ["add $0", ["table", "rule", "element"], ["ruleset", "accept"]],
    ["flush $0", ["ruleset", "chain"], ["rule"]],
    ["add rule $0", ["ip t", "inet u", "bridge"], ["accept", "t"]],
    ["add rule ip $0", ["t"], ["u", "inet", "accept"]],
    ["add rule inet u $0", ["d"], ["c", "accept"]],
    ["add rule t $0", ["c"], ["d"]],
    ["insert rule inet u d $0", ["accept", "tcp"], ["d"]],
    ["add rule inet u d jump $0", ["d"], ["c"]],
    ["add rule ip t c ip saddr @$0", ["s"], []],
    ["delete rule ip t c $0", ["handle"], ["accept"]],
    ["add element ip t $0", ["s"], ["c"]],
    ["delete set ip t $0", ["s"], ["c", "n"]],
    ["delete chain t $0", ["c"], ["s"]],
    ["reset counter ip t $0", ["n"], ["s"]],
    ["add chain ip t $0", [], ["c", "accept"]],
    ["delete ct $0", ["helper", "timeout"], ["state"]],
    ["list ruleset $0", ["ip", "inet"], ["ip t"]],
    ["add table ip $0", ["t"], ["u"]],
  ])("a command: %s", (line, some, not) => check("nftables", `${two}${line}\n`, some, not));
});
