import { parseTime } from "../../model/nft/constants.js";
import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import type { ValueType } from "../../model/nft/values.js";
import { resolved } from "../../model/nft/variables.js";
import type { Chain, NamedSet } from "../../model/ruleset.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Outcome, Passage } from "../context.js";
import type { Piece } from "./constants.js";
import { contentsOf } from "./declarations.js";
import type { Program } from "./program.js";
import { choose, isList, type Part, type Read, type Source, type Step } from "./reading.js";
import { type RuleScope, typeNamed, untyped } from "./scope.js";
import { stateStep } from "./stateful.js";
import { defaultSize, type Element, type Given, isAtom, SetStore } from "./store.js";

/** A set or map with the key that a rule looks up in it. */
export class Mapping {
  constructor(
    readonly field: string,
    readonly store: SetStore,
    private readonly key: Source,
  ) {}

  /** The element found, `undefined` where there is none, `null` where the rule ends before. */
  find(passage: Passage, span: Span): Element | undefined | null {
    const read = this.key.read(passage);
    if (read === null) return null;
    if (read !== undefined && !this.store.unreadable) {
      if (typeof read !== "object") return this.found(passage, this.store.findOne(passage, read));
      if (isList(read) && read.every(isAtom)) return this.found(passage, this.store.find(passage, read));
    }
    const parts = partsOf(read);
    const candidates = this.store.candidates(passage, parts);
    if (this.store.unreadable && candidates.includes(undefined)) {
      const why = `The set \`${this.store.shape.name}\` has elements that only the machine which loads it can read.`;
      if (passage.guess(why, { start: span.start, end: span.end }))
        return this.store.candidates(passage, undefined).find(Boolean);
    }
    return this.found(passage, candidates.length === 1 ? candidates[0] : pick(passage, candidates, this.field, span));
  }

  private found(passage: Passage, element: Element | undefined): Element | undefined | null {
    if (!element) return undefined;
    return runStates(element, passage) ? element : null;
  }

  /** What a map gives, `null` where it gives nothing. */
  pieces(passage: Passage, span: Span): readonly Piece[] | null | undefined {
    const gives = this.find(passage, span)?.gives;
    if (gives === undefined) return null;
    return gives.kind === "data" ? gives.pieces : undefined;
  }
}

/** The parts of a value as a key; undefined where it is not known. */
export function partsOf(read: Exclude<Read, null>): readonly Part[] | undefined {
  return read === undefined ? undefined : isList(read) ? read : [read];
}

/** Runs the counters, limits and quotas of an element; false when one of them ends the rule. */
export function runStates({ states }: Element, passage: Passage): boolean {
  return states.every((step) => step(passage) !== undefined);
}

/** Elements that lead to the same thing are one choice. */
function pick(
  passage: Passage,
  candidates: readonly (Element | undefined)[],
  field: string,
  span: Span,
): Element | undefined {
  const different = new Map(candidates.map((element) => [leadsTo(element), element]));
  const why = (name: string) => `\`${field}\` of this packet is not known; it may lead to ${name}.`;
  return different.get(choose(passage, [...different.keys()], why, span));
}

function leadsTo(element: Element | undefined): string {
  const gives = element?.gives;
  if (!element) return "no element";
  if (!gives) return "an element";
  if (gives.kind === "object") return gives.name;
  if (gives.kind === "data") return gives.pieces?.map(pieceText).join(" . ") ?? "a value";
  return outcomeText(gives.outcome);
}

function pieceText(piece: Piece): string {
  return piece.kind === "one" ? String(piece.value) : piece.kind === "range" ? `${piece.from}-${piece.to}` : "*";
}

function outcomeText(outcome: Outcome | undefined): string {
  if (typeof outcome !== "object") return outcome ?? "a verdict";
  return outcome.do === "jump" || outcome.do === "goto" ? `${outcome.do} ${outcome.chain.name}` : outcome.do;
}

