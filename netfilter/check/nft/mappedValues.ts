import type * as nft from "../../syntax/nft/nodes.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Value } from "./evaluator.js";
import { kernelRefuses } from "./refusal.js";

/** What each key of a map gives, as far as it is known. */
export class MappedValues {
  private readonly given = new Map<string, { readonly value: string; readonly place: Span }>();

  /** Notes what a key gives; the kernel refuses a key that gives two things. */
  add(key: Value, value: Value, element: { readonly key: nft.Expression; readonly value: nft.Expression }): Finding[] {
    const [asked, gives] = [textOf(key), textOf(value) ?? verdictText(element.value)];
    if (asked === undefined || gives === undefined) return [];
    const before = this.given.get(asked);
    if (!before) this.given.set(asked, { value: gives, place: element.key });
    if (!before || before.value === gives) return [];
    const { start, end } = before.place;
    const text = "This key stands in the map already, with another value. Leave one of the two out.";
    return [
      kernelRefuses("conflictingElements", element.key, text, {
        related: [{ span: { start, end }, message: "the other element" }],
      }),
    ];
  }

  clear(): void {
    this.given.clear();
  }
}

function textOf({ shape, from, to, parts }: Value): string | undefined {
  if (shape === "wildcard") return "*";
  if (from !== undefined && to !== undefined) return `${from}-${to}`;
  const texts = parts?.map(textOf);
  return texts?.every((text) => text !== undefined) ? texts.join(" . ") : undefined;
}

function verdictText(node: nft.Expression): string | undefined {
  if (node.kind !== "verdictValue") return undefined;
  const { verdict } = node;
  if (verdict.kind === "verdict") return verdict.verdict;
  return verdict.target.kind === "name" ? `${verdict.verb} ${verdict.target.text}` : undefined;
}
