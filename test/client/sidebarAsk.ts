import type { Ask, Item } from "../../client/sidebar/item.js";
import type { Command, Exit } from "../../netfilter/observe/command.js";
import { fine, read } from "../observe/recordings.js";

/** What a router says to a command: its output, or that and how it ended. */
export type Said = string | { readonly text?: string; readonly exit: Exit };

/** Ends that views must be able to tell. */
export const ends = {
  missing: { exit: { code: 127, stderr: "sh: 9: not found\n", cut: false } },
  notPermitted: { exit: { code: 1, stderr: "Operation not permitted (you must be root)\n", cut: false } },
  unsupported: { exit: { code: 1, stderr: "nft: Protocol not supported\n", cut: false } },
  cut: { exit: { stderr: "", cut: true } },
  failed: { exit: { code: 3, stderr: "it does not feel like it\n", cut: false } },
  garbled: { text: "Welcome to the router!\nHave a nice day.\n", exit: fine },
} as const satisfies Readonly<Record<string, Said>>;

/** Asks a router that says these things, by the ids of the commands, and else that the program is not there. */
export function asking(answers: Readonly<Record<string, Said>>): Ask & { readonly asked: string[] } {
  const asked: string[] = [];
  const ask = async <Result>(command: Command<Result>) => {
    asked.push(command.id);
    const said: Said = answers[command.id] ?? ends.missing;
    const { text = "", exit }: Exclude<Said, string> = typeof said === "string" ? { text: said, exit: fine } : said;
    return read(command, text, { exit });
  };
  return Object.assign(ask as Ask, { asked });
}

/** Items as lines, indented by depth; what is read only when it is opened is opened. */
export async function lines(items: readonly Item[], depth = 0): Promise<string[]> {
  const all = await Promise.all(
    items.map(async ({ label, description, tone, children = [] }) => {
      const own = `${"  ".repeat(depth)}${tone === "warning" || tone === "error" ? "! " : ""}${[label, description].filter(Boolean).join(" | ")}`;
      const below = typeof children === "function" ? await children() : children;
      return [own, ...(await lines(below, depth + 1))];
    }),
  );
  return all.flat();
}
