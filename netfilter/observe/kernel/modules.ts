import type { Command } from "../command.js";
import { textCommand } from "../reading.js";

/** A loaded kernel module. */
export interface Module {
  readonly name: string;
  /** How many hold it; undefined where the kernel cannot unload modules. */
  readonly references?: number;
  readonly usedBy: readonly string[];
}

/** The loaded modules; what is built into the kernel is not among them. */
export const modules: Command<readonly Module[]> = textCommand({
  id: "kernel.modules",
  title: "loaded kernel modules",
  argv: ["cat", "/proc/modules"],
  root: false,
  hints: { absent: "This kernel has no loadable modules; all that it can do is built in." },
  parse: (text) => {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const found = lines.flatMap(readModule);
    return found.length === 0 && lines.length > 0 ? undefined : { value: found };
  },
});

function readModule(line: string): Module[] {
  const [, name, references = "", usedBy = ""] = /^(\w+) \d+ (\d+|-) (\S+)/.exec(line) ?? [];
  if (name === undefined) return [];
  const users = usedBy.split(",").filter((user) => /^\w/.test(user));
  return [{ name, ...(references !== "-" && { references: Number(references) }), usedBy: users }];
}
