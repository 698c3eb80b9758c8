import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { performRulesetCall } from "../../client/rulesets/calls.js";
import type { Language } from "../../netfilter/language.js";
import { type Bounds, cameIn, dropped, passedAtLeast } from "../../netfilter/observe/counted/bounds.js";
import { readCounters } from "../../netfilter/observe/counted/listing.js";
import { chainReadings } from "../../netfilter/observe/counted/series.js";
import type { Machine } from "./lab.js";
import { type Pair, startPair } from "./pair.js";

/** What the kernel itself counts before and behind a chain, against what the chain's own counters are said to tell. */

let pair: Pair | undefined;
let router: Machine;
let lan: Machine;

beforeAll(async () => {
  pair = await startPair();
  ({ lan, router } = pair);
});

beforeEach(() => {
  router.run(
    "export XTABLES_LOCKFILE=/run/lock.x; nft flush ruleset; iptables-legacy -P INPUT ACCEPT; iptables-legacy -F",
  );
});

afterAll(() => pair?.stop());

const ports = [1, 2, 3, 4, 5, 6];
const each = 3;

/** Draws the same numbers in every run. */
function dice(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed * 2654435761 + 1;
  return (choices) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return choices[(state >>> 8) % choices.length] as (typeof choices)[number];
  };
}

function iptablesRules(seed: number): string {
  const pick = dice(seed);
  const match = () => pick(["", ...ports.map((port) => `-p udp --dport ${port}`), "-p udp --dport 2:4", "-i lan9"]);
  const does = (jumps: readonly string[]) =>
    pick(["", ...jumps, "-j ACCEPT", "-j DROP", "-j RETURN", "-j REJECT", "-j MARK --set-mark 1"]);
  const rules = (chain: string, jumps: readonly string[]) =>
    Array.from({ length: pick([0, 1, 2, 4]) }, () => `-A ${chain} ${match()} ${does(jumps)}`);
  const all = [
    ...rules("INPUT", ["-j a", "-j b", "-g a"]),
    ...rules("FORWARD", ["-j b"]),
    ...rules("a", ["-j b", "-g b"]),
    ...rules("b", []),
  ];
  const policy = pick(["ACCEPT", "ACCEPT", "DROP"]);
  return `*filter\n:INPUT ${policy} [${pick([0, 7])}:0]\n:FORWARD ACCEPT [0:0]\n:a - [0:0]\n:b - [0:0]\n${all.join("\n")}\nCOMMIT\n`;
}

function nftRules(seed: number): string {
  const pick = dice(seed);
  const match = () => pick(["", ...ports.map((port) => `udp dport ${port}`), "udp dport 2-4", "udp dport { 1, 6 }"]);
  const count = () => pick(["", "counter", "counter", "counter", "counter", "counter"]);
  const ends = ["accept", "drop", "return", "reject", "meta mark set 1", "limit rate 1/hour accept"];
  const maps = ["jump b", "udp dport vmap { 1 : drop, 2 : accept, 3 : jump b }", "udp dport vmap @m"];
  const rule = (jumps: readonly string[]) =>
    `${match()} ${count()} ${pick(["", ...ends, ...jumps])} ${pick(["", "", "counter"])}`.trim();
  const rules = (jumps: readonly string[]) =>
    Array.from({ length: pick([0, 1, 2, 4]) }, () => rule(jumps))
      .filter((line) => line !== "" && !/(accept|drop|return|reject|jump .|goto .) counter$/.test(line))
      .map((line) => `    ${line}\n`)
      .join("");
  const lone = () => pick(["", "", "    counter\n"]);
  const policy = pick(["accept", "accept", "drop"]);
  return `table ip t {
  map m { type inet_service : verdict; elements = { 4 : drop, 5 : jump b } }
  chain b {\n${rules([])}  }
  chain a {\n${rules(["jump b", "goto b"])}  }
  chain input { type filter hook input priority 0; policy ${policy};\n${lone()}${rules(["jump a", "goto a", ...maps])}${lone()}  }
  chain forward { type filter hook forward priority 0;\n${rules(["jump b", ...maps])}  }
}
`;
}

const probes = `table ip probe {
  chain before { type filter hook input priority -5; counter comment "probe"; }
  chain behind { type filter hook input priority 5; counter comment "probe"; }
}
`;

function probed(): number[] {
  const text = router.run("nft list table ip probe");
  return [...text.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
}

/** The bounds of the chain at input, and what the probes saw. */
function measured(load: string, input: string, listing: string, language: Language, name: string) {
  router.run(`export XTABLES_LOCKFILE=/run/lock.x; nft flush ruleset; ${load}`, input);
  router.run("nft -f -", probes);
  const before = router.run(listing);
  const chains = performRulesetCall("countedChains", { language, text: before });
  send();
  const [came = 0, passed = 0] = probed();
  const [from, to] = [before, router.run(listing)].map((text) => chainReadings(chains, readCounters(text)));
  const index = chains.findIndex(({ chain }) => chain.name === name);
  const counted = chains[index];
  if (!counted || !from || !to) throw new Error(`${listing} does not list ${name}`);
  const span = { before: from[index]?.values ?? [], after: to[index]?.values ?? [] };
  return {
    truth: { came, dropped: came - passed, passed },
    came: cameIn(counted, span),
    dropped: dropped(counted, span),
    passed: passedAtLeast(counted, span, span),
  };
}

function send(): void {
  lan.run(
    `for port in ${ports.join(" ")}; do for n in $(seq ${each}); do echo x >/dev/udp/10.77.1.1/$port; done; done`,
  );
}

function holds({ low, high }: Bounds, count: number): boolean {
  return low <= count && (high === undefined || count <= high);
}

const legacy = "XTABLES_LOCKFILE=/run/lock.x iptables-legacy";

test.each([
  [
    "iptables-legacy",
    40,
    35,
    (seed: number) =>
      measured(`iptables-legacy-restore -c`, iptablesRules(seed), `${legacy}-save -c -t filter`, "iptables", "INPUT"),
  ],
  [
    "iptables-nft",
    40,
    20,
    (seed: number) =>
      measured(`iptables-nft-restore -c`, iptablesRules(seed), "iptables-nft-save -c", "iptables", "INPUT"),
  ],
  [
    "iptables-nft, as nft lists it",
    20,
    2,
    (seed: number) =>
      measured(`iptables-nft-restore -c`, iptablesRules(seed), "nft -a list table ip filter", "nftables", "INPUT"),
  ],
  [
    "nft",
    60,
    10,
    (seed: number) => measured("nft -f -", nftRules(seed), "nft -a list table ip t", "nftables", "input"),
  ],
] as const)(
  "%s: what the kernel let in, dropped and let pass lies within what is said",
  (_, rounds, least, measure) => {
    let exact = 0;
    for (let seed = 1; seed <= rounds; seed++) {
      const { truth, came, dropped: lost, passed } = measure(seed);
      const said = { seed, truth, came, dropped: lost, passed };
      expect({ ...said, holds: [holds(came, truth.came), holds(lost, truth.dropped), passed <= truth.passed] }).toEqual(
        {
          ...said,
          holds: [true, true, true],
        },
      );
      if (came.low === came.high) exact += 1;
    }
    expect(exact).toBeGreaterThanOrEqual(least);
  },
);
