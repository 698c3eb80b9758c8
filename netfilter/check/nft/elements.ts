import type * as nft from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import { kindOf, type SetInfo } from "./environment.js";
import type { Evaluator, Value } from "./evaluator.js";
import type { Interval } from "./intervals.js";
import { noteObject } from "./objectNames.js";
import { kernelRefuses, refuse } from "./refusal.js";
import { compatible, typeText } from "./types.js";

/** `{ ... }`: every element is of the type that is expected of the whole. */
export function evaluateSet(e: Evaluator, elements: readonly nft.Expression[]): Value {
  const expectation = e.expectation;
  const values: Value[] = [];
  const batch: Interval[] = [];
  e.depth++;
  for (const element of elements) {
    e.expectation = expectation;
    const value = evaluateElement(e, element);
    if (value.elements) for (const inner of value.elements) values.push(inner);
    else values.push(value);
    if (value.from !== undefined && value.to !== undefined)
      batch.push({ from: value.from, to: value.to, place: element });
  }
  e.depth--;
  e.expectation = expectation;
  if (e.filling && (e.filling.flags.has("interval") || (e.filling.anonymous && values.some(isInterval))))
    checkOverlap(e.filling, batch);
  return { shape: "set", type: expectation.type, constant: true, elements: values };
}

function evaluateElement(e: Evaluator, node: nft.Expression): Value {
  const { filling } = e;
  const element = node.kind === "element" ? node : undefined;
  if (element?.value && !filling?.isMap) refuseMapping(element, filling);
  if (filling) checkState(filling, element);
  const key = e.evaluate(element ? element.key : node);
  const place = element ? element.key : node;
  if (key.shape === "setReference") refuse("badValue", place, "A set cannot be an element of another set.");
  if (!key.constant) refuse("badValue", place, "An element must be a fixed value.");
  if (filling) checkKey(filling, key, place);
  if (element && filling) noteTimeout(e, filling, element);
  if (element?.value && filling) checkMapped(e, filling, key, { key: element.key, value: element.value });
  return key;
}

function refuseMapping(element: nft.SetElement, set: SetInfo | undefined): never {
  const text = set
    ? `\`${set.name}\` is a set, so its elements have no values. Declare it as a map, or leave out what follows the colon.`
    : "A value after a colon is only possible in a map. Use `map` or `vmap` before the braces.";
  refuse("badValue", element, text);
}

/** Elements can only expire in a set that was made for it. */
export function noteTimeout(e: Evaluator, set: SetInfo, { options, valueOptions }: nft.SetElement): void {
  if (set.anonymous || set.flags.has("timeout")) return;
  const option = [...options, ...valueOptions].find((one) => one.kind === "option" && one.name.text === "timeout");
  if (!option) return;
  const text = `\`${set.name}\` has no timeouts, so its elements cannot expire. Add \`flags timeout\` to its declaration.`;
  e.notes.push(kernelRefuses("badValue", option, text));
}

/** Counters and limits of an element must be those of its set. */
function checkState(set: SetInfo, element: nft.SetElement | undefined): void {
  const options = element ? [...element.options, ...element.valueOptions] : [];
  const own = options.filter(({ kind }) => stateKinds.has(kind));
  const [first] = own;
  if (!first) return;
  if (set.statements.length === 0) {
    if (set.anonymous || set.flags.has("dynamic")) return;
    refuse(
      "badValue",
      first,
      `\`${set.name}\` keeps no such state for its elements. Write \`${stateWords[first.kind]}\` in the ${kindOf(set)}'s declaration too.`,
    );
  }
  const differs = own.length !== set.statements.length || own.some(({ kind }, place) => kind !== set.statements[place]);
  if (!differs) return;
  const wanted = set.statements.map((kind) => stateWords[kind]).join(", ");
  refuse("badValue", first, `The elements of \`${set.name}\` keep other state by its declaration: ${wanted}.`);
}

const stateWords: Readonly<Record<string, string>> = {
  counter: "counter",
  quota: "quota",
  limit: "limit",
  connectionLimit: "ct count",
  last: "last",
};

/** Kinds of statements that keep state for an element. */
export const stateKinds: ReadonlySet<string> = new Set(Object.keys(stateWords));

function checkKey(set: SetInfo, key: Value, place: Span): void {
  const ranges = isInterval(key) || key.parts?.some(isInterval);
  if (ranges && !set.anonymous && !set.flags.has("interval")) {
    refuse(
      "badValue",
      place,
      `\`${set.name}\` takes single values only. Add \`flags interval\` to its declaration to give it prefixes and ranges.`,
    );
  }
  if (key.shape === "wildcard" || compatible(set.key, key.type)) return;
  refuse(
    "typeMismatch",
    place,
    `The elements of this ${kindOf(set)} are of type \`${typeText(set.key)}\`, not \`${typeText(key.type)}\`.`,
  );
}

/** The value of an element of a map. */
function checkMapped(
  e: Evaluator,
  set: SetInfo,
  key: Value,
  element: { key: nft.Expression; value: nft.Expression },
): void {
  const node = element.value;
  if (set.objectType !== undefined) {
    noteObject(e, set.objectType, node);
    return;
  }
  e.expect(set.data);
  const value = e.evaluate(node);
  if (!value.constant) refuse("badValue", node, "The value of a map's element must be fixed.");
  const single =
    value.shape === "value" || value.shape === "verdict" || value.parts?.every(({ shape }) => shape === "value");
  if (!single && !set.intervalData && !set.anonymous) {
    refuse(
      "badValue",
      node,
      `The values of \`${set.name}\` are single ones: a prefix or range needs \`interval\` before the type in its declaration.`,
    );
  }
  if (!compatible(set.data, value.type)) {
    const types = `values of type \`${typeText(set.data)}\`, not \`${typeText(value.type)}\``;
    refuse("typeMismatch", node, `This map gives ${types}.`);
  }
  e.notes.push(...set.mapped.add(key, value, element));
}

function isInterval({ shape }: Value): boolean {
  return shape === "range" || shape === "prefix";
}

function checkOverlap(set: SetInfo, batch: readonly Interval[]): void {
  if (set.autoMerge || set.key?.parts) return;
  const found = set.intervals.add(batch);
  if (!found) return;
  const { later, earlier } = found;
  const help = set.anonymous
    ? "Write the map so that each value stands in one of them."
    : `Leave one out, or add \`auto-merge\` to the declaration of \`${set.name}\`.`;
  refuse("overlappingElements", later.place, `This overlaps another element of the same ${kindOf(set)}. ${help}`, {
    related: [{ span: { start: earlier.place.start, end: earlier.place.end }, message: "the other element" }],
  });
}