/** The sets and maps of a file, made ready when first asked for. */
export class Maps {
  private readonly named = new Map<NamedSet, SetStore>();

  constructor(private readonly program: Program) {}

  /** A lookup of `key` in a named or anonymous set or map. */
  mapping(
    scope: RuleScope,
    key: nft.Expression,
    mapping: nft.Expression,
    valueTypes: readonly ValueType[] | undefined,
  ): Mapping | undefined {
    const source = scope.source(key, undefined);
    return source && this.lookup(scope, source, mapping, valueTypes);
  }

  /** The same where it is known already how to read the key. */
  lookup(
    scope: RuleScope,
    source: Source,
    mapping: nft.Expression,
    valueTypes: readonly ValueType[] | undefined,
  ): Mapping | undefined {
    const value = this.program.constants.plain(mapping);
    const store =
      value?.kind === "setLiteral"
        ? this.anonymous(scope, value, source.types, valueTypes ?? [untyped])
        : value?.kind === "setReference"
          ? this.store(scope.chain, value.name.text)
          : undefined;
    return store && new Mapping(source.field, store, source);
  }

  /** A named set of the chain's table; undefined where there is none of that name. */
  store(chain: Chain, name: string): SetStore | undefined {
    const set = chain.table.sets.find((other) => other.name === name);
    return set && this.storeOf(set, chain);
  }

  /** The set that an old `meter` statement makes. */
  meter(name: string, types: readonly ValueType[], size: number): SetStore {
    return new SetStore({ name, types, valueTypes: [], timeout: undefined, size }, this.program.memory);
  }

  private storeOf(set: NamedSet, chain: Chain): SetStore {
    let store = this.named.get(set);
    if (!store) {
      const node = this.program.declarations.set(set);
      store = new SetStore(shapeOf(set, node), this.program.memory);
      this.named.set(set, store);
      const loader = new Loader(this.program, chain, store, declaredStates(node));
      for (const content of contentsOf(set)) loader.load(content);
    }
    return store;
  }

  private anonymous(
    { chain }: RuleScope,
    literal: nft.SetLiteral,
    types: readonly ValueType[],
    valueTypes: readonly ValueType[],
  ): SetStore {
    const shape = { name: "{ ... }", types, valueTypes, timeout: undefined, size: defaultSize };
    const store = new SetStore(shape, this.program.memory);
    new Loader(this.program, chain, store, []).load(literal);
    return store;
  }
}

/** The statements of a set's declaration that every element gets. */
function declaredStates(node: nft.SetDeclaration | undefined): nft.StatefulStatement[] {
  return node?.items.filter(isStateful) ?? [];
}

/** True for counters, limits, quotas and their like. */
export function isStateful(node: { readonly kind: string }): node is nft.StatefulStatement {
  return ["counter", "quota", "limit", "connectionLimit", "last"].includes(node.kind);
}

function shapeOf(set: NamedSet, node: nft.SetDeclaration | undefined): SetStore["shape"] {
  const type = node?.items.find((item) => item.kind === "setType" || item.kind === "setTypeof");
  return {
    name: set.name,
    types: type ? keyTypes(type) : [untyped],
    valueTypes: type ? valueTypes(type) : [untyped],
    timeout: settingTime(node, "timeout"),
    size: settingNumber(node, "size") ?? defaultSize,
  };
}

function keyTypes(type: nft.SetType | nft.SetTypeof): ValueType[] {
  return type.kind === "setType" ? type.key.map(({ text }) => typeNamed(text)) : typesOfTypeof(type.key);
}

/** None for a map of objects, whose values are names. */
function valueTypes(type: nft.SetType | nft.SetTypeof): ValueType[] {
  if (type.objectType !== undefined) return [];
  if (type.kind === "setType") return type.value.map(({ text }) => typeNamed(text));
  return type.value && type.value.kind !== "word" ? typesOfTypeof(type.value) : [untyped];
}

