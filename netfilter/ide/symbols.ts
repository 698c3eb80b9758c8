import type { Analysis } from "../analyze.js";
import type { Chain, Definition, NamedSet, Table } from "../model/ruleset.js";
import { contains, cover, type Span } from "../text/span.js";
import { isWritten } from "./names.js";

/** An entry of the outline. `nameSpan` lies within `span`, and the children's spans do too. */
export interface DocumentSymbol {
  readonly name: string;
  readonly detail: string;
  readonly kind: Definition["kind"];
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly DocumentSymbol[];
}

/** The outline: tables with their chains, sets, maps, objects and variables, one entry for each block of a table. */
export function documentSymbols({ ruleset, tree, sources }: Analysis): DocumentSymbol[] {
  const own = ruleset.variables.filter(({ span }) => sources.isOwn(span));
  const variables = own.filter(({ table }) => !table);
  const inTables = ruleset.tables.flatMap((table) => {
    const parts = [...table.chains, ...table.sets, ...table.objects].filter(({ span }) => sources.isOwn(span));
    const blocks = (table.blocks.length > 0 ? table.blocks : [table.span]).filter((block) => sources.isOwn(block));
    return tableSymbols(table, blocks, [...parts, ...own.filter((variable) => variable.table === table)], tree.text);
  });
  return [...variables.map((variable) => leaf(variable, tree.text)), ...inTables].sort(byPlace);
}

/** What was added to a table from outside its blocks stands beside it. */
function tableSymbols(
  table: Table,
  blocks: readonly Span[],
  all: readonly Definition[],
  text: string,
): DocumentSymbol[] {
  const parts = all.filter(isWritten);
  const symbols = blocks.map((block): DocumentSymbol => {
    const children = parts.filter(({ span }) => contains(block, span)).map((part) => leaf(part, text));
    const nameSpan = contains(block, table.nameSpan) ? table.nameSpan : firstLine(block, text);
    const { kind, name } = table;
    return { kind, name, detail: table.family, span: block, nameSpan, children: children.sort(byPlace) };
  });
  const outside = parts.filter(({ span }) => !blocks.some((block) => contains(block, span)));
  return [...symbols, ...outside.map((part) => leaf(part, text, `${table.family} ${table.name}`))];
}

function leaf(part: Definition, text: string, place = ""): DocumentSymbol {
  const { kind, name, nameSpan } = part;
  const detail = [place, detailOf(part, text)].filter(Boolean).join(" · ");
  return { kind, name, detail, span: cover(part.span, nameSpan), nameSpan, children: [] };
}

function detailOf(part: Definition, text: string): string {
  switch (part.kind) {
    case "chain":
      return chainDetail(part);
    case "set":
    case "map":
      return setDetail(part);
    case "object":
      return part.type;
    case "variable":
      return text.slice(part.value.start, part.value.end).replace(/\s+/g, " ").slice(0, 80);
    case "table":
      return part.family;
  }
}

function chainDetail({ base, rules, builtin }: Chain): string {
  const count = `${rules.length} rule${rules.length === 1 ? "" : "s"}`;
  if (!base) return count;
  const hook = builtin ? [] : [`${base.type} ${base.hook} ${base.priority ?? ""}`.trim()];
  return [...hook, `policy ${base.policy}`, count].join(", ");
}

function setDetail({ keyType, valueType, elementCount }: NamedSet): string {
  const type = valueType ? `${keyType} : ${valueType}` : keyType;
  return elementCount > 0 ? `${type}, ${elementCount} element${elementCount === 1 ? "" : "s"}` : type;
}

function firstLine({ start, end }: Span, text: string): Span {
  const lineBreak = text.indexOf("\n", start);
  return { start, end: lineBreak === -1 ? end : Math.min(end, lineBreak) };
}

function byPlace(a: DocumentSymbol, b: DocumentSymbol): number {
  return a.span.start - b.span.start || a.span.end - b.span.end;
}
