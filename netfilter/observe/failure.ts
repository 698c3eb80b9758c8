import type { Command, Exit, Failure } from "./command.js";

/** What a command's own failures mean, beyond what all have in common. */
export interface FailureHints {
  /** Said when a file that it reads is not there. */
  readonly absent?: string;
}

const missing = /\b(?:command not found|not found|No such file or directory|applet not found)\b/;
const refused =
  /\b(?:Operation not permitted|Permission denied|must be root|a password is required|not in the sudoers|not allowed to (?:execute|run)|incorrect password|no tty present|must have a tty|only root|root user|Are you root|insufficient permissions|sudo: (?:command )?not found)\b/i;
const unsupported =
  /\b(?:Protocol not supported|Operation not supported|Invalid argument|unrecognized option|invalid option|unknown option|Could not fetch rule set generation id: Invalid|can't initialize)\b/i;

/** Why a run that ended with an error gave nothing; undefined when its exit status is 0. */
export function failureOf(command: Pick<Command<unknown>, "argv" | "title">, exit: Exit, hints: FailureHints = {}) {
  if (exit.code === 0) return undefined;
  if (exit.cut || exit.code === undefined) return cutShort(command.title);
  return explain(command, exit, hints);
}

/** The run ended before the command was through, and nothing of use had come. */
export function cutShort(title: string): Failure {
  return {
    reason: "cut",
    message: `Reading ${title} ended before the router had sent them all. Refresh to try again.`,
  };
}

/** The command ran well and said something that is none of its output: `sample` as `quoted` made it, or empty. */
export function garbled(command: Pick<Command<unknown>, "argv" | "title">, sample: string): Failure {
  return {
    reason: "garbled",
    message: `\`${shown(command.argv)}\` answered with something that is not a list of ${command.title}${sample === "" ? "." : `: ${sample}.`} A banner of the login shell or another program of that name may be the cause.`,
  };
}

/** A sentence's quotation of what a router said: one line, cut, control characters made visible. */
export function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  const safe = [...line].map((char) => (isControl(char) ? "\ufffd" : char)).join("");
  return `"${safe.length > 120 ? `${safe.slice(0, 120)}…` : safe}"`;
}

function isControl(char: string): boolean {
  const code = char.codePointAt(0) as number;
  return code < 32 || (code >= 127 && code < 160) || (code >= 0x202a && code <= 0x202e) || code === 0x2028;
}

function explain({ argv, title }: Pick<Command<unknown>, "argv" | "title">, exit: Exit, hints: FailureHints): Failure {
  const [program = ""] = argv;
  const said = firstLine(exit.stderr);
  if (refused.test(exit.stderr)) return notPermitted(title, said);
  if (hints.absent && exit.code !== 127 && missing.test(exit.stderr))
    return { reason: "unsupported", message: hints.absent };
  if (exit.code === 127 || (missing.test(said) && said.includes(program))) return notInstalled(program, title);
  if (exit.code === 126) return notPermitted(title, said);
  const reason = unsupported.test(exit.stderr) ? "unsupported" : "failed";
  const words = said === "" ? `exit status ${exit.code} and no message` : quoted(said);
  return { reason, message: `\`${shown(argv)}\` failed: ${words}.` };
}

function notPermitted(title: string, said: string): Failure {
  return {
    reason: "notPermitted",
    message: `The router does not let this user read ${title}${said === "" ? "" : ` (${quoted(said)})`}. Log in as root, or let the user run the command by sudo.`,
  };
}

function notInstalled(program: string, title: string): Failure {
  return {
    reason: "missing",
    message: `\`${program}\`, which reads ${title}, is not installed on the router, or not in its search path.`,
  };
}

function shown(argv: readonly string[]): string {
  return argv.map((word) => (word.length > 60 ? "…" : word)).join(" ");
}

function firstLine(stderr: string): string {
  return stderr.split("\n").find((line) => line.trim() !== "") ?? "";
}
