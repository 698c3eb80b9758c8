import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import { countedChains } from "../../netfilter/observe/counted/chains.js";
import { readCounters } from "../../netfilter/observe/counted/listing.js";
import {
  type ChainCount,
  type ChainReading,
  CounterSeries,
  chainReadings,
} from "../../netfilter/observe/counted/series.js";
import { own, recording } from "./recordings.js";

function chainsOf(text: string, language: Language): ChainReading[] {
  const { ruleset } = analyze(text, language, { lint: false });
  return chainReadings(countedChains(ruleset, text), readCounters(text));
}

/** Readings of a listing, two seconds apart. */
function counted(readings: readonly string[], language: Language): ChainCount[] {
  const series = new CounterSeries();
  for (const [index, text] of readings.entries()) series.take(chainsOf(text, language), 10_000 + 2_000 * index);
  return series.counts();
}

/** `ip raw PREROUTING: 12 in, 3 dropped`; `4+` is at least 4, `0-2` between them. */
function texts(counts: readonly ChainCount[]): string[] {
  const text = ({ low, high }: ChainCount["came"]) =>
    high === low ? String(low) : high === undefined ? `${low}+` : `${low}-${high}`;
  return counts.map(
    ({ chain, came, dropped }) => `${chain.table} ${chain.name}: ${text(came)} in, ${text(dropped)} dropped`,
  );
}

const recorded = (name: string) =>
  own(`counted/${name}.txt`)
    .split(/^=== reading \d\n/m)
    .slice(1);

test.each([
  [
    "legacy",
    "iptables",
    [
      "filter INPUT: 6 in, 2 dropped",
      "filter FORWARD: 0 in, 0 dropped",
      "filter OUTPUT: 4 in, 0 dropped",
      "mangle PREROUTING: 6 in, 0 dropped",
      "mangle INPUT: 6 in, 0 dropped",
      "mangle FORWARD: 0 in, 0 dropped",
      "mangle OUTPUT: 4 in, 0 dropped",
      "mangle POSTROUTING: 4 in, 0 dropped",
      "raw PREROUTING: 12 in, 3 dropped",
      "raw OUTPUT: 4 in, 0 dropped",
    ],
  ],
  // Chains that `iptables-nft -A` made have policies that count nothing: `[0:0]` is no number of packets.
  [
    "iptables-nft",
    "iptables",
    [
      "mangle PREROUTING: 6+ in, 0 dropped",
      "mangle INPUT: 0+ in, 0 dropped",
      "mangle FORWARD: 0+ in, 0 dropped",
      "mangle OUTPUT: 0+ in, 0 dropped",
      "mangle POSTROUTING: 0+ in, 0 dropped",
      "raw PREROUTING: 12+ in, 3 dropped",
      "raw OUTPUT: 0+ in, 0 dropped",
      "filter INPUT: 6+ in, 2+ dropped",
      "filter FORWARD: 0+ in, 0 dropped",
      "filter OUTPUT: 0+ in, 0 dropped",
    ],
  ],
  [
    "nft-of-iptables",
    "nftables",
    [
      "raw PREROUTING: 12+ in, 3 dropped",
      "mangle PREROUTING: 6+ in, 0 dropped",
      "filter INPUT: 6+ in, 0+ dropped",
      "other early: 0+ in, 0+ dropped",
    ],
  ],
  [
    "nft",
    "nftables",
    [
      "fw early: 12 in, 3 dropped",
      "fw late: 6 in, 0 dropped",
      "fw input: 6+ in, 0+ dropped",
      "fw quiet: 0+ in, 0 dropped",
    ],
  ],
] as const)("%s: what came into its chains", (name, language, expected) => {
  expect(texts(counted(recorded(name), language))).toEqual(expected);
});

