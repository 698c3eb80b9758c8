import { type Subject, subjectOf } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator, Value } from "./evaluator.js";
import { type Base, baseOf } from "./layers.js";
import { giveUp, refuse } from "./refusal.js";
import { type Type, typeNamed } from "./types.js";

/** Reads something of the packet: what must be known before, and of which type it is. */
export function evaluateSelector(e: Evaluator, node: nft.Selector): Value {
  const subject = subjectOf(node);
  requireProtocols(e, node, subject);
  const type = node.kind === "numgen" || node.kind === "hash" ? generatorType(e, node) : typeOf(e, node, subject);
  if (!type) return giveUp();
  e.expect(type, type.bits, highestOf(node));
  return { shape: "selector", type, constant: false };
}

function requireProtocols(e: Evaluator, node: nft.Selector, { header, headerField, field }: Subject): void {
  switch (node.kind) {
    case "payload":
      requireHeader(e, node, field, headerField?.needsType);
      return;
    case "inner":
      requireTunnel(e, node.tunnel.text, node);
      return;
    case "rawPayload":
      requireRoom(node);
      return;
    case "exthdr":
      requireVersion(e, "ip6", node);
      return;
    case "ipOption":
      requireVersion(e, "ip", node);
      return;
    case "ct":
      requireAddresses(e, node);
      return;
    case "rt":
      requireNextHop(e, node);
      return;
    case "meta":
      requireInet(e, node);
      return;
    case "ipsec":
      if (e.table.family === "ip" || e.table.family === "ip6" || e.table.family === "inet") return;
      refuse("notAllowedHere", node, `\`ipsec\` can only be asked in tables of family ip, ip6 and inet.`);
      return;
    default:
      if (!header) return;
  }
}

function requireHeader(e: Evaluator, node: nft.Payload, field: string, needsType: readonly number[] | undefined): void {
  const protocol = node.header.text;
  if (protocol === "th") return;
  if (baseOf(protocol) === "inner") {
    requireTunnel(e, protocol, node);
    return;
  }
  e.layers.require(protocol, node);
  if (needsType) e.layers.requireIcmpType(needsType, field, node);
}

/** Bits that do not fill whole bytes are cut out of at most sixteen. */
function requireRoom(node: nft.RawPayload): void {
  const [offset, bits] = [Number(node.offset.value) % 8, Number(node.length.value)];
  const bytes = Math.ceil((offset + bits) / 8);
  if ((offset === 0 && bits % 8 === 0) || bytes <= 16) return;
  refuse("badValue", node, `This reaches into ${bytes} bytes, and at most 16 can be read where it does not fill them.`);
}

/** VXLAN and Geneve are found in UDP only when the rule says so; GRE is looked for by nft itself. */
function requireTunnel(e: Evaluator, tunnel: string, place: nft.NftNode): void {
  const found = e.layers.at("transport");
  if (tunnel !== "vxlan" && tunnel !== "geneve") {
    if (found === undefined) e.layers.learn("transport", tunnel);
    return;
  }
  if (found === "udp") return;
  const why = found === undefined ? "the rule has not said that the packet is UDP" : `the rule asks for ${found}`;
  refuse("ambiguousProtocol", place, `\`${tunnel}\` is carried by UDP, and ${why}. Put \`udp dport\` in front.`);
}

function requireVersion(e: Evaluator, version: "ip" | "ip6", place: nft.NftNode): void {
  const found = e.layers.at("network");
  if (found === undefined) e.layers.require(version, place);
  else if (found !== version) e.layers.conflict(found, version, place);
}

function requireAddresses(e: Evaluator, node: nft.Ct): void {
  const { key, family } = node;
  if (key.text !== "saddr" && key.text !== "daddr") return;
  const found = e.layers.at("network");
  const known = found === "ip" || found === "ip6";
  if (family) {
    if (known && found !== family.text) e.layers.conflict(found, family.text, node);
    return;
  }
  if (known) return;
  refuse(
    "ambiguousProtocol",
    node,
    `Nothing says whether this is an IPv4 or an IPv6 address. Write \`ip ${key.text}\` or \`ip6 ${key.text}\` after \`ct ${node.direction?.text ?? "original"}\`.`,
  );
}

