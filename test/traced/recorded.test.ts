import { describe, expect, test } from "vitest";
import type { Language } from "../../netfilter/language.js";
import type { Rule } from "../../netfilter/model/ruleset.js";
import type { PacketTrace } from "../../netfilter/observe/trace/group.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { dispositionText } from "../../netfilter/simulate/traceText.js";
import type { FieldProblem } from "../../netfilter/text/fields.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { type Observed, observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { isLine, plainText } from "../../netfilter/traced/ruleText.js";
import { playTraced } from "../../netfilter/traced/sequence.js";
import { own, recording } from "../observe/recordings.js";
import { labState, recorded, recordedNames } from "../simulate/recorded/lab.js";
import { packetsIn, together } from "./sessions.js";

/**
 * Every rule that the tool told stands in the steps as the rule with the tool's own text; told in the other language's words, by
 * its place in the listing of that language. How many there were; what could not be found is given back.
 */
function joined(traces: readonly PacketTrace[], rules: TracedRules, listings: readonly Loaded[] = []) {
  let found = 0;
  const missing: string[] = [];
  for (const trace of traces) {
    const { tellings } = observed(trace, rules);
    for (const { rule, text, kind, place, problem } of tellings) {
      if (kind === "policy") continue;
      if (!rule) {
        missing.push(`${place}: ${text}: ${problem}`);
        continue;
      }
      found++;
      if (text === undefined) continue;
      expect(wordsOf(rule, isLine(text), rules, listings), place).toBe(numbersAsNames(plainText(text)));
    }
  }
  return { found, missing };
}

function wordsOf(rule: Rule, asLine: boolean, rules: TracedRules, listings: readonly Loaded[]): string {
  const text = rules.textOf(rule);
  if (isLine(text) === asLine) return numbersAsNames(text);
  const { name, table } = rule.chain;
  const same = listings
    .filter(({ ruleset }) => (ruleset.language === "iptables") === asLine)
    .flatMap(({ text: whole, ruleset }) =>
      ruleset.tables
        .filter((one) => one.family === table.family && one.name === table.name)
        .flatMap(({ chains }) => chains.filter((one) => one.name === name))
        .map(({ rules: listed }) => listed[rule.chain.rules.indexOf(rule)])
        .map((one) => one && numbersAsNames(plainText(whole.slice(one.start, one.end)))),
    );
  return same[0] ?? "not listed";
}

/** `nft -n monitor trace` and `nft list ruleset` write some values differently. */
function numbersAsNames(text: string): string {
  return text
    .replace("tcp flags 0x2 / 0x2,0x4", "tcp flags syn / syn,rst")
    .replace("tcp flags 0x2 ", "tcp flags syn ")
    .replace("tcp flags & (0x2 | 0x4) == 0x2", "tcp flags & (syn | rst) == syn")
    .replace("ct state 0x4,0x2", "ct state related,established")
    .replace("icmp type 13", "icmp type admin-prohibited");
}

describe("packets recorded in namespaces", () => {
  const load = (file: string, language: Language) => loadRules(file, recorded(file), language);
  const nftOfIptables = load("ipt_nft_as_nft_list.txt", "nftables");
  const sessions = [
    { folder: "nft", ending: "trace.txt", rules: [load("rich_ruleset_list_a.txt", "nftables")] },
    { folder: "ipt-nft", ending: "nftmon.txt", rules: [load("ipt_rules_nft_save.txt", "iptables")] },
    { folder: "ipt-nft", ending: "xtmon.txt", rules: [load("ipt_rules_nft_save.txt", "iptables")] },
    { folder: "ipt-legacy", ending: "dmesg.txt", rules: [load("ipt_rules_legacy_save.txt", "iptables")] },
  ];
  const links = ["wan1 fe80::a06f:88ff:fe38:dcc9", "lan0 fe80::748d:dff:fe9d:6c5e"];
  const files = sessions.flatMap((session) =>
    recordedNames(session.folder).map((name) => ({
      ...session,
      name,
      file: `${session.folder}/${name}.${session.ending}`,
    })),
  );

  test.each(files)("$file is as simulated", ({ file, rules: loaded }) => {
    const rules = new TracedRules(loaded);
    const traces = packetsIn(recorded(file), rules);
    const lines = /^(?:trace id .* rule |\s*TRACE: .*:rule:|.* TRACE: \S+:rule:)/gm;
    const { found, missing } = joined(traces, rules, [nftOfIptables]);
    expect(missing).toEqual([]);
    expect(found).toBe(recorded(file).match(lines)?.length);
    const played = playTraced(traces, loaded, { ...labState({ links }), conntrack: [] });
    expect(played.length).toBeGreaterThan(0);
    for (const [index, one] of played.entries()) {
      if ("why" in one) expect(one.why).toMatch(/xtables-monitor|ICMP error/);
      else
        expect(
          firstDifference(one.trace, observed(traces[index] as PacketTrace, rules), (rule) => rules.textOf(rule)),
        ).toBeUndefined();
    }
  });
});

