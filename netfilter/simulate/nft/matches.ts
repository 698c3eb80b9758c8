import { operatorOf } from "../../model/nft/conditions.js";
import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import type { ValueType } from "../../model/nft/values.js";
import type { Expression, Match, SetLiteral, VerdictMap } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Passage } from "../context.js";
import type { Piece } from "./constants.js";
import { fibReader, present } from "./fib.js";
import { covers, edgesOf } from "./lookup.js";
import type { Reader } from "./payload.js";
import {
  type Atom,
  calculate,
  guess,
  isList,
  isNumber,
  isRange,
  type Part,
  pointsOf,
  type Read,
  type Source,
  type Step,
} from "./reading.js";
import { type RuleScope, typeNamed } from "./scope.js";

/** Compiles a comparison. */
export function matchSteps(scope: RuleScope, node: Match): Step {
  scope.imply(node.left, node);
  return new Comparison(scope, node).step();
}

/** Compiles `KEY vmap ...`: no entry for the key ends the rule without a match. */
export function verdictMapStep(scope: RuleScope, node: VerdictMap): Step {
  scope.imply(node.key, node);
  const mapping = scope.program.maps.mapping(scope, node.key, node.mapping, []);
  if (!mapping) return unreadable("verdict map", node);
  return (passage) => {
    const element = mapping.find(passage, node);
    if (!element) return undefined;
    if (element.gives?.kind === "verdict" && element.gives.outcome !== undefined) return element.gives.outcome;
    return guess(passage, mapping.field, node) ? "drop" : "continue";
  };
}

/** A step for something that cannot be read: it holds or not. */
export function unreadable(what: string, { start, end }: Span): Step {
  const why = `This ${what} hangs on something that only the machine which loads the file knows.`;
  return (passage) => (passage.guess(why, { start, end }) ? "continue" : undefined);
}

interface Test {
  holds(value: Atom): boolean;
  /** Where the answer may change, for ports of which only the bounds are known. */
  readonly edges: readonly number[];
}

class Comparison {
  private readonly operator: string;
  private readonly right: Expression | undefined;
  private readonly span: Span;

  constructor(
    private readonly scope: RuleScope,
    private readonly node: Match,
  ) {
    this.operator = operatorOf(node.operator?.text);
    this.right = scope.program.constants.plain(node.right);
    this.span = { start: node.start, end: node.end };
  }

  step(): Step {
    const { right, scope, node } = this;
    const presence = this.presence() ?? this.index();
    if (presence) return presence;
    const source = scope.source(node.left, undefined);
    if (!source || !right) return unreadable("comparison", this.span);
    const [type] = source.types as [ValueType];
    if (right.kind === "setReference") return this.membership(right);
    if (right.kind === "setLiteral") return this.braced(right, source, type);
    if (right.kind === "concatenation") return this.whole(source.read, source.types, right.parts, source.field);
    const test = this.test(right, type);
    return test ? decide(source.read, test, source.field, this.span) : unreadable("comparison", this.span);
  }

  /** Of flags in braces only one is taken like the flag alone, at least for states. */
  private braced(right: SetLiteral, { read, field }: Source, type: ValueType): Step {
    const only = this.onlyFlag(right.elements, type);
    const flag = only && this.test(only, type);
    if (!only || !flag) return this.membership(right);
    if (type.datatype?.word === "ct_state") return decide(read, flag, field, this.span);
    return this.flagByRelease({ read, field }, flag, this.scope.program.constants.atom(only, type));
  }

  private onlyFlag(elements: readonly Expression[], type: ValueType): Expression | undefined {
    const [only, ...others] = elements.map((element) => this.scope.program.constants.plain(element));
    const isFlag = only && others.length === 0 && !["setLiteral", "range"].includes(only.kind);
    return isFlag && this.operator === "" && type.datatype?.base === "bitmask" && isSelector(this.node.left)
      ? only
      : undefined;
  }

  /** nft up to 1.0.6 asks whether the flag is set, later ones whether it is the only one. */
  private flagByRelease({ read, field }: Pick<Source, "read" | "field">, flag: Test, exact: Atom | undefined): Step {
    const why =
      "One flag in braces asks whether it is set in nft 1.0.6, and whether it is the only one in later releases: write it without braces.";
    return (passage) => {
      const value = read(passage);
      if (value === null) return undefined;
      if (typeof value !== "number") return guess(passage, field, this.span) ? "continue" : undefined;
      const holds = flag.holds(value);
      return (holds === (value === exact) ? holds : passage.guess(why, this.span)) ? "continue" : undefined;
    };
  }

  /** `fib ... exists` asks another question than `fib ... "eth0"`. */
  private presence(): Step | undefined {
    const { left } = this.node;
    if (left.kind !== "fib" || left.result.text === "type" || this.right?.kind !== "symbol") return undefined;
    const wanted = { exists: 1, missing: 0 }[this.right.name];
    if (wanted === undefined) return undefined;
    const test = this.comparing({ kind: "one", value: wanted }, false);
    return test && decide(present(fibReader(left)), test, subjectOf(left).field, this.span);
  }

