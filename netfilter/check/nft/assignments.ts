import { isSelector, type Subject, subjectOf } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { evaluateArgument, refuseRange } from "./arguments.js";
import type { Evaluator } from "./evaluator.js";
import { baseOf } from "./layers.js";
import { giveUp, refuse } from "./refusal.js";
import type { Type } from "./types.js";

/** `meta mark set 1`, `ip dscp set cs1`: the value must be of the type that is written. */
export function checkAssignment(e: Evaluator, node: nft.Assignment): void {
  const { target, value } = node;
  if (!isSelector(target) || namesSecurityMark(node)) return;
  if (target.kind === "inner" || isTunnelHeader(target))
    refuse("notAllowedHere", target, "What is inside a tunnel can be compared but not written.");
  if (target.kind === "rawPayload") e.evaluate(target);
  const subject = subjectOf(target);
  const type = writtenType(e, target, subject);
  if (target.kind === "meta" || target.kind === "ct") e.statementBits = type.bits;
  const written = evaluateArgument(e, type, value);
  refuseRange(written, value);
}

/** `meta secmark set "name"` names an object; only the connection's mark is copied. */
function namesSecurityMark({ target, value }: nft.Assignment): boolean {
  return target.kind === "meta" && target.key.text === "secmark" && value.kind !== "ct";
}

function isTunnelHeader(target: nft.Selector): boolean {
  return target.kind === "payload" && baseOf(target.header.text) === "inner";
}

function writtenType(e: Evaluator, target: nft.Selector, { datatype, bits }: Subject): Type {
  if (target.kind === "payload" && target.header.text !== "th") e.layers.require(target.header.text, target);
  if (!datatype) return giveUp();
  return { datatype, bits: bits || datatype.bits };
}
