import { findField, findHeader, findKey } from "../../facts/nft/index.js";
import type { Chain, Ruleset, Table } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import type { Finding, Fix } from "../../text/finding.js";
import { contains, type Span } from "../../text/span.js";

/** Offers to declare a chain or set that is missing, in front of the chain whose rule names it. */
export function offerDeclarations(findings: readonly Finding[], text: string, ruleset: Ruleset): readonly Finding[] {
  return findings.map((finding) => {
    const fix =
      finding.code === "undefinedChain" || finding.code === "undefinedSet" ? fixOf(finding, text, ruleset) : [];
    return fix.length > 0 ? { ...finding, fixes: [...(finding.fixes ?? []), ...fix] } : finding;
  });
}

function fixOf({ code, span }: Finding, text: string, { tables }: Ruleset): Fix[] {
  const name = text.slice(span.start, span.end).replace(/^@\s*/, "");
  const user = enclosing(tables, span);
  if (!user || !/^[A-Za-z_][\w/.-]*$/.test(name)) return [];
  const lineStart = text.lastIndexOf("\n", user.block.start) + 1;
  const indent = text.slice(lineStart, user.block.start);
  if (indent.trim() !== "") return [];
  const body = code === "undefinedChain" ? [] : setBody(user.chain, span, name);
  if (!body) return [];
  const kind = code === "undefinedChain" ? "chain" : "set";
  const lines = [`${kind} ${name} {`, ...body.map((line) => `${indent || "\t"}${line}`), "}"];
  const declaration = lines.map((line) => `${indent}${line}\n`).join("");
  const edits = [{ span: { start: lineStart, end: lineStart }, text: `${declaration}\n` }];
  return [{ title: `Declare the ${kind} \`${name}\``, edits }];
}

/** The named chain, declared within its table's block, in which the place lies. */
function enclosing(tables: readonly Table[], place: Span): { chain: Chain; block: Span } | undefined {
  for (const table of tables) {
    for (const chain of table.chains) {
      const block = chain.name === "" ? undefined : chain.blocks.find((each) => contains(each, place));
      if (block && table.blocks.some((outer) => contains(outer, block))) return { chain, block };
    }
  }
  return undefined;
}

/** What the set must hold to be asked as the rule asks it; undefined where that cannot be told from one field. */
function setBody({ rules }: Chain, place: Span, name: string): string[] | undefined {
  const rule = rules.find((each) => contains(each, place));
  const asked = rule && conditionsOf(rule).find(({ values }) => values.kind === "set" && values.name === name);
  const [head = "", word = ""] = asked?.field.split(" ") ?? [];
  const header = findHeader(head);
  const key = head === "meta" || head === "ct" ? findKey(head, word) : undefined;
  const type = header ? findField(header, word)?.datatype : key?.datatype;
  return type ? [`type ${type}`] : undefined;
}
