import { type RulesetFile, rulesetFiles } from "../../rulesets/files.js";
import type { InThread } from "../../rulesets/inThread.js";
import type { OutlineChain, OutlineTable } from "../../rulesets/outline.js";
import { type Ask, emptyItem, failureItem, type Item, withWarnings } from "../item.js";

/** Counters of the last two readings, by chain, for what went through in between. */
export class CounterMemory {
  private readonly last = new Map<string, { packets: number; at: number }>();

  /** Packets since the reading before; undefined at the first. */
  since(key: string, packets: number, now: number): { readonly packets: number; readonly seconds: number } | undefined {
    const before = this.last.get(key);
    this.last.set(key, { packets, at: now });
    return before && { packets: packets - before.packets, seconds: (now - before.at) / 1000 };
  }
}

/** Every ruleset of the router: tables and chains with their counters, opening as live documents. */
export function rulesets(ask: Ask, inThread: InThread, memory: CounterMemory): readonly Item[] {
  return rulesetFiles.map((file) => fileItem(file, ask, inThread, memory));
}

function fileItem(file: RulesetFile, ask: Ask, inThread: InThread, memory: CounterMemory): Item {
  return {
    id: file.name,
    label: file.title,
    description: file.name,
    icon: "file-code",
    context: "ruleset",
    tooltip: ["A click on the document opens the ruleset as it is on the router now."],
    expanded: file.name === "ruleset.nft",
    children: async () => {
      const outcome = await ask(file.command);
      if (!outcome.ok) return [failureItem(outcome.failure)];
      const { text } = outcome.value;
      const { tables } = await inThread("outline", { language: file.language, text });
      const open: Item = {
        id: "open",
        label: "Open the whole ruleset",
        icon: "go-to-file",
        opens: { what: "ruleset", file: file.name },
        context: "ruleset",
      };
      if (tables.length === 0) return [emptyItem(`There are no rules of ${file.title} on this router.`)];
      return withWarnings([open, ...tables.map((table) => tableItem(table, file, memory))], outcome.warnings);
    },
  };
}

function tableItem(table: OutlineTable, file: RulesetFile, memory: CounterMemory): Item {
  const { family, name, dormant, chains, sets, line } = table;
  return {
    id: `${family} ${name}`,
    label: `${family} ${name}`,
    ...(dormant && { description: "dormant: its chains are not called", tone: "quiet" as const }),
    icon: "folder",
    opens: { what: "ruleset", file: file.name, at: { line } },
    children: [
      ...chains.map((chain) => chainItem(chain, table, file, memory)),
      ...sets.map(
        (set): Item => ({
          id: `${set.kind} ${set.name}`,
          label: `${set.kind} ${set.name}`,
          description: `${set.elements} elements`,
          icon: "symbol-array",
          opens: { what: "ruleset", file: file.name, at: { line: set.line } },
        }),
      ),
    ],
  };
}

function chainItem(chain: OutlineChain, table: OutlineTable, file: RulesetFile, memory: CounterMemory): Item {
  const { name, base, rules, packets, bytes, line } = chain;
  const key = `${file.name} ${table.family} ${table.name} ${name}`;
  const since = packets === undefined ? undefined : memory.since(key, packets, Date.now());
  const counted = packets === undefined ? "" : `${packets.toLocaleString("en")} packets`;
  const fresh =
    since && since.packets > 0 ? `+${since.packets.toLocaleString("en")} in ${since.seconds.toFixed(0)} s` : "";
  return {
    id: `chain ${name}`,
    label: name,
    description: [counted, fresh, base, `${rules} rules`].filter(Boolean).join("  "),
    tooltip: [
      base ?? "A chain that others jump to.",
      packets === undefined
        ? "None of its rules counts."
        : `Its rules have counted ${packets} packets, ${bytes ?? 0} bytes: one packet may be counted by several.`,
    ],
    icon: base ? "symbol-event" : "list-flat",
    opens: { what: "ruleset", file: file.name, at: { line } },
    ...(fresh && { tone: "good" as const }),
  };
}