/** A virtual machine's router as its own commands told it, with an empty conntrack table. */
function stateOf(machine: string): RouterState {
  const json = (name: string) => JSON.parse(recording(`vm/${machine}/${name}.txt`));
  const problems: FieldProblem[] = [];
  const state = readState(
    {
      interfaces: json("ip-j-addr"),
      ...{ routes: json("ip-j-route-table-all"), routes6: json("ip-6-j-route-table-all") },
      ...{ rules: json("ip-j-rule"), rules6: json("ip-6-j-rule"), tables: { uplinkA: 100, uplinkB: 200 } },
      sysctls: recording(`vm/${machine}/sysctl-net-relevant.txt`),
      conntrack: [],
    },
    problems,
  );
  expect(problems).toEqual([]);
  return state as RouterState;
}

describe("packets recorded on virtual machines", () => {
  const machines = ["bw61", "bw612", "tx612"];
  const files = [
    "nft-monitor-trace.txt",
    "nft-n-monitor-trace.txt",
    "nft-j-monitor-trace.txt",
    "nft-monitor-trace-udp-and-ip6.txt",
    "nft-monitor-trace-of-iptables-TRACE.txt",
    "xtables-monitor-trace.txt",
  ];
  const cases = machines.flatMap((machine) => files.map((file) => ({ machine, file })));
  /** What traced the packets came and went with the trace, so that no listing has it. */
  const tracing = /tr6? pre|nftrace set 1|-j TRACE/;

  const rulesOf = (machine: string, names: Readonly<Record<string, Language>>) =>
    Object.entries(names).map(([name, language]) => loadRules(name, recording(`vm/${machine}/${name}`), language));

  test.each(cases)("$machine $file: iptables' lines and nft's rules", ({ machine, file }) => {
    const listing = rulesOf(machine, { "nft-a-list-ruleset.txt": "nftables" });
    const lines = rulesOf(machine, { "iptables-save-c.txt": "iptables", "ip6tables-save-c.txt": "ip6tables" });
    const both = [...lines, ...listing];
    for (const rules of [new TracedRules(listing), new TracedRules(both), new TracedRules(lines, listing)]) {
      const known = new Set(
        rules.loaded.flatMap(({ ruleset }) => ruleset.tables.map(({ family, name }) => `${family} ${name}`)),
      );
      const { found, missing } = joined(packetsIn(recording(`vm/${machine}/${file}`), rules), rules, both);
      expect(found).toBeGreaterThan(4);
      const wanted = missing.filter((one) => known.has(one.split(" ", 2).join(" ")) && !tracing.test(one));
      expect(wanted).toEqual([]);
    }
  });

  test.each(cases)("$machine $file: as simulated with what the router said of itself", ({ machine, file }) => {
    const names = { "nft-a-list-ruleset.txt": "nftables", "iptables-save-c.txt": "iptables" } as const;
    const loaded = together(...rulesOf(machine, { ...names, "ip6tables-save-c.txt": "ip6tables" }));
    const rules = new TracedRules(loaded);
    const traces = packetsIn(recording(`vm/${machine}/${file}`), rules);
    const played = playTraced(traces, loaded, stateOf(machine));
    const differences = played.map((one, index) =>
      "why" in one ? one.why : firstDifference(one.trace, observed(traces[index] as PacketTrace, rules))?.text,
    );
    expect(differences).toEqual(played.map(() => undefined));
  });

  test.each(machines)("%s: old iptables' log, by position", (machine) => {
    const [, text = ""] = recording(`vm/${machine}/e-legacy-and-nft-mixed-iptables-save.txt`).split("--- legacy\n");
    const rules = new TracedRules([loadRules("legacy", text, "iptables")]);
    const [packet, ...others] = packetsIn(recording(`vm/${machine}/e-legacy-TRACE-dmesg.txt`), rules);
    expect(others).toEqual([]);
    const { tellings, disposition } = observed(packet as PacketTrace, rules);
    expect(tellings.map(({ rule, place, verdict }) => `${rule ? rules.textOf(rule) : place} ${verdict}`)).toEqual([
      "ip raw PREROUTING accept",
      "-A PREROUTING -j MYCHAIN jump MYCHAIN",
      "-A MYCHAIN -p tcp -j MARK --set-xmark 0x5/0xffffffff continue",
      "-A MYCHAIN -j RETURN return",
      "ip mangle PREROUTING accept",
      "ip mangle FORWARD accept",
      "-A FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT accept",
      "ip mangle POSTROUTING accept",
    ]);
    expect(disposition).toEqual({ end: "sent", oif: "wan1" });
  });

  test.each(machines)("%s: story 000's third packet just ends", (machine) => {
    const watch =
      "table ip tr {\nchain pre {\ntype filter hook prerouting priority -350\n}\nchain post {\ntype filter hook postrouting priority 2147483646\n}\n}\n";
    const saved = loadRules("rules", recording(`vm/${machine}/incident-iptables-save-c-before.txt`), "iptables");
    const rules = new TracedRules([saved, loadRules("watch", watch, "nftables")]);
    const traces = packetsIn(recording(`vm/${machine}/incident-nft-monitor-trace.txt`), rules);
    const [syn, answer, ack] = traces.map((trace) => observed(trace, rules));
    expect([syn?.disposition, answer?.disposition]).toEqual([
      { end: "sent", oif: "wan2" },
      { end: "sent", oif: "lan0" },
    ]);
    expect(ack?.sentence).toBe(
      "Last seen in ip mangle PREROUTING, where a rule accepts it; nothing came after that: it was delivered or sent on where no chain sees it, or the routing decision dropped it (kfree_skb).",
    );
  });
});

