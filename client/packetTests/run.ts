import {
  Location,
  Position,
  type Range,
  type TestItem,
  TestMessage,
  TestMessageStackFrame,
  type TestRun,
  Uri,
} from "vscode";
import type { PacketOutcome, TestOutcome } from "../../server/packetTests/protocol.js";
import type { ItemPlace } from "./items.js";
import { grouped } from "./selection.js";
import { testFileAt } from "./texts.js";
import { type PacketTestThread, Stopped } from "./thread.js";

/** A long way is told in the output; beside a failure stand so many of its rules. */
const mostFrames = 10;

/** Runs tests of one file and shows what comes of them; `items` are tests with one packet and packets of sequences. */
export async function runFile(
  run: TestRun,
  uri: Uri,
  items: readonly (readonly [TestItem, ItemPlace])[],
  thread: PacketTestThread,
): Promise<void> {
  const byTest = grouped(items, ([, { test }]) => test);
  const file = await testFileAt(uri);
  if (!file || run.token.isCancellationRequested) {
    for (const [item] of items) run.skipped(item);
    return;
  }
  for (const [item] of items) run.started(item);
  try {
    const { warnings } = await thread.call("run", { ...file, tests: [...byTest.keys()] }, (outcome) => {
      for (const [item, { packet }] of byTest.get(outcome.test) ?? []) show(run, item, packet, outcome);
      byTest.delete(outcome.test);
    });
    for (const warning of warnings) print(run, warning);
  } catch (error) {
    if (!(error instanceof Stopped)) print(run, String(error));
    for (const [item] of [...byTest.values()].flat()) {
      if (error instanceof Stopped) run.skipped(item);
      else run.errored(item, new TestMessage(String(error)));
    }
  }
}

/** The result of a test, or of the packet of it that the item stands for. */
function show(run: TestRun, item: TestItem, packet: number | undefined, outcome: TestOutcome): void {
  if (outcome.error !== undefined) {
    run.errored(item, new TestMessage(outcome.error));
    return;
  }
  const packets = packet === undefined ? outcome.packets : outcome.packets.slice(packet, packet + 1);
  const milliseconds = (outcome.milliseconds * packets.length) / Math.max(outcome.packets.length, 1);
  for (const { way } of packets) print(run, way, item);
  const messages = packets.flatMap((one) => messageOf(one, item));
  if (messages.length === 0) run.passed(item, milliseconds);
  else run.failed(item, messages, milliseconds);
}

/** What was expected beside what came, and the way back to the rules that decided. */
function messageOf({ failures, decisions }: PacketOutcome, item: TestItem): TestMessage[] {
  if (failures.length === 0) return [];
  const lines = (name: "message" | "expected" | "actual") => failures.map((failure) => failure[name]).join("\n");
  const message = TestMessage.diff(lines("message"), lines("expected"), lines("actual"));
  message.location = new Location(item.uri as Uri, (item.range as Range).start);
  message.stackTrace = decisions
    .slice(0, mostFrames)
    .map(
      ({ text, path, line }) =>
        new TestMessageStackFrame(text, Uri.from({ scheme: "file", path }), new Position(line - 1, 0)),
    );
  return [message];
}

function print(run: TestRun, text: string, item?: TestItem): void {
  run.appendOutput(`${text.replaceAll("\n", "\r\n")}\r\n`, undefined, item);
}
