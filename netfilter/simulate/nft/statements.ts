import { findConstant, findDatatype } from "../../facts/nft/index.js";
import { neededBy } from "../../model/nft/dependencies.js";
import { tcpFlag } from "../../packet/packet.js";
import type { Dup, Expression, FlowAdd, Forward, Queue, Reject, Tproxy } from "../../syntax/nft/nodes.js";
import type { Passage, RejectWith } from "../context.js";
import type { PortRange } from "../state.js";
import type { Piece } from "./constants.js";
import { formatValue } from "./format.js";
import { unreadable } from "./matches.js";
import { addressType, type PieceReader, pieceReader } from "./nat.js";
import { hasTransport } from "./payload.js";
import { guess, type Step } from "./reading.js";
import { type RuleScope, typeNamed } from "./scope.js";

// ------------------------------------------------------------------------------------------ reject

const codeTypes: Readonly<Record<string, string>> = { icmp: "icmp_code", icmpv6: "icmpv6_code", icmpx: "icmpx_code" };

/** What the codes of `icmpx` are in ICMP and in ICMPv6. */
const icmpx = { ipv4: [0, 3, 1, 13], ipv6: [0, 4, 3, 1] } as const;

/** Compiles `reject`: without a reason it says that no program listens at the port. */
export function rejectStep(scope: RuleScope, node: Reject): Step {
  for (const condition of neededBy(node, scope.chain.table.family)) scope.requireAll(condition);
  const protocol = node.protocol?.text;
  if (protocol === "tcp") return rejectWithReset;
  const type = protocol && codeTypes[protocol];
  const code = type && node.code ? scope.program.constants.atom(node.code, typeNamed(type)) : undefined;
  if (node.code && typeof code !== "number") return unreadable("reason", node);
  const reason = typeof code === "number" ? code : undefined;
  return ({ headers }) => ({ do: "reject", with: answer(headers.family, protocol, reason) });
}

const rejectWithReset: Step = ({ headers }) =>
  headers.protocol === 6 ? { do: "reject", with: { tcpReset: true } } : undefined;

function answer(family: "ipv4" | "ipv6", protocol: string | undefined, reason: number | undefined): RejectWith {
  const type = family === "ipv4" ? 3 : 1;
  if (protocol === "icmp" || protocol === "icmpv6")
    return { tcpReset: false, type, code: reason ?? portUnreachable(family) };
  return { tcpReset: false, type, code: icmpx[family][reason ?? 1] ?? portUnreachable(family) };
}

function portUnreachable(family: "ipv4" | "ipv6"): number {
  const type = findDatatype(family === "ipv4" ? "icmp_code" : "icmpv6_code");
  return (type && findConstant(type, "port-unreachable")?.value) ?? 0;
}

// ------------------------------------------------------------------------------------------ queue

/** Compiles `queue`: the packet waits for a program. */
export function queueStep(scope: RuleScope, node: Queue): Step {
  const bypass = node.flags.some(({ text }) => text === "bypass");
  if (!node.number) return () => ({ do: "queue", numbers: { from: 0, to: 0 }, bypass });
  scope.imply(node.number, node);
  const read = pieceReader(scope, node.number, [typeNamed("queue")], node);
  if (!read) return unreadable("queue", node);
  return (passage) => {
    const pieces = read(passage);
    if (pieces === null) return undefined;
    return { do: "queue", numbers: numbersOf(pieces?.[0]), bypass };
  };
}

/** A number that is not known may be any. */
function numbersOf(piece: Piece | undefined): PortRange {
  if (piece?.kind === "one") return { from: Number(piece.value), to: Number(piece.value) };
  return piece?.kind === "range" ? { from: Number(piece.from), to: Number(piece.to) } : { from: 0, to: 0xffff };
}

// ------------------------------------------------------------------------------------------ other ways

/**
 * Compiles `tproxy`: gives the packet to a listening socket, which changes nothing on its way: it is the mark that routes it
 * to this machine. The rule goes on.
 */
