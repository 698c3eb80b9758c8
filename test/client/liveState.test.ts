import { expect, test } from "vitest";
import { readRecording } from "../../client/demo/recording.js";
import { liveState } from "../../client/rulesets/liveState.js";
import type { Ask } from "../../client/sidebar/item.js";
import type { Command, Outcome } from "../../netfilter/observe/command.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import type { FieldProblem } from "../../netfilter/text/fields.js";

const recording = await readRecording(new URL("../../demo/home-router", import.meta.url).pathname);

/** Answers as the demo router does. */
const ask: Ask = async <Result>({ argv, reader }: Command<Result>): Promise<Outcome<Result>> => {
  const recorded = recording.commands.find((one) => one.argv.join(" ") === argv.join(" "))?.answers[0];
  const reading = reader();
  if (recorded) reading.push(recorded.stdout);
  return reading.end({ code: recorded?.code ?? 127, stderr: recorded?.stderr ?? "not found", cut: false });
};

test("what a router says of itself is a state that the simulator reads", async () => {
  const problems: FieldProblem[] = [];
  const state = readState(JSON.parse(await liveState(ask)), problems);
  expect(problems).toEqual([]);
  expect(state?.interfaces?.find(({ name }) => name === "ppp0")?.addresses[0]).toMatchObject({ family: "ipv4" });
  const marked = state?.rules?.find(({ mark }) => mark === 0x36);
  expect(marked).toMatchObject({ mask: 0xff, action: { do: "lookup" } });
  const table = marked?.action.do === "lookup" ? marked.action.table : undefined;
  expect(state?.routes?.some((route) => route.table === table && route.prefixLength === 0)).toBe(true);
  expect(state?.sysctls?.["net.ipv4.ip_forward"]).toBe("1");
});

test("what it does not tell is left out", async () => {
  const refused: Ask = async () => ({ ok: false, failure: { reason: "failed", message: "no" } });
  expect(JSON.parse(await liveState(refused))).toEqual({});
});
