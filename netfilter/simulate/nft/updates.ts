import type * as nft from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Passage } from "../context.js";
import type { Piece } from "./constants.js";
import { isStateful, partsOf, runStates, secondsOf } from "./maps.js";
import { unreadable } from "./matches.js";
import { type PieceReader, pieceReader } from "./nat.js";
import { type Atom, isRange, type Source, type Step } from "./reading.js";
import type { RuleScope } from "./scope.js";
import { stateStep } from "./stateful.js";
import { defaultSize, type Element, type SetStore } from "./store.js";

/** Compiles `add @s { ... }`, `update @s { ... }`, `delete @s { ... }`: a full set ends the rule. */
export function setStep(scope: RuleScope, node: nft.SetStatement): Step {
  const { element, operation, set } = node;
  const reference = scope.program.constants.plain(set);
  const store =
    reference?.kind === "setReference" ? scope.program.maps.store(scope.chain, reference.name.text) : undefined;
  scope.imply(element.key, node);
  if (element.value) scope.imply(element.value, node);
  const key = scope.source(element.key, store?.shape.types);
  if (!store || !key) return unreadable("set statement", node);
  if (operation === "delete") return removal(store, key);
  const value = element.value && pieceReader(scope, element.value, store.shape.valueTypes, node);
  return addition(store, key, maker(scope, element, store, value, statesOf(element)), operation === "update", node);
}

/** Compiles an old `meter`: a set of its own whose elements hold one statement. */
export function meterStep(scope: RuleScope, node: nft.Meter): Step {
  scope.imply(node.key.key, node);
  const key = scope.source(node.key.key, undefined);
  if (!key || !isStateful(node.statement)) return unreadable("meter", node);
  const size = node.size ? Number(node.size.value) : defaultSize;
  const store = scope.program.maps.meter(node.name.text, key.types, size);
  return addition(store, key, maker(scope, node.key, store, undefined, [node.statement]), true, node);
}

type Maker = (passage: Passage) => Element | null;

function statesOf({ options, valueOptions }: nft.SetElement): nft.StatefulStatement[] {
  return [...options, ...valueOptions].filter(isStateful);
}

/** Makes the element that a statement adds; `null` where its value cannot be read. */
function maker(
  scope: RuleScope,
  element: nft.SetElement,
  store: SetStore,
  value: PieceReader | undefined,
  states: readonly nft.StatefulStatement[],
): Maker {
  const timeout = timeoutOf(element) ?? store.shape.timeout;
  return (passage) => {
    const pieces: readonly Piece[] | null | undefined = value?.(passage);
    if (pieces === null) return null;
    return {
      states: states.map((state) => stateStep(state, scope.program)),
      ...(value && { gives: { kind: "data", pieces } }),
      ...expiry(passage, timeout),
    };
  };
}

function timeoutOf({ options, valueOptions }: nft.SetElement): number | undefined {
  for (const option of [...options, ...valueOptions])
    if (option.kind === "option" && option.name.text === "timeout") return secondsOf(option.values[0]);
  return undefined;
}

function expiry(passage: Passage, timeout: number | undefined): Pick<Element, "expires"> {
  if (timeout === undefined) return {};
  if (passage.now === undefined) passage.assume("No element that a rule added runs out.");
  return passage.now === undefined ? {} : { expires: passage.now + timeout };
}

function addition(store: SetStore, key: Source, make: Maker, update: boolean, span: Span): Step {
  return (passage) => {
    const atoms = keyOf(key, passage);
    if (!atoms) return atoms === null ? undefined : unknownKey(store, passage, span);
    const made = make(passage);
    if (!made) return undefined;
    const element = store.put(passage, atoms, () => made, update);
    return element && runStates(element, passage) ? "continue" : undefined;
  };
}

function removal(store: SetStore, key: Source): Step {
  return (passage) => {
    const atoms = keyOf(key, passage);
    if (atoms === null) return undefined;
    if (atoms) store.remove(atoms);
    else passage.assume(`What is taken from the set \`${store.shape.name}\` for keys that are not known stays in it.`);
    return "continue";
  };
}

/** The key as it is looked up; `null` where there is none, undefined where it is not known. */
function keyOf(key: Source, passage: Passage): readonly Atom[] | null | undefined {
  const read = key.read(passage);
  const parts = read === null ? null : partsOf(read);
  return parts?.some(isRange) ? undefined : (parts as readonly Atom[] | null | undefined);
}

function unknownKey(store: SetStore, passage: Passage, { start, end }: Span) {
  const why = `What is added to the set \`${store.shape.name}\` here is not known, and so not whether it finds room.`;
  return passage.guess(why, { start, end }) ? "continue" : undefined;
}