export function tproxyStep(scope: RuleScope, node: Tproxy): Step {
  for (const part of [node.address, node.port]) if (part) scope.imply(part, node);
  const type = typeNamed(addressType(scope, node));
  const address = node.address && pieceReader(scope, node.address, [type], node);
  const port = node.port && pieceReader(scope, node.port, [typeNamed("inet_service")], node);
  return (passage) => {
    const { family } = passage.headers;
    if (node.family && (node.family.text === "ip6" ? "ipv6" : "ipv4") !== family) return undefined;
    if (!hasTransport(passage.headers)) return undefined;
    const to = [valueIn(address, passage), valueIn(port, passage)];
    if (to.includes(null)) return undefined;
    passage.assume("A program listens with a transparent socket where `tproxy` leads.");
    const text = typeof to[0] === "string" ? to[0] : formatValue(to[0], type);
    passage.changed({ field: "socket", after: [to[0] === undefined ? "" : text, to[1] ?? ""].join(":") });
    return "continue";
  };
}

function valueIn(read: PieceReader | undefined, passage: Passage): string | number | bigint | undefined | null {
  const pieces = read?.(passage);
  if (pieces === null) return null;
  const [piece] = pieces ?? [];
  return piece?.kind === "one" ? piece.value : undefined;
}

/** Compiles `dup`: a copy goes elsewhere. */
export function dupStep(scope: RuleScope, node: Dup): Step {
  scope.imply(node.to, node);
  const toDevice = scope.family === "netdev";
  const to = targetReader(scope, node.to, toDevice ? "iface_index" : addressTypeOf(scope), node);
  const device = node.device && targetReader(scope, node.device, "iface_index", node);
  return (passage) => {
    const target = valueIn(to, passage);
    if (target === null) return undefined;
    const name = toDevice ? target : valueIn(device, passage);
    passage.copy({
      ...(!toDevice && typeof target !== "string" && target !== undefined && { address: target }),
      ...(typeof name === "string" && { device: name }),
    });
    return "continue";
  };
}

/** Compiles `fwd`: the packet itself leaves by another device. */
export function forwardStep(scope: RuleScope, node: Forward): Step {
  scope.imply(node.to, node);
  const device = targetReader(scope, node.device ?? node.to, "iface_index", node);
  return (passage) => {
    const name = valueIn(device, passage);
    if (name === null) return undefined;
    passage.copy(typeof name === "string" ? { device: name } : {});
    return "stolen";
  };
}

function targetReader(scope: RuleScope, expression: Expression, type: string, node: Dup | Forward) {
  return pieceReader(scope, expression, [typeNamed(type)], node);
}

function addressTypeOf({ family }: RuleScope): string {
  return family === "ip6" ? "ipv6_addr" : "ipv4_addr";
}

/** Compiles `flow add`: this packet goes on, unless its flow cannot be offloaded; then the rule ends. */
export function flowStep({ start, end }: FlowAdd): Step {
  return (passage) => {
    passage.assume("Later packets of a flow that `flow add` takes up are not followed past the hooks.");
    return guess(passage, "flow add", { start, end }) ? "continue" : undefined;
  };
}

/** Compiles `synproxy`: the kernel answers a SYN itself and takes the ACK that completes the exchange. */
export function synproxyStep(scope: RuleScope): Step {
  const { start, end } = scope.chain.nameSpan;
  return (passage) => {
    const { headers } = passage;
    if (headers.protocol !== 6 || !hasTransport(headers)) return undefined;
    const { tcpFlags } = headers;
    if (tcpFlags === undefined) return guess(passage, "tcp flags", { start, end }) ? "stolen" : "continue";
    if (tcpFlags & tcpFlag.syn) return "stolen";
    if (!(tcpFlags & tcpFlag.ack)) return "continue";
    return passage.guess("Whether this ACK answers a SYN cookie is not known.", { start, end }) ? "stolen" : "drop";
  };
}
