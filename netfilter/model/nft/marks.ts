import type { Assignment, Expression } from "../../syntax/nft/nodes.js";
import type { MarkAction } from "../ruleset.js";
import { isSelector, subjectOf } from "./selectors.js";
import type { ValueReader, ValueType } from "./values.js";
import { resolved, type Variables } from "./variables.js";

/** A value as `(packet & p) ^ (connection & c) ^ constant`: what masks and constants make of the two marks. */
interface MarkValue {
  readonly packet: number;
  readonly connection: number;
  readonly constant: number;
}

const targets: Readonly<Record<string, MarkAction["target"]>> = { "meta mark": "packet", "ct mark": "connection" };

/** The mark that an assignment writes; undefined when it writes something else. */
export function markAction(node: Assignment, values: ValueReader, variables: Variables): MarkAction | undefined {
  const { target, value } = node;
  const subject = isSelector(target) ? subjectOf(target) : undefined;
  const written = subject && targets[subject.field];
  if (!written || !subject) return undefined;
  const read = readMark(value, { values, variables, type: subject });
  if (!read) return { do: "setMark", target: written, clear: 0xffff_ffff, value: "opaque" };
  const other = written === "packet" ? "connection" : "packet";
  const clear = ~read[written] >>> 0;
  if (read[other] === 0) return { do: "setMark", target: written, clear, value: { constant: read.constant } };
  if (read.constant !== 0) return { do: "setMark", target: written, clear, value: "opaque" };
  return { do: "setMark", target: written, clear, value: { from: other, mask: read[other] } };
}

interface Reader {
  readonly values: ValueReader;
  readonly variables: Variables;
  readonly type: ValueType;
}

function readMark(expression: Expression, reader: Reader): MarkValue | undefined {
  const value = resolved(expression, reader.variables);
  if (!value) return undefined;
  const number = reader.values.number(value, reader.type);
  if (number !== undefined) return { packet: 0, connection: 0, constant: Number(number & 0xffff_ffffn) };
  if (isSelector(value)) {
    const source = targets[subjectOf(value).field];
    if (source === undefined) return undefined;
    const whole = 0xffff_ffff;
    return { packet: source === "packet" ? whole : 0, connection: source === "connection" ? whole : 0, constant: 0 };
  }
  if (value.kind !== "binary") return undefined;
  const left = readMark(value.left, reader);
  const right = readMark(value.right, reader);
  return left && right && combine(left, value.operator, right);
}

function combine(left: MarkValue, operator: string, right: MarkValue): MarkValue | undefined {
  if (isConstant(left) && !isConstant(right)) return combine(right, operator, left);
  if (operator === "^") return join(left, right);
  if (operator === "&") return isConstant(right) ? keep(left, right.constant) : undefined;
  if (operator !== "|") return undefined;
  if (isConstant(right)) return join(keep(left, ~right.constant), right);
  return (bitsOf(left) & bitsOf(right)) === 0 ? join(left, right) : undefined;
}

function isConstant({ packet, connection }: MarkValue): boolean {
  return packet === 0 && connection === 0;
}

/** The bits that may be set. */
function bitsOf({ packet, connection, constant }: MarkValue): number {
  return packet | connection | constant;
}

function keep({ packet, connection, constant }: MarkValue, mask: number): MarkValue {
  return { packet: (packet & mask) >>> 0, connection: (connection & mask) >>> 0, constant: (constant & mask) >>> 0 };
}

function join(a: MarkValue, b: MarkValue): MarkValue {
  return {
    packet: (a.packet ^ b.packet) >>> 0,
    connection: (a.connection ^ b.connection) >>> 0,
    constant: (a.constant ^ b.constant) >>> 0,
  };
}
