import { operatorOf } from "../../model/nft/conditions.js";
import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import { resolved } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator, Value } from "./evaluator.js";
import { checkConcatenated, refuseAmbiguousKey } from "./maps.js";
import { evaluateRange } from "./operators.js";
import { giveUp, refuse } from "./refusal.js";
import { learnFrom } from "./selectors.js";
import { sameType, typeText } from "./types.js";

/** A comparison: the left side reads the packet, the right side is of its type. */
export function checkMatch(e: Evaluator, node: nft.Match): void {
  e.expectNothing();
  if (node.right.kind === "setReference") e.evaluate(node.right);
  const left = e.evaluate(node.left);
  if (asksPresence(node)) {
    checkPresence(node, left);
    return;
  }
  const right = evaluateRight(e, node);
  const operator = operatorOf(node.operator?.text);
  if (!right.constant) {
    refuse("badValue", node.right, "Only fixed values, sets and maps can stand on the right side of a comparison.");
  }
  if (left.constant) refuse("badValue", node.left, "The left side of a comparison must read something of the packet.");
  if (!sameType(left.type, right.type)) {
    const types = `\`${typeText(left.type)}\` is compared here, but the value is of type \`${typeText(right.type)}\``;
    refuse("typeMismatch", node.right, `${types}. Only values of the same type can be equal.`);
  }
  if (right.shape === "setReference" || (right.elements && right.elements.length > 1)) refuseAmbiguousKey(node.left);
  refuseSecurityMark(node, right);
  if (operator === "" || operator === "==" || operator === "!=") refuseLostBits(node, right);
  checkOperator(operator, node, left, right);
  if (isSelector(node.left)) learn(e, node.left, operator, right);
}

/** `exthdr frag exists`, `fib daddr oif missing`: whether it is there at all. */
function asksPresence({ right }: nft.Match): boolean {
  return right.kind === "symbol" && (right.name === "exists" || right.name === "missing");
}

/** Only what is there or not can be asked so, and the interface of a route. */
function checkPresence({ left, operator, right }: nft.Match, { type }: Value): void {
  if (operatorOf(operator?.text) === "!") refuseNegation(right);
  const isRoute = left.kind === "fib";
  if (isRoute || !type || type.datatype?.base === "boolean") return;
  const text = `\`${typeText(type)}\` is compared here, which always has a value. Only the presence of headers, options, chunks and routes can be asked for.`;
  refuse("typeMismatch", right, text);
}

function evaluateRight(e: Evaluator, { left, right }: nft.Match): Value {
  const hours = left.kind === "meta" && (left.key.text === "hour" || left.key.text === "day");
  const value = resolved(right, e.variables) ?? giveUp();
  if (hours && value.kind === "range") return evaluateRange(e, value, true);
  const result = e.evaluate(value);
  if (left.kind === "concatenation" && value.kind === "setLiteral") checkConcatenated(value);
  return result;
}

function refuseSecurityMark({ left, right }: nft.Match, value: Value): void {
  const isMark = (left.kind === "meta" || left.kind === "ct") && left.key.text === "secmark";
  if (!isMark || value.shape === "setReference") return;
  refuse("badValue", right, "A security mark cannot be compared with a fixed value. It can only be copied.");
}

/** Bits that a shift to the left has emptied are never set. */
function refuseLostBits({ left, right }: nft.Match, value: Value): void {
  if (left.kind !== "binary" || left.operator !== "<<" || left.right.kind !== "number") return;
  if (value.shape !== "value" || value.from === undefined) return;
  const { value: places } = left.right;
  if (places > 64n || (value.from & ((1n << places) - 1n)) === 0n) return;
  refuse("badValue", right, `After a shift by ${places} the lowest ${places} bits are 0, so this can never be equal.`);
}

function checkOperator(operator: string, node: nft.Match, left: Value, right: Value): void {
  if (operator === "!") {
    checkNegation(node, left, right);
    return;
  }
  if (operator === "<" || operator === ">" || operator === "<=" || operator === ">=") {
    if (left.shape === "concatenation")
      refuse("badValue", node, "Joined values have no order. Compare them one by one.");
    if (right.shape !== "value")
      refuse("badValue", node.right, `\`${operator}\` needs a single value on its right side.`);
    return;
  }
  if (right.shape === "set" && right.elements?.length === 0)
    refuse(
      "badValue",
      node.right,
      "This set is empty, so nothing could ever be compared with it. Put a value into it.",
    );
  if (right.shape === "concatenation") {
    refuse("badValue", node.right, "Joined values can only be looked up in a set. Put this one in braces, `{ ... }`.");
  }
}

function checkNegation(node: nft.Match, left: Value, right: Value): void {
  if (left.shape === "operation")
    refuse("badValue", node.left, "`!` cannot be used behind an operator such as `&`. Compare with `== 0` instead.");
  if (right.shape === "value" && (!right.type?.datatype || right.type.datatype.base === "bitmask")) return;
  refuseNegation(node.right);
}

function refuseNegation(place: nft.Expression): never {
  refuse("badValue", place, "`!` asks that flags are not set, and only flags have that. Use `!=` instead.");
}

/** What an equality makes known of the packet's protocols. */
function learn(e: Evaluator, left: nft.Selector, operator: string, right: Value): void {
  if (right.shape === "value" && left.kind === "payload")
    e.layers.noteCompared(left.header.text, subjectOf(left).field);
  if (operator !== "" && operator !== "==") return;
  if (right.shape === "setReference") {
    if (left.kind === "meta") learnFrom(e, left, 0n);
    return;
  }
  const values = right.shape === "set" ? (right.elements ?? []) : [right];
  for (const { shape, from } of values) if (shape === "value" && from !== undefined) learnFrom(e, left, from);
}
