import type { IpFamily } from "../../facts/iptables/extension.js";
import { protocols } from "../../facts/protocols.js";
import { services } from "../../facts/services.js";
import { type Network, parseAddress, parseNetwork } from "../../syntax/iptables/address.js";
import type { OptionNode } from "../../syntax/iptables/nodes.js";
import { parseNumber } from "../../syntax/iptables/numbers.js";
import type { Span } from "../../text/span.js";
import type { Wanted } from "./test.js";

/** The options that a rule gives to one match or target. */
export class Options {
  constructor(
    readonly nodes: readonly OptionNode[],
    readonly family: IpFamily,
    /** From the `-m` or `-j` to the last option. */
    readonly span: Span,
  ) {}

  /** An option by the first of its long names. */
  find(name: string): OptionNode | undefined {
    for (const node of this.nodes) if (node.option?.names[0] === name) return node;
    return undefined;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  negated(name: string): boolean {
    return this.find(name)?.negation !== undefined;
  }

  text(name: string, index = 0): string | undefined {
    return this.find(name)?.values[index]?.text;
  }

  number(name: string): number | undefined {
    return readNumber(this.text(name));
  }

  /** The option's range of numbers; undefined when it is not there, or cannot be read. */
  range(name: string, what: string, most: number, sign = ":"): Wanted | undefined {
    const node = this.find(name);
    const range = node && readRange(node.values[0]?.text ?? "", sign, most, readNumber);
    return node && range && { ...range, negated: node.negation !== undefined, what, span: spanOf(node) };
  }

  /** The option's range of ports. */
  ports(name: string, what: string): Wanted | undefined {
    const node = this.find(name);
    const range = node && readRange(node.values[0]?.text ?? "", ":", 0xffff, readPort);
    return node && range && { ...range, negated: node.negation !== undefined, what, span: spanOf(node) };
  }
}

/** Where a node stands, without the node. */
export function spanOf({ start, end }: Span): Span {
  return { start, end };
}

/** A number as C reads it. */
export function readNumber(text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : parseNumber(text);
  return value === undefined ? undefined : Number(value);
}

/** A port's number or name; of numbers that are too large the tools keep 16 bits. */
export function readPort(text: string): number | undefined {
  const number = services.get(text) ?? readNumber(text);
  return number === undefined ? undefined : number & 0xffff;
}

/** `10` or `10:20`; an end that is left out is the lowest or the highest number. */
export function readRange(
  text: string,
  sign: string,
  most: number,
  read: (text: string) => number | undefined,
): { readonly from: number; readonly to: number } | undefined {
  const at = text.indexOf(sign);
  const from = at === 0 || text === "" ? 0 : read(at === -1 ? text : text.slice(0, at));
  const to = text === "" ? most : at === -1 ? from : at === text.length - 1 ? most : read(text.slice(at + 1));
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** `VALUE[/MASK]`, 32 bits each. */
export function readMasked(text: string | undefined): { readonly value: number; readonly mask?: number } | undefined {
  const [value, mask] = (text ?? "").split("/").map(readNumber);
  if (value === undefined) return undefined;
  return mask === undefined ? { value: value >>> 0 } : { value: value >>> 0, mask: mask >>> 0 };
}

/** The number of a protocol; 0 stands for any. */
export function readProtocol(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (protocols.get(text.toLowerCase()) ?? readNumber(text));
}

/** An address as headers have it; undefined for a host's name. */
export function readAddress(text: string | undefined, family: IpFamily): number | bigint | undefined {
  const value = text === undefined ? undefined : parseAddress(text, family);
  if (typeof value !== "bigint") return undefined;
  return family === "ipv4" ? Number(value) : value;
}

/** `ADDRESS[/MASK]`; undefined for a host's name. */
export function readNetwork(text: string | undefined, family: IpFamily): Network | undefined {
  const network = text === undefined ? undefined : parseNetwork(text, family);
  return typeof network === "object" ? network : undefined;
}

/** Words between commas. */
export function readList(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((word) => word !== "");
}

/** The one of `words` that is written, whole or cut short, in letters of any size. */
export function readWord<T extends string>(text: string | undefined, words: readonly T[]): T | undefined {
  if (text === undefined || text === "") return undefined;
  const lower = text.toLowerCase();
  return (
    words.find((word) => word.toLowerCase() === lower) ?? words.find((word) => word.toLowerCase().startsWith(lower))
  );
}
