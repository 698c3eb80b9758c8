import type { Analysis } from "../../analyze.js";
import type { LineCommand } from "../../facts/iptables/base.js";
import type { Extension, IpFamily, IptablesTable, Option, Value } from "../../facts/iptables/extension.js";
import {
  allMatches,
  allTargets,
  baseOptions,
  commit,
  findProtocolMatch,
  lineCommands,
  policies,
  tables,
} from "../../facts/iptables/index.js";
import { protocols } from "../../facts/protocols.js";
import { services } from "../../facts/services.js";
import type { Table } from "../../model/ruleset.js";
import type { Token } from "../../syntax/tree.js";
import { type Span, touches } from "../../text/span.js";
import { expectedAfter, lastStartingBefore } from "../place.js";
import { type Completion, distinct, entryItem, item } from "./item.js";

/** The line on which something is to be completed, and the word that the proposals replace. */
interface Place {
  readonly analysis: Analysis;
  readonly span: Span;
  readonly typed: string;
  /** The finished words of the line before it. */
  readonly before: readonly Token[];
  readonly family: IpFamily;
  readonly table?: Table;
}

/** Proposals for an iptables-save file. */
export function iptablesCompletions(analysis: Analysis, offset: number): Completion[] {
  const place = placeAt(analysis, offset);
  const { before, typed, span } = place;
  const first = before[0];
  if (!first) return lineStarts(place);
  if (analysis.tree.text[first.start] === ":") return before.length <= 2 ? policyItems(span) : [];
  const command = before.find(({ entry }) => entry?.kind === "command");
  if (command && before.at(-1) === command) return chainItems(place, true);
  if (command && (command.entry as LineCommand).rest === "policy") return policyItems(span);
  const expected = expectedAfter(before, before.length - 1, first.start);
  if (expected) return valueItems(place, expected.option, expected.value);
  return typed === "" || typed.startsWith("-") ? optionItems(place) : [];
}

function placeAt(analysis: Analysis, offset: number): Place {
  const { text, tokens } = analysis.tree;
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const start = Math.max(lineStart, offset - (/\S*$/.exec(text.slice(lineStart, offset))?.[0].length ?? 0));
  const end = offset + (/^\S*/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0);
  const before = tokens.slice(lastStartingBefore(tokens, lineStart) + 1, lastStartingBefore(tokens, start) + 1);
  const table = analysis.ruleset.tables.find(({ blocks }) => blocks.some((block) => touches(block, offset)));
  return {
    analysis,
    span: { start, end },
    typed: text.slice(start, offset),
    before: before.filter(({ role }) => role !== "counter"),
    family: analysis.language === "ip6tables" ? "ipv6" : "ipv4",
    ...(table && { table }),
  };
}

/** What a line may start with. */
function lineStarts(place: Place): Completion[] {
  const { span, table } = place;
  const builtin = tables.find(({ word }) => word === table?.name)?.chains ?? [];
  return [
    ...tables.map((entry) => entryItem(span, "table", entry, `*${entry.word}`)),
    ...builtin.map((entry) => entryItem(span, "chain", entry, `:${entry.word} ACCEPT [0:0]`)),
    ...lineCommands.map((entry) => entryItem(span, "keyword", entry)),
    entryItem(span, "keyword", commit),
  ];
}

function policyItems(span: Span): Completion[] {
  return policies.map((entry) => entryItem(span, "value", entry));
}

/** The chains of the table at hand. */
function chainItems({ table, span }: Place, withBuiltin: boolean): Completion[] {
  const facts = tables.find(({ word }) => word === table?.name);
  const builtin = withBuiltin ? (facts?.chains ?? []).map((entry) => entryItem(span, "chain", entry)) : [];
  const declared = (table?.chains ?? []).filter((chain) => !chain.builtin);
  return [...builtin, ...declared.map(({ name }) => item(span, "chain", name, { detail: "chain of this table" }))];
}

/** What may stand as the value of `option`. */
function valueItems(place: Place, option: Option, value: Value): Completion[] {
  const span = "list" in value && value.list ? lastOfList(place) : place.span;
  if (option.letter === "m") return extensionItems(place, allMatches, "match");
  if (option.letter === "j") return [...chainItems(place, false), ...extensionItems(place, allTargets, "action")];
  switch (value.type) {
    case "chain":
      return chainItems(place, false);
    case "protocol":
      return names(span, protocols, "protocol");
    case "port":
      return names(span, services, "port");
    case "word":
      return Object.entries(value.words).map(([word, doc]) => item(span, "value", word, { markdown: doc }));
    case "interface":
      return interfaceItems(place);
    default:
      return [];
  }
}

/** Behind a comma only what follows it is replaced. */
function lastOfList({ span, typed }: Place): Span {
  return { start: span.start + typed.lastIndexOf(",") + 1, end: span.end };
}

function names(span: Span, known: ReadonlyMap<string, number>, what: string): Completion[] {
  return [...known].map(([name, number]) => item(span, "value", name, { detail: `${what} ${number}` }));
}

function interfaceItems({ analysis: { tree }, span }: Place): Completion[] {
  const used = tree.tokens.filter(({ role, start }) => role === "interface" && start !== span.start);
  return distinct(
    used.map(({ start, end }) => item(span, "value", tree.text.slice(start, end), { detail: "used in this file" })),
  );
}

/** The matches or targets that exist for this family and are allowed in this table. */
function extensionItems(
  { span, family, table }: Place,
  all: readonly Extension[],
  kind: "match" | "action",
): Completion[] {
  const fitting = all.filter(
    ({ families, tables }) =>
      (families?.includes(family) ?? true) && (!table || (tables?.includes(table.name as IptablesTable) ?? true)),
  );
  return distinct(fitting.map((entry) => entryItem(span, kind, entry)));
}

/** Options of the matches and the target that the line has brought in so far, then those that every rule understands. */
function optionItems({ before, span, family, analysis }: Place): Completion[] {
  const used = new Set(before.map(({ entry }) => entry));
  const open = (option: Option) => option.repeatable || !used.has(option);
  const loaded = before.flatMap((token, index) => loadedBy(token, before[index - 1], analysis, family));
  const own = loaded.flatMap(({ options }) => options).filter(open);
  const base = baseOptions.filter((option) => !option.refused && (option.family ?? family) === family && open(option));
  return distinct([
    ...own.map((option) => ({ ...entryItem(span, "option", option), sort: "0" })),
    ...base.map((option) => ({ ...entryItem(span, "option", option), sort: "1" })),
  ]);
}

/** What a word brings in: a match or target by its name, or the match of the protocol behind `-p`. */
function loadedBy(token: Token, previous: Token | undefined, { tree }: Analysis, family: IpFamily): Extension[] {
  const { entry, start, end } = token;
  if (entry?.kind === "match" || entry?.kind === "target") return [entry as Extension];
  if (previous?.entry?.word !== "-p") return [];
  return [findProtocolMatch(tree.text.slice(start, end), family)].filter((match) => match !== undefined);
}
