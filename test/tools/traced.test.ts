import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PacketTrace } from "../../netfilter/observe/trace/group.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import type { FieldProblem } from "../../netfilter/text/fields.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { playTraced } from "../../netfilter/traced/sequence.js";
import { packetsIn, together } from "../traced/sessions.js";

// Packets through this kernel, traced by this machine's tools, and held against their simulation. Needs root, bash and busybox.

const [client, router, server] = ["hsj-c", "hsj-r", "hsj-s"];

const firewall = `
table inet fw {
  chain pre {
    type filter hook prerouting priority -350;
    ip daddr 10.78.2.2 meta nftrace set 1
    ip saddr 10.78.2.2 meta nftrace set 1
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    udp dport 53 jump {
      ip ttl 1 drop
      counter accept
    }
    tcp dport { 81, 82 } goto web
  }
  chain web {
    tcp dport 82 reject with tcp reset
    meta mark 0x30 counter accept
  }
  chain last {
    type filter hook postrouting priority 2147483646;
  }
}
`;

const iptables = [
  "-t mangle -N MARKS",
  "-t mangle -A PREROUTING -j CONNMARK --restore-mark",
  "-t mangle -A PREROUTING -m mark --mark 0 -j MARKS",
  "-t mangle -A PREROUTING -j CONNMARK --save-mark",
  "-t mangle -A MARKS -p tcp -j MARK --set-mark 0x30",
  "-t nat -A PREROUTING -d 10.78.1.1 -p tcp --dport 8081 -j DNAT --to-destination 10.78.2.2:81",
  "-t nat -A POSTROUTING -o wan0 -j MASQUERADE",
  "-t raw -A PREROUTING -d 10.78.1.1 -p tcp --dport 8081 -j TRACE",
];

const setup = [
  ...[client, router, server].flatMap((name) => [`ip netns add ${name}`, `ip -n ${name} link set lo up`]),
  `ip -n ${router} link add lan0 type veth peer name eth0 netns ${client}`,
  `ip -n ${router} link add wan0 type veth peer name eth0 netns ${server}`,
  `ip -n ${router} addr add 10.78.1.1/24 dev lan0`,
  `ip -n ${router} addr add 10.78.2.1/24 dev wan0`,
  `ip -n ${client} addr add 10.78.1.2/24 dev eth0`,
  `ip -n ${server} addr add 10.78.2.2/24 dev eth0`,
  ...["lan0", "wan0"].map((name) => `ip -n ${router} link set ${name} up`),
  ...[client, server].map((name) => `ip -n ${name} link set eth0 up`),
  `ip -n ${client} route add default via 10.78.1.1`,
  `ip netns exec ${router} sysctl -q net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0`,
];

let loaded: readonly Loaded[];
let state: RouterState;
const traces: { nft: string; xtables: string } = { nft: "", xtables: "" };

beforeAll(async () => {
  remove();
  for (const line of setup) shell(line);
  shell(`ip netns exec ${router} nft -f -`, firewall);
  for (const line of iptables) shell(`ip netns exec ${router} iptables-nft ${line}`);
  const listener = spawn("ip", ["netns", "exec", server, "busybox", "nc", "-ll", "-p", "81", "-e", "cat"]);
  state = stateNow();
  loaded = rulesNow();
  const monitors = [monitor("nft", "-a", "monitor", "trace"), monitor("xtables-monitor", "--trace")] as const;
  await sleep(1_000);
  traffic();
  await sleep(1_000);
  [traces.nft, traces.xtables] = [await monitors[0].stop(), await monitors[1].stop()];
  listener.kill();
});

afterAll(remove);

/** Both tools tell of the same packets. */
test.each(["nft", "xtables"] as const)("%s: every rule is found, and no packet differs from its simulation", (tool) => {
  const rules = new TracedRules(loaded);
  const packets = packetsIn(traces[tool], rules).filter(({ packet }) => packet?.source?.startsWith("10.78."));
  const seen = packets.map((trace) => observed(trace, rules));
  expect(new Set(seen.flatMap(({ notes }) => notes))).toEqual(new Set());
  expect(seen.flatMap(({ tellings }) => tellings.filter(({ problem }) => problem !== undefined))).toEqual([]);
  const played = playTraced(packets, loaded, state);
  const differences = played.map((one, index) => {
    if ("trace" in one) return firstDifference(one.trace, seen[index] as (typeof seen)[number])?.text;
    return /ICMP|xtables-monitor/.test(one.why) ? undefined : one.why;
  });
  expect(differences).toEqual(packets.map(() => undefined));
  expect(seen.length).toBeGreaterThan(10);
});

test("how packets ended", () => {
  const rules = new TracedRules(loaded);
  const end = (port: number) => {
    const trace = packetsIn(traces.nft, rules).find(({ packet }) => packet?.destinationPort === port);
    return observed(trace as PacketTrace, rules).sentence;
  };
  expect(end(8081)).toBe("Sent by wan0.");
  expect(end(53)).toBe("Sent by wan0.");
  expect(end(82)).toBe("Rejected: inet fw forward: tcp dport 82 reject with tcp reset.");
  expect(end(99)).toBe("Dropped: inet fw forward: policy drop.");
});

function traffic(): void {
  const inClient = (command: string) => shell(`ip netns exec ${client} busybox timeout 2 sh -c '${command}'`, "", true);
  inClient("echo hello | busybox nc 10.78.2.2 81");
  inClient("echo hello | busybox nc 10.78.1.1 8081");
  inClient("echo hello | busybox nc 10.78.2.2 82");
  shell(`ip netns exec ${client} bash -c 'echo hello > /dev/udp/10.78.2.2/53'`);
  inClient("echo hello | busybox nc -w 1 10.78.2.2 99");
}

function rulesNow(): readonly Loaded[] {
  return together(
    loadRules("nft", inRouter("nft -a list ruleset"), "nftables"),
    loadRules("iptables-save", inRouter("iptables-nft-save -c"), "iptables"),
  );
}

function stateNow(): RouterState {
  const json = (command: string) => JSON.parse(inRouter(command) || "[]");
  const problems: FieldProblem[] = [];
  const read = readState(
    {
      interfaces: json("ip -j addr"),
      routes: json("ip -j route show table all"),
      rules: json("ip -j rule"),
      sysctls: inRouter("sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter"),
      conntrack: [],
    },
    problems,
  );
  expect(problems).toEqual([]);
  return read as RouterState;
}

function monitor(...argv: string[]) {
  const child = spawn("ip", ["netns", "exec", router, ...argv], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => (text += piece));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    async stop(): Promise<string> {
      child.kill("SIGTERM");
      await ended;
      return text;
    },
  };
}

function inRouter(command: string): string {
  return shell(`ip netns exec ${router} ${command}`);
}

function shell(line: string, input = "", mayFail = false): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { input, encoding: "utf8" });
  if (status !== 0 && !mayFail) throw new Error(`${line}: ${stderr}`);
  return stdout;
}

function remove(): void {
  for (const name of [client, router, server]) spawnSync("ip", ["netns", "delete", name], { stdio: "ignore" });
}