describe("incidents recorded in namespaces", () => {
  const folder = "incidents/a_mark_mismatch";
  const traced = `${recorded(`${folder}/rules.ipt`)}*raw\n-A PREROUTING -s 192.168.1.11/32 -p tcp -j TRACE\n-A PREROUTING -p tcp -m tcp --sport 80 -j TRACE\nCOMMIT\n`;

  test.each([
    ["incidents/a_mark_mismatch/rules.ipt", traced, "incidents/a_mark_mismatch/loose0.xtmon.txt", "iptables"],
    ["incidents/b_syn_dropped_in_input/rules.nft", undefined, "incidents/b_syn_dropped_in_input/trace.txt", "nftables"],
    ["incidents/d_redirect_nfqueue/rules.ipt", undefined, "incidents/d_redirect_nfqueue/bad.xtmon.txt", "iptables"],
    ["incidents/d_redirect_nfqueue/rules.ipt", undefined, "incidents/d_redirect_nfqueue/good.xtmon.txt", "iptables"],
    [
      "incidents/d_redirect_nfqueue/rules.ipt",
      undefined,
      "incidents/d_redirect_nfqueue/noprogram.xtmon.txt",
      "iptables",
    ],
  ] as const)("%s: all rules are found, and nothing differs", (file, text, trace, language) => {
    const loaded = [loadRules(file, text ?? recorded(file), language)];
    const rules = new TracedRules(loaded);
    const traces = packetsIn(recorded(trace), rules);
    const { found, missing } = joined(traces, rules);
    expect(missing).toEqual([]);
    expect(found).toBeGreaterThan(4);
    const state = labState({ marks: true, sysctls: { "net.netfilter.nf_conntrack_tcp_loose": "0" } });
    for (const [index, one] of playTraced(traces, loaded, state).entries())
      if ("trace" in one)
        expect(firstDifference(one.trace, observed(traces[index] as PacketTrace, rules))?.text).toBeUndefined();
  });

  test("004: what a program on a queue changed belongs to the rule that handed the packet over", () => {
    const rules = new TracedRules([
      loadRules("rules.ipt", recorded("incidents/d_redirect_nfqueue/rules.ipt"), "iptables"),
    ]);
    const [syn] = packetsIn(recorded("incidents/d_redirect_nfqueue/bad.xtmon.txt"), rules);
    const changed = observed(syn as PacketTrace, rules).steps.filter(({ changes }) => changes.length > 0);
    expect(changed.map((step) => [step.kind === "rule" ? rules.textOf(step.rule) : step.kind, step.changes])).toEqual([
      [
        "callback",
        [
          { field: "ip daddr", before: "203.0.113.10", after: "192.168.1.1" },
          { field: "tcp dport", before: "80", after: "3128" },
        ],
      ],
      [
        "-A INPUT -p tcp -m tcp --dport 3128 -j NFQUEUE --queue-num 5",
        [{ field: "tcp dport", before: "3128", after: "3129" }],
      ],
    ]);
  });

  test("000: what the kernel kills between the hooks looks like what left, and the simulation says which it was", () => {
    const loaded = [loadRules("rules.ipt", traced, "iptables")];
    const rules = new TracedRules(loaded);
    const traces = packetsIn(recorded(`${folder}/loose0.xtmon.txt`), rules);
    const state = labState({ marks: true, sysctls: { "net.netfilter.nf_conntrack_tcp_loose": "0" } });
    const seen = traces.map((trace) => observed(trace, rules));
    const played = playTraced(traces, loaded, state).flatMap((one) => ("trace" in one ? [one.trace] : []));
    expect(joined(traces, rules).missing).toEqual([]);
    expect(played.map((trace, index) => firstDifference(trace, seen[index] as Observed))).toEqual(
      played.map(() => undefined),
    );
    expect(seen.map(({ sentence }) => sentence)).toMatchInlineSnapshot(`
      [
        "Last seen in ip nat POSTROUTING, where a rule accepts it; nothing came after that: it left by wan2, or the kernel dropped it between the hooks (kfree_skb).",
        "Last seen at the end of ip mangle POSTROUTING, whose policy is accept; nothing came after that: it left by lan0, or the kernel dropped it between the hooks (kfree_skb).",
        "Last seen at the end of ip mangle POSTROUTING, whose policy is accept; nothing came after that: it left by wan1, or the kernel dropped it between the hooks (kfree_skb).",
        "Last seen at the end of ip mangle POSTROUTING, whose policy is accept; nothing came after that: it left by wan2, or the kernel dropped it between the hooks (kfree_skb).",
        "Last seen at the end of ip mangle POSTROUTING, whose policy is accept; nothing came after that: it left by lan0, or the kernel dropped it between the hooks (kfree_skb).",
      ]
    `);
    expect(played.map(({ disposition }) => dispositionText(disposition))).toMatchInlineSnapshot(`
      [
        "sent by wan2 to 10.0.2.1",
        "sent by lan0",
        "dropped: nat at postrouting: outgoing interface changed: the connection was masqueraded for wan2 and leaves by wan1, so it is deleted and the packet dropped",
        "sent by wan2 to 10.0.2.1",
        "sent by lan0",
      ]
    `);
  });
});

describe("our own router's recordings", () => {
  const listing = loadRules("ruleset.nft.txt", own("ruleset.nft.txt"), "nftables");
  const rules = new TracedRules([listing]);
  const lines = loadRules(
    "as xtables-monitor writes them, without what it cannot",
    "*raw\n-A PREROUTING -p icmp -j TRACE\nCOMMIT\n*nat\n:post - [0:0]\n-A post -o wan0\nCOMMIT\n",
    "iptables",
  );

  test.each([
    ["trace-nft.txt", "by handle and text"],
    ["trace-xtables.txt", "by handle alone"],
  ])("%s: %s", (file) => {
    const traces = packetsIn(own(file), rules);
    expect(joined(traces, rules, [lines])).toEqual({ found: 33, missing: [] });
    for (const one of traces.map((trace) => observed(trace, rules))) expect(one.notes).toEqual([]);
  });

  test("the same steps come of both tools", () => {
    const steps = (file: string) =>
      packetsIn(own(file), rules).map((trace) => {
        const { steps: seen, disposition } = observed(trace, rules);
        return [...seen.map((step) => ({ ...step, changes: [] })), disposition];
      });
    expect(steps("trace-xtables.txt")).toEqual(steps("trace-nft.txt"));
  });
});
