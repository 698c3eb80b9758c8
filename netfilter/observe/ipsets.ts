import type { Command } from "./command.js";
import { textCommand } from "./reading.js";

/** A set of the ipset tool, which rules of iptables name. */
export interface ListedIpSet {
  readonly name: string;
  /** `hash:ip`, `hash:net,port`, `list:set` ... */
  readonly type: string;
  /** `inet` or `inet6`; absent for types that have none. */
  readonly family?: string;
  /** What was added, with its options: `10.0.0.0/8,tcp:80 nomatch`. */
  readonly entries: readonly string[];
}

/** The ipsets with all that is in them now; none is an answer. */
export const ipsetSave: Command<readonly ListedIpSet[]> = textCommand({
  id: "ipset.save",
  title: "the ipsets",
  argv: ["ipset", "save"],
  root: true,
  mayBeEmpty: true,
  parse: (text) => {
    const sets = readIpSets(text);
    return sets && { value: sets };
  },
});

function readIpSets(text: string): ListedIpSet[] | undefined {
  const found = new Map<string, ListedIpSet & { readonly entries: string[] }>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, verb, name = "", rest = ""] = /^(create|add) (\S+) (.*)$/.exec(line) ?? [];
    if (verb === undefined) return undefined;
    if (verb === "create") found.set(name, newSet(name, rest));
    else found.get(name)?.entries.push(rest);
  }
  return [...found.values()];
}

function newSet(name: string, options: string) {
  const family = / family (inet6?)\b/.exec(options)?.[1];
  return { name, type: options.split(" ")[0] as string, ...(family !== undefined && { family }), entries: [] };
}
