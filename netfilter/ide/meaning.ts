import type { Analysis } from "../analyze.js";
import type { Value } from "../facts/iptables/extension.js";
import { statementBefore } from "./nftPlace.js";
import { expectedAfter, lastStartingBefore, partsAt, setAround } from "./place.js";

/** What a plain value stands for, so that `80` can be told from a port. */
export type Meaning = "port" | "mark" | "protocol";

const byDatatype: ReadonlyMap<string, Meaning> = new Map([
  ["inet_service", "port"],
  ["mark", "mark"],
  ["inet_proto", "protocol"],
]);

const byValueType: Partial<Record<Value["type"], Meaning>> = {
  port: "port",
  natPorts: "port",
  natAddress: "port",
  mark: "mark",
  protocol: "protocol",
};

/** What the value at `offset` is: told by its set's type, by the option or field before it, or by what its rule does. */
export function meaningAt(analysis: Analysis, offset: number): Meaning | undefined {
  const { tokens, text } = analysis.tree;
  const index = lastStartingBefore(tokens, offset + 1);
  if (analysis.language !== "nftables") {
    const expected = expectedAfter(tokens, index - 1, text.lastIndexOf("\n", offset - 1) + 1);
    if (!expected) return undefined;
    return (
      byValueType[expected.value.type] ?? (/(mark|nfmask|ctmask)$/.test(expected.option.word) ? "mark" : undefined)
    );
  }
  return inSet(analysis, offset) ?? afterField(analysis, index) ?? inRule(analysis, offset);
}

function inRule(analysis: Analysis, offset: number): Meaning | undefined {
  const actions = partsAt(analysis, offset).filter((part) => part.kind === "action");
  if (actions.some((action) => action.do === "setMark")) return "mark";
  return actions.some((action) => action.do === "nat") ? "port" : undefined;
}

/** A concatenation's type is told by how many dots stand before the value in its element. */
function inSet(analysis: Analysis, offset: number): Meaning | undefined {
  const set = setAround(analysis, offset);
  if (!set?.elements) return undefined;
  const before = analysis.tree.text.slice(set.elements.start, offset);
  const element = before.slice(Math.max(before.lastIndexOf(","), before.lastIndexOf("{")) + 1);
  const [key = "", value] = element.split(/\s:\s/);
  const types = (value === undefined ? set.keyType : (set.valueType ?? "")).split(/\s*\.\s*/);
  return byDatatype.get(types[(value ?? key).split(/\s\.\s/).length - 1] ?? "");
}

/** The nearest field or key before the value in its statement, unless something is done in between. */
function afterField({ tree: { text, tokens } }: Analysis, index: number): Meaning | undefined {
  const start = tokens[index]?.start ?? 0;
  const before = statementBefore(text, tokens, index - 1, start).map(({ entry }) => entry);
  const nearest = before.findLast((entry) => entry && (entry.kind === "statement" || "datatype" in entry));
  return nearest && "datatype" in nearest ? byDatatype.get(nearest.datatype as string) : undefined;
}
