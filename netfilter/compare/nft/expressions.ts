import { findDatatype } from "../../facts/nft/index.js";
import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import { type NumberRange, ValueReader, type ValueType } from "../../model/nft/values.js";
import { resolved, templateText, type Variables } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";

/** How each part of a value is to be read, one for each part of a concatenation. */
export type Types = readonly ValueType[];

/** The type of that name. */
export function typeNamed(word: string): ValueType {
  const datatype = findDatatype(word);
  return { datatype, bits: datatype?.bits ?? 0 };
}

const untyped: ValueType = { datatype: undefined, bits: 0 };

/** Writes expressions so that all spellings of one value come out the same. */
export class ExpressionKeys {
  private readonly values: ValueReader;

  constructor(private readonly variables: Variables) {
    this.values = new ValueReader(variables, () => undefined);
  }

  /** What an expression reads, part by part. */
  typesOf(expression: nft.Expression): Types {
    const parts = expression.kind === "concatenation" ? expression.parts : [expression];
    return parts.map((part) => this.typeOf(part));
  }

  private typeOf(expression: nft.Expression): ValueType {
    if (isSelector(expression)) return subjectOf(expression);
    if (expression.kind === "binary") return this.typeOf(expression.left);
    return untyped;
  }

  key(expression: nft.Expression, types: Types = []): string {
    const value = resolved(expression, this.variables);
    if (!value) return "?";
    if (isSelector(value)) return this.selector(value);
    switch (value.kind) {
      case "setReference":
        return `@${value.name.text}`;
      case "wildcard":
        return "*";
      case "setLiteral":
        return `{ ${this.elements(value.elements, types).join(", ")} }`;
      case "element":
        return this.element(value, types);
      case "concatenation":
        return value.parts.map((part, at) => this.key(part, types.slice(at, at + 1))).join(" . ");
      case "map":
        return `${this.key(value.key)} map ${this.mapping(value.key, value.mapping, types)}`;
      case "verdictValue":
        return verdictKey(value.verdict, (jump) => jump.target);
      default:
        return this.constant(value, types[0] ?? untyped);
    }
  }

  /** `{ 22 : accept }` behind its key. */
  mapping(key: nft.Expression, mapping: nft.Expression, values: Types = []): string {
    const literal = resolved(mapping, this.variables);
    if (literal?.kind !== "setLiteral") return this.key(mapping);
    return `{ ${this.elements(literal.elements, this.typesOf(key), values).join(", ")} }`;
  }

  /** The elements of a set in an order of our own, neighbours joined where they are numbers. */
  elements(elements: readonly nft.Expression[], types: Types, values: Types = []): string[] {
    const ranges: NumberRange[] = [];
    const others = new Set<string>();
    for (const element of elements.flatMap((one) => this.spread(one))) {
      const plain = types.length === 1 && !carriesMore(element);
      const found = plain && types[0]?.datatype ? this.values.ranges(element, types[0]) : undefined;
      if (found) ranges.push(...found);
      else others.add(element.kind === "element" ? this.element(element, types, values) : this.key(element, types));
    }
    return [...joined(ranges).map(rangeKey), ...[...others].sort()];
  }

  /** A variable among elements stands for all of its own. */
  private spread(element: nft.Expression): readonly nft.Expression[] {
    if (element.kind !== "variable") return [element];
    const value = resolved(element, this.variables);
    return value?.kind === "setLiteral" ? value.elements.flatMap((one) => this.spread(one)) : value ? [value] : [];
  }

  private element(element: nft.SetElement, types: Types, values: Types = []): string {
    const options = [...element.options, ...element.valueOptions].flatMap((option) =>
      option.kind === "option" && option.name.text === "timeout"
        ? [
            `timeout ${option.values.map((value) => (value.kind === "word" ? value.text : this.key(value, time))).join(" ")}`,
          ]
        : [],
    );
    const value = element.value && ` : ${this.key(element.value, values)}`;
    return [this.key(element.key, types), ...options].join(" ") + (value ?? "");
  }

  /** `ip saddr`, `numgen inc mod 4 offset 2`, `jhash ip saddr . ip daddr mod 4`. */
  private selector(selector: nft.Selector): string {
    const { field } = subjectOf(selector);
    if (selector.kind === "numgen")
      return `${field} mod ${selector.modulus.value} offset ${selector.offset?.value ?? 0n}`;
    if (selector.kind !== "hash") return field;
    const of = selector.expression ? ` ${this.key(selector.expression)}` : "";
    return `${field}${of} mod ${selector.modulus.value} seed ${selector.seed?.value ?? 0n} offset ${selector.offset?.value ?? 0n}`;
  }

  private constant(value: nft.Expression, type: ValueType): string {
    const ranges = type.datatype && type.datatype.base !== "string" ? this.values.ranges(value, type) : undefined;
    if (type.datatype?.word === "time" && ranges) return `${((ranges[0]?.from ?? 0n) + 5n) / 10n}`;
    if (ranges) return joined(ranges).map(rangeKey).join(",");
    switch (value.kind) {
      case "number":
        return `${value.value}`;
      case "symbol":
        return value.name.replace(/\\\*$/, "*");
      case "string":
        return value.value;
      case "template":
        return templateText(value, this.variables) ?? "?";
      case "prefix":
        return `${this.key(value.base, [type])}/${value.length.value}`;
      case "range":
        return `${this.key(value.from, [type])}-${this.key(value.to, [type])}`;
      case "list":
        return value.items
          .map((item) => this.key(item, [type]))
          .sort()
          .join(",");
      case "binary":
        return this.binary(value, type);
      case "maskedFlags":
        return `${this.key(value.value, [type])} / ${this.key(value.mask, [type])}`;
      default:
        return "?";
    }
  }

  /** Constants are typed by what they are joined with. */
  private binary({ left, operator, right }: nft.Binary, type: ValueType): string {
    const own = [left, right].map((side) => this.typeOf(side)).find(({ datatype }) => datatype) ?? type;
    const [a, b] = [this.key(left, [own]), this.key(right, [own])];
    return operator === "<<" || operator === ">>"
      ? `(${a} ${operator} ${b})`
      : `(${[a, b].sort().join(` ${operator} `)})`;
  }
}

const time: Types = [typeNamed("time")];

/** Whether an element is more than a key: it has a value, or ends by itself. */
function carriesMore(element: nft.Expression): boolean {
  if (element.kind === "wildcard" || element.kind === "concatenation") return true;
  if (element.kind !== "element") return false;
  return (
    element.value !== undefined || element.options.some(({ kind }) => kind === "option") || carriesMore(element.key)
  );
}

/** `accept`, `jump c`; a target that is no name is written by `other`. */
export function verdictKey(
  verdict: nft.Verdict | nft.Jump,
  other: (jump: nft.Jump) => nft.Jump["target"] | string,
): string {
  if (verdict.kind === "verdict") return verdict.verdict;
  if (verdict.target.kind === "name") return `${verdict.verb} ${verdict.target.text}`;
  const target = other(verdict);
  return `${verdict.verb} ${typeof target === "string" ? target : target.kind === "variable" ? `$${target.name.text}` : target.kind}`;
}

function joined(ranges: readonly NumberRange[]): NumberRange[] {
  const sorted = [...ranges].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const found: { from: bigint; to: bigint }[] = [];
  for (const { from, to } of sorted) {
    const last = found.at(-1);
    if (last && from <= last.to + 1n) last.to = to > last.to ? to : last.to;
    else found.push({ from, to });
  }
  return found;
}

function rangeKey({ from, to }: NumberRange): string {
  return from === to ? `${from}` : `${from}-${to}`;
}