  /** `iif 2`: by number, where all else compares names. */
  private index(): Step | undefined {
    const { left } = this.node;
    const side = left.kind === "meta" ? indexed[left.key.text] : undefined;
    const piece = side && this.right && this.scope.program.constants.piece(this.right, typeNamed("iface_index"));
    const number = piece?.kind === "one" && /^#\d+$/.test(String(piece.value)) ? String(piece.value) : undefined;
    if (!side || number === undefined) return undefined;
    const test = this.comparing({ kind: "one", value: Number(number.slice(1)) }, false);
    return test && decide((passage) => passage[side]?.index ?? 0, test, `meta ${side}`, this.span);
  }

  private membership(right: Expression): Step {
    const { scope, node, span } = this;
    const mapping = scope.program.maps.mapping(scope, node.left, right, undefined);
    if (!mapping) return unreadable("set", span);
    const wanted = this.operator !== "!=";
    return (passage) => {
      const element = mapping.find(passage, span);
      return element === null || (element !== undefined) !== wanted ? undefined : "continue";
    };
  }

  /** A concatenation compared with one of constants. */
  private whole(read: Reader, types: readonly ValueType[], parts: readonly Expression[], field: string): Step {
    const pieces = this.scope.program.pieces(parts, types);
    if (!pieces) return unreadable("comparison", this.span);
    const wanted = this.operator !== "!=";
    return (passage) => {
      const value = read(passage);
      if (value === null) return undefined;
      if (!isList(value) || value.some(isRange)) return guess(passage, field, this.span) ? "continue" : undefined;
      return pieces.every((piece, index) => covers(piece, value[index] as Atom)) === wanted ? "continue" : undefined;
    };
  }

  private test(right: Expression, type: ValueType): Test | undefined {
    if (right.kind === "maskedFlags") return this.masked(right.value, right.mask, type);
    const piece = this.scope.program.constants.piece(right, type);
    const flags = type.datatype?.base === "bitmask" && isSelector(this.node.left) && right.kind !== "range";
    return piece && this.comparing(piece, flags);
  }

  /** `syn / fin,syn`. */
  private masked(value: Expression, mask: Expression, type: ValueType): Test | undefined {
    const { constants } = this.scope.program;
    const [wanted, looked] = [constants.atom(value, type), constants.atom(mask, type)];
    if (!isNumber(wanted) || !isNumber(looked)) return undefined;
    const equal = this.operator !== "!=";
    const masked = (read: Atom) => isNumber(read) && calculate(read, "&", looked, type.bits) === wanted;
    return { holds: (read) => masked(read) === equal, edges: [] };
  }

  private comparing(piece: Piece, flags: boolean): Test | undefined {
    const edges = edgesOf(piece);
    if (this.operator === "!") return anyBit(piece, false);
    if (this.operator === "" && flags) return anyBit(piece, true);
    if (this.operator === "!=") return { holds: (value) => !covers(piece, value), edges };
    const ordered = orders[this.operator];
    if (!ordered) return { holds: holder(piece), edges };
    if (piece.kind !== "one") return undefined;
    return { holds: (value) => ordered(value, piece.value), edges };
  }
}

const indexed: Readonly<Record<string, "iif" | "oif">> = { iif: "iif", oif: "oif" };

/** The most common comparison costs least. */
function holder(piece: Piece): (value: Atom) => boolean {
  if (piece.kind !== "one") return (value) => covers(piece, value);
  const wanted = piece.value;
  return (value) => value === wanted;
}

function anyBit(piece: Piece, wanted: boolean): Test | undefined {
  const flags = piece.kind === "one" ? piece.value : undefined;
  if (!isNumber(flags)) return undefined;
  const bits = typeof flags === "bigint" ? 128 : 32;
  const any = (value: Atom) => isNumber(value) && BigInt(calculate(value, "&", flags, bits)) !== 0n;
  return { holds: (value) => any(value) === wanted, edges: [] };
}

const orders: Readonly<Record<string, (value: Atom, limit: Atom) => boolean>> = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** Reads and tests; what is not known is guessed, unless all that it may be agrees. */
function decide(read: Reader, test: Test, field: string, span: Span): Step {
  const { holds } = test;
  return (passage) => {
    const value = read(passage);
    if (typeof value === "number" || typeof value === "string" || typeof value === "bigint")
      return holds(value) ? "continue" : undefined;
    return value !== null && uncertain(passage, value, test, field, span) ? "continue" : undefined;
  };
}

function uncertain(passage: Passage, value: Read, { holds, edges }: Test, field: string, span: Span): boolean {
  if (!isRange(value)) return guess(passage, field, span);
  const answers = new Set(pointsOf(value, edges.length > 0 ? edges : everyPort(value)).map(holds));
  return answers.size === 1 ? answers.has(true) : guess(passage, field, span);
}

function everyPort({ from, to }: Extract<Part, { from: number }>): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
