import { rmSync } from "node:fs";
import { release } from "node:os";
import { type Answer, type RecordedCommand, writeRecording } from "../../../client/demo/recording.js";
import type { Router } from "../../../client/routers/router.js";
import type { Command } from "../../../netfilter/observe/command.js";
import { conntrackEvents } from "../../../netfilter/observe/conntrack/events.js";
import { conntrackFile } from "../../../netfilter/observe/conntrack/list.js";
import { conntrackCount, conntrackStats, conntrackStatsFile } from "../../../netfilter/observe/conntrack/stats.js";
import { kernelJournal, kernelLog, kernelLogFollow, kernelLogread } from "../../../netfilter/observe/kernel/log.js";
import { permitted } from "../../../netfilter/observe/permitted.js";
import { ip6tablesSave, iptablesSave, nftRuleset } from "../../../netfilter/observe/rulesets.js";
import { nftTrace, xtablesTrace } from "../../../netfilter/observe/trace/commands.js";
import { closeRouters, routerAt, testPerson } from "../fixture.js";
import { record } from "../record.js";
import { type HomeRouter, startHomeRouter } from "./homeRouter.js";

/** Milliseconds of events, traces and log that the demo plays again and again. */
const following = 40_000;
/** What changes while one looks is asked so many times, with so many milliseconds in between. */
const rounds = 3;
const pause = 9_000;

const followed = [conntrackEvents, nftTrace, xtablesTrace, kernelLogFollow];
const moving = [
  ...[conntrackFile, conntrackCount, conntrackStats, conntrackStatsFile],
  ...[nftRuleset, iptablesSave, ip6tablesSave, kernelLog],
];
/** Programs that this router has not: they would tell of the machine that records. */
const absent: readonly Command<unknown>[] = [kernelJournal, kernelLogread];

/** Builds a home router in this machine's kernel, asks it all that Hookscope may ask, and writes the answers into a folder. */
export async function recordHome(folder: string, title: string): Promise<void> {
  const home = await startHomeRouter();
  try {
    const router = routerAt(home.host, testPerson());
    const commands = await takeAll(router);
    rmSync(folder, { recursive: true, force: true });
    await writeRecording(folder, { title, commands: commands.map((command) => withoutOthers(command, home)) });
  } finally {
    closeRouters();
    home.stop();
  }
}

async function takeAll(router: Router): Promise<readonly RecordedCommand[]> {
  const still = permitted.filter((one) => ![...followed, ...moving, ...absent].some(({ id }) => id === one.id));
  const taken: RecordedCommand[] = [];
  for (const { argv, root } of still) taken.push(await record(router, { argv, root }));
  const follow = followed.map(({ argv, root }) =>
    record(router, { argv, root, forMs: following, afterwards: root && argv[0] === "cat" ? "stay" : "repeat" }),
  );
  const answers = new Map<Command<unknown>, Answer[]>(moving.map((command) => [command, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [command, own] of answers) own.push(...(await record(router, command)).answers);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  const moved = [...answers].map(([{ argv }, own]) => ({ argv, answers: own }));
  return [...taken, ...moved, ...(await Promise.all(follow))];
}

/**
 * The kernel log is the whole machine's: only this router's lines are kept, each at its own time. Of the kernel's release only
 * the version is.
 */
function withoutOthers(command: RecordedCommand, home: HomeRouter): RecordedCommand {
  if (command.argv.includes("/proc/sys/kernel/osrelease"))
    return { ...command, answers: command.answers.map(withoutMachine) };
  if (command.argv.join(" ") === "cat /dev/kmsg")
    return { ...command, answers: command.answers.map((one) => played(one, home)) };
  if (command.argv[0] !== "dmesg") return command;
  const answers = command.answers.map((answer) => ({ ...answer, stdout: Buffer.from(ownText(answer, home).join("")) }));
  return { ...command, answers };
}

function withoutMachine(answer: Answer): Answer {
  const text = Buffer.from(answer.stdout).toString("utf8");
  return { ...answer, stdout: Buffer.from(text.replaceAll(release(), release().split("-")[0] as string)) };
}

function ownText({ stdout }: Answer, home: HomeRouter): readonly string[] {
  const lines = Buffer.from(stdout).toString("utf8").split("\n");
  return home.ownLog(lines).map((line) => `${line}\n`);
}

/** Each line of /dev/kmsg has the microseconds at which it was written. */
function played(answer: Answer, home: HomeRouter): Answer {
  const lines = ownText(answer, home);
  const at = lines.map((line) => Number(/^\d+,\d+,(\d+)/.exec(line)?.[1] ?? 0) / 1000);
  const started = (at.at(-1) ?? 0) - following;
  let bytes = 0;
  const timing = lines.map((line, index): [number, number] => {
    bytes += Buffer.byteLength(line);
    return [Math.max(0, Math.round((at[index] as number) - started)), bytes];
  });
  return { ...answer, stdout: Buffer.from(lines.join("")), timing };
}
