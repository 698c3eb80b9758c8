import { isSelector, type Subject, subjectOf } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { evaluateArgument, refuseRange } from "./arguments.js";
import type { Evaluator, Value } from "./evaluator.js";
import { baseOf } from "./layers.js";
import { giveUp, refuse } from "./refusal.js";
import type { Type } from "./types.js";

/** `meta mark set 1`, `ip dscp set cs1`: the value must be of the type that is written. */
export function checkAssignment(e: Evaluator, node: nft.Assignment): void {
  const { target, value } = node;
  if (!isSelector(target) || namesSecurityMark(node)) return;
  if (target.kind === "inner" || isTunnelHeader(target))
    refuse("notAllowedHere", target, "What is inside a tunnel can be compared but not written.");
  if (target.kind === "rawPayload") e.evaluate(target);
  const subject = subjectOf(target);
  const type = writtenType(e, target, subject);
  if (target.kind === "meta" || target.kind === "ct") e.statementBits = type.bits;
  if (target.kind === "ct" && target.key.text === "secmark" && isFixed(value))
    refuse(
      "badValue",
      value,
      "The connection's security mark can only be copied: write `ct secmark set meta secmark`.",
    );
  const written = evaluateArgument(e, type, value);
  refuseRange(written, value);
  refuseUnalignable(target, subject, value, written);
}

/**
 * A field that shares its bytes, or the two that a checksum counts, with others is written with them: as a fixed value or by changing
 * some of its own bits.
 */
function refuseUnalignable(target: nft.Selector, subject: Subject, value: nft.Expression, written: Value): void {
  if (written.constant && written.shape !== "map") return;
  if (standsAlone(target, subject) || isChanged(value)) return;
  const text = `\`${subject.field}\` shares its bytes with other fields, so only fixed values can be written to it.`;
  refuse("badValue", value, text);
}

function standsAlone(target: nft.Selector, { headerField, header }: Subject): boolean {
  if (target.kind === "rawPayload") return isWhole(Number(target.offset.value), Number(target.length.value));
  if (target.kind !== "payload" || !headerField) return true;
  const { offset, bits } = headerField;
  return isWhole(offset, bits) && (bits % 16 === 0 || !summed.has(header?.word ?? ""));
}

function isWhole(offset: number, bits: number): boolean {
  return offset % 8 === 0 && bits % 8 === 0;
}

/** Headers whose checksum nft has the kernel mend: it counts two bytes at a time. */
const summed: ReadonlySet<string> = new Set(["ip", "tcp", "udp", "udplite", "icmp", "icmpv6", "igmp"]);

/** `ip dscp & 0x3`: an operation on something of the packet. */
function isChanged(value: nft.Expression): boolean {
  let first = value;
  while (first.kind === "binary") first = first.left;
  return first !== value && first.kind !== "meta" && first.kind !== "ct";
}

/** `meta secmark set "name"` names an object; only the connection's mark is copied. */
function namesSecurityMark({ target, value }: nft.Assignment): boolean {
  return target.kind === "meta" && target.key.text === "secmark" && value.kind !== "ct";
}

function isFixed({ kind }: nft.Expression): boolean {
  return kind === "number" || kind === "symbol" || kind === "string";
}

function isTunnelHeader(target: nft.Selector): boolean {
  return target.kind === "payload" && baseOf(target.header.text) === "inner";
}

function writtenType(e: Evaluator, target: nft.Selector, { datatype, bits }: Subject): Type {
  if (target.kind === "payload" && target.header.text !== "th") e.layers.require(target.header.text, target);
  if (!datatype) return giveUp();
  return { datatype, bits: bits || datatype.bits };
}