test("the story: conntrack's table is full, 10 packets in raw, 7 in mangle", () => {
  const after = recording("vm/tx612/c-table-full-iptables-save-c.txt");
  const before = after.replaceAll(/\[\d+:\d+\]/g, "[3:9]").replaceAll("[0:0]", "[3:9]");
  const moved = after.replaceAll(/\[(\d+):/g, (_, count) => `[${Number(count) + 3}:`);
  const lines = texts(counted([before, before, moved, moved], "iptables"));
  expect(lines).toContain("raw PREROUTING: 10 in, 0 dropped");
  expect(lines).toContain("mangle PREROUTING: 7 in, 0 dropped");
});

/** One base chain with these rules, read before and after; numbers stand in the rules as `BEFORE>AFTER`. */
function between(rules: string, language: Language): string {
  const readings = ["$1", "$2"].map((which) => rules.replaceAll(/(\d+)>(\d+)/g, which));
  return texts(counted(readings, language))[0]?.replace(/^.*: /, "") ?? "";
}

const legacy = (rules: string, policy = "ACCEPT") =>
  between(`*filter\n:INPUT ${policy} [5>15:0]\n:FORWARD ACCEPT [0:0]\n:u - [0:0]\n${rules}\nCOMMIT\n`, "iptables");

test.each([
  ["", "10 in, 0 dropped"],
  ["[0>4:0] -A INPUT -j LOG", "4 in, 0 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j LOG", "10 in, 0 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j LOG\n[0>4:0] -A INPUT -s 10.0.0.1 -j MARK --set-mark 1", "10 in, 0 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j DROP", "14 in, 4 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j RETURN", "10 in, 0 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j REJECT --reject-with icmp-port-unreachable", "14 in, 4 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j NFQUEUE --queue-num 0", "14 in, 0-4 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j SYNPROXY --mss 1460", "10-14 in, 0-4 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -j u\n[0>3:0] -A u -s 10.0.0.1 -j ACCEPT", "13 in, 0 dropped"],
  ["[0>4:0] -A INPUT -s 10.0.0.1 -g u\n[0>3:0] -A u -s 10.0.0.1 -j DROP", "13 in, 3 dropped"],
  // What leaves in a chain that two base chains jump to may have come from the other.
  ["[0>4:0] -A INPUT -j u\n[0>4:0] -A FORWARD -j u\n[0>3:0] -A u -s 10.0.0.1 -j DROP", "4 in, 0-3 dropped"],
  [
    "[0>4:0] -A INPUT -s 10.0.0.1 -j u\n[0>4:0] -A FORWARD -j u\n[0>3:0] -A u -s 10.0.0.1 -j DROP",
    "10-13 in, 0-3 dropped",
  ],
])("iptables: %s", (rules, expected) => {
  expect(legacy(rules)).toBe(expected);
});

test("a policy that drops", () => {
  expect(legacy("[0>4:0] -A INPUT -s 10.0.0.1 -j ACCEPT", "DROP")).toBe("14 in, 10 dropped");
});

const nft = (rules: string) => {
  const lines = rules.split("\n").map((rule) => `\t\t${rule}\n`);
  const chain = `\tchain c {\n\t\ttype filter hook input priority 0; policy accept;\n${lines.join("")}\t}\n`;
  const called = "\tchain u {\n\t\tudp dport 1 counter packets 0>2 bytes 0 accept\n\t}\n";
  return between(`table ip t {\n${chain}${called}}\n`, "nftables");
};
const c = "counter packets 0>4 bytes 0";

test.each([
  ["udp dport 9 drop", "0+ in, 0+ dropped"],
  [`udp dport 9 ${c} drop`, "4+ in, 4 dropped"],
  [`${c}\nudp dport 9 drop`, "4 in, 0+ dropped"],
  [`udp dport 8 accept\n${c}`, "4+ in, 0 dropped"],
  [`udp dport 8 counter packets 0>3 bytes 0 accept\n${c}`, "7 in, 0 dropped"],
  [`udp dport 8 counter packets 0>3 bytes 0 accept\n${c} drop`, "7 in, 4 dropped"],
  [`udp dport 8 counter packets 0>3 bytes 0 return\n${c} drop`, "4+ in, 4 dropped"],
  // Only who is counted before a limit is sure to have got past it.
  [`udp dport 9 ${c} limit rate 1/second drop`, "4+ in, 0-4 dropped"],
  [`limit rate 1/second ${c} drop`, "4+ in, 4 dropped"],
  [`udp dport 9 ${c} log prefix "x" drop`, "4+ in, 4 dropped"],
  [`${c} udp dport vmap { 1 : drop, 2 : accept }`, "4 in, 0-4 dropped"],
  [`${c} udp dport vmap { 1 : jump u }`, "4 in, 0 dropped"],
  [`${c} jump u`, "4 in, 0 dropped"],
  [`udp dport 9 ${c} queue to 1`, "4+ in, 0-4 dropped"],
  ["counter name k drop", "0+ in, 0+ dropped"],
  [`udp dport 9 ${c} comment "counter packets 0 bytes 0 drop"`, "4+ in, 0 dropped"],
])("nft: %s", (rules, expected) => {
  expect(nft(rules)).toBe(expected);
});

test("a map that others may fill leaves open who gets to the chains of its table", () => {
  const base = (name: string, hook: string, rule: string) =>
    `\tchain ${name} {\n\t\ttype filter hook ${hook} priority 0; policy accept;\n\t\t${rule}\n\t}\n`;
  const of = (rule: string) =>
    between(
      `table ip t {\n\tmap m {\n\t\ttype inet_service : verdict\n\t}\n${base("a", "input", `${c} jump u`)}${base("b", "forward", rule)}\tchain u {\n\t\tudp dport 1 counter packets 0>2 bytes 0 drop\n\t}\n}\n`,
      "nftables",
    );
  expect(of("udp dport 2 accept")).toBe("4 in, 2 dropped");
  expect(of("udp dport vmap @m")).toBe("4 in, 0-2 dropped");
});

test("another policy, rule, reset or reload begins its chain anew, and says for how long it has counted", () => {
  const check = (name: string, key: string, language: Language) => {
    const counts = counted(recorded(name), language);
    return counts
      .map(({ chain, forMs }) => `${chain.table} ${chain.name} ${(forMs ?? Number.NaN) / 1000} s`)
      .filter((text) => text.startsWith(key));
  };
  expect(check("nft", "fw", "nftables")).toEqual(["fw early 6 s", "fw late 6 s", "fw input 6 s", "fw quiet 6 s"]);
  expect(check("reloaded", "fw", "nftables")).toEqual(["fw early 6 s", "fw late 2 s", "fw input 6 s", "fw quiet 6 s"]);
  expect(check("reset", "raw", "iptables")).toEqual(["raw PREROUTING 6 s", "raw OUTPUT 6 s"]);
  expect(check("reset", "mangle PREROUTING", "iptables")).toEqual(["mangle PREROUTING 2 s"]);
  const ruleset = (policy: string) => `*filter\n:INPUT ${policy} [0:0]\nCOMMIT\n`;
  expect(counted([ruleset("ACCEPT"), ruleset("DROP")], "iptables")[0]?.forMs).toBe(0);
});

test("elements, times and quotas that change by themselves change no rule", () => {
  const at = (seconds: number, count: number) =>
    `table ip t {\n\tset s {\n\t\telements = { 10.0.0.${count} expires ${seconds}s counter packets 1 bytes 1 }\n\t}\n\tchain c {\n\t\ttype filter hook input priority 0;\n\t\tquota 5 mbytes used ${count} kbytes counter packets ${count} bytes 0\n\t\tlast used ${seconds}s\n\t}\n}\n`;
  expect(readCounters(at(1, 2)).shape).toBe(readCounters(at(9, 7)).shape);
  expect(readCounters(at(1, 2)).packets).toEqual([2]);
  expect(counted([at(1, 2), at(9, 7)], "nftables")[0]).toMatchObject({ came: { low: 5 }, forMs: 2000 });
});

test("what is certain between two chains although a listing is not read at one moment", () => {
  const listing = (raw: number, mangle: number) =>
    `*mangle\n:PREROUTING ACCEPT [${mangle}:0]\nCOMMIT\n*raw\n:PREROUTING ACCEPT [${raw}:0]\nCOMMIT\n`;
  const missing = (...readings: readonly (readonly [raw: number, mangle: number])[]) => {
    const [mangle, raw] = counted(
      readings.map((own) => listing(...own)),
      "iptables",
    );
    if (!raw?.certain) return undefined;
    return raw.certain.passedAtLeast - (mangle?.certain?.cameAtMost ?? Number.NaN);
  };
  expect(missing([0, 0], [10, 7])).toBeUndefined();
  expect(missing([0, 0], [0, 0], [10, 7])).toBe(-7);
  expect(missing([0, 0], [0, 0], [10, 7], [10, 7])).toBe(3);
  // Three packets came in raw after mangle had been read, each time a little later than the time before.
  expect(missing([100, 100], [203, 200], [306, 300], [406, 400])).toBeLessThan(0);
  // A reset of either begins it anew.
  expect(missing([5, 5], [5, 5], [15, 0], [15, 0])).toBeUndefined();
});

test("chains of one name in old and new iptables are two", () => {
  const of = (generator: string, count: number) =>
    chainsOf(`# Generated by ${generator} on Monday\n*filter\n:INPUT ACCEPT [${count}:1]\nCOMMIT\n`, "iptables");
  const series = new CounterSeries();
  const take = (old: number, now: number) =>
    series.take([...of("iptables-save v1.8.9", old), ...of("iptables-save v1.8.9 (nf_tables)", now)], old);
  take(1, 1);
  take(6, 3);
  expect(series.counts().map(({ isOld, came }) => [isOld, came.low])).toEqual([
    [true, 5],
    [false, 2],
  ]);
});

test("matches that drop what they cannot read are named, those that look at what every packet has are not", () => {
  const mayLose = (rule: string, language: Language = "iptables") =>
    chainsOf(`*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT ${rule}\nCOMMIT\n`, language)[0]?.counted.mayLose;
  expect(mayLose("-s 10.0.0.1 -m conntrack --ctstate NEW -m comment --comment x -j ACCEPT")).toBe(false);
  expect(mayLose("-p tcp -m tcp --dport 22 -j ACCEPT")).toBe(true);
  expect(mayLose("-p tcp -j ACCEPT", "ip6tables")).toBe(true);
  expect(mayLose("-j TCPMSS --clamp-mss-to-pmtu")).toBe(true);
});
