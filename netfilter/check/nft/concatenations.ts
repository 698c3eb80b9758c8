import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator, Value } from "./evaluator.js";
import { refuse } from "./refusal.js";
import { concatenated, type Type, typeText } from "./types.js";

/** `ip saddr . tcp dport`, `10.0.0.1 . 22`: as many parts as are expected, each of its own type. */
export function evaluateConcatenation(e: Evaluator, node: nft.Concatenation): Value {
  const expected = e.expectation.type;
  if (expected && !expected.parts) refuseParts(node, expected);
  const parts = node.parts.map((part, place) => evaluatePart(e, node, part, expected?.parts, place));
  if (expected?.parts && parts.length < expected.parts.length) refuseParts(node, expected);
  const type = concatenated(parts.map((part, place) => widened(node.parts[place], part.type)));
  e.expect(type);
  return { shape: "concatenation", type, constant: parts.every(({ constant }) => constant), parts };
}

/** A field that ends within a byte is joined with the bits up to the byte's end, and values may fill those too. */
function widened(part: nft.Expression | undefined, type: Type | undefined): Type | undefined {
  if (!part || !type?.datatype || !isSelector(part)) return type;
  const { headerField } = subjectOf(part);
  const rest = headerField ? (headerField.offset + type.bits) % 8 : 0;
  return rest === 0 ? type : { ...type, bits: type.bits + 8 - rest };
}

function evaluatePart(
  e: Evaluator,
  node: nft.Concatenation,
  part: nft.Expression,
  expected: readonly Type[] | undefined,
  place: number,
): Value {
  const type = expected?.[place];
  if (expected && !type) refuseParts(node, { parts: expected, bits: 0 });
  if (isAmbiguousAddress(part)) {
    const side = part.key.text;
    const text = `Nothing says whether this is an IPv4 or an IPv6 address. Write \`ip ${side}\` or \`ip6 ${side}\` instead.`;
    refuse("ambiguousProtocol", part, text);
  }
  if (expected) e.expect(type);
  else e.expectNothing();
  const value = e.evaluate(part);
  if (hasNoLength(part, value))
    refuse(
      "badValue",
      part,
      "Texts without a fixed length cannot be a part of a concatenation. Compare this one by itself.",
    );
  const isRange = value.shape === "range" || value.shape === "prefix";
  if ((isRange && e.depth === 0) || notJoined.has(value.shape))
    refuse("badValue", part, "This cannot be a part of a concatenation: only single fields and values can.");
  return value;
}

/** Texts of the packet have none of their own; the name of a route's interface got one in nft 1.1. */
function hasNoLength(part: nft.Expression, { constant, type }: Value): boolean {
  return !constant && type?.datatype?.word === "string" && part.kind !== "fib";
}

const notJoined: ReadonlySet<string> = new Set(["set", "setReference", "wildcard", "verdict"]);

/** Also where a family is known, `ct original saddr` is refused within a concatenation. */
function isAmbiguousAddress(node: nft.Expression): node is nft.Ct {
  return node.kind === "ct" && !node.family && (node.key.text === "saddr" || node.key.text === "daddr");
}

function refuseParts(node: nft.Concatenation, expected: Type): never {
  const wanted = expected.parts?.length ?? 1;
  refuse(
    "typeMismatch",
    node,
    `This joins ${node.parts.length} values, but ${wanted} ${wanted === 1 ? "is" : "are"} expected: \`${typeText(expected)}\`.`,
  );
}
