import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, hostOf } from "./fixture.js";
import { type Lab, ports, startLab } from "./lab.js";
import { becomes, makeOld, type Standing, sendUdp, standing } from "./traceFixture.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hookscope-holder-"));
  const native = ["cpu-features", "*.node"];
  const entry = join(import.meta.dirname, "traceHolder.ts");
  const outfile = join(folder, "holder.cjs");
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", external: native });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A trace in the middle: its client is a process of its own, and packets were seen. */
interface Middle {
  readonly lab: Lab;
  readonly before: Standing;
  readonly holder: ChildProcess;
}

/** Which server of the router is used, by whom, and whether its nft is an old one. */
interface Place {
  readonly at: string;
  readonly port: number;
  readonly user: string;
  readonly old: boolean;
}

async function inTheMiddle({ port, user, old }: Place, check: (middle: Middle) => Promise<void>): Promise<void> {
  const lab = await startLab({ without: [] });
  let holder: ChildProcess | undefined;
  try {
    if (old) makeOld(lab.router);
    const before = standing(lab.router);
    holder = spawn(process.execPath, [join(folder, "holder.cjs"), JSON.stringify(hostOf(lab, { port, user }))]);
    let all = "";
    for (const stream of [holder.stdout, holder.stderr]) stream?.on("data", (piece) => (all += piece));
    const said = () => all;
    await eventually(said, (text) => text.includes('"listening"'));
    sendUdp(lab.lan, "203.0.113.10", 7001);
    expect(await eventually(said, (text) => text.includes('"items"'))).toContain(
      old ? "another process" : "the kernel",
    );
    expect(standing(lab.router).rules).toContain("hookscope_trace_");
    await check({ lab, before, holder });
  } finally {
    holder?.kill("SIGKILL");
    lab.stop();
  }
}

/** What happens to the trace, and after how many seconds at most the router has to be as before. */
interface Blow {
  readonly name: string;
  readonly seconds: number;
  strike(middle: Middle): void;
}

const onRouter = (name: string, line: string, seconds: number): Blow => ({
  ...{ name, seconds },
  strike: ({ lab }) => void lab.router.run(line),
});
const toHolder = (name: string, signal: NodeJS.Signals, seconds: number): Blow => ({
  ...{ name, seconds },
  strike: ({ holder }) => void holder.kill(signal),
});

/** A link that is silent is given up after half a minute; all else is noticed at once. */
const [atOnce, afterSilence] = [10, 50];
const session = (signal: string) => `pkill -${signal} -f '^sshd: (root|all)@notty' || pkill -${signal} -n -x dropbear`;

const blows = {
  killed: toHolder("the extension host is killed", "SIGKILL", atOnce),
  halted: toHolder("the extension host hangs", "SIGSTOP", afterSilence),
  cut: onRouter("the link is cut", "ip link set mgmt down", afterSilence),
  session: onRouter("the session's server is killed", session("9"), atOnce),
  hung: onRouter("the session's server hangs", session("STOP"), afterSilence),
  servers: onRouter("all servers are killed", "pkill -9 -x sshd; pkill -9 -x dropbear", atOnce),
  script: onRouter("the script is killed", "kill -9 $(pgrep -o -x -f 'sh -s')", atOnce),
  watch: onRouter("what watches the script is killed", "pkill -9 -f '^sh -c eval'", atOnce),
  table: onRouter("the process that holds the table is killed", "kill -9 $(pgrep -n -x -f 'sh -s')", atOnce),
  monitor: onRouter("the monitor is killed", "pkill -9 -f ' -a monitor trace'", atOnce),
};

const places: Readonly<Record<"plain" | "older" | "small" | "other", Place>> = {
  plain: { at: "OpenSSH, root", port: ports.openssh, user: "root", old: false },
  older: { at: "an old nft", port: ports.openssh, user: "root", old: true },
  small: { at: "dropbear", port: ports.dropbear, user: "root", old: false },
  other: { at: "sudo", port: ports.openssh, user: "all", old: false },
};

const { killed, cut, session: ended, script, table, monitor } = blows;
const cases = [
  ...Object.values(blows).map((blow) => ({ ...places.plain, blow })),
  ...[killed, cut, ended, script, table, monitor].map((blow) => ({ ...places.older, blow })),
  ...[killed, cut, ended].map((blow) => ({ ...places.small, blow })),
  ...[killed, cut, ended, script].map((blow) => ({ ...places.other, blow })),
].map(({ blow, ...place }) => ({ ...place, blow, name: `${blow.name} (${place.at})` }));
// Those that take long run side by side.
const inOrder = cases.toSorted((one, other) => other.blow.seconds - one.blow.seconds);

test.concurrent.each(inOrder)("the router is soon as before: $name", ({ blow, ...place }) =>
  inTheMiddle(place, async (middle) => {
    blow.strike(middle);
    expect(await becomes(middle.lab.router, middle.before, blow.seconds * 1000)).toEqual(middle.before);
  }),
);
