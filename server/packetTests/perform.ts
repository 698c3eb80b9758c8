import type { ReadRules } from "../../netfilter/simulate/load.js";
import { type PacketTest, type PacketTestResult, runPacketTest } from "../../netfilter/simulate/packetTests.js";
import { Places } from "../../netfilter/simulate/places.js";
import type { Trace } from "../../netfilter/simulate/trace.js";
import { packetText, traceText } from "../../netfilter/simulate/traceText.js";
import { wayBack } from "../../netfilter/simulate/wayBack.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";
import { folderOf, joined } from "../../netfilter/text/paths.js";
import { contains, type Span } from "../../netfilter/text/span.js";
import { draftTests } from "./draft.js";
import { TestFiles } from "./files.js";
import { type OpenedTests, openTests } from "./open.js";
import type { PacketOutcome, PacketTestCalls, SpotRange, TestFile, TestOutcome, TestOutline } from "./protocol.js";

/** Does what was asked from outside the thread; `tell` hears every outcome of a run. */
export function performer(readRules: ReadRules, tell: (outcome: TestOutcome) => void) {
  const open = (file: TestFile) => openTests(file.path, file.text, new TestFiles(file), { readRules });
  const performers: {
    [Call in keyof PacketTestCalls]: (argument: PacketTestCalls[Call][0]) => PacketTestCalls[Call][1];
  } = {
    outline: (file) => outlineOf(file, open(file)),
    run: (file) => {
      const opened = open(file);
      for (const index of file.tests) tell(outcomeOf(file.path, opened, index));
      return { warnings: opened.warnings.map(({ message }) => message) };
    },
    draft: ({ path, text }) => draftTests(path, text),
  };
  return performers;
}

function outlineOf({ text }: TestFile, { tests, problems, warnings, uses }: OpenedTests): TestOutline {
  const lines = new LineIndex(text);
  const range = ({ start, end }: Span): SpotRange => ({
    start: lines.position(start),
    end: lines.position(start + text.slice(start, end).trimEnd().length),
  });
  const problem = (severity: "error" | "warning") => (one: Span & { readonly message: string }) => ({
    range: range(one),
    message: one.message,
    severity,
  });
  return {
    tests: tests.map((test) => ({
      name: test.name,
      range: range(test),
      packets: test.packets.map((step) => ({ text: packetText(step.packet), range: range(step) })),
    })),
    problems: [...problems.map(problem("error")), ...warnings.map(problem("warning"))],
    uses,
  };
}

function outcomeOf(path: string, opened: OpenedTests, index: number): TestOutcome {
  const test = opened.tests[index];
  if (!test) return failed(index, "This test is no longer in the file.");
  const inTheWay = problemsOf(test, opened);
  if (inTheWay.length > 0) return failed(index, inTheWay.join("\n"));
  const begin = performance.now();
  try {
    const result = runPacketTest(test, opened.loaded, opened.state);
    const milliseconds = performance.now() - begin;
    return { test: index, milliseconds, packets: packetOutcomes(path, result, new Places(opened.loaded)) };
  } catch (error) {
    return failed(index, `A fault of Hookscope's own, please report it: ${(error as Error).stack}`);
  }
}

function failed(test: number, error: string): TestOutcome {
  return { test, milliseconds: 0, error, packets: [] };
}

/** A problem within another test leaves this one alone. */
function problemsOf(test: PacketTest, { tests, problems }: OpenedTests): string[] {
  const others = tests.filter((one) => one !== test);
  return problems.filter((one) => !others.some((other) => contains(other, one))).map(({ message }) => message);
}

function packetOutcomes(path: string, { test, failures, traces }: PacketTestResult, places: Places): PacketOutcome[] {
  return traces.map((trace, index) => ({
    failures: failures
      .filter(({ step }) => step === test.packets[index])
      .map(({ message, expected, actual }) => ({ message, expected, actual })),
    way: traceText(withoutMisses(trace), places),
    decisions: wayBack(trace, places).map(({ text, file, line }) => ({ text, line, path: besides(path, file) })),
  }));
}

/** Rules that did not match are thousands in a large file. */
function withoutMisses(trace: Trace): Trace {
  const steps = trace.steps.filter((step) => step.kind !== "rule" || step.matched !== false);
  return { ...trace, steps, caused: trace.caused.map(withoutMisses) };
}

function besides(path: string, file: string): string {
  return file.startsWith("/") ? file : joined(folderOf(path), file);
}
