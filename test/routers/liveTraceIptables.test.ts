import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TracePattern } from "../../netfilter/observe/trace/livePattern.js";
import { closeRouters, eventually, hostOf, routerAt } from "./fixture.js";
import { type Lab, type Machine, startLab, type Traits } from "./lab.js";
import { becomes, begin, endAfter, network, sendUdp, standing, withOurTools } from "./traceFixture.js";

/** Namespaces' packets reach the kernel's log only where the machine says so. */
const allNamespaces = "/proc/sys/net/netfilter/nf_log_all_netns";
let asItWas: string;
beforeAll(() => {
  asItWas = readFileSync(allNamespaces, "utf8");
  writeFileSync(allNamespaces, "1");
});
afterAll(() => {
  closeRouters();
  writeFileSync(allNamespaces, asItWas);
});

/** The log is the whole machine's: another run of these tests has other packets in it. */
const port = 1200 + 2 * (process.pid % 4000);
const pattern: TracePattern = { protocol: 17, dport: port, daddr: network("203.0.113.10"), replies: false };
const packet = `lan0 udp 192.168.1.10 > 203.0.113.10:${port}`;

async function onRouter(traits: Traits, prepare: (router: Machine) => void, check: (lab: Lab) => Promise<void>) {
  const lab = await startLab(traits);
  try {
    prepare(lab.router);
    const before = standing(lab.router);
    await check(lab);
    expect(await becomes(lab.router, before, 5000)).toEqual(before);
  } finally {
    lab.stop();
  }
}

/** Traces a packet of the lan until it has met the last rule. The log is the whole machine's, so that what others trace shows, too. */
async function traced(lab: Lab, last: string) {
  const begun = await begin(routerAt(hostOf(lab)), pattern);
  sendUdp(lab.lan, "203.0.113.10", port + 1, port);
  const rules = () => begun.rulesOf(packet);
  await eventually(rules, (met) => met.some((rule) => rule.startsWith(last)));
  expect(await endAfter(begun, 1)).toMatchObject({ how: "stopped", left: "nothing" });
  expect(begun.packets()).not.toContain(packet.replace(String(port), String(port + 1)));
  return { ...begun, rules: rules() };
}

/** `inet filter forward 4`: the first rule of a chain, by its handle. */
function firstRule({ router }: Lab, chain: string): string {
  return `${chain} ${/# handle (\d+)\n\t}/.exec(withOurTools(router, `nft -a list chain ${chain}`))?.[1]}`;
}

const noNft = (router: Machine) => void router.run("rm /usr/sbin/nft");

test("rules of iptables-nft are traced with their handles", () =>
  onRouter(
    { noLegacy: true },
    (router) => void router.run("iptables-nft -A FORWARD -p udp -m comment --comment 'a rule' -j ACCEPT"),
    async (lab) => {
      const { rules, items } = await traced(lab, "ip filter FORWARD");
      expect(rules).toContain(firstRule(lab, "ip filter FORWARD"));
      expect(items).toContainEqual(expect.objectContaining({ chain: "FORWARD", verdict: { kind: "accept" } }));
    },
  ));

const logs = [
  ["has its logger", "true"],
  ["has no logger", "echo NONE >/proc/sys/net/netfilter/nf_log/2"],
  ["has busybox's tools", "for tool in dmesg grep; do mount --bind /usr/bin/busybox /usr/bin/$tool; done"],
] as const;

test.each(logs)("tables of old iptables beside nft's are read from the log of a router that %s", (_name, line) =>
  onRouter(
    {},
    (router) => void router.run(line),
    async (lab) => {
      const { rules, notes } = await traced(lab, "ip filter FORWARD");
      expect(rules).toEqual(expect.arrayContaining([firstRule(lab, "inet filter forward"), "ip filter FORWARD 1"]));
      expect(notes).toEqual([
        expect.stringContaining("by position and without verdicts"),
        expect.stringContaining("is a network namespace"),
        expect.stringContaining("the kernel removes it"),
      ]);
    },
  ),
);

test("without nft, rules in raw of old iptables mark packets", () =>
  onRouter({ without: [] }, oldOnly, async (lab) => {
    const { rules, notes } = await traced(lab, "ip filter FORWARD");
    expect(rules).toEqual(["ip raw PREROUTING 1", "ip filter FORWARD 1"]);
    expect(notes.at(-1)).toContain("table raw of old iptables");
  }));

function oldOnly(router: Machine): void {
  noNft(router);
  router.run("iptables-legacy -t raw -A PREROUTING -j ACCEPT; echo NONE >/proc/sys/net/netfilter/nf_log/2");
}

const blows = [
  ["the script is killed", "kill -9 $(pgrep -o -x -f 'sh -s')"],
  ["the process that holds the rules is killed", "kill -9 $(pgrep -n -x -f 'sh -s')"],
  ["the session's server is killed", "pkill -9 -f '^sshd: root@notty'"],
  ["somebody loads rules anew", "iptables-legacy -t raw -F; iptables-legacy -t raw -A PREROUTING -j ACCEPT"],
] as const;

test.concurrent.each(blows)("nothing stays in old iptables when %s", (_name, line) =>
  onRouter({ without: [] }, oldOnly, async (lab) => {
    const begun = await begin(routerAt(hostOf(lab)), pattern, { seconds: 6 });
    expect(begun.trace.state).toBe("listening");
    expect(standing(lab.router).rules).toContain("hookscope_trace_");
    lab.router.run(line);
    expect((await begun.trace.ended).how).toMatch(/failed|lost/);
  }),
);

const only = (gone: string) => (router: Machine) => void router.run(`rm /usr/sbin/nft ${gone}`);
const refusals: readonly (readonly [string, (router: Machine) => void, TracePattern, RegExp])[] = [
  ["has no table raw", noNft, pattern, /no table raw there/],
  ["is asked for a mark", oldOnly, { ...pattern, mark: 1 }, /leave the mark out/],
  ["has no tool at all", only("/usr/sbin/*tables*"), pattern, /Install nftables/],
  ["has iptables-nft alone", only("/usr/sbin/*legacy*"), pattern, /Install nftables/],
];

test.each(refusals)("a router that %s is told what to do", (_name, prepare, wanted, words) =>
  onRouter({ without: [] }, prepare, async (lab) => {
    const { trace } = await begin(routerAt(hostOf(lab)), wanted);
    const message = expect.stringMatching(words);
    expect(await trace.ended).toMatchObject({ how: "failed", left: "nothing", message });
  }),
);
