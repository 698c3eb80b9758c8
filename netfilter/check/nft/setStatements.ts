import { isSelector } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { checkArgument, evaluateArgument } from "./arguments.js";
import { noteTimeout } from "./elements.js";
import type { SetInfo } from "./environment.js";
import type { Evaluator } from "./evaluator.js";
import { giveUp, refuse } from "./refusal.js";

/** `add @s { ip saddr timeout 1m }`. */
export function checkSetStatement(e: Evaluator, node: nft.SetStatement): void {
  const { element } = node;
  const set = node.set.kind === "setReference" ? e.findSet(node.set.name) : giveUp();
  if (element.value && !set.isMap) {
    refuse("badValue", element, `\`${set.name}\` is a set, so its elements have no values. Declare it as a map.`);
  }
  e.expect(set.key);
  checkArgument(e.evaluate(element.key), set.key, element.key);
  refuseComment(element);
  noteTimeout(e, set, element);
  if (element.value) checkData(e, set, element.value);
}

function checkData(e: Evaluator, set: SetInfo, value: nft.Expression): void {
  if (set.objectType !== undefined || !set.data) giveUp();
  evaluateArgument(e, set.data, value);
}

function refuseComment(element: nft.SetElement): void {
  const comment = [...element.options, ...element.valueOptions].find(({ kind }) => kind === "comment");
  if (comment) refuse("notAllowedHere", comment, "An element that a rule adds cannot have a comment.");
}

/** `meter m { ip saddr limit rate 1/second }`, an old way to make a set and add to it. */
export function checkMeter(e: Evaluator, node: nft.Meter): void {
  e.expectNothing();
  const key = e.evaluate(node.key.key);
  if (!isSelector(node.key.key) && key.constant)
    refuse("badValue", node.key.key, "The key of a meter must read something of the packet.");
  refuseComment(node.key);
}
