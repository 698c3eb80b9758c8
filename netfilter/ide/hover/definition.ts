import type { Analysis } from "../../analyze.js";
import { describePriority } from "../../facts/priorities.js";
import type { Language } from "../../language.js";
import type { Chain, Definition, NamedSet, Rule, Table, Variable } from "../../model/ruleset.js";
import { nameOf } from "../../text/paths.js";
import { code, codeBlock, counted, enumerate } from "./markdown.js";

/** What a name stands for, in Markdown. */
export function describeDefinition(analysis: Analysis, definition: Definition): string {
  const { file } = analysis.sources.locate(definition.nameSpan);
  const elsewhere = file === undefined ? "" : `\n\nDefined in ${code(nameOf(file))}.`;
  return describe(analysis, definition) + elsewhere;
}

function describe(analysis: Analysis, definition: Definition): string {
  switch (definition.kind) {
    case "table":
      return describeTable(definition);
    case "chain":
      return describeChain(analysis, definition);
    case "set":
    case "map":
      return describeSet(analysis, definition);
    case "object":
      return `**${definition.type} ${code(definition.name)}** in table ${tableName(definition.table)}`;
    case "variable":
      return describeVariable(analysis, definition);
  }
}

function describeTable(table: Table): string {
  const parts = [
    counted(table.chains.length, "chain"),
    ...(table.sets.length > 0 ? [counted(table.sets.length, "set")] : []),
    counted(
      table.chains.reduce((sum, { rules }) => sum + rules.length, 0),
      "rule",
    ),
  ];
  const dormant = table.dormant ? "\n\nDormant: its base chains are not hooked in, so no packet meets it." : "";
  return `**table ${tableName(table)}** · ${parts.join(", ")}${dormant}`;
}

function describeChain({ ruleset, language }: Analysis, chain: Chain): string {
  const { name, base, rules, table } = chain;
  const heading = `**${base ? "base chain" : "chain"} ${code(name)}** in table ${tableName(table)} · ${counted(rules.length, "rule")}`;
  const jumps = ruleset.references.filter(
    ({ definition, how }) => definition === chain && (how === "jump" || how === "goto"),
  );
  const callers = enumerate([...new Set(jumps.map(({ rule }) => (rule ? code(rule.chain.name) : "a map")))]);
  const called = jumps.length > 0 ? `${counted(jumps.length, "jump")} from ${callers}.` : "";
  const entry = base ? hookSentence(chain) : "";
  const idle = base ? "" : "Nothing in this file jumps here.";
  return [heading, called || idle, ending(chain, language), entry].filter(Boolean).join("\n\n");
}

function hookSentence({ base, table }: Chain): string {
  if (!base) return "";
  const devices = base.devices.length > 0 ? ` of ${enumerate(base.devices.map(code))}` : "";
  const sentence = `The kernel calls it at the ${code(base.hook)} hook${devices}, type ${code(base.type)}.`;
  if (base.priority === undefined) return `${sentence} Its priority is not known here.`;
  return `${sentence}\n\n${describePriority(table.family, base.hook, base.priority)}`;
}

/** What becomes of a packet that no rule decides about. */
function ending({ base, rules }: Chain, language: Language): string {
  const spelled = (verdict: string) => code(language === "nftables" ? verdict : verdict.toUpperCase());
  const last = rules.at(-1);
  const end = last && unconditionalEnd(last, spelled);
  if (end) return `Its last rule takes every packet that comes so far: ${end}.`;
  if (base) return `A packet that comes to its end meets the policy: ${spelled(base.policy)}.`;
  return "A packet that comes to its end goes on behind the rule that jumped here.";
}

function unconditionalEnd({ parts }: Rule, spelled: (verdict: string) => string): string | undefined {
  for (const part of parts) {
    if (part.kind === "condition" || part.do === "verdictMap" || part.do === "jump") return undefined;
    if (part.do === "goto") return `on to ${code(part.target.name)} without return`;
    if (part.do === "verdict" && part.verdict !== "continue") return spelled(part.verdict);
    if (part.do === "nat") return spelled(part.type);
    if (part.do === "other" && part.effect === "unmodelled") return undefined;
  }
  return undefined;
}

function describeSet({ sources }: Analysis, set: NamedSet): string {
  const type = set.valueType ? `${set.keyType} : ${set.valueType}` : set.keyType;
  const heading = `**${set.kind} ${code(set.name)}** in table ${tableName(set.table)}`;
  const flags = set.flags.length > 0 ? ` · ${set.flags.join(", ")}` : "";
  const count = `${counted(set.elementCount, "element")} in this file`;
  const first = set.elements ? firstElements(sources.text.slice(set.elements.start, set.elements.end)) : [];
  return [`${heading} · ${code(type)}${flags} · ${count}`, ...(first.length > 0 ? [codeBlock(first)] : [])].join(
    "\n\n",
  );
}

const mostElements = 8;

function firstElements(text: string): string[] {
  const elements = text
    .slice(0, 4000)
    .replace(/#.*$/gm, "")
    .replace(/^\s*\{|\}\s*$/g, "")
    .split(",")
    .map((element) => element.replace(/\s+/g, " ").trim().slice(0, 100))
    .filter((element) => element !== "");
  return elements.length > mostElements ? [...elements.slice(0, mostElements), "…"] : elements;
}

const longestValue = 600;

function describeVariable({ sources }: Analysis, { name, value, table }: Variable): string {
  const text = sources.text.slice(value.start, value.end);
  const shown = text.length > longestValue ? `${text.slice(0, longestValue)} …` : text;
  const where = table ? ` in table ${tableName(table)}` : "";
  return `**variable ${code(`$${name}`)}**${where}\n\n${codeBlock(shown.split("\n"))}`;
}

function tableName({ family, name }: Table): string {
  return code(`${family} ${name}`);
}
