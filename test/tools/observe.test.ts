import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nftRuleset as nftModel } from "../../netfilter/model/nft.js";
import type { Command, Outcome } from "../../netfilter/observe/command.js";
import { type Entry, entryAt } from "../../netfilter/observe/conntrack/entry.js";
import { type ConntrackEvent, conntrackEvents } from "../../netfilter/observe/conntrack/events.js";
import {
  conntrackDying,
  conntrackFile,
  conntrackList,
  conntrackUnconfirmed,
} from "../../netfilter/observe/conntrack/list.js";
import { conntrackCount, conntrackStats, conntrackStatsFile } from "../../netfilter/observe/conntrack/stats.js";
import { translation } from "../../netfilter/observe/conntrack/translation.js";
import { bpftraceDeviceHooks, bpftraceHooks } from "../../netfilter/observe/hooks/bpftrace.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { inferredHooks } from "../../netfilter/observe/hooks/inferred.js";
import { nftHooks } from "../../netfilter/observe/hooks/nft.js";
import { kernelLog, kernelLogread } from "../../netfilter/observe/kernel/log.js";
import { modules } from "../../netfilter/observe/kernel/modules.js";
import { interfaceSysctls, sysctls } from "../../netfilter/observe/kernel/sysctls.js";
import { permitted } from "../../netfilter/observe/permitted.js";
import type { FollowCommand } from "../../netfilter/observe/reading.js";
import { ipAddresses } from "../../netfilter/observe/routing/interfaces.js";
import { ip6Routes, ipRoutes } from "../../netfilter/observe/routing/routes.js";
import { ip6Rules, ipRules } from "../../netfilter/observe/routing/rules.js";
import { routeTables } from "../../netfilter/observe/routing/tables.js";
import { iptablesSave, nftRuleset } from "../../netfilter/observe/rulesets.js";
import { nftTrace, type TraceItem, xtablesTrace } from "../../netfilter/observe/trace/commands.js";
import { TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";

// Each command as it is sent, run in a router's namespace of this kernel by this machine's tools.

const [client, router, server] = ["hso-c", "hso-r", "hso-s"];
const firewall = `
table inet fw {
  chain pre { type filter hook prerouting priority -350; ip daddr 10.77.2.2 meta nftrace set 1
  }
  chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept
    ip protocol { icmp, tcp, udp } counter accept comment "all (but not more)"
  }
  chain early { type filter hook ingress device lan0 priority 5;
  }
}
table ip nat {
  chain post { type nat hook postrouting priority srcnat; oifname "wan0" snat to 10.77.2.77
  }
}
`;

let listener: ChildProcess | undefined;

const setup = [
  ...[client, router, server].flatMap((name) => [`ip netns add ${name}`, `ip -n ${name} link set lo up`]),
  `ip -n ${router} link add lan0 type veth peer name eth0 netns ${client}`,
  `ip -n ${router} link add wan0 type veth peer name eth0 netns ${server}`,
  `ip -n ${router} addr add 10.77.1.1/24 dev lan0`,
  `ip -n ${router} addr add 10.77.2.1/24 dev wan0`,
  `ip -n ${router} addr add 10.77.2.77/24 dev wan0`,
  `ip -n ${client} addr add 10.77.1.2/24 dev eth0`,
  `ip -n ${server} addr add 10.77.2.2/24 dev eth0`,
  ...["lan0", "wan0"].map((name) => `ip -n ${router} link set ${name} up`),
  ...[client, server].map((name) => `ip -n ${name} link set eth0 up`),
  `ip -n ${client} route add default via 10.77.1.1`,
  `ip -n ${router} rule add fwmark 0x30/0xff lookup 77 priority 1000`,
  `ip -n ${router} route add default table 77 nexthop via 10.77.2.2 dev wan0 weight 2 nexthop via 10.77.1.2 dev lan0`,
  `ip -n ${router} route add blackhole 10.99.0.0/16`,
];

beforeAll(() => {
  remove();
  for (const line of setup) shell(line);
  inRouter("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct");
  shell(`ip netns exec ${router} nft -f -`, firewall);
  shell(`ip netns exec ${router} iptables-nft -t raw -A PREROUTING -p icmp -j TRACE`);
  listener = spawn("ip", ["netns", "exec", server, "busybox", "nc", "-ll", "-p", "81", "-e", "cat"]);
  traffic();
});

afterAll(() => {
  listener?.kill();
  remove();
});

describe("conntrack", () => {
  test.each([conntrackFile, conntrackList])("$id lists what went through, translated and counted", async (command) => {
    const columns = await whole(command);
    const entries = Array.from({ length: columns.count }, (_, row) => entryAt(columns, row));
    const udp = entries.find(({ protocolName }) => protocolName === "udp");
    expect(udp).toMatchObject({ family: "ipv4", original: { destination: "10.77.2.2", destinationPort: 5353 } });
    expect(udp?.sent).toEqual({ packets: 1, bytes: 30 });
    expect(entries.map(destinations).sort()).toEqual(["icmp 10.77.2.2", "tcp 10.77.2.2:81", "udp 10.77.2.2:5353"]);
    for (const entry of entries) expect(translation(entry)?.source?.to.address).toBe("10.77.2.77");
    expect(command === conntrackFile || udp?.id).toBeTruthy();
  });

  test("counts, counters and the lists of what is on its way", async () => {
    const { count, max } = await whole(conntrackCount);
    expect(count).toBeGreaterThanOrEqual(3);
    expect(max).toBeGreaterThan(count);
    expect(Object.keys((await whole(conntrackStats)).total)).toEqual(expect.arrayContaining(["insert_failed", "drop"]));
    expect((await whole(conntrackStatsFile)).total).toMatchObject(
      (await whole(conntrackStats)).total.drop === 0 ? { drop: 0 } : {},
    );
    for (const command of [conntrackUnconfirmed, conntrackDying]) expect((await whole(command)).count).toBe(0);
  });

  test("events", async () => {
    const { items, outcome } = await followed(conntrackEvents, traffic);
    expect(outcome.ok && outcome.warnings).toEqual([]);
    const news = (items as ConntrackEvent[]).filter(({ kind }) => kind === "new");
    expect(news.map(({ entry }) => destinations(entry))).toContain("tcp 10.77.2.2:81");
    expect(news.every(({ time = 0, entry }) => time > 1e9 && entry.id)).toBe(true);
  });
});

describe("hooks", () => {
  test("nft tells them or says that this kernel does not", async () => {
    const outcome = await run(nftHooks);
    if (outcome.ok) expect(points(outcome.value)).toContain("ip forward");
    else expect(outcome.failure.reason).toBe("unsupported");
  });

  test("bpftrace reads them; what is inferred is the same", async () => {
    const real = await whole(bpftraceHooks);
    const rules = nftModel(parseNft((await whole(nftRuleset)).text));
    const loaded = await run(modules);
    const inferred = inferredHooks({
      rulesets: [rules],
      modules: loaded.ok ? loaded.value.map(({ name }) => name) : [],
    });
    for (const hook of ["prerouting", "input", "forward", "output", "postrouting"])
      expect(priorities(inferred, "ip", hook), hook).toEqual(priorities(real, "ip", hook));
    const devices = await whole(bpftraceDeviceHooks);
    expect(priorities(devices, "netdev", "ingress")).toEqual([5]);
  });
});

describe("rules, routes and settings", () => {
  test("rulesets", async () => {
    const { text } = await whole(nftRuleset);
    expect(text).toContain('comment "all (but not more)" # handle');
    expect((await whole(iptablesSave)).text).toMatch(/\[\d+:\d+\] -A PREROUTING -p icmp -j TRACE/);
  });

  test("routing", async () => {
    const interfaces = await whole(ipAddresses);
    expect(
      interfaces.find(({ name }) => name === "wan0")?.addresses.filter(({ family }) => family === "ipv4"),
    ).toHaveLength(2);
    const rule = (await whole(ipRules)).find(({ priority }) => priority === 1000);
    expect(rule).toMatchObject({ fwmark: { value: 0x30, mask: 0xff }, action: { do: "lookup", table: "77" } });
    const routes = await whole(ipRoutes);
    expect(routes.find(({ table }) => table === "77")?.hops.map(({ dev, weight }) => `${dev} ${weight}`)).toEqual([
      "wan0 2",
      "lan0 1",
    ]);
    expect(routes.some(({ type }) => type === "blackhole")).toBe(true);
    expect((await whole(ip6Routes)).length).toBeGreaterThan(0);
    expect((await whole(ip6Rules)).length).toBeGreaterThan(0);
    expect((await whole(routeTables)).get(254)).toBe("main");
  });

  test("settings of the machine and of its interfaces", async () => {
    const found = await whole(sysctls);
    expect(found.find(({ name }) => name === "net.ipv4.ip_forward")).toMatchObject({ value: "1", changed: true });
    expect(found.find(({ name }) => name === "net.netfilter.nf_conntrack_acct")?.value).toBe("1");
    const filters = (await whole(interfaceSysctls)).filter(({ name }) => name.endsWith(".rp_filter"));
    expect(filters.map((each) => each.interface)).toEqual(expect.arrayContaining(["all", "default", "lan0", "wan0"]));
  });

  test("the log is there, and a tool that is not is told as missing", async () => {
    expect((await run(kernelLog)).ok).toBe(true);
    expect(await run(kernelLogread)).toMatchObject({ ok: false, failure: { reason: "missing" } });
  });
});

describe("busybox in place of the tools", () => {
  test.each([ipAddresses, ipRules, ip6Rules, ipRoutes, ip6Routes, routeTables, sysctls, conntrackFile])(
    "$id",
    async (command) => {
      const outcome = await run({ ...command, argv: ["busybox", ...command.argv] } as Command<unknown>);
      // busybox leaves out the hops of the route that has two, and the reader says so.
      const silent = command === ipRoutes ? [expect.stringContaining('"default table 77"')] : [];
      expect(outcome).toMatchObject({ ok: true, warnings: silent });
    },
  );
});

describe("traces", () => {
  test("of nft, with handles that its listing knows", async () => {
    const { items } = await followed(nftTrace, traffic);
    const traces = grouped(items as TraceItem[]);
    const tcp = traces.find(({ packet }) => packet?.destinationPort === 81);
    const rules = tcp?.events.flatMap((event) => (event.kind === "rule" ? [event] : [])) ?? [];
    expect(rules.map(({ chain, verdict }) => `${chain} ${verdict?.kind}`)).toEqual([
      "pre continue",
      "forward accept",
      "post accept",
    ]);
    const { text } = await whole(nftRuleset);
    for (const { handle } of rules) expect(text).toContain(`# handle ${handle}\n`);
    expect(tcp?.packet).toMatchObject({ iif: "lan0", source: "10.77.1.2", protocol: "tcp", tcpFlags: ["syn"] });
  });

  test("of xtables-monitor", async () => {
    const { items } = await followed(xtablesTrace, traffic);
    const icmp = grouped(items as TraceItem[]).find(({ events }) => events.some(({ table }) => table === "raw"));
    expect(icmp?.packet).toMatchObject({ source: "10.77.1.2", destination: "10.77.2.2" });
  });
});

test("every command of the list could be started here, or says why not", async () => {
  const streams = new Set(["conntrack.events", "trace.nft", "trace.xtables", "kernel.logFollow"]);
  for (const command of permitted.filter(({ id }) => !streams.has(id))) {
    const outcome = await run(command);
    const reason = outcome.ok ? "" : outcome.failure.reason;
    expect(["", "unsupported", "missing"], `${command.id}: ${outcome.ok ? "" : outcome.failure.message}`).toContain(
      reason,
    );
  }
});

function destinations({ protocolName, original }: Entry): string {
  return `${protocolName} ${original.destination}${original.destinationPort ? `:${original.destinationPort}` : ""}`;
}

function points(list: HookList): string[] {
  return list.points.map(({ family, hook }) => `${family} ${hook}`);
}

function priorities(list: HookList, family: string, hook: string): number[] {
  const found = list.points.filter((point) => point.family === family && point.hook === hook);
  return found.flatMap(({ callbacks }) => callbacks.map(({ priority }) => priority));
}

function grouped(items: readonly TraceItem[]) {
  const grouper = new TraceGrouper();
  for (const item of items) if (item.kind !== "lost") grouper.add(item);
  return grouper.traces;
}

/** A ping, a datagram and a connection, from the client through the router. */
function traffic(): void {
  spawnSync("ip", ["netns", "exec", client, "busybox", "ping", "-c1", "-W2", "10.77.2.2"]);
  spawnSync("ip", [
    "netns",
    "exec",
    client,
    "bash",
    "-c",
    "printf xy > /dev/udp/10.77.2.2/5353; : < /dev/tcp/10.77.2.2/81",
  ]);
}

function inRouter(...argv: string[]): void {
  const { status, stderr } = spawnSync("ip", ["netns", "exec", router, ...argv], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
}

function shell(line: string, input = ""): void {
  const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", input });
  if (status !== 0)
    throw new Error(`${line}: ${stderr} (this suite needs root, iproute2, nftables, iptables, conntrack)`);
}

function remove(): void {
  for (const name of [client, router, server]) spawnSync("ip", ["netns", "del", name]);
}

async function whole<Result>(command: Command<Result>): Promise<Result> {
  const outcome = await run(command);
  if (!outcome.ok) throw new Error(`${command.id}: ${outcome.failure.message}`);
  expect(outcome.warnings, command.id).toEqual([]);
  return outcome.value;
}

async function run<Result>(command: Command<Result>): Promise<Outcome<Result>> {
  const reader = command.reader();
  const process = started(command);
  process.stdout?.on("data", (bytes: Uint8Array) => reader.push(bytes));
  return reader.end(await ended(process));
}

/** Runs a command that goes on until it is stopped, with traffic in between. */
async function followed<Item, Result>(command: FollowCommand<Item, Result>, between: () => void) {
  const reader = command.reader();
  const process = started(command);
  const end = ended(process);
  const items: Item[] = [];
  process.stdout?.on("data", (bytes: Uint8Array) => {
    reader.push(bytes);
    items.push(...reader.take());
  });
  await sleep(700);
  between();
  await sleep(700);
  process.kill("SIGTERM");
  return { items, outcome: reader.end({ ...(await end), cut: true }) };
}

function started({ argv }: Command<unknown>): ChildProcess {
  return spawn("ip", ["netns", "exec", router, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
}

function ended(process: ChildProcess): Promise<{ code?: number; stderr: string; cut: boolean }> {
  let stderr = "";
  process.stderr?.on("data", (bytes) => {
    stderr += bytes;
  });
  return new Promise((resolve) => {
    process.on("close", (code) => {
      const missing = /exec of .* failed: No such file/.test(stderr);
      resolve({ ...(code !== null && { code: missing ? 127 : code }), stderr, cut: false });
    });
  });
}
