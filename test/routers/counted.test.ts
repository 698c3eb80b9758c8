import { afterAll, beforeAll, expect, test } from "vitest";
import { CountedWatch } from "../../client/path/countedWatch.js";
import { performRulesetCall } from "../../client/rulesets/calls.js";
import { gapsOf, withCounts } from "../../netfilter/diagram/counts.js";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { wholeRules } from "../../netfilter/simulate/listings.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { CountStatus } from "../../webview/protocol.js";
import { closeRouters, eventually, hostOf, routerAt } from "./fixture.js";
import { type Machine, startLab } from "./lab.js";
import { type Pair, startPair } from "./pair.js";

let pair: Pair | undefined;
let router: Machine;
let lan: Machine;

beforeAll(async () => {
  pair = await startPair();
  ({ lan, router } = pair);
});

afterAll(() => pair?.stop());

const plan = { 9: 4, 10: 10, 11: 3 };

function send(): void {
  for (const [port, count] of Object.entries(plan))
    lan.run(`for i in $(seq ${count}); do echo x >/dev/udp/10.77.1.1/${port}; done`);
}

/** The rows of prerouting after the packets were sent, as they stand in the picture, and what is missing. */
async function seen(listing: string, language: "nftables" | "iptables") {
  const told: CountStatus[] = [];
  const watch = new CountedWatch({
    ask: async ({ argv, reader }) => {
      const reading = reader();
      try {
        reading.push(new TextEncoder().encode(router.run(`XTABLES_LOCKFILE=/run/lock.x ${argv.join(" ")}`)));
        return reading.end({ code: 0, stderr: "", cut: false });
      } catch (error) {
        return reading.end({ code: 1, stderr: String(error), cut: false });
      }
    },
    chainsOf: async (one) => performRulesetCall("countedChains", one),
    tell: (status) => void told.push(status),
    pauseMs: () => 50,
  });
  const readings = () => told.filter(({ counts }) => counts.length > 0).length;
  watch.start();
  await eventually(readings, (count) => count >= 1);
  send();
  const before = readings();
  await eventually(readings, (count) => count >= before + 4);
  watch.dispose();
  const { loaded } = wholeRules([loadRules("rules", router.run(listing), language)]);
  const plain = layout(stacksOfRules(loaded));
  const diagram = withCounts(plain, told.at(-1)?.counts ?? []);
  const rows = diagram.boxes.find(({ id }) => id === "prerouting")?.rows ?? [];
  return { rows: rows.flatMap(({ text, count }) => (count ? [`${text}: ${count.short}`] : [])), gaps: gapsOf(diagram) };
}

const dropped = "nft 'table ip other { chain c { type filter hook prerouting priority -200; udp dport 11 drop; }; }'";

test.each(["iptables-legacy", "iptables-nft"])(
  "%s: some dropped at raw, some lost on the way to mangle",
  async (tool) => {
    router.run(`nft flush ruleset; export XTABLES_LOCKFILE=/run/lock.x
    printf '*raw\\n:PREROUTING ACCEPT [1:1]\\n-A PREROUTING -p udp --dport 9 -j DROP\\nCOMMIT\\n*mangle\\n:PREROUTING ACCEPT [1:1]\\n-A PREROUTING -p udp --dport 10 -j ACCEPT\\nCOMMIT\\n' | ${tool}-restore -c
    ${dropped}`);
    const { rows, gaps } = await seen(`${tool}-save -c`, "iptables");
    expect(rows).toEqual(["ip raw PREROUTING: 17 in, 4 dropped", "ip mangle PREROUTING: 10 in"]);
    expect(gaps).toEqual([
      "prerouting: at least 3 packets that ip raw PREROUTING passed did not come to ip mangle PREROUTING, or were dropped there by a match that could not read them.",
    ]);
    router.run(
      `export XTABLES_LOCKFILE=/run/lock.x; for t in raw mangle; do ${tool} -t $t -F; done; nft flush ruleset`,
    );
  },
);

test("nft: a counter that every packet meets", async () => {
  router.run("nft -f -", nftRules);
  router.run(dropped);
  const { rows, gaps } = await seen("nft -a list table inet fw", "nftables");
  expect(rows).toEqual(["inet fw early: 17 in, 4 dropped", "inet fw late: 10 in"]);
  expect(gaps).toEqual(["prerouting: at least 3 packets that inet fw early passed did not come to inet fw late."]);
  router.run("nft flush ruleset");
});

test("over SSH: one reading after the other, and what is paused in the middle of one leaves nothing on the router", async () => {
  const remote = await startLab({ busybox: true });
  try {
    const connection = routerAt(hostOf(remote));
    const told: CountStatus[] = [];
    const watch = new CountedWatch({
      ask: (command, signal) => connection.run(command, { signal }),
      chainsOf: async (one) => performRulesetCall("countedChains", one),
      tell: (status) => void told.push(status),
      pauseMs: () => 20,
    });
    watch.start();
    await eventually(
      () => told.filter(({ counts }) => counts.length > 0).length,
      (count) => count >= 5,
    );
    watch.pause();
    const names = told.at(-1)?.counts.map(({ chain }) => `${chain.family} ${chain.table} ${chain.name}`);
    expect(names).toEqual(expect.arrayContaining(["inet filter input", "inet filter forward", "ip nat postrouting"]));
    expect(told.map(({ state }) => state)).not.toContain("failed");
    expect(
      await eventually(
        () => remote.router.processes(),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
  } finally {
    closeRouters();
    remote.stop();
  }
});

const nftRules = `table inet fw {
  chain early { type filter hook prerouting priority -300; policy accept;
    counter
    udp dport 9 counter drop
  }
  chain late { type filter hook prerouting priority -150; policy accept;
    counter
  }
}
`;
