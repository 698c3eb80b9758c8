import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Exit, Outcome } from "../../netfilter/observe/command.js";

const here = dirname(fileURLToPath(import.meta.url));
const shared = join(here, "../../../shared/recordings");

/** What a tool printed on a real router: `vm/tx612/conntrack-L.txt` and the like lie beside the project, in `../shared`. */
export function recording(path: string): string {
  const file = join(shared, path);
  if (!existsSync(file))
    throw new Error(`${file} is missing: the recordings of real routers belong beside the project, in ../shared.`);
  return readFileSync(file, "utf8");
}

export const fine: Exit = { code: 0, stderr: "", cut: false };

/** Runs a command's reader over what the command printed, in pieces of the length given. */
export function read<Result>(
  command: Command<Result>,
  text: string | Uint8Array,
  { exit = fine, piece = 1 << 16 }: { readonly exit?: Exit; readonly piece?: number } = {},
): Outcome<Result> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const reader = command.reader();
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return reader.end(exit);
}

/** The same where it must work out, without a warning. */
export function value<Result>(command: Command<Result>, text: string, piece?: number): Result {
  const outcome = read(command, text, { ...(piece && { piece }) });
  if (!outcome.ok) throw new Error(outcome.failure.message);
  if (outcome.warnings.length > 0) throw new Error(outcome.warnings.join("\n"));
  return outcome.value;
}

/** What was recorded for this project, in a router's namespace with invented addresses: see `test/observe/recordings/README.md`. */
export function own(name: string): string {
  return readFileSync(join(here, "recordings", name), "utf8");
}
