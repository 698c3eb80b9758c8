import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Rules } from "../../../client/path/calls.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import { ruleAtCursor } from "../../../webview/path/cursorRule.js";
import type { PacketForm } from "../../../webview/protocol.js";
import { storyRules, storyState } from "./story.js";

function value<T>(answer: { readonly value: T } | { readonly problems: readonly string[] }): T {
  if ("problems" in answer) throw new Error(answer.problems.join("\n"));
  return answer.value;
}

function rulesOf(text: string, name = "r", onDisk = false): Rules {
  const language = text.startsWith("*") ? "iptables" : "nftables";
  const state = { file: "s", text: JSON.stringify(storyState) };
  return { documents: [{ name, text, language, onDisk }], state };
}

const packet: PacketForm = {
  ...{ iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20" },
  ...{ protocol: "tcp", sport: "40000", dport: "443", flags: "syn" },
};

/** How the packet, or the last of its exchange, stands to the rule that begins with the words: `sentence | rows`. */
function standing(rules: Rules, words: string, { exchange = false, form = packet, observed = false } = {}): string {
  const text = rules.documents[0]?.text ?? "";
  const line = text.split("\n").findIndex((one) => one.trim().startsWith(words)) + 1;
  expect([words, line]).not.toEqual([words, 0]);
  const packets = value(performRulesetCall("followPacket", { rules, form, exchange }));
  const chains = value(performRulesetCall("ruleLines", { rules }));
  const last = exchange ? packets.at(-1) : packets[0];
  const { sentence, rows } = ruleAtCursor(last, chains, { file: rules.documents[0]?.name ?? "", line }, observed);
  const drawn = last?.full.boxes.flatMap((box) =>
    box.rows.map((row) => [row.id, `${box.title}: ${row.text}`] as const),
  );
  return [sentence.replace(/^The rule at line \d+ /, ""), ...[...rows].map((id) => new Map(drawn).get(id))].join(" | ");
}

test("story 000: met, matched, or why not reached", () => {
  const rules = rulesOf(storyRules);
  const check = (words: string, first: string, last: string) =>
    expect([standing(rules, words), standing(rules, words, { exchange: true })]).toEqual([first, last]);
  const mangle = "prerouting: ip mangle PREROUTING";
  const nat = "postrouting: ip nat POSTROUTING";
  check(
    "-A iBugOptimized -j ACCEPT",
    `(ip mangle iBugOptimized): it matches and decides accept. | ${mangle}`,
    `(ip mangle iBugOptimized): not reached: no rule that matches leads to its chain. | ${mangle}`,
  );
  check(
    "-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT",
    `(ip mangle PREROUTING): the packet meets it, and it does not match. | ${mangle}`,
    `(ip mangle PREROUTING): it matches and decides accept. | ${mangle}`,
  );
  const line = (words: string) => storyRules.split("\n").indexOf(words) + 1;
  const jump = line("-A PREROUTING -s 172.17.0.2/32 -j iBugOptimized");
  const marked = line("-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT");
  check(
    "-A PREROUTING -j CONNMARK --save-mark",
    `(ip mangle PREROUTING): not reached: the rule at line ${jump} ends the way through its chain before (jump iBugOptimized). | ${mangle}`,
    `(ip mangle PREROUTING): not reached: the rule at line ${marked} ends the way through its chain before (accept). | ${mangle}`,
  );
  check(
    "-A POSTROUTING -o eth0",
    `(ip nat POSTROUTING): the packet meets it, and it does not match. | ${nat}`,
    `(ip nat POSTROUTING): not reached: the packet ended before, at postrouting. | ${nat}`,
  );
});

test("other hooks, other families, nobody's chains", () => {
  const table = (...chains: readonly string[]) => rulesOf(`table inet t {\n${chains.join("\n")}\n}\n`);
  const base = (hook: string, rules: string, type = "filter") =>
    `chain ${hook} {\n type ${type} hook ${hook} priority 0;\n ${rules}\n}`;
  const check = (rules: Rules, words: string, expected: string, options = {}) =>
    expect(standing(rules, words, options).split(" | ")).toEqual(expected.split(" | "));
  const drops = table(
    base("prerouting", "tcp dport 443 drop\n ip saddr 1.1.1.1 drop"),
    base("input", "udp dport 53 drop"),
  );
  check(
    drops,
    "ip saddr",
    "(inet t prerouting): not reached: the rule at line 4 ends the way through its chain before (drop). | prerouting: inet t prerouting",
  );
  check(
    drops,
    "udp dport",
    "(inet t input): not reached: the packet ended before, at prerouting. | input: inet t input",
  );
  const toPpp0 = base("prerouting", "meta mark set 54");
  const own = table(toPpp0, base("input", "udp dport 53 drop"), base("forward", "tcp dport 80 drop"));
  check(own, "udp dport", "(inet t input): not reached: the packet does not pass input. | input: inet t input");
  const loose = table(base("forward", "tcp dport 80 drop"), "chain loose {\n udp dport 53 drop\n}");
  check(loose, "udp dport", "(inet t loose): no packet comes here, as no base chain leads to its chain.");
  const six = rulesOf("table ip6 t {\n chain c {\n type filter hook forward priority 0;\n udp dport 53 drop\n }\n}\n");
  check(six, "udp dport", "(ip6 t c): not reached: its chain does not see packets of this family.");
  const both = table(
    base("prerouting", "meta mark set 54 jump common"),
    base("forward", "jump common"),
    "chain common {\n tcp dport 443 counter\n tcp dport 80 accept\n}",
  );
  const rows = "prerouting: inet t prerouting | forward: inet t forward";
  check(both, "tcp dport 443", `(inet t common): it matches twice. | ${rows}`);
  check(both, "tcp dport 80", `(inet t common): the packet meets it twice, and it does not match. | ${rows}`);
  const nat = table(base("postrouting", "oifname ppp0 masquerade\n udp dport 53 drop", "nat"), toPpp0);
  const known = {
    ...packet,
    flags: "ack",
    connection: "original",
    ctMark: "54",
    otherWay: "198.51.100.20:443 > 10.250.193.4:40000",
  };
  check(
    nat,
    "udp dport",
    "(inet t postrouting): not reached: nat chains are asked for a connection's first packet only. | postrouting: inet t postrouting",
    { form: known },
  );
  check(both, "tcp dport 80", `(inet t common): the packet meets it twice, and it does not match. | ${rows}`, {
    observed: true,
  });
  check(nat, "udp dport", "(inet t postrouting): the trace tells of no match. | postrouting: inet t postrouting", {
    observed: true,
  });
});

test("rules over several lines and in files that are included", () => {
  const folder = mkdtempSync(join(tmpdir(), "hookscope-lines-"));
  try {
    writeFileSync(join(folder, "part.nft"), "# one\ntcp dport {\n 80,\n 443 } drop\n");
    const text =
      'table ip t {\n chain c {\n  type filter hook forward priority 0;\n  include "./part.nft"\n  udp dport 53 \\\n   accept\n }\n}\n';
    const lines = value(performRulesetCall("ruleLines", { rules: rulesOf(text, join(folder, "main.nft"), true) }));
    expect(lines).toEqual([
      { where: "ip t c", file: join(folder, "part.nft"), lines: [2, 4], bases: ["ip t c"] },
      { where: "ip t c", file: join(folder, "main.nft"), lines: [5, 6], bases: ["ip t c"] },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("where no rule stands there is nothing to say", () => {
  const rules = rulesOf(storyRules);
  expect(standing(rules, ":FORWARD DROP")).toBe("");
  expect(ruleAtCursor(undefined, [], { file: "r", line: 1 }, false).sentence).toBe("");
});
