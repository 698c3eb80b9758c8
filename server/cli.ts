import { parseArgs } from "node:util";
import type { Analysis, AnalyzeOptions } from "../netfilter/analysis.js";
import type { Language } from "../netfilter/language.js";
import { type Dialect, inputs, type Problem, type Source } from "./check/files.js";
import { jsonReporter } from "./check/json.js";
import { otherFile, placeOf } from "./check/localFiles.js";
import { type Checked, checkedFile, type Reporter, type Summary } from "./check/report.js";
import { sarifReporter } from "./check/sarif.js";
import { textReporter } from "./check/text.js";
import { complain, print, printsToTerminal } from "./output.js";
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
  ["text", () => textReporter(printsToTerminal() && !process.env.NO_COLOR)],
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
  path: async () => (await import("./path/commands.js")).pathCommand,
  trace: async () => (await import("./path/commands.js")).traceCommand,
  test: async () => (await import("./path/commands.js")).testCommand,
};

type Analyze = (text: string, options: AnalyzeOptions) => Analysis;

/** What reads a language, loaded when a file of it is met. */
const languages: Readonly<Record<Language, () => Promise<Analyze>>> = {
  nftables: async () => (await import("../netfilter/analyzeNft.js")).analyzeNft,
  iptables: () => analyzeIptables("iptables"),
  ip6tables: () => analyzeIptables("ip6tables"),
};

async function analyzeIptables(language: "iptables" | "ip6tables"): Promise<Analyze> {
  const { analyzeIptables: analyze } = await import("../netfilter/analyzeIptables.js");
  return (text, options) => analyze(text, language, options);
}

async function main(args: string[]): Promise<number> {
  const other = commands[args[0] ?? ""];
  if (other) return (await other())(args.slice(1));
  let call: Call | string;
  try {
    call = understand(args);
  } catch (error) {
    complain(`${(error as Error).message}\nTry 'hookscope --help'.`);
    return 2;
  }
  if (typeof call !== "string") return check(call);
  print(call);
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
  const stdin = paths.includes("-") ? await readInput() : new Uint8Array();
  print(reporter.begin());
  for (const input of inputs(paths, dialect, stdin)) {
    const checked = "problem" in input ? input : read(input, await languages[input.language](), call);
    if ("problem" in checked) {
      failed = true;
      complain(`${checked.file}: ${checked.problem}`);
      continue;
    }
    summary.files++;
    for (const { severity } of checked.findings) summary.found[severity]++;
    print(reporter.file(checked));
  }
  print(reporter.end(summary));
  if (failed) return 2;
  return summary.found.error > 0 ? 1 : 0;
}

/** One file that we cannot cope with must not keep the others from being checked. */
function read({ file, text }: Source, analyze: Analyze, { lint, nftVersion }: Call): Checked | Problem {
  try {
    const options = { lint, place: placeOf(file), ...(nftVersion !== undefined && { nftVersion }) };
    return checkedFile(file, text, analyze(text, options).findings, otherFile);
  } catch (error) {
    return { file, problem: `a fault of hookscope's own, please report it: ${(error as Error).stack}` };
  }
}

async function readInput(): Promise<Uint8Array> {
  const { buffer } = await import("node:stream/consumers");
  return buffer(process.stdin);
}

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
