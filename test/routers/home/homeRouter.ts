import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "../../../client/routers/hosts/host.js";
import { hostOf } from "../fixture.js";
import { type Machine, newLabFolder, newNames, serve, startMachine, wire } from "../lab.js";

/**
 * The home router of `samples/home-router` with a house behind it and an internet before it, for recording the demo. It is
 * reached as its owner would: by SSH from a machine in the house.
 *
 *   this process --- house --- lan0 router eth0, eth1, ppp0 --- internet
 */
export interface HomeRouter {
  readonly router: Machine;
  readonly host: Host;
  /** Of the kernel log, which is the whole machine's, the lines that tell of this router. */
  ownLog(lines: readonly string[]): readonly string[];
  stop(): void;
}

const here = fileURLToPath(new URL("../test/routers/home/", import.meta.url));
const samples = fileURLToPath(new URL("../samples/home-router/", import.meta.url));

/** Logging from namespaces is a switch of the whole machine. */
const logAll = "/proc/sys/net/netfilter/nf_log_all_netns";

/** Starts everything and waits until the house's first connections stand. */
export async function startHomeRouter(): Promise<HomeRouter> {
  const { id, net } = newNames();
  const folder = newLabFolder();
  const logged = readFileSync(logAll, "utf8");
  const router = await startMachine(join(folder, "router"));
  const house = await startMachine(join(folder, "house"));
  const internet = await startMachine(join(folder, "internet"));
  process.once("exit", () => writeFileSync(logAll, logged));
  const stop = () => {
    for (const machine of [router, house, internet]) machine.stop();
    writeFileSync(logAll, logged);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    wire(`hs${id}a`, [undefined, `${net}.1.1/24`], "mgmt", [house, `${net}.1.2/24`]);
    wire("eth0", [house, "172.17.0.4/16"], "lan0", [router, "172.17.0.1/16"]);
    wire("eth0", [router, "10.0.0.2/24"], "line0", [internet, "10.0.0.1/24"]);
    wire("eth1", [router, "10.0.1.2/24"], "line1", [internet, "10.0.1.1/24"]);
    wire("ppp0", [router, "10.250.193.4 peer 10.250.193.1"], "line2", [internet, "10.250.193.1 peer 10.250.193.4"]);
    writeFileSync(logAll, "1");
    setUp(router, house, internet);
    await serve(house);
    await serve(router);
    overflow(router);
    await saysReady(internet, "internet.py");
    await saysReady(house, "house.py");
  } catch (error) {
    stop();
    throw error;
  }
  return { router, host: hostBehind(folder, `${net}.1.2`), ownLog: ownLog(router), stop };
}

function hostBehind(folder: string, door: string): Host {
  const lab = { folder, address: "172.17.0.1", key: join(folder, "key") };
  const at = (changes: Partial<Host>) => hostOf(lab, { aliveInterval: 5, ...changes });
  return at({ jumps: [at({ name: "house", hostName: door })] });
}

function setUp(router: Machine, house: Machine, internet: Machine): void {
  router.run(readFileSync(join(here, "setUp.sh"), "utf8"));
  router.run("iptables-nft-restore", readFileSync(join(samples, "rules.v4"), "utf8"));
  router.run("ip6tables-nft-restore", readFileSync(join(samples, "rules.v6"), "utf8"));
  router.run("nft -f -", readFileSync(join(here, "guard.nft"), "utf8"));
  for (const last of [2, 5, 6, 7, 8, 9, 10, 11, 12, 17, 18, 20]) house.run(`ip addr add 172.17.0.${last}/16 dev eth0`);
  for (const address of ["17::2", "17::5", "17::6", "17:10::5"])
    house.run(`ip addr add 2001:db8:${address}/64 dev eth0 nodad`);
  house.run("ip route add default via 172.17.0.1 && ip -6 route add default via 2001:db8:17::1");
  for (const net of ["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"]) internet.run(`ip addr add ${net} dev lo`);
  for (const last of ["9", "10", "80", "443"]) internet.run(`ip addr add 2001:db8:ffff::${last}/128 dev lo nodad`);
  for (const [line, letter] of ["a", "b", "c"].entries())
    internet.run(`ip addr add 2001:db8:${letter}::1/64 dev line${line} nodad`);
  internet.run("ip -6 route add 2001:db8:17::/48 via 2001:db8:a::2; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter");
  internet.run("nft add table t; nft add chain t c '{ type filter hook input priority 0; }'");
  internet.run("nft add rule t c tcp dport 81 drop; nft add rule t c udp dport '{ 6881, 9999 }' drop");
}

/** Once in its life the table was full; that is in its log and its counters. */
function overflow(router: Machine): void {
  const most = Number(router.run("cat /proc/sys/net/netfilter/nf_conntrack_max"));
  router.run(`python3 ${join(here, "../fill.py")} ${most}`);
  router.run('for port in 1 2 3 4; do bash -c "echo x >/dev/udp/10.0.0.1/$port" || true; done');
  router.run("conntrack -F 2>/dev/null");
}

/** The overflow is the first thing that the log tells of a router; others that were recorded before must not follow it. */
function ownLog(router: Machine): HomeRouter["ownLog"] {
  const namespace = /\[(\d+)\]/.exec(router.run("readlink /proc/self/ns/net"))?.[1];
  const first = `table full in netns ${namespace},`;
  const own = new RegExp(`knock: IN=|nf_ct_proto_\\d+: |martian source|${first}`);
  return (lines) => {
    const begin = lines.findIndex((line) => line.includes(first));
    return begin < 0 ? [] : lines.slice(begin).filter((line) => own.test(line));
  };
}

async function saysReady(machine: Machine, script: string): Promise<void> {
  if (!existsSync(join(here, script))) throw new Error(`${script} is missing in ${dirname(here)}`);
  const enter = ["--target", String(machine.pid), "--net", "--mount", "--pid", "--", "python3", join(here, script)];
  const child = spawn("nsenter", enter, { stdio: ["ignore", "pipe", "inherit"] });
  const early = once(child, "exit").then(([code]) => {
    throw new Error(`${script} ended with ${code}`);
  });
  await Promise.race([once(child.stdout, "data"), early]);
  early.catch(() => undefined);
}
