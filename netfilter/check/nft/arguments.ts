import { isSelector } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator, Value } from "./evaluator.js";
import { refuse } from "./refusal.js";
import { compatible, type Type, typeText } from "./types.js";

/** A value that a statement needs, of a certain type; `bits` where it is longer or shorter than the type. */
export function evaluateArgument(e: Evaluator, type: Type | undefined, node: nft.Expression, bits?: number): Value {
  e.expect(type, bits ?? type?.bits ?? 0);
  return checkArgument(e.evaluate(node), type, node, bits);
}

/** Whether a value that was read may be written, translated to or looked up. */
export function checkArgument(value: Value, type: Type | undefined, node: nft.Expression, bits?: number): Value {
  const length = bits ?? type?.bits ?? 0;
  const isInteger = isSelector(node) && isPayload(node) && value.type?.datatype?.word === "integer";
  const wrongLength = isInteger && length > 0 && value.type?.bits !== length;
  if (wrongLength || !compatible(type, value.type)) {
    refuse(
      "typeMismatch",
      node,
      `A value of type \`${typeText(type)}\` is needed here, but this is \`${typeText(value.type)}\`${wrongLength ? ` of ${value.type?.bits} bits` : ""}.`,
    );
  }
  if (value.shape === "set" || value.shape === "setReference")
    refuse("badValue", node, "A set cannot stand here, because one value is needed. Use a map to choose one.");
  return value;
}

function isPayload({ kind }: nft.Selector): boolean {
  return kind === "payload" || kind === "rawPayload" || kind === "inner";
}

/** Refuses a range where one value must be written. */
export function refuseRange(value: Value, node: nft.Expression): void {
  if (value.shape === "range" || value.shape === "prefix")
    refuse("badValue", node, "A range cannot be written: one value is needed here.");
}
