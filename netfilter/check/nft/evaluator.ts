import { type Constant, readConstant, readNumber } from "../../model/nft/constants.js";
import { isSelector } from "../../model/nft/selectors.js";
import type { Variables } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { protocolWords } from "../../syntax/nft/reserved.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import { evaluateConcatenation } from "./concatenations.js";
import { evaluateSet } from "./elements.js";
import type { SetInfo, TableInfo } from "./environment.js";
import type { Layers } from "./layers.js";
import { evaluateMap } from "./maps.js";
import { evaluateBinary, evaluateList, evaluateMaskedFlags, evaluatePrefix, evaluateRange } from "./operators.js";
import { giveUp, refuseWith } from "./refusal.js";
import { evaluateSelector } from "./selectors.js";
import { sameType, type Type, typeNamed } from "./types.js";
import { undefinedSet } from "./undefined.js";
import { checkNumber, checkText, refuseBareWord, refuseConstant } from "./words.js";

/** What an expression turned out to be. */
export interface Value {
  readonly shape:
    | "value"
    | "range"
    | "prefix"
    | "set"
    | "setReference"
    | "concatenation"
    | "map"
    | "selector"
    | "operation"
    | "verdict"
    | "wildcard";
  readonly type: Type | undefined;
  readonly constant: boolean;
  /** The number, or the range's ends, where they are known. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** Values of a concatenation. */
  readonly parts?: readonly Value[];
  /** What a reference names. */
  readonly set?: SetInfo;
  /** Elements of `{ ... }`, keys only. */
  readonly elements?: readonly Value[];
}

/** What the expression before leads nft to expect: words are read as values of this type. */
export interface Expectation {
  readonly type: Type | undefined;
  readonly bits: number;
  /** Largest number allowed; 0 where the length alone decides. */
  readonly highest: number;
}

const nothing: Expectation = { type: undefined, bits: 0, highest: 0 };

/** Goes through expressions as nft evaluates them: each tells the next one what to expect. */
export class Evaluator {
  expectation: Expectation = nothing;
  /** Length of what a statement writes, up to which constants may grow. */
  statementBits = 0;
  /** The set or map whose elements are read. */
  filling: SetInfo | undefined;
  /** What only the kernel will refuse: it does not end the check. */
  readonly notes: Finding[] = [];
  /** Depth of braces: ranges within a concatenation are allowed there alone. */
  depth = 0;

  constructor(
    readonly table: TableInfo,
    readonly layers: Layers,
    readonly variables: Variables,
    /** False when names may be defined in a file that was not read. */
    readonly complete: boolean,
  ) {}

  /** Forgets what was expected. */
  expectNothing(): void {
    this.expectation = nothing;
  }

  /** Expects a value of this type; undefined where there is one that is not known. */
  expect(type: Type | undefined, bits = type?.bits ?? 0, highest = 0): void {
    this.expectation = { type, bits, highest };
  }

  evaluate(node: nft.Expression): Value {
    if (isSelector(node)) return evaluateSelector(this, node);
    switch (node.kind) {
      case "symbol":
        return this.symbol(node);
      case "string":
        return this.word(node.value, node);
      case "number":
        return this.number(node);
      case "variable": {
        const value = this.variables.uses.get(node)?.value;
        return value ? this.evaluate(value) : giveUp();
      }
      case "wildcard":
        return { shape: "wildcard", type: this.expectation.type, constant: true };
      case "verdictValue":
        return { shape: "verdict", type: verdictType, constant: true };
      case "setReference":
        return this.reference(node);
      case "setLiteral":
        return evaluateSet(this, node.elements);
      case "element":
        return evaluateSet(this, [node]);
      case "map":
        return evaluateMap(this, node);
      case "prefix":
        return evaluatePrefix(this, node);
      case "range":
        return evaluateRange(this, node);
      case "list":
        return evaluateList(this, node);
      case "binary":
        return evaluateBinary(this, node);
      case "maskedFlags":
        return evaluateMaskedFlags(this, node);
      case "concatenation":
        return evaluateConcatenation(this, node);
      default:
        return giveUp();
    }
  }

  /** A word, a quoted text or a number as a value of the expected type. */
  private word(word: string, place: Span): Value {
    const { type } = this.expectation;
    if (this.expectation === nothing) return refuseBareWord(word, place);
    if (!type) return giveUp();
    const { datatype } = type;
    if (!datatype) return refuseConstant("parts", word, place, type);
    if (datatype.base === "verdict") return refuseConstant("verdict", word, place, type);
    return this.constant(readConstant(word, datatype), word, place, type);
  }

  /** A word, which may be of a type of its own: nft minds that everywhere but in nameless sets. */
  private symbol(node: nft.SymbolExpression): Value {
    const { type } = this.expectation;
    const own = ownTypes.get(node.name);
    if (!own || !type?.datatype || sameType(type, own)) return this.word(node.name, node);
    if (this.filling && type.datatype.word !== "mark") return refuseConstant("name", node.name, node, type);
    return { shape: "value", type: own, constant: true };
  }

  private number(node: nft.NumberLiteral): Value {
    const { type } = this.expectation;
    const word = `${node.value}`;
    if (!type?.datatype || type.datatype.base === "verdict") return this.word(word, node);
    return this.constant(readNumber(node.value, type.datatype), word, node, type);
  }

  private constant(constant: Constant, word: string, place: Span, type: Type): Value {
    switch (constant.kind) {
      case "bad":
        return refuseConstant(constant.problem, word, place, type);
      case "machine":
        return { shape: "value", type, constant: true };
      case "text":
        checkText(constant.text, place, this.expectation);
        return textValue(constant.text, type);
      case "number":
        checkNumber(constant.value, place, this.expectation, this.statementBits);
        return { shape: "value", type, constant: true, from: constant.value, to: constant.value };
    }
  }

  /** `@name` of a set or map that is known at this point of the file. */
  private reference(node: nft.SetReference): Value {
    const set = this.findSet(node.name);
    this.expect(set.key);
    return { shape: "setReference", type: set.key, constant: true, set };
  }

  findSet(name: nft.Name): SetInfo {
    const set = this.table.sets.get(name.text);
    if (set) return set;
    return this.complete ? refuseWith(undefinedSet(name, this.table)) : giveUp();
  }
}

/** Texts are compared byte by byte; `eth*` is a prefix of them. */
function textValue(text: string, type: Type): Value {
  const isPrefix = text.endsWith("*") && !text.endsWith("\\*");
  const shape = isPrefix ? "prefix" : "value";
  const { bits } = type;
  if (bits === 0 || !/^[\x20-\x7e]*$/.test(text)) return { shape, type, constant: true };
  const written = isPrefix ? text.slice(0, -1) : text.replace("\\*", "*");
  const rest = BigInt(bits - written.length * 8);
  const from = [...written].reduce((sum, char) => (sum << 8n) | BigInt(char.charCodeAt(0)), 0n) << rest;
  return { shape, type, constant: true, from, to: isPrefix ? from | ((1n << rest) - 1n) : from };
}

const verdictType = typeNamed("verdict");

/** Words that nft's grammar itself reads as values. */
const ownTypes: ReadonlyMap<string, Type | undefined> = new Map([
  ...["exists", "missing"].map((word): [string, Type | undefined] => [word, typeNamed("boolean")]),
  ...[...protocolWords].map((word): [string, Type | undefined] => [word, typeNamed("inet_proto")]),
  ["redirect", typeNamed("icmp_type")],
]);
