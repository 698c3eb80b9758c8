import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type PacketTestResult, runPacketTest } from "../../netfilter/simulate/packetTests.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";
import { placeOf } from "../check/localFiles.js";
import { complain, print } from "../output.js";
import { TestFiles } from "../packetTests/files.js";
import { openTests } from "../packetTests/open.js";
import { textOf, Unusable } from "./reading.js";
import { oneOf, subcommand } from "./subcommand.js";
import type { PlacedProblem } from "./yamlTests.js";

/** How `hookscope test` is called. */
export const testUsage = `Usage: hookscope test [--format text|json] [FILE | FOLDER]...

Runs packet tests: files named *.packets.yaml beside the rules that they test, in the folders given or
in this one. What such a file says is described in docs/packet-tests.md.

Exit status: 0 all passed, 1 a test failed, 2 a wrong call or an unusable file.
`;

/** A test file's results. */
interface FileResults {
  readonly file: string;
  readonly lines: LineIndex;
  readonly results: readonly PacketTestResult[];
}

/** Runs `hookscope test`; the exit status. */
export function testCommand(args: string[]): Promise<number> {
  return subcommand(async () => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { format: { type: "string", default: "text" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return told(testUsage, 0);
    const format = oneOf("--format", values.format, ["text", "json"]);
    const files = (positionals.length > 0 ? positionals : ["."]).flatMap(testFiles);
    if (files.length === 0) throw new Unusable("no *.packets.yaml here; name a file or a folder");
    const all = files.map(runFile);
    const passed = all.every(({ results }) => results.every(({ failures }) => failures.length === 0));
    return told(format === "json" ? jsonOf(all) : textOfResults(all), passed ? 0 : 1);
  });
}

function told(text: string, status: number): number {
  print(text);
  return status;
}

const isTestFile = /\.packets\.ya?ml$/;
const passedOver = new Set([".git", ".hg", ".svn", "node_modules"]);

/** The file itself, or the test files in a folder and those below. */
function testFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Unusable(`${path}: there is no such file or folder`);
  if (!stats.isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : testFiles(inner);
    return entry.isFile() && isTestFile.test(entry.name) ? [inner] : [];
  });
}

function runFile(file: string): FileResults {
  const text = textOf(file);
  const lines = new LineIndex(text);
  const nameOf = (path: string) => relative(".", path);
  const opened = openTests(placeOf(file).path, text, new TestFiles({ unsaved: {} }), { nameOf });
  const told = ({ start, message }: PlacedProblem) => `${file}:${lines.position(start).line + 1}: ${message}`;
  if (opened.problems.length > 0) throw new Unusable(opened.problems.map(told).join("\nhookscope: "));
  for (const warning of opened.warnings) complain(told(warning));
  return { file, lines, results: opened.tests.map((test) => runPacketTest(test, opened.loaded, opened.state)) };
}

/** TAP 14: a plan, a line a test, and under a failed one what was expected. */
function textOfResults(all: readonly FileResults[]): string {
  const count = all.reduce((sum, { results }) => sum + results.length, 0);
  const lines = ["TAP version 14", `1..${count}`];
  let number = 0;
  for (const { file, lines: index, results } of all)
    for (const { test, failures } of results) {
      lines.push(
        `${failures.length === 0 ? "ok" : "not ok"} ${++number} - ${file}: ${test.name.replaceAll("#", "\\#")}`,
      );
      for (const { step, message } of failures)
        lines.push(`  # ${file}:${index.position(step.start).line + 1}: ${message}`);
    }
  const failed = all.flatMap(({ results }) => results).filter(({ failures }) => failures.length > 0).length;
  lines.push(`# ${count - failed} passed, ${failed} failed`);
  return `${lines.join("\n")}\n`;
}

function jsonOf(all: readonly FileResults[]): string {
  const files = all.map(({ file, lines, results }) => ({
    file,
    tests: results.map(({ test, failures, traces }) => ({
      name: test.name,
      line: lines.position(test.start).line + 1,
      passed: failures.length === 0,
      failures: failures.map(({ step, message }) => ({ line: lines.position(step.start).line + 1, message })),
      ends: traces.map(({ disposition }) => disposition),
    })),
  }));
  return `${JSON.stringify({ files })}\n`;
}
