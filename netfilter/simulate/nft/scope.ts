import { findDatatype } from "../../facts/nft/index.js";
import { impliedConditions } from "../../model/nft/dependencies.js";
import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import type { ValueType } from "../../model/nft/values.js";
import type { Chain, Condition } from "../../model/ruleset.js";
import type { Expression, Hash, Selector } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Passage } from "../context.js";
import { seededHash } from "./hash.js";
import { metaReader } from "./meta.js";
import { payloadReader, type Reader } from "./payload.js";
import type { Program } from "./program.js";
import { calculate, guess, isList, isNumber, type Part, type Read, type Source, type Step } from "./reading.js";
import { sourceOf } from "./sources.js";

/** One rule while it is compiled: its steps so far, and what nft has asked before them. */
export class RuleScope {
  readonly steps: Step[] = [];
  private readonly asked = new Set<string>();

  constructor(
    readonly program: Program,
    readonly chain: Chain,
  ) {}

  get family(): string {
    return this.chain.table.family;
  }

  /** Adds the conditions that nft itself puts before the fields of an expression, those of its parts included. */
  imply(expression: Expression, place: Span): void {
    const value = this.program.constants.plain(expression);
    if (!value) return;
    if (isSelector(value)) this.implySelector(value, place);
    else if (value.kind === "concatenation") for (const part of value.parts) this.imply(part, place);
    else if (value.kind === "map") this.imply(value.key, place);
    else if (value.kind === "binary") {
      this.imply(value.left, place);
      this.imply(value.right, place);
    }
  }

  private implySelector(selector: Selector, place: Span): void {
    if (selector.kind === "hash" && selector.expression) this.imply(selector.expression, place);
    if (selector.kind === "inner" || selector.kind === "tcpOption") return;
    const subject = subjectOf(selector);
    const link = subject.header?.word === "ether" && askingLinkType.has(this.family);
    if (link) this.require("meta iiftype", [1], place);
    if (subject.header?.word === "vlan") return;
    for (const condition of impliedConditions(subject, this.chain.table.family, place)) this.requireAll(condition);
  }

  /** Adds conditions as the model words them. */
  requireAll({ field, values, start, end }: Condition): void {
    if (values.kind === "ranges")
      this.require(
        field,
        values.ranges.map(({ from }) => Number(from)),
        { start, end },
      );
  }

  /** Adds one condition, once in a rule. */
  require(field: string, values: readonly number[], place: Span): void {
    const name = `${field} ${values.join()}`;
    if (this.asked.has(name)) return;
    this.asked.add(name);
    const read = readerOfField(field);
    const [first, ...others] = values;
    this.steps.push((passage) => {
      const value = read(passage);
      if (value === first) return "continue";
      if (value === undefined) return guess(passage, field, place) ? "continue" : undefined;
      return others.includes(value as number) ? "continue" : undefined;
    });
  }

  // ------------------------------------------------------------------------------------------ reading

  /** How to read an expression; `types` are those that its constants have. Undefined for what is no value. */
  source(expression: Expression, types: readonly ValueType[] | undefined): Source | undefined {
    const value = this.program.constants.plain(expression);
    if (!value) return undefined;
    if (value.kind === "hash") return this.hash(value);
    if (isSelector(value)) return sourceOf(value, this.family, this.program.memory);
    switch (value.kind) {
      case "concatenation":
        return this.concatenation(value.parts, types);
      case "binary":
        return this.constant(value, types) ?? this.binary(value, types);
      case "map":
        return this.mapped(value, types);
      default:
        return this.constant(value, types);
    }
  }

  private hash(value: Hash): Source {
    const plain = sourceOf(value, this.family, this.program.memory);
    const key = value.expression && this.source(value.expression, undefined);
    const read = key && seededHash(value, key);
    return read ? { ...plain, read } : plain;
  }

  private constant(value: Expression, types: readonly ValueType[] = [untyped]): Source | undefined {
    const atom = this.program.constants.atom(value, types[0] ?? untyped);
    return atom === undefined ? undefined : { field: "constant", types, read: () => atom };
  }