function requireNextHop(e: Evaluator, { key, family, ...node }: nft.Rt): void {
  if (key.text !== "nexthop") return;
  const found = e.layers.at("network");
  const own = e.table.family;
  if (family && (own === "ip" || own === "ip6") && own !== family.text) e.layers.conflict(own, family.text, node);
  if (family || found === "ip" || found === "ip6") return;
  refuse(
    "ambiguousProtocol",
    node,
    "Nothing says whether the next hop is an IPv4 or an IPv6 address. Write `rt ip nexthop` or `rt ip6 nexthop`.",
  );
}

function requireInet(e: Evaluator, { key, ...node }: nft.Meta): void {
  if (key.text !== "nfproto" || e.table.family === "inet") return;
  refuse(
    "notAllowedHere",
    node,
    `\`meta nfproto\` is only known in tables of family inet; this one is ${e.table.family}. ${e.table.family === "ip" || e.table.family === "ip6" ? "All its packets are of one kind: leave the comparison out." : "Use `meta protocol` instead."}`,
  );
}

/** The type of what is read; addresses without a family are those of the rule's own protocol. */
function typeOf(e: Evaluator, node: nft.Selector, { datatype, bits, key }: Subject): Type | undefined {
  const needsFamily = key?.addressFamily !== undefined && "family" in node && !node.family;
  if (needsFamily) {
    const found = e.layers.at("network");
    return found === "ip" ? typeNamed("ipv4_addr") : found === "ip6" ? typeNamed("ipv6_addr") : undefined;
  }
  const length = presence.has(node.kind) && datatype?.word === "boolean" ? 0 : bits || datatype?.bits;
  return datatype && { datatype, bits: length ?? 0 };
}

/** What may be asked for its mere presence. nft compares that with any number. */
const presence: ReadonlySet<string> = new Set(["exthdr", "tcpOption", "ipOption", "sctpChunk", "dccpOption"]);

/** Numbers drawn or hashed take the type they are wanted as where that has four bytes. */
function generatorType(e: Evaluator, node: nft.Numgen | nft.Hash): Type | undefined {
  const { type, bits } = e.expectation;
  const own = type?.datatype && bits === 32 && type.datatype.base !== "string" ? type : typeNamed("integer", 32);
  if (node.kind === "hash" && node.expression) {
    e.expectNothing();
    e.evaluate(node.expression);
  }
  return own;
}

function highestOf(node: nft.Selector): number {
  if (node.kind === "numgen" || node.kind === "hash")
    return Number(node.modulus.value + (node.offset?.value ?? 0n)) - 1;
  if (node.kind === "socket" && (node.key.text === "transparent" || node.key.text === "wildcard")) return 1;
  return node.kind === "meta" && node.key.text === "day" ? 6 : 0;
}

/** Payload and keys whose value says what stands above: comparing them makes that known. */
export function learnFrom(e: Evaluator, node: nft.Selector, value: bigint): void {
  if (node.kind === "payload" && isProtocolField(node)) e.layers.learnUpper(node.header.text, value);
  else if (node.kind === "meta") e.layers.learnMeta(node.key.text, value);
  else if (node.kind === "ct") learnFromConnection(e, node.key.text, value);
}

const protocolFields: ReadonlySet<string> = new Set([
  "ip protocol",
  "ip6 nexthdr",
  "ether type",
  "vlan type",
  "ah nexthdr",
  "comp nexthdr",
  "icmp type",
  "icmpv6 type",
]);

function isProtocolField({ header, field }: nft.Payload): boolean {
  return protocolFields.has(`${header.text} ${field.text}`);
}

function learnFromConnection(e: Evaluator, key: string, value: bigint): void {
  const base: Base | undefined = key === "l3proto" ? "link" : key === "protocol" ? "network" : undefined;
  const found = base && e.layers.at(base);
  if (found !== undefined) e.layers.learnUpper(found, value);
}
