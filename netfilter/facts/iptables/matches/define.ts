import type { Extension, Option, Value } from "../extension.js";

/** A match module; its first word is its name. */
export function match(word: string, entry: Omit<Extension, "kind" | "word" | "terminal">): Extension {
  return { kind: "match", word, ...entry };
}

/** An option by its names (the one that iptables-save prints first) and its form, whose `[!]` says that it can be negated. */
export function option(
  names: string,
  form: string,
  values: readonly Value[],
  doc: string,
  more: Pick<Option, "letter" | "repeatable" | "optionalValue" | "requires" | "lessThan" | "hooks" | "since"> = {},
): Option {
  const all = names.split(" ");
  const negatable = form.startsWith("[!] ");
  return { kind: "option", word: `--${all[0]}`, names: all, forms: [form], doc, values, negatable, ...more };
}

export const u8 = 0xff;
export const u16 = 0xffff;
export const u32 = 0xffffffff;
export const u64 = 0xffffffffffffffffn;

/** A number from 0 to `max`, alone. */
export function upTo(max: number | bigint): Value {
  return { type: "integer", min: 0, max };
}

/** A number from 0 to `max`, or two with a colon between them. */
export function rangeTo(max: number | bigint, more: { readonly ordered?: boolean } = {}): Value {
  return { type: "integer", min: 0, max, range: ":", ...more };
}

/** How much of an address counts, for grouping. */
export const prefixOrMask: Value = {
  type: "pattern",
  pattern: /^(?:0*(?:\d{1,2}|1[01]\d|12[0-8])|[\da-f]*[.:][\da-f.:]*)$/i,
  what: "a prefix length (0 to 32, or to 128 for IPv6) or a netmask",
};
