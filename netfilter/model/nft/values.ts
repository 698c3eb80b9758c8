import type { Datatype } from "../../facts/nft/types.js";
import type { Expression } from "../../syntax/nft/nodes.js";
import type { NamedSet, Values } from "../ruleset.js";
import { readConstant } from "./constants.js";
import { resolved, type Variables } from "./variables.js";

/** A closed range of numbers. */
export interface NumberRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** How the values of an expression are to be read. */
export interface ValueType {
  readonly datatype: Datatype | undefined;
  readonly bits: number;
}

const opaque: Values = { kind: "opaque" };

/** Reads the right side of a comparison; what is not certain is opaque. */
export class ValueReader {
  constructor(
    private readonly variables: Variables,
    private readonly findSet: (name: string) => NamedSet | undefined,
  ) {}

  read(expression: Expression, type: ValueType): Values {
    const value = resolved(expression, this.variables);
    if (value?.kind === "setReference") {
      const set = this.findSet(value.name.text);
      return { kind: "set", name: value.name.text, ...(set && { set }) };
    }
    if (!value || !type.datatype) return opaque;
    return isNamed(type.datatype) ? this.readNames(value) : this.readRanges(value, type);
  }

  private readRanges(expression: Expression, type: ValueType): Values {
    const ranges = this.ranges(expression, type);
    return ranges ? { kind: "ranges", ranges } : opaque;
  }

  /** The numbers that an expression stands for. */
  ranges(expression: Expression, type: ValueType): NumberRange[] | undefined {
    const value = resolved(expression, this.variables);
    if (!value) return undefined;
    switch (value.kind) {
      case "setLiteral":
        return this.all(value.elements, type);
      case "element":
        return value.value ? undefined : this.ranges(value.key, type);
      case "list": {
        const bits = this.number(value, type);
        return bits === undefined ? undefined : [{ from: bits, to: bits }];
      }
      case "range": {
        const from = this.number(value.from, type);
        const to = this.number(value.to, type);
        return from === undefined || to === undefined || from > to ? undefined : [{ from, to }];
      }
      case "prefix":
        return this.prefix(this.number(value.base, type), Number(value.length.value), type.bits);
      default: {
        const number = this.number(value, type);
        return number === undefined ? undefined : [{ from: number, to: number }];
      }
    }
  }

  private all(elements: readonly Expression[], type: ValueType): NumberRange[] | undefined {
    const ranges = elements.map((element) => this.ranges(element, type));
    return ranges.every((range) => range !== undefined) ? ranges.flat() : undefined;
  }

  private prefix(base: bigint | undefined, length: number, bits: number): NumberRange[] | undefined {
    if (base === undefined || bits === 0 || length > bits) return undefined;
    const host = (1n << BigInt(bits - length)) - 1n;
    return [{ from: base & ~host, to: base | host }];
  }

  /** One constant number: a name, a literal, flags in a list or joined by operators. */
  number(expression: Expression, type: ValueType): bigint | undefined {
    const value = resolved(expression, this.variables);
    switch (value?.kind) {
      case "number":
        return value.value;
      case "symbol":
      case "string": {
        const constant =
          type.datatype && readConstant(value.kind === "symbol" ? value.name : value.value, type.datatype);
        return constant?.kind === "number" ? constant.value : undefined;
      }
      case "list":
        return this.join(value.items, type);
      case "binary": {
        const left = this.number(value.left, type);
        const right = this.number(value.right, type);
        return left === undefined || right === undefined
          ? undefined
          : calculate(left, value.operator, right, type.bits);
      }
      default:
        return undefined;
    }
  }

  private join(items: readonly Expression[], type: ValueType): bigint | undefined {
    let joined = 0n;
    for (const item of items) {
      const flag = this.number(item, type);
      if (flag === undefined) return undefined;
      joined |= flag;
    }
    return joined;
  }

  private readNames(expression: Expression): Values {
    const names = this.names(expression);
    return names ? { kind: "names", names } : opaque;
  }

  private names(expression: Expression): string[] | undefined {
    const value = resolved(expression, this.variables);
    switch (value?.kind) {
      case "symbol":
        return [value.name.replace(/\\\*/g, "*")];
      case "string":
        return [value.value];
      case "element":
        return value.value ? undefined : this.names(value.key);
      case "setLiteral": {
        const names = value.elements.map((element) => this.names(element));
        return names.every((name) => name !== undefined) ? names.flat() : undefined;
      }
      default:
        return undefined;
    }
  }
}

/** Interfaces by index are written by name too. */
function isNamed(datatype: Datatype): boolean {
  return datatype.base === "string" || datatype.word === "iface_index";
}

function calculate(left: bigint, operator: string, right: bigint, bits: number): bigint | undefined {
  const all = (1n << BigInt(bits || 64)) - 1n;
  switch (operator) {
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "<<":
      return right > 128n ? undefined : (left << right) & all;
    default:
      return right > 128n ? undefined : left >> right;
  }
}
