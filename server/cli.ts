import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { analyze } from "../netfilter/analyze.js";
import { type Dialect, inputs, type Problem, type Source } from "./check/files.js";
import { jsonReporter } from "./check/json.js";
import { otherFile, placeOf } from "./check/localFiles.js";
import { type Checked, checkedFile, type Reporter, type Summary } from "./check/report.js";
import { sarifReporter } from "./check/sarif.js";
import { textReporter } from "./check/text.js";
import { releasePattern, version } from "./protocol.js";

const usage = `Usage: hookscope check [OPTION]... PATH... | -
       hookscope path --help
       hookscope trace --help
       hookscope test --help

Checks nftables and iptables-save files: what the real tools would refuse are errors, what they
would load although it is a mistake are warnings. A folder is searched for rules files; - reads
standard input.

  --dialect auto|nftables|iptables|ip6tables   the language; auto tells it by name and content.
                                               Of a folder, only files of that language are read
  --format text|json|sarif                     how findings are printed (default: text)
  --nft-version X.Y.Z                          warn about what this release of nft does not know
  --no-lint                                    leave the lints out: only what the tools object to
  --help, --version

Exit status: 0 no error found, 1 at least one error, 2 a wrong call or an unreadable file.
`;

const formats: ReadonlyMap<string, () => Reporter> = new Map([
  ["text", () => textReporter(process.stdout.isTTY === true && !process.env.NO_COLOR)],
  ["json", jsonReporter],
  ["sarif", sarifReporter],
]);

const dialects: readonly string[] = ["auto", "nftables", "iptables", "ip6tables"] satisfies Dialect[];

interface Call {
  readonly paths: readonly string[];
  readonly dialect: Dialect;
  readonly reporter: Reporter;
  readonly lint: boolean;
  readonly nftVersion?: string;
}

/** A call that cannot be understood; its message is for the person who typed it. */
class WrongCall extends Error {}

/** Commands with code of their own, loaded when asked for. */
const commands: Readonly<Record<string, () => Promise<(args: string[]) => Promise<number>>>> = {
  path: async () => (await import("./path/command.js")).pathCommand,
  trace: async () => (await import("./path/traceCommand.js")).traceCommand,
  test: async () => (await import("./path/testCommand.js")).testCommand,
};

async function main(args: string[]): Promise<number> {
  const other = commands[args[0] ?? ""];
  if (other) return (await other())(args.slice(1));
  let call: Call | string;
  try {
    call = understand(args);
  } catch (error) {
    process.stderr.write(`hookscope: ${(error as Error).message}\nTry 'hookscope --help'.\n`);
    return 2;
  }
  if (typeof call !== "string") return check(call);
  await print(call);
  return 0;
}

/** The call, or a text to print instead. */
function understand(args: string[]): Call | string {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      dialect: { type: "string", default: "auto" },
      format: { type: "string", default: "text" },
      "nft-version": { type: "string" },
      "no-lint": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
  if (values.help) return usage;
  if (values.version) return `hookscope ${version}\n`;
  const [command, ...paths] = positionals;
  if (command !== "check") throw new WrongCall(command ? `there is no command '${command}'` : "a command is missing");
  if (paths.length === 0) throw new WrongCall("check needs a file, a folder or - for standard input");
  const reporter = formats.get(values.format);
  if (!reporter) throw new WrongCall(`--format is one of ${[...formats.keys()].join(", ")}, not '${values.format}'`);
  if (!dialects.includes(values.dialect))
    throw new WrongCall(`--dialect is one of ${dialects.join(", ")}, not '${values.dialect}'`);
  const nftVersion = values["nft-version"];
  if (nftVersion !== undefined && !releasePattern.test(nftVersion))
    throw new WrongCall(`--nft-version is a release such as 1.0.6, not '${nftVersion}'`);
  const dialect = values.dialect as Dialect;
  return { paths, dialect, reporter: reporter(), lint: !values["no-lint"], ...(nftVersion && { nftVersion }) };
}

async function check(call: Call): Promise<number> {
  const { paths, dialect, reporter } = call;
  const summary: Summary = { files: 0, found: { error: 0, warning: 0, information: 0, hint: 0 } };
  let failed = false;
  const stdin = paths.includes("-") ? await buffer(process.stdin) : new Uint8Array();
  await print(reporter.begin());
  for (const input of inputs(paths, dialect, stdin)) {
    const checked = "problem" in input ? input : read(input, call);
    if ("problem" in checked) {
      failed = true;
      process.stderr.write(`hookscope: ${checked.file}: ${checked.problem}\n`);
      continue;
    }
    summary.files++;
    for (const { severity } of checked.findings) summary.found[severity]++;
    await print(reporter.file(checked));
  }
  await print(reporter.end(summary));
  if (failed) return 2;
  return summary.found.error > 0 ? 1 : 0;
}

/** One file that we cannot cope with must not keep the others from being checked. */
function read({ file, text, language }: Source, { lint, nftVersion }: Call): Checked | Problem {
  try {
    const options = { lint, place: placeOf(file), ...(nftVersion !== undefined && { nftVersion }) };
    return checkedFile(file, text, analyze(text, language, options).findings, otherFile);
  } catch (error) {
    return { file, problem: `a fault of hookscope's own, please report it: ${(error as Error).stack}` };
  }
}

/** Waits while the reader is slower than we are, so that memory does not fill with output. */
async function print(text: string): Promise<void> {
  if (text && !process.stdout.write(text)) await once(process.stdout, "drain");
}

process.stderr.on("error", () => undefined);
// A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.stderr.write(`hookscope: cannot write the result: ${error.message}\n`);
  process.exit(error.code === "EPIPE" ? 0 : 2);
});

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