function typesOfTypeof(expression: nft.Expression): ValueType[] {
  if (expression.kind === "concatenation") return expression.parts.flatMap(typesOfTypeof);
  if (expression.kind === "binary") return typesOfTypeof(expression.left);
  return [isSelector(expression) ? subjectOf(expression) : untyped];
}

function setting(node: nft.SetDeclaration | undefined, name: string): nft.Expression | nft.Word | undefined {
  const found = node?.items.find((item) => item.kind === "setting" && item.name.text === name);
  return found?.kind === "setting" ? found.values[0] : undefined;
}

function settingNumber(node: nft.SetDeclaration | undefined, name: string): number | undefined {
  const value = setting(node, name);
  return value?.kind === "number" ? Number(value.value) : undefined;
}

function settingTime(node: nft.SetDeclaration | undefined, name: string): number | undefined {
  return secondsOf(setting(node, name));
}

/** `1h30m` in seconds. */
export function secondsOf(value: nft.Expression | nft.Word | undefined): number | undefined {
  const text = value?.kind === "symbol" ? value.name : value?.kind === "word" ? value.text : undefined;
  const time = text === undefined ? undefined : parseTime(text);
  return time === undefined ? undefined : Number(time) / 1000;
}

/** Puts the elements of a file into a set. */
class Loader {
  constructor(
    private readonly program: Program,
    private readonly chain: Chain,
    private readonly store: SetStore,
    private readonly states: readonly nft.StatefulStatement[],
  ) {}

  load(expression: nft.Expression): void {
    const value = resolved(expression, this.program.variables);
    if (!value) this.store.unreadable = true;
    else if (value.kind === "setLiteral") for (const element of value.elements) this.load(element);
    else if (value.kind === "element") this.loadElement(value);
    else this.add(expression, { states: this.statesOf([]) });
  }

  private loadElement(node: nft.SetElement): void {
    const options = [...node.options, ...node.valueOptions];
    const lifetime = optionTime(options, "expires") ?? optionTime(options, "timeout");
    this.add(node.key, {
      states: this.statesOf(options),
      ...(node.value && { gives: this.given(node.value) }),
      ...(lifetime !== undefined && { lifetime }),
    });
  }

  private add(key: nft.Expression, element: Element): void {
    const value = this.program.constants.plain(key);
    if (value?.kind === "setLiteral") {
      for (const one of value.elements) this.add(one, element);
      return;
    }
    const pieces = value && this.key(value);
    const { timeout } = this.store.shape;
    const lasting =
      element.lifetime === undefined && timeout !== undefined ? { ...element, lifetime: timeout } : element;
    if (pieces) this.store.load(pieces, lasting);
    else this.store.unreadable = true;
  }

  private key(value: nft.Expression): readonly Piece[] | undefined {
    const { types } = this.store.shape;
    const parts = value.kind === "concatenation" ? value.parts : [value];
    return this.program.pieces(parts, types);
  }

  private statesOf(options: readonly { readonly kind: string }[]): Step[] {
    return [...this.states, ...options.filter(isStateful)].map((state) => stateStep(state, this.program));
  }

  private given(value: nft.Expression): Given {
    const plain = this.program.constants.plain(value);
    if (plain?.kind === "verdictValue")
      return { kind: "verdict", outcome: this.program.verdict(plain.verdict, this.chain.table) };
    const types = this.store.shape.valueTypes;
    if (types.length === 0 && (plain?.kind === "string" || plain?.kind === "symbol"))
      return { kind: "object", name: plain.kind === "string" ? plain.value : plain.name };
    const parts = plain?.kind === "concatenation" ? plain.parts : plain ? [plain] : [];
    return { kind: "data", pieces: plain && this.program.pieces(parts, types) };
  }
}

function optionTime(options: readonly { readonly kind: string }[], name: string): number | undefined {
  const option = options.find(
    (one): one is nft.Option => one.kind === "option" && (one as nft.Option).name.text === name,
  );
  return secondsOf(option?.values[0]);
}
