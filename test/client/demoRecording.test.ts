import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RecordedCommand, readRecording } from "../../client/demo/recording.js";
import type { Command, Outcome } from "../../netfilter/observe/command.js";
import { conntrackEvents } from "../../netfilter/observe/conntrack/events.js";
import { conntrackFile } from "../../netfilter/observe/conntrack/list.js";
import { bpftraceHooks } from "../../netfilter/observe/hooks/bpftrace.js";
import { nftHooks } from "../../netfilter/observe/hooks/nft.js";
import { kernelJournal, kernelLog, kernelLogread } from "../../netfilter/observe/kernel/log.js";
import { permitted } from "../../netfilter/observe/permitted.js";

// The demo router answers from what `npm run record:demo` has recorded. A command that was changed since is not in it any more.

const folder = new URL("../../demo/home-router/", import.meta.url).pathname;
const { commands } = await readRecording(folder);
const absent: readonly Command<unknown>[] = [kernelJournal, kernelLogread];

function recorded({ argv }: Command<unknown>): RecordedCommand | undefined {
  return commands.find((one) => one.argv.join("\0") === argv.join("\0"));
}

/** What the command's reader makes of one recorded answer. */
function readAnswer<Result>(command: Command<Result>, turn = 0): Outcome<Result> {
  const answer = recorded(command)?.answers[turn];
  if (!answer) throw new Error(`${command.id} was not recorded: run \`npm run record:demo\``);
  const reader = command.reader();
  reader.push(answer.stdout);
  return reader.end({ code: answer.code, stderr: answer.stderr, cut: answer.afterwards !== "exit" });
}

describe.each(permitted.filter((one) => !absent.includes(one)).map((one) => [one.id, one] as const))(
  "%s",
  (id, command) => {
    /** What this router cannot tell, as its kernel has no loadable modules and tells nft no hooks. */
    const reasons: Readonly<Record<string, string>> = { "nft.hooks": "unsupported", "kernel.modules": "unsupported" };

    test("was recorded, and is read without a doubt", () => {
      for (const turn of recorded(command)?.answers.keys() ?? [0]) {
        const outcome = readAnswer(command, turn);
        if (reasons[id]) expect(outcome).toMatchObject({ ok: false, failure: { reason: reasons[id] } });
        else expect(outcome).toMatchObject({ ok: true, warnings: [] });
      }
    });
  },
);

test("there are some hundred entries of all kinds, and they change", () => {
  const outcome = readAnswer(conntrackFile);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  const { count, states, protocol, flags } = outcome.value;
  expect(count).toBeGreaterThan(250);
  expect(states).toEqual(expect.arrayContaining(["ESTABLISHED", "TIME_WAIT", "SYN_SENT", "CLOSE_WAIT"]));
  expect(new Set(protocol)).toEqual(new Set([1, 6, 17, 47]));
  expect(flags.some((bits) => bits & 1)).toBe(true);
  const answers = recorded(conntrackFile)?.answers ?? [];
  expect(new Set(answers.map(({ stdout }) => stdout.toString())).size).toBe(answers.length);
});

test("connections are destroyed in full life, as in the story", () => {
  const events = conntrackEvents.reader();
  events.push(recorded(conntrackEvents)?.answers[0]?.stdout ?? new Uint8Array());
  const killed = events.take().filter(({ kind, entry }) => kind === "destroy" && entry.state === "ESTABLISHED");
  expect(killed.length).toBeGreaterThan(3);
  for (const { entry } of killed) expect(entry.original.source).toBe("172.17.0.2");
});

test("its kernel does not tell nft the hooks; bpftrace does", () => {
  expect(readAnswer(nftHooks).ok).toBe(false);
  expect(readAnswer(bpftraceHooks)).toMatchObject({ ok: true, value: { source: "bpftrace" } });
});

test("its log tells of a full table, invalid packets, martians and logged ones", () => {
  const outcome = readAnswer(kernelLog);
  const kinds = new Set(outcome.ok ? outcome.value.map(({ kind }) => kind) : []);
  expect(kinds).toEqual(new Set(["tableFull", "invalid", "martian", "packet"]));
});

const everything = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));

test("nothing tells of the machine that recorded it", () => {
  const told = new RegExp(`\\b(${hostname()}|hookscope|/work|/tmp|/home|/root)\\b`);
  for (const text of everything) expect(text).not.toMatch(told);
});

test("its addresses are private ones, or made for documentation", () => {
  const known = /^(0|10|127|192\.168|172\.(1[6-9]|2\d|3[01])|192\.0\.2|198\.51\.100|203\.0\.113|255\.255\.255)\./;
  const addresses = new Set(everything.join("\n").match(/(?<![\d.])(\d{1,3}\.){3}\d{1,3}(?![\d.])/g));
  expect([...addresses].filter((address) => !known.test(`${address}.`))).toEqual([]);
  const six = new Set(everything.join("\n").match(/(?<=(?:src|dst)=)[\da-f:]*:[\da-f:]*/g));
  expect([...six].filter((address) => !/^(2001:0?db8:|fe80|ff02|::)/.test(address))).toEqual([]);
});
