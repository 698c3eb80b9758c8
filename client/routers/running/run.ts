import type { Client } from "ssh2";
import type { Command, Exit, Failure, Outcome } from "../../../netfilter/observe/command.js";
import type { Host } from "../hosts/host.js";
import type { Log } from "../person.js";
import { newMark, type Root } from "./become.js";
import { type Cut, type Ended, exchange } from "./channel.js";
import { quoted } from "./quote.js";
import { bootstrap, watchedScript } from "./script.js";

/** Bounds of one run and who wants to know of it. */
export interface RunOptions {
  /** Ends the command on the router. */
  readonly signal?: AbortSignal;
  /** Told, after each piece, how many bytes have come so far. */
  readonly onProgress?: (bytes: number) => void;
  /** The run is ended after so many bytes of output. */
  readonly limitBytes?: number;
  /** The run is ended after so many milliseconds. */
  readonly timeoutMs?: number;
  /** Lets a command run that changes the router; without it only those run that read. */
  readonly mayChange?: boolean;
}

/** Runs a command over a standing connection. Never rejects; a run that was cut short gives what its reader made of it. */
export async function runCommand<Result>(
  client: Client,
  host: Host,
  root: Root,
  command: Command<Result>,
  log: Log,
  options: RunOptions,
): Promise<Outcome<Result>> {
  if (command.root && root.is === "refused") return failed("notPermitted", `${command.title}: ${root.message}`);
  const reader = command.reader();
  const mark = newMark();
  const { line, input } = prepared(command, root, mark);
  const started = performance.now();
  let received = 0;
  const ended = await exchange(client, {
    ...{ line, input, mark, ...options },
    onOutput: (bytes) => {
      received += bytes.length;
      reader.push(bytes);
      options.onProgress?.(received);
    },
  });
  logRun(log, host, command, root, ended, received, performance.now() - started);
  const outcome = reader.end(exitOf(ended));
  if (ended.greeting !== undefined && !ended.cut && !isSudo(ended.stderr)) return notStarted(command, host, ended);
  return told(outcome, command, host, ended, options);
}

function prepared(command: Command<unknown>, root: Root, mark: string): { line: string; input: Buffer } {
  const { argv, stdin } = command;
  const run = { mark, ...(stdin !== undefined && { stdin }) };
  if (!command.root || root.is === "login" || root.is === "refused") {
    const script = watchedScript({ ...run, argv });
    return { line: bootstrap(script), input: script };
  }
  const password = root.password;
  const sudo = password === undefined ? ["sudo", "-n"] : ["sudo", "-S", "-p", '""'];
  if (root.is === "shell") {
    const script = watchedScript({ ...run, argv });
    const before = password === undefined ? "" : `${password}\n${mark}\n`;
    const line = bootstrap(script, sudo, password === undefined ? undefined : mark);
    return { line, input: Buffer.concat([Buffer.from(before), script]) };
  }
  const script = watchedScript({ ...run, argv, sudo: password === undefined ? {} : { password } });
  return { line: bootstrap(script), input: script };
}

function logRun(
  log: Log,
  host: Host,
  { argv, root: wantsRoot }: Command<unknown>,
  root: Root,
  ended: Ended,
  received: number,
  ms: number,
) {
  const sign = wantsRoot && (root.is === "shell" || root.is === "each") ? "$ sudo" : "$";
  const how = ended.cut ?? (ended.code === 0 ? "done" : `exit ${ended.code}`);
  log.info(`${host.name}${sign} ${quoted(argv)}: ${how}, ${received} bytes, ${Math.round(ms)} ms`);
  if (ended.stderr && ended.code !== 0) log.debug(`${host.name}: ${ended.stderr.trim()}`);
}

function exitOf({ code, stderr, cut }: Ended): Exit {
  return { stderr, cut: cut !== undefined, ...(code !== undefined && { code }) };
}

function told<Result>(
  outcome: Outcome<Result>,
  command: Command<Result>,
  host: Host,
  { cut, stderr }: Ended,
  options: RunOptions,
): Outcome<Result> {
  if (isSudo(stderr) && !outcome.ok)
    return failed("notPermitted", `${command.title}: sudo on ${host.name} does not permit "${quoted(command.argv)}".`);
  if (!cut) return outcome;
  const why = cutMessage(cut, host, options);
  if (outcome.ok) return { ...outcome, warnings: [...outcome.warnings, why] };
  return failed("cut", `${command.title}: ${why}`);
}

function isSudo(stderr: string): boolean {
  return /^(sudo: (a password is required|.*not allowed)|(sudo: )?sorry, )/im.test(stderr);
}

function notStarted(command: Command<unknown>, { name, user }: Host, { greeting = "", stderr }: Ended) {
  const said = (greeting + stderr).trim().replace(/\s+/g, " ").slice(0, 200);
  const words = said ? `: "${said}"` : "";
  const advice = "Its shell may be restricted, or its key bound to another command in authorized_keys.";
  return failed(
    "failed",
    `${command.title}: the account ${user} on ${name} did not run the command${words}. ${advice}`,
  );
}

function cutMessage(cut: Cut, { name }: Host, { timeoutMs = 0, limitBytes = 0 }: RunOptions): string {
  if (cut === "cancelled") return "It was cancelled.";
  if (cut === "refused")
    return `${name} opens no further session. Raise MaxSessions there, or close other views of it.`;
  if (cut === "lost") return `The connection to ${name} was lost meanwhile.`;
  if (cut === "timeout")
    return `${name} took longer than ${Math.round(timeoutMs / 1000)} s. Try again when it is less busy.`;
  return `${name} sent more than ${limitBytes} bytes; the rest was left out.`;
}

/** An outcome without a value. */
export function failed(reason: Failure["reason"], message: string): Extract<Outcome<never>, { ok: false }> {
  return { ok: false, failure: { reason, message } };
}
