import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import type { Rules } from "../../client/path/calls.js";
import { RulesetThread } from "../../client/rulesets/inThread.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { Router } from "../../netfilter/simulate/router.js";
import type { WirePacket } from "../lab/kernel.js";
import { rates } from "../lab/rate.js";
import { address, type Plan, routerState, simulated } from "../lab/world.js";

const kubeProxy = "../shared/corpus/real/iptables/accepted/generated_synthetic_kube-proxy-2500svc-3ep.rules.v4";
const packetsThroughRouter = 100_000;

/** Everything beyond the LAN lies behind wan1. */
const plan: Plan = {
  routes: [
    {
      family: "ipv4",
      table: 254,
      type: "unicast",
      destination: 0n,
      prefixLength: 0,
      hops: [{ dev: "wan1", via: address("10.0.1.1") }],
    },
  ],
  rules: [],
  sysctls: {},
};

/** Prints both speeds against what they are to keep. Throws when a file is missing or the lab fails. */
export async function benchSimulator(root: string): Promise<void> {
  console.log("Packets simulated. A packet of one connection each, so that every one of them meets the nat tables.\n");
  onePacket(join(root, kubeProxy));
  await sendsOfView(root, join(root, kubeProxy));
  const { kernel, simulator } = await rates(
    join(root, "test/lab/kernel/lab.py"),
    plan,
    { language: "nftables", text: router(500) },
    connections(1000),
    packetsThroughRouter,
  );
  const seconds = packetsThroughRouter / simulator;
  console.log(
    `${packetsThroughRouter} packets through a router of 500 rules: ${seconds.toFixed(1)} s (limit 10 s), ` +
      `${simulator.toFixed(0)} a second; the kernel in the same run ${kernel.toFixed(0)} a second`,
  );
}

/** A packet to the last of the services that a large cluster's file knows, with every step written down. */
function onePacket(file: string): void {
  const text = readFileSync(file, "utf8");
  const begun = performance.now();
  const router = new Router([loadRules("kube-proxy", text, "iptables")], routerState(plan));
  const loaded = performance.now() - begun;
  const services = [...text.matchAll(/^-A KUBE-SERVICES -d ([\d.]+)\/32 .* --dport (\d+) -j KUBE-SVC/gm)];
  const [, daddr = "", dport = ""] = services.at(-1) ?? [];
  const times = connections(100).map((packet) => {
    const sent = simulated({ ...packet, daddr, dport: Number(dport) });
    const started = performance.now();
    router.whatIf(sent);
    return performance.now() - started;
  });
  const [first = 0] = times;
  const median = times.sort((a, b) => a - b)[50] ?? 0;
  const rules = text.match(/^-A /gm)?.length;
  console.log(
    `kube-proxy, ${rules} rules: loaded in ${loaded.toFixed(0)} ms; a packet then ${median.toFixed(1)} ms ` +
      `(limit 10 ms), the first one ${first.toFixed(1)} ms`,
  );
}

/** What a person waits for in the view of a packet's path: the first packet with the reading of the rules, and those after it. */
async function sendsOfView(root: string, file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hookscope-bench-"));
  const script = join(folder, "thread.cjs");
  const entryPoints = [join(root, "client/rulesets/thread.ts")];
  buildSync({ entryPoints, outfile: script, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
  const thread = new RulesetThread(script);
  const rules: Rules = {
    documents: [{ name: file, text: readFileSync(file, "utf8"), language: "iptables", onDisk: false }],
  };
  const ends = { iif: "eth0", oif: "eth1", saddr: "192.0.2.1", daddr: "198.51.100.1", dport: "80" };
  const times: number[] = [];
  for (let sport = 40_000; sport < 40_021; sport++) {
    const form = { ...ends, protocol: "tcp", sport: String(sport), flags: "syn" };
    const begun = performance.now();
    await thread.ask("followPacket", { rules, form, exchange: false });
    times.push(performance.now() - begun);
  }
  thread.dispose();
  rmSync(folder, { recursive: true });
  const [first = 0, ...others] = times;
  const median = others.sort((a, b) => a - b)[10] ?? 0;
  console.log(
    `in a view: the first packet after ${first.toFixed(0)} ms, those after it ${median.toFixed(0)} ms each (limit 100 ms)`,
  );
}

/** A filter whose rules match nothing that is sent, and a masquerade. */
function router(rules: number): string {
  const lines = Array.from(
    { length: rules },
    (_, n) => `ip saddr 198.51.${n >> 8}.${n & 255} tcp dport ${1000 + n} counter drop`,
  );
  return [
    "table ip f {",
    "chain forward {\ntype filter hook forward priority 0; policy accept;\nct state established,related accept",
    ...lines,
    '}\nchain post {\ntype nat hook postrouting priority 100; policy accept;\noifname "wan*" masquerade\n}\n}\n',
  ].join("\n");
}

/** SYNs, each of another port. */
function connections(count: number): WirePacket[] {
  return Array.from({ length: count }, (_, n) => ({
    iif: "lan0",
    saddr: "192.168.1.10",
    daddr: "203.0.113.10",
    protocol: 6,
    sport: 2000 + n,
    dport: 80,
    tcpFlags: 2,
    ipId: n,
  }));
}
