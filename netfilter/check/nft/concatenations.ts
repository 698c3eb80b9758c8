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
  const type = concatenated(parts.map((part) => part.type));
  e.expect(type);
  return { shape: "concatenation", type, constant: parts.every(({ constant }) => constant), parts };
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
  const isRange = value.shape === "range" || value.shape === "prefix";
  if ((isRange && e.depth === 0) || notJoined.has(value.shape))
    refuse("badValue", part, "This cannot be a part of a concatenation: only single fields and values can.");
  return value;
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
