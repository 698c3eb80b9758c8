import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a real router answered to the commands of Hookscope: a folder with `recording.json` and a file for each output. */
export interface Recording {
  /** Of what: "Debian 12 with two uplinks, kernel 6.1". */
  readonly title: string;
  readonly commands: readonly RecordedCommand[];
}

/** One command and its answers. The first run gives the first answer, the next the next, and after the last the first again. */
export interface RecordedCommand {
  /** As it was run, without sudo. */
  readonly argv: readonly string[];
  readonly answers: readonly Answer[];
}

/** One run's outcome. */
export interface Answer {
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Its exit status. */
  readonly code: number;
  /**
   * When it came: after so many milliseconds since the start, up to so many bytes in all, both rising. Empty when everything
   * came at once.
   */
  readonly timing: readonly (readonly [ms: number, bytes: number])[];
  /** What comes after the last byte: the end, silence until it is ended, or all of it once more. */
  readonly afterwards: "exit" | "stay" | "repeat";
}

/** `recording.json`: outputs are names of files in its folder, and what is usual is left out. */
interface Index {
  readonly title: string;
  readonly commands: readonly { readonly argv: readonly string[]; readonly answers: readonly IndexAnswer[] }[];
}

interface IndexAnswer extends Partial<Omit<Answer, "stdout">> {
  readonly stdout: string;
}

const indexName = "recording.json";

/** Reads a recording. Rejects when the folder holds none, or not all of one. */
export async function readRecording(folder: string): Promise<Recording> {
  const index = JSON.parse(await readFile(join(folder, indexName), "utf8")) as Index;
  const read = async ({ stdout, ...rest }: IndexAnswer): Promise<Answer> => ({
    ...{ stderr: "", code: 0, timing: [], afterwards: "exit" },
    ...rest,
    stdout: await readFile(join(folder, stdout)),
  });
  const commands = index.commands.map(async ({ argv, answers }) => ({
    argv,
    answers: await Promise.all(answers.map(read)),
  }));
  return { title: index.title, commands: await Promise.all(commands) };
}

/** Writes a recording into a folder, which is made if need be. */
export async function writeRecording(folder: string, { title, commands }: Recording): Promise<void> {
  await mkdir(folder, { recursive: true });
  const written = commands.map(async ({ argv, answers }, at) => ({
    argv,
    answers: await Promise.all(answers.map((answer, turn) => writeAnswer(folder, fileName(argv, at, turn), answer))),
  }));
  const index: Index = { title, commands: await Promise.all(written) };
  await writeFile(join(folder, indexName), `${JSON.stringify(index, undefined, 1)}\n`);
}

async function writeAnswer(folder: string, name: string, { stdout, ...rest }: Answer): Promise<IndexAnswer> {
  await writeFile(join(folder, name), stdout);
  const { stderr, code, timing, afterwards } = rest;
  return {
    stdout: name,
    ...(stderr && { stderr }),
    ...(code && { code }),
    ...(timing.length > 0 && { timing }),
    ...(afterwards !== "exit" && { afterwards }),
  };
}

function fileName(argv: readonly string[], at: number, turn: number): string {
  const words = argv.join("-").replace(/[^\w.-]+/g, "-");
  return `${String(at).padStart(2, "0")}-${words.slice(0, 40)}${turn ? `-${turn}` : ""}.txt`;
}
