import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator, Value } from "./evaluator.js";
import { giveUp, refuse } from "./refusal.js";
import { sameType, type Type, typeNamed, typeText } from "./types.js";

/** `10.0.0.0/8`: the length must fit the address. */
export function evaluatePrefix(e: Evaluator, node: nft.Prefix): Value {
  const base = e.evaluate(node.base);
  const length = node.length.value;
  const bits = base.type?.bits ?? 0;
  if (!base.constant) refuse("badValue", node, "Only a fixed value can have a prefix length.");
  if (base.shape !== "value") giveUp();
  if (bits > 0 && length > BigInt(bits)) {
    refuse("badValue", node.length, `A prefix of \`${typeText(base.type)}\` has at most ${bits} bits, not ${length}.`);
  }
  if (base.from === undefined || bits === 0) return { shape: "prefix", type: base.type, constant: true };
  const host = (1n << (BigInt(bits) - length)) - 1n;
  return { shape: "prefix", type: base.type, constant: true, from: base.from & ~host, to: base.from | host };
}

/** `1-1024`; `swaps` where a range may run over its end, as hours do over midnight. */
export function evaluateRange(e: Evaluator, node: nft.Range, swaps = false): Value {
  const from = endOfRange(e, node.from);
  const to = endOfRange(e, node.to);
  const type = from.type;
  if (!swaps && from.from !== undefined && to.from !== undefined && from.from > to.from) {
    const text = "This range is empty, because it starts after its end. Swap its two values.";
    refuse("badValue", node, text);
  }
  const ends = { ...(from.from !== undefined && { from: from.from }), ...(to.from !== undefined && { to: to.from }) };
  return { shape: isSame(from, to) ? "value" : "range", type, constant: true, ...ends };
}

function endOfRange(e: Evaluator, node: nft.Expression): Value {
  const value = e.evaluate(node);
  const base = value.type?.datatype?.base;
  if (!value.constant) refuse("badValue", node, "The ends of a range must be fixed values.");
  if (base === "string" || base === "verdict")
    refuse(
      "badValue",
      node,
      `Values of type \`${typeText(value.type)}\` have no order, so there are no ranges of them.`,
    );
  if (value.shape !== "value") giveUp();
  return value;
}

function isSame(from: Value, to: Value): boolean {
  return from.from !== undefined && from.from === to.from;
}

/** `new, established`: flags that are joined. */
export function evaluateList(e: Evaluator, node: nft.List): Value {
  const { type } = e.expectation;
  let joined: bigint | undefined = 0n;
  for (const item of node.items) {
    const value = e.evaluate(item);
    if (value.shape !== "value") refuse("badValue", item, "Only fixed values can be joined by commas without braces.");
    if (value.type && value.type.datatype?.base !== "bitmask") {
      refuse(
        "badValue",
        item,
        `Values of type \`${typeText(value.type)}\` cannot be joined by commas: only flags can. Put the list in braces, \`{ ... }\`.`,
      );
    }
    joined = joined === undefined || value.from === undefined ? undefined : joined | value.from;
  }
  return { shape: "value", type, constant: true, ...(joined !== undefined && { from: joined, to: joined }) };
}

/** `syn / fin,syn`. */
export function evaluateMaskedFlags(e: Evaluator, node: nft.MaskedFlags): Value {
  const expectation = e.expectation;
  e.evaluate(node.mask);
  e.expectation = expectation;
  return e.evaluate(node.value);
}

/** `meta mark & 0xff`, `1 << 4`. */
export function evaluateBinary(e: Evaluator, node: nft.Binary): Value {
  const isShift = node.operator === "<<" || node.operator === ">>";
  const highest = e.expectation;
  const left = e.evaluate(node.left);
  if (isShift) e.expect(typeNamed("integer"), Math.max(bitsOf(e, left), highest.bits));
  const right = e.evaluate(node.right);
  for (const side of [left, right]) {
    if (side.constant && side.shape !== "value" && side.shape !== "operation")
      refuse("badValue", node, `\`${node.operator}\` needs single values on both sides.`);
  }
  if (isShift) return shift(e, node, left, right);
  const [variable, other] = left.constant && !right.constant ? [right, left] : [left, right];
  if (!sameBase(variable.type, other.type)) {
    refuse(
      "typeMismatch",
      node,
      `\`${node.operator}\` cannot join \`${typeText(variable.type)}\` and \`${typeText(other.type)}\`.`,
    );
  }
  const grown = e.statementBits > bitsOf(e, variable);
  const type = grown ? typeNamed("integer", e.statementBits) : variable.type;
  return result(type, left, right, compute(node.operator, left.from, right.from, bitsOf(e, variable)));
}

function shift(e: Evaluator, node: nft.Binary, left: Value, right: Value): Value {
  if (!right.constant) refuse("badValue", node.right, "The number of bits to shift by must be fixed.");
  if (left.type?.datatype?.base === "string")
    refuse(
      "typeMismatch",
      node,
      `Values of type \`${typeText(left.type)}\` are texts, and only numbers can be shifted.`,
    );
  const bits = Math.max(e.statementBits, bitsOf(e, left));
  if (bits > 0 && right.from !== undefined && right.from >= BigInt(bits)) {
    refuse(
      "badValue",
      node.right,
      `A value of ${bits} bits cannot be shifted by ${right.from}: nothing would be left.`,
    );
  }
  return result(typeNamed("integer", bits), left, right, compute(node.operator, left.from, right.from, bits));
}

function result(type: Type | undefined, left: Value, right: Value, number: bigint | undefined): Value {
  const constant = left.constant && right.constant;
  if (!constant) return { shape: "operation", type, constant: false };
  return { shape: "value", type, constant: true, ...(number !== undefined && { from: number, to: number }) };
}

function bitsOf(e: Evaluator, value: Value): number {
  return value.type?.bits || e.expectation.bits;
}

/** Numbers of every kind mix, and so do flags with flags and texts with texts. */
function sameBase(a: Type | undefined, b: Type | undefined): boolean {
  if (!a?.datatype || !b?.datatype) return sameType(a, b);
  return (a.datatype.base === "string") === (b.datatype.base === "string");
}

function compute(
  operator: string,
  left: bigint | undefined,
  right: bigint | undefined,
  bits: number,
): bigint | undefined {
  if (left === undefined || right === undefined) return undefined;
  const all = (1n << BigInt(bits || 128)) - 1n;
  switch (operator) {
    case "&":
      return left & right;
    case "|":
      return (left | right) & all;
    case "^":
      return (left ^ right) & all;
    case "<<":
      return (left << right) & all;
    default:
      return left >> right;
  }
}
