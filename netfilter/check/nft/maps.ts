import { resolved } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { anonymousSet, type SetInfo } from "./environment.js";
import type { Evaluator, Value } from "./evaluator.js";
import { giveUp, refuse } from "./refusal.js";
import { compatible, type Type, typeText } from "./types.js";

/** `tcp dport map { 22 : 1 }`: gives a value of the type that is expected. */
export function evaluateMap(e: Evaluator, node: nft.MapExpression): Value {
  const wanted = e.expectation.type;
  const set = lookUp(e, node, wanted);
  e.expect(set.data);
  return { shape: "map", type: set.data, constant: true, set };
}

/** Evaluates the key and the map that it is looked up in. */
export function lookUp(e: Evaluator, node: nft.MapExpression | nft.VerdictMap, wanted: Type | undefined): SetInfo {
  refuseAmbiguousKey(node.key);
  e.expectNothing();
  const key = e.evaluate(node.key);
  if (key.constant) refuse("badValue", node.key, "A fixed value needs no map: look up something of the packet.");
  e.statementBits = 0;
  const mapping = resolved(node.mapping, e.variables) ?? giveUp();
  if (mapping.kind === "setLiteral") return fill(e, node, mapping, key, wanted);
  if (mapping.kind !== "setReference") giveUp();
  const set = e.findSet(mapping.name);
  if (!set.isMap) refuse("badValue", mapping, `\`${set.name}\` is a set, so it gives no values. Declare it as a map.`);
  if (compatible(set.key, key.type)) return set;
  return refuse(
    "typeMismatch",
    node.mapping,
    `\`${set.name}\` is looked up by \`${typeText(set.key)}\`, but the key here is \`${typeText(key.type)}\`.`,
  );
}

function fill(
  e: Evaluator,
  node: nft.MapExpression | nft.VerdictMap,
  mapping: nft.SetLiteral,
  key: Value,
  wanted: Type | undefined,
): SetInfo {
  if (!wanted) refuse("badValue", node, "Nothing says of which type the values of this map are.");
  const set = anonymousSet(mapping, key.type, wanted, true);
  const before = e.filling;
  e.filling = set;
  e.expect(key.type);
  e.evaluate(mapping);
  e.filling = before;
  if (key.type?.parts) checkConcatenated(mapping);
  return set;
}

/** A key of several parts is looked up among elements of several parts. */
export function checkConcatenated(set: nft.SetLiteral): void {
  for (const element of set.elements) {
    const key = element.kind === "element" ? element.key : element;
    if (key.kind === "concatenation" || key.kind === "wildcard" || key.kind === "variable" || key.kind === "setLiteral")
      continue;
    refuse("typeMismatch", key, "The key joins several values by dots, so every element must do so too.");
  }
}

/** In a set or map the kind of an address must be known without the rule around it. */
export function refuseAmbiguousKey(key: nft.Expression): void {
  if (key.kind !== "ct" || key.family || (key.key.text !== "saddr" && key.key.text !== "daddr")) return;
  const text = `Write \`ip ${key.key.text}\` or \`ip6 ${key.key.text}\` here, so that the type of the key is known.`;
  refuse("ambiguousProtocol", key, text);
}
