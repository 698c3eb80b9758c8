import type { Extension, Option, Value } from "../extension.js";

/** Makes an option: its `name` without dashes; `form` shows its values. */
export function option(
  name: string,
  values: Value | readonly Value[] | undefined,
  form: string,
  doc: string,
  extras: Pick<Option, "requires" | "hooks"> = {},
): Option {
  const word = `--${name}`;
  const list = values === undefined ? [] : "type" in values ? [values] : values;
  return {
    kind: "option",
    word,
    names: [name],
    values: list,
    forms: [form ? `${word} ${form}` : word],
    doc,
    ...extras,
  };
}

type TargetExtras = Partial<Omit<Extension, "kind" | "word" | "doc">>;

/** Makes a target; its form lists its options unless `extras` has better ones. */
export function target(word: string, doc: string, extras: TargetExtras = {}): Extension {
  const { options = [], needs = [] } = extras;
  const parts = options.map((given) => part(given, options, needs));
  return { kind: "target", word, doc, forms: [["-j", word, ...parts].filter(Boolean).join(" ")], options, ...extras };
}

/** How an option stands in its target's form: `A` where it must, `{A | B}` where one of them must, else `[A]`. */
function part(given: Option, options: readonly Option[], needs: readonly (readonly string[])[]): string {
  const group = needs.find((names) => names.includes(given.names[0] as string));
  if (!group) return `[${given.forms[0]}]`;
  const choices = options.filter(({ names }) => group.includes(names[0] as string));
  if (choices[0] !== given) return "";
  const forms = choices.map((choice) => choice.forms[0]).join(" | ");
  return choices.length === 1 ? forms : `{${forms}}`;
}

/** The largest value of 32 bits. */
export const max32 = 0xffff_ffff;

/** A whole number from `min` to `max`. */
export const integer = (min: number, max: number): Value => ({ type: "integer", min, max });
