import { rmSync } from "node:fs";
import { join } from "node:path";
import { storyRules } from "../client/path/story.js";
import { type Machine, missing, newLabFolder, newNames, serve, startMachine, wire } from "./lab.js";

type Device = "172.17.0.2" | "172.17.0.3";

/** Story 000's router as it runs, with a device behind it that loses its connections, one that does not, and a server. */
export interface StoryLab {
  readonly router: Machine;
  /** 172.17.0.2, whose mark is not saved, and 172.17.0.3. */
  readonly lan: Machine;
  /** 198.51.100.20, behind both lines. */
  readonly web: Machine;
  /** The router's address on the wire to this process. */
  readonly address: string;
  readonly key: string;
  /** Opens a TCP connection from the device and says something. */
  connect(from: Device): void;
  /** The same, but it says something each second until the lab stops. */
  keepTalking(from: Device): void;
  stop(): void;
}

/** Throws, saying what is missing, where the machines cannot be had. */
export async function startStoryLab(): Promise<StoryLab> {
  const problem = missing();
  if (problem) throw new Error(problem);
  const { id, net } = newNames();
  const folder = newLabFolder();
  const router = await startMachine(join(folder, "router"));
  const lan = await startMachine(join(folder, "lan"));
  const web = await startMachine(join(folder, "web"));
  const stop = () => {
    for (const machine of [router, lan, web]) machine.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    wire(`hs${id}a`, [undefined, `${net}.1.1/24`], "mgmt", [router, `${net}.1.2/24`]);
    wire("eth0", [lan, "172.17.0.2/16"], "lan0", [router, "172.17.0.1/16"]);
    wire("line1", [web, "10.0.0.1/24"], "eth0", [router, "10.0.0.2/24"]);
    wire("line2", [web, "10.250.0.1/32"], "ppp0", [router, "10.250.193.4/32"]);
    router.run(routerSetup, rules);
    lan.run("ip addr add 172.17.0.3/16 dev eth0");
    web.run(
      "ip addr add 198.51.100.20/32 dev lo; ip route add 10.250.193.4 dev line2; sysctl -qw net.ipv4.conf.all.rp_filter=0",
    );
    web.start("busybox nc -ll -p 443 -e cat");
    await serve(router);
  } catch (error) {
    stop();
    throw error;
  }
  const connect = (from: Device) => void lan.run(`${sourceIs(from)}; timeout 2 bash -c '${talk}' || true`);
  const keepTalking = (from: Device) => {
    lan.run(sourceIs(from));
    lan.start(`bash -c '${talk}; while sleep 1; do echo hello >&3; head -n1 <&3; done'`);
  };
  return { router, lan, web, address: `${net}.1.2`, key: join(folder, "key"), connect, keepTalking, stop };
}

/** The story's, with a way in for those who look. */
const rules = storyRules.replace(/(?=-A FORWARD -m)/, "-A INPUT -i mgmt -j ACCEPT\n");

/** As `storyState` says it. */
const routerSetup = [
  "set -e",
  "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0",
  "for one in lan0 eth0 ppp0; do sysctl -qw net.ipv4.conf.$one.rp_filter=0; done",
  "ip route add default via 10.0.0.1 dev eth0 table 48",
  "ip route add default dev ppp0 table 54",
  "ip rule add priority 100 table main",
  "ip rule add priority 1000 fwmark 0x30/0xff table 48",
  "ip rule add priority 1002 fwmark 0x36/0xff table 54",
  "iptables-nft-restore",
].join("\n");

const talk = "exec 3<>/dev/tcp/198.51.100.20/443; echo hello >&3; head -n1 <&3";

/** A route says from which address the device's programs connect. */
function sourceIs(device: Device): string {
  return `ip route replace default via 172.17.0.1 src ${device}`;
}
