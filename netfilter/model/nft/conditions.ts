import type { Binary, Expression, MaskedFlags, Match } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Condition, Values } from "../ruleset.js";
import { isSelector, type Subject, subjectOf } from "./selectors.js";
import type { ValueReader } from "./values.js";
import { resolved, type Variables } from "./variables.js";

/** Turns comparisons into conditions. */
export class ConditionReader {
  constructor(
    private readonly values: ValueReader,
    private readonly variables: Variables,
    private readonly text: string,
  ) {}

  read(match: Match): Condition {
    const { left, right } = match;
    const operator = operatorOf(match.operator?.text);
    if (isSelector(left)) return this.compare(match, subjectOf(left), operator, right);
    if (left.kind === "binary") return this.compareMasked(match, left, operator, right);
    return this.opaque(match, this.fieldText(left));
  }

  /** A condition of which only the field is known. */
  opaque({ start, end }: Span, field: string): Condition {
    return { kind: "condition", start, end, field, op: "==", values: { kind: "opaque" } };
  }

  /** How a key is called: nft's spelling where it is one field, else its own text. */
  fieldText(expression: Expression): string {
    if (isSelector(expression)) return subjectOf(expression).field;
    if (expression.kind === "concatenation") return expression.parts.map((part) => this.fieldText(part)).join(" . ");
    return this.text.slice(expression.start, expression.end).replace(/\s+/g, " ");
  }

  private compare(match: Match, subject: Subject, operator: string, right: Expression): Condition {
    const value = resolved(right, this.variables);
    if (value?.kind === "maskedFlags") return this.compareFlags(match, subject, operator, value);
    const condition = { kind: "condition", start: match.start, end: match.end, field: subject.field } as const;
    const flags = subject.datatype?.base === "bitmask" && isFlags(value, subject);
    if (operator === "!") return { ...condition, op: "unset", values: this.values.read(right, subject) };
    if (operator === "" && flags)
      return { ...condition, op: "set", values: this.values.read(withoutBraces(value), subject) };
    const order = orders[operator];
    if (order) return { ...condition, op: "==", values: this.ordered(order, right, subject) };
    return { ...condition, op: operator === "!=" ? "!=" : "==", values: this.values.read(right, subject) };
  }

  private ordered(order: Order, right: Expression, subject: Subject): Values {
    const limit = this.values.number(right, subject);
    if (limit === undefined || subject.bits === 0) return { kind: "opaque" };
    const { from, to } = order(limit, (1n << BigInt(subject.bits)) - 1n);
    return { kind: "ranges", ranges: from > to ? [] : [{ from, to }] };
  }

  private compareFlags(match: Match, subject: Subject, operator: string, { value, mask }: MaskedFlags): Condition {
    const { start, end } = match;
    const bits = this.values.number(mask, subject);
    if (bits === undefined) return this.opaque(match, subject.field);
    const op = operator === "!=" ? "!=" : "==";
    return {
      kind: "condition",
      start,
      end,
      field: subject.field,
      mask: bits,
      op,
      values: this.values.read(value, subject),
    };
  }

  /** `meta mark & 0xff == 0x10`. */
  private compareMasked(match: Match, left: Binary, operator: string, right: Expression): Condition {
    const [selector, mask] = isSelector(left.left) ? [left.left, left.right] : [left.right, left.left];
    if (left.operator !== "&" || !isSelector(selector)) return this.opaque(match, this.fieldText(left));
    const subject = subjectOf(selector);
    const bits = this.values.number(mask, subject);
    if (bits === undefined) return this.opaque(match, subject.field);
    const compared = this.compare(match, subject, operator === "" ? "==" : operator, right);
    return compared.op === "set" || compared.op === "unset" || compared.mask !== undefined
      ? this.opaque(match, subject.field)
      : { ...compared, mask: bits };
  }
}

type Order = (limit: bigint, highest: bigint) => { from: bigint; to: bigint };

const orders: Readonly<Record<string, Order>> = {
  "<": (limit) => ({ from: 0n, to: limit - 1n }),
  "<=": (limit) => ({ from: 0n, to: limit }),
  ">": (limit, highest) => ({ from: limit + 1n, to: highest }),
  ">=": (limit, highest) => ({ from: limit, to: highest }),
};

const operatorWords: Readonly<Record<string, string>> = {
  eq: "==",
  ne: "!=",
  neq: "!=",
  lt: "<",
  le: "<=",
  lte: "<=",
  gt: ">",
  ge: ">=",
  gte: ">=",
  not: "!",
};

/** The operator as a sign; empty where none stands. */
export function operatorOf(text: string | undefined): string {
  return text === undefined ? "" : (operatorWords[text] ?? text);
}

/** Without an operator, flags ask whether any of them is set; a set of several values asks for one of them exactly. */
function isFlags(value: Expression | undefined, { field }: Subject): boolean {
  if (value?.kind === "setReference" || value?.kind === "range") return false;
  return value?.kind !== "setLiteral" || (value.elements.length === 1 && field === "ct state");
}

function withoutBraces(value: Expression | undefined): Expression {
  return (value?.kind === "setLiteral" ? value.elements[0] : value) as Expression;
}
