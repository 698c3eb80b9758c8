import type { Family } from "../../facts/hooks.js";
import { keyword, keywords } from "../../facts/nft/index.js";
import type { Ruleset, Table } from "../../model/ruleset.js";
import type { Span } from "../../text/span.js";
import { type Completion, entryItem, item } from "./item.js";

const things = words("table chain rule set map element flowtable counter quota limit ct secmark synproxy tunnel");

/** What a command may be about, by its verb. */
const subjectsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["add", things],
  ["create", things.filter((word) => word !== "rule")],
  ["insert", ["rule"]],
  ["replace", ["rule"]],
  ["delete", things],
  ["destroy", things],
  ["flush", words("ruleset table chain set map")],
  [
    "list",
    words(`ruleset tables table chains chain sets set maps map flowtables flowtable counters counter quotas quota
      limits limit secmarks secmark synproxys synproxy tunnels tunnel ct hooks`),
  ],
  ["reset", words("rules rule counters counter quotas quota set map element")],
  ["rename", ["chain"]],
  ["get", ["element"]],
]);

function words(list: string): string[] {
  return list.split(/\s+/);
}

/** The finished words of `add rule inet filter input tcp dport 22`, as far as they say what it is about. */
interface Command {
  /** Absent in `chain ip t c { ... }`, which adds. */
  readonly verb: string | undefined;
  /** `ct` has its type behind it: `ct helper`. */
  readonly subject: string | undefined;
  readonly family: Family | undefined;
  /** The table, what is in it, and all that comes behind. */
  readonly names: readonly string[];
}

function commandOf([first = "", ...others]: readonly string[]): Command | undefined {
  const verb = subjectsOf.has(first) ? first : undefined;
  if (!verb && !things.includes(first)) return undefined;
  const [subject, ...behind] = verb ? others : [first, ...others];
  const type = subject === "ct" ? behind.shift() : undefined;
  const [family] = behind;
  const named = families.some(({ word }) => word === family);
  return {
    verb,
    subject: subject === "ct" ? type && `ct ${type}` : subject,
    family: named ? (family as Family) : undefined,
    names: named ? behind.slice(1) : behind,
  };
}

const families = keywords.filter(({ group }) => group === "family");

/** The table that a command names, where the file has it. Without a family it is one of `ip`. */
export function namedTable({ tables }: Ruleset, before: readonly string[]): Table | undefined {
  const { family = "ip", names } = commandOf(before) ?? { names: [] };
  return tables.find((table) => table.family === family && table.name === names[0]);
}

/**
 * Proposals for what comes behind a command's finished words: its subject, the table's family and name, and the name of what
 * is in the table. Undefined where it is no command, or where it goes on with a rule.
 */
export function commandItems(ruleset: Ruleset, before: readonly string[], span: Span): Completion[] | undefined {
  const command = commandOf(before);
  if (!command) return undefined;
  const { verb = "add", subject, names } = command;
  if (before.at(-1) === "ct" && !subject) return wordItems(["helper", "timeout", "expectation"], span);
  if (!subject) return wordItems(subjectsOf.get(verb) ?? [], span);
  if (names.length === 0) return tableItems(ruleset, command, span);
  if (names.length === 1) return memberItems(namedTable(ruleset, before), command, span);
  if (subject !== "rule" || verb === "add" || verb === "insert") return subject === "rule" ? undefined : [];
  return names.length === 2 ? wordItems(["handle"], span) : undefined;
}

function wordItems(list: readonly string[], span: Span): Completion[] {
  return list.map((word) => {
    const entry = keyword(word, "structure") ?? keyword(word);
    return entry ? entryItem(span, "keyword", entry) : item(span, "keyword", word);
  });
}

/** The file's tables with their family, unless that is said already. */
function tableItems({ tables }: Ruleset, { family, subject = "" }: Command, span: Span): Completion[] {
  const fitting = tables.filter((table) => !family || table.family === family);
  const named = fitting.map((table) => {
    const label = family ? table.name : `${table.family} ${table.name}`;
    return item(span, "table", label, { detail: "table of this file", sort: "0" });
  });
  const open = family ? [] : families.map((entry) => entryItem(span, "keyword", entry));
  return withoutTable.test(subject) ? open : [...named, ...open];
}

/** What is listed or flushed as a whole, or of one family. */
const withoutTable = /^(ruleset|tables|chains|hooks)$/;

/** What the table has of the command's kind; nothing where the command makes a new one. */
function memberItems(table: Table | undefined, { verb = "add", subject = "" }: Command, span: Span): Completion[] {
  const { chains = [], objects = [], sets = [] } = table ?? {};
  if (subject === "rule") return chains.map(({ name }) => item(span, "chain", name));
  if (subject === "element") return sets.map(({ name, kind }) => item(span, "set", name, { detail: kind }));
  if (verb === "add" || verb === "create") return [];
  if (subject === "chain") return chains.map(({ name }) => item(span, "chain", name));
  const alike = sets.filter(({ kind }) => kind === subject).map(({ name }) => item(span, "set", name));
  return [...alike, ...objects.filter(({ type }) => type === subject).map(({ name }) => item(span, "object", name))];
}