  private concatenation(parts: readonly Expression[], types: readonly ValueType[] | undefined): Source | undefined {
    const sources = parts.map((part, index) => this.source(part, types?.[index] ? [types[index]] : undefined));
    if (!sources.every((source) => source !== undefined)) return undefined;
    return {
      field: sources.map(({ field }) => field).join(" . "),
      types: sources.flatMap((source) => source.types),
      read: (passage) => readAll(sources, passage),
    };
  }

  private binary(
    { left, operator, right }: Extract<Expression, { kind: "binary" }>,
    types: readonly ValueType[] | undefined,
  ): Source | undefined {
    const own = this.typesOf(left) ?? this.typesOf(right) ?? types ?? [untyped];
    const shift = operator === "<<" || operator === ">>";
    const [a, b] = [this.source(left, own), this.source(right, shift ? [untyped] : own)];
    if (!a || !b) return undefined;
    const bits = Math.max(own[0]?.bits ?? 0, types?.[0]?.bits ?? 0);
    return {
      field: a.field === "constant" ? b.field : a.field,
      types: own,
      read: (passage) => operate(a.read(passage), operator, b.read(passage), bits),
    };
  }

  private mapped(
    { key, mapping, start, end }: Extract<Expression, { kind: "map" }>,
    types: readonly ValueType[] | undefined,
  ): Source | undefined {
    const found = this.program.maps.mapping(this, key, mapping, types);
    if (!found) return undefined;
    return {
      field: found.field,
      types: found.store.shape.valueTypes,
      read: (passage) => {
        const pieces = found.pieces(passage, { start, end });
        if (!pieces) return pieces;
        const atoms = pieces.map((piece) => (piece.kind === "one" ? piece.value : undefined));
        return atoms.every((atom) => atom !== undefined) ? (atoms.length === 1 ? atoms[0] : atoms) : undefined;
      },
    };
  }

  /** The types of what an expression reads; undefined for constants. */
  typesOf(expression: Expression): readonly ValueType[] | undefined {
    const value = this.program.constants.plain(expression);
    if (!value) return undefined;
    if (isSelector(value)) return sourceOf(value, this.family, this.program.memory).types;
    if (value.kind === "binary") return this.typesOf(value.left) ?? this.typesOf(value.right);
    if (value.kind !== "concatenation") return undefined;
    const parts = value.parts.map((part) => this.typesOf(part)?.[0]);
    return parts.every((part) => part !== undefined) ? parts : undefined;
  }
}

/** A number or address of which nothing else is known. */
export const untyped: ValueType = { datatype: undefined, bits: 0 };

/** A type by its name in a declaration. */
export function typeNamed(word: string): ValueType {
  const datatype = findDatatype(word);
  return { datatype, bits: datatype?.bits ?? 0 };
}

/** Where nft asks whether the interface is Ethernet before it reads the frame. */
const askingLinkType: ReadonlySet<string> = new Set(["ip", "ip6", "inet", "netdev"]);

function readerOfField(field: string): Reader {
  const [first, second] = field.split(" ") as [string, string];
  return first === "meta" ? metaReader(second) : payloadReader(first, second);
}

function readAll(sources: readonly Source[], passage: Passage): Read {
  const parts: Part[] = [];
  let known = true;
  for (const source of sources) {
    const read = source.read(passage);
    if (read === null) return null;
    const part = read === undefined ? anyOf(source) : read;
    if (part === undefined || isList(part)) known = false;
    else parts.push(part);
  }
  return known ? parts : undefined;
}

/** Of a number that is not known its bounds are: other parts of a key may decide. */
function anyOf({ types: [type] }: Source): Part | undefined {
  if (!type || type.bits === 0 || type.bits > 32 || type.datatype?.base === "string") return undefined;
  return { from: 0, to: 2 ** type.bits - 1 };
}

function operate(left: Read, operator: string, right: Read, bits: number): Read {
  if (left === null || right === null) return null;
  if (left === undefined || right === undefined) return undefined;
  return isNumber(left) && isNumber(right) ? calculate(left, operator, right, bits) : undefined;
}
