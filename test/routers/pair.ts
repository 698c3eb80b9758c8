import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Machine, newLabFolder, newNames, startMachine, wire } from "./lab.js";

/** A router without rules and one machine on its wire, 10.77.1.1 and 10.77.1.2, that send nothing of their own. */
export interface Pair {
  readonly router: Machine;
  readonly lan: Machine;
  stop(): void;
}

/** Starts both, to count what is sent between them. */
export async function startPair(): Promise<Pair> {
  const folder = newLabFolder();
  const router = await startMachine(join(folder, "router"));
  const lan = await startMachine(join(folder, "lan"));
  wire(`hs${newNames().id}p`, [router, "10.77.1.1/24"], "eth0", [lan, "10.77.1.2/24"]);
  for (const machine of [router, lan]) machine.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
  const stop = () => {
    for (const machine of [lan, router]) machine.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { router, lan, stop };
}
