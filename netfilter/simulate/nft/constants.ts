import { parseNumber, readConstant } from "../../model/nft/constants.js";
import type { ValueType } from "../../model/nft/values.js";
import { resolved, type Variables } from "../../model/nft/variables.js";
import { type AddressFamily, parseAddress } from "../../packet/address.js";
import type { Expression } from "../../syntax/nft/nodes.js";
import { type Atom, calculate, isNumber, toAtom } from "./reading.js";

/** What a constant stands for: one value, all between two (both included), every name that starts so, or anything. */
export type Piece =
  | { readonly kind: "one"; readonly value: Atom }
  | { readonly kind: "range"; readonly from: number | bigint; readonly to: number | bigint }
  | { readonly kind: "names"; readonly start: string }
  | { readonly kind: "any" };

/** Users and classes that have the same number on every machine. */
const wellKnown: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  uid: { root: 0 },
  gid: { root: 0 },
  devgroup: { default: 0 },
  classid: { none: 0, root: 0xffff_ffff },
};

const addressTypes: Readonly<Record<string, AddressFamily>> = { ipv4_addr: "ipv4", ipv6_addr: "ipv6" };

/** Types whose numbers are written in a unit, or by the position of a bit. */
const scaledTypes: ReadonlySet<string> = new Set(["time", "ct_label"]);

/** Reads the constants of a file. */
export class ConstantReader {
  constructor(private readonly variables: Variables) {}

  /** The expression behind variables and braces-less elements; undefined where a variable stands for nothing. */
  plain(expression: Expression): Expression | undefined {
    const value = resolved(expression, this.variables);
    return value?.kind === "element" && !value.value ? this.plain(value.key) : value;
  }

  /** What a constant of the type stands for; undefined for what is none, or hangs on the machine that loads the file. */
  piece(expression: Expression, type: ValueType): Piece | undefined {
    const value = this.plain(expression);
    switch (value?.kind) {
      case "wildcard":
        return { kind: "any" };
      case "range":
        return this.range(value.from, value.to, type);
      case "prefix":
        return this.prefix(value.base, Number(value.length.value), type);
      case "symbol":
      case "string":
      case "number":
        return type.datatype?.base === "string" ? name(textOf(value)) : this.one(value, type);
      default:
        return value && this.one(value, type);
    }
  }

  /** One value; undefined for ranges and all that is no constant. */
  atom(expression: Expression, type: ValueType): Atom | undefined {
    const value = this.plain(expression);
    switch (value?.kind) {
      case "number":
        return isText(type) || scaledTypes.has(type.datatype?.word ?? "")
          ? word(String(value.value), type)
          : toAtom(value.value, type.bits);
      case "symbol":
        return word(value.name, type);
      case "string":
        return word(value.value, type);
      case "list":
        return this.joined(value.items, type);
      case "binary": {
        const left = this.atom(value.left, type);
        const right = this.atom(value.right, value.operator === "<<" || value.operator === ">>" ? shiftType : type);
        return isNumber(left) && isNumber(right) ? calculate(left, value.operator, right, type.bits) : undefined;
      }
      default:
        return undefined;
    }
  }

  private one(value: Expression, type: ValueType): Piece | undefined {
    const atom = this.atom(value, type);
    return atom === undefined ? undefined : { kind: "one", value: atom };
  }

  private joined(items: readonly Expression[], type: ValueType): Atom | undefined {
    let joined: number | bigint = 0;
    for (const item of items) {
      const flag = this.atom(item, type);
      if (!isNumber(flag)) return undefined;
      joined = calculate(joined, "|", flag, type.bits);
    }
    return joined;
  }

  private range(first: Expression, last: Expression, type: ValueType): Piece | undefined {
    const from = this.atom(first, type);
    const to = this.atom(last, type);
    if (from === undefined || to === undefined || typeof from === "string" || typeof to === "string") return undefined;
    return { kind: "range", from, to };
  }

  private prefix(base: Expression, length: number, type: ValueType): Piece | undefined {
    const value = this.atom(base, type);
    const bits = addressBits(type) ?? type.bits;
    if (value === undefined || typeof value === "string" || bits < length) return undefined;
    const host = (1n << BigInt(bits - length)) - 1n;
    const from = BigInt(value) & ~host;
    return { kind: "range", from: toAtom(from, bits), to: toAtom(from | host, bits) };
  }
}

const shiftType: ValueType = { datatype: undefined, bits: 32 };

function addressBits({ datatype }: ValueType): number | undefined {
  const family = datatype && addressTypes[datatype.word];
  return family && (family === "ipv4" ? 32 : 128);
}

/** Interfaces by index are kept by name too, no interface as an empty one, and a number as `#2`. */
function isText({ datatype }: ValueType): boolean {
  return datatype?.base === "string" || datatype?.word === "iface_index";
}

function textOf(value: Extract<Expression, { kind: "symbol" | "string" | "number" }>): string {
  if (value.kind === "number") return String(value.value);
  return value.kind === "symbol" ? value.name : value.value;
}

function name(text: string): Piece {
  if (text.endsWith("\\*")) return { kind: "one", value: `${text.slice(0, -2)}*` };
  return text.endsWith("*") ? { kind: "names", start: text.slice(0, -1) } : { kind: "one", value: text };
}

function word(text: string, type: ValueType): Atom | undefined {
  if (type.datatype?.word === "iface_index" && /^\d+$/.test(text)) return text === "0" ? "" : `#${text}`;
  if (isText(type)) return text;
  if (!type.datatype) return untyped(text);
  const known = wellKnown[type.datatype.word]?.[text] ?? classOf(text, type.datatype.word);
  if (known !== undefined) return known;
  const constant = readConstant(text, type.datatype);
  if (constant.kind === "text") return constant.text;
  return constant.kind === "number" ? toAtom(constant.value, addressBits(type) ?? type.bits) : undefined;
}

/** What can be read without knowing the type: a number or an address. */
function untyped(text: string): Atom | undefined {
  const number = parseNumber(text);
  if (number !== undefined) return toAtom(number, 0);
  const address = parseAddress(text, "nftables");
  return address && toAtom(address.value, address.family === "ipv4" ? 32 : 128);
}

/** `1:10`, both hexadecimal. */
function classOf(text: string, type: string): number | undefined {
  const parts = type === "classid" ? /^([\da-f]{0,4}):([\da-f]{0,4})$/i.exec(text) : null;
  return parts ? Number.parseInt(parts[1] || "0", 16) * 0x1_0000 + Number.parseInt(parts[2] || "0", 16) : undefined;
}
