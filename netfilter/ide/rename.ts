import { type Analysis, analyze } from "../analyze.js";
import type { Definition } from "../model/ruleset.js";
import type { Files } from "../text/files.js";
import type { Edit } from "../text/finding.js";
import type { Span } from "../text/span.js";
import { applyEdits } from "./edits.js";
import { placesEverywhere } from "./everywhere.js";
import { definitions, nameAt } from "./names.js";

/** Why something cannot be done, in words for the person who asked. */
export interface Refusal {
  readonly refused: string;
}

/** What a rename would replace, or why it cannot be done here. */
export function prepareRename(analysis: Analysis, offset: number): { span: Span; name: string } | Refusal {
  const place = nameAt(analysis, offset);
  if (!place) return { refused: "Only chains, sets, maps, objects, tables and variables can be renamed." };
  const { definition, span, reference } = place;
  if (!definition) {
    return { refused: `'${reference?.name}' is not defined in this file, so its other uses are not known.` };
  }
  const refused = builtIn(analysis, definition);
  return refused ? { refused } : { span, name: definition.name };
}

/** The edits that give the thing at `offset` another name everywhere, or why that would break it. */
export function rename(analysis: Analysis, offset: number, newName: string): readonly Edit[] | Refusal {
  const prepared = prepareRename(analysis, offset);
  if ("refused" in prepared) return prepared;
  const definition = nameAt(analysis, offset)?.definition as Definition;
  if (newName === definition.name) return [];
  const refused = badName(analysis, definition, newName);
  if (refused) return { refused };
  const edits = placesEverywhere(analysis, definition).map(({ place: { file, start, end } }) => ({
    ...(file !== undefined && { file }),
    span: { start, end },
    text: newName,
  }));
  return readsWell(analysis, edits) ?? edits;
}

function builtIn({ language }: Analysis, definition: Definition): string | undefined {
  if (definition.kind === "table" && language !== "nftables") {
    return `The tables of iptables are the kernel's own: '${definition.name}' cannot have another name.`;
  }
  if (definition.kind === "chain" && definition.builtin) {
    return `'${definition.name}' is a built-in chain: the kernel calls it by this name at its hook.`;
  }
  return undefined;
}

function badName({ ruleset, language }: Analysis, definition: Definition, name: string): string | undefined {
  const rule = language === "nftables" ? nftName : iptablesName;
  if (!rule.pattern.test(name)) return `'${name}' cannot be a name: ${rule.what}.`;
  for (const other of definitions(ruleset)) {
    if (other.name === name && space(other) === space(definition) && sameScope(other, definition)) {
      return `There is already a ${other.kind} '${name}' here.`;
    }
  }
  return undefined;
}

const nftName = {
  pattern: /^[a-zA-Z][a-zA-Z0-9_./-]{0,127}$/,
  what: "it starts with a letter and goes on with letters, digits and _ . / -, 128 at the most",
};

const iptablesName = {
  pattern: /^(?![-!])[^\s"'\\\p{Cc}]{1,28}$/u,
  what: "it has 1 to 28 characters without blanks and quotes and does not start with - or !",
};

/** Sets and maps share their names. */
function space({ kind }: Definition): string {
  return kind === "map" ? "set" : kind;
}

function sameScope(a: Definition, b: Definition): boolean {
  if (a.kind === "table" && b.kind === "table") return a.family === b.family;
  if (a.kind === "object" && b.kind === "object" && a.type !== b.type) return false;
  return a.kind === "table" || b.kind === "table" || a.table === b.table;
}

/** The renamed file is read once more: a name that the language keeps for itself shows as a new error. */
function readsWell(analysis: Analysis, edits: readonly Edit[]): Refusal | undefined {
  const { place, language, tree } = analysis;
  const options = { lint: false, ...(place && { place: { ...place, files: edited(place.files, edits) } }) };
  const own = edits.filter(({ file }) => file === undefined);
  const renamed = analyze(applyEdits(tree.text, own), language, options);
  if (errorCount(renamed) <= errorCount(analysis)) return undefined;
  return { refused: `'${edits[0]?.text}' has a meaning of its own there, so the file would no longer load.` };
}

function edited(files: Files, edits: readonly Edit[]): Files {
  return {
    folders: files.folders,
    list: (folder) => files.list(folder),
    includers: (path) => files.includers(path),
    read(path) {
      const text = files.read(path);
      const own = edits.filter(({ file }) => file === path);
      return text !== undefined && own.length > 0 ? applyEdits(text, own) : text;
    },
  };
}

function errorCount({ findings }: Analysis): number {
  return findings.filter(({ severity }) => severity === "error").length;
}
