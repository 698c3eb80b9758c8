import { resolved } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { checkArgument, evaluateArgument } from "./arguments.js";
import type { Evaluator } from "./evaluator.js";
import { giveUp, refuse } from "./refusal.js";
import { concatenated, type Type, typeNamed } from "./types.js";

/** `snat`, `dnat`, `masquerade`, `redirect`. */
export function checkNat(e: Evaluator, node: nft.Nat): void {
  const { family } = e.table;
  if (family !== "ip" && family !== "ip6" && family !== "inet") {
    refuse(
      "notAllowedHere",
      node,
      `\`${node.type}\` works for IPv4 and IPv6 only, so not in tables of family ${family}.`,
    );
  }
  const version = node.address && translatedFamily(e, node, node.address);
  if (node.address) {
    checkVersion(e, node, version);
    if (givesPort(e, node, node.address)) {
      checkAddressAndPort(e, node, node.address, version);
      return;
    }
    evaluateArgument(e, addressType(e, node, version), node.address);
  }
  if (node.port) checkPort(e, node, node.port, node.address);
}

/** `tproxy ip to 127.0.0.1:3128`. */
export function checkTproxy(e: Evaluator, node: nft.Tproxy): void {
  const { family } = e.table;
  if (family !== "ip" && family !== "ip6" && family !== "inet")
    refuse("notAllowedHere", node, `\`tproxy\` works in tables of family ip, ip6 and inet only, not ${family}.`);
  if (e.layers.at("transport") === undefined) {
    refuse(
      "ambiguousProtocol",
      node,
      "`tproxy` needs TCP or UDP. Match it first, for instance with `meta l4proto tcp`.",
    );
  }
  const version = node.family?.text ?? (family === "inet" ? undefined : family);
  checkVersion(e, node, version);
  if (node.address) refuseSpan(evaluateArgument(e, addressType(e, node, version), node.address).shape, node.address);
  if (node.port) {
    checkPort(e, node, node.port, node.address);
    if (node.port.kind === "range") refuseSpan("range", node.port);
  }
}

function refuseSpan(shape: string, node: nft.Expression): void {
  if (shape === "range") refuse("badValue", node, "`tproxy` hands packets to one socket: a range cannot stand here.");
}

/** The family that is named, or that nft finds out by itself. */
function translatedFamily(e: Evaluator, node: nft.Nat, address: nft.Expression): string | undefined {
  if (node.family) return node.family.text;
  if (e.table.family !== "inet") return e.table.family;
  const found = e.layers.at("network");
  if (found === "ip" || found === "ip6") return found;
  const value = resolved(address, e.variables);
  if (value?.kind !== "map") return undefined;
  const keys = value.key.kind === "concatenation" ? value.key.parts : [value.key];
  const headers = keys.flatMap((key) => (key.kind === "payload" ? [key.header.text] : []));
  return headers.findLast((header) => header === "ip" || header === "ip6");
}

/** The rule must not ask for one version of IP and name the other here. */
function checkVersion(e: Evaluator, node: nft.Nat | nft.Tproxy, version: string | undefined): void {
  const found = e.layers.at("network");
  if ((found !== "ip" && found !== "ip6") || found === version) return;
  const word = node.kind === "nat" ? node.type : "tproxy";
  const help =
    version === undefined ? `Write \`${word} ${found} to\`.` : `Write \`${word} ${found} to\`, or match the other.`;
  refuse(
    "conflictingProtocols",
    node,
    `The rule asks for ${found} packets, and this is for ${version ?? "both"}. ${help}`,
  );
}

function addressType(e: Evaluator, node: nft.Nat | nft.Tproxy, version: string | undefined): Type | undefined {
  const used = e.table.family === "inet" ? version : e.table.family;
  if (used === "ip") return typeNamed("ipv4_addr");
  if (used === "ip6") return typeNamed("ipv6_addr");
  const word = node.kind === "nat" ? node.type : "tproxy";
  return refuse(
    "ambiguousProtocol",
    node,
    `In a table of family inet it must be said which addresses these are: write \`${word} ip to\` or \`${word} ip6 to\`.`,
  );
}

function checkPort(
  e: Evaluator,
  node: nft.Nat | nft.Tproxy,
  port: nft.Expression,
  address: nft.Expression | undefined,
): void {
  const before = e.layers.at("transport");
  evaluateArgument(e, typeNamed("inet_service"), port);
  requireTransport(e, before ?? e.layers.at("transport"), node, port, address);
}

function requireTransport(
  e: Evaluator,
  known: string | undefined,
  node: nft.Nat | nft.Tproxy,
  place: nft.Expression,
  address: nft.Expression | undefined,
): void {
  if (known !== undefined || (address && looksUpTransport(e, address))) return;
  const word = node.kind === "nat" ? node.type : "tproxy";
  const text = `A port can only be given where the transport protocol is known. Match it first, for instance with \`meta l4proto { tcp, udp }\`, before \`${word}\`.`;
  refuse("ambiguousProtocol", place, text);
}

/** A map whose key holds a transport field or names the protocol. */
function looksUpTransport(e: Evaluator, address: nft.Expression): boolean {
  const value = resolved(address, e.variables);
  if (value?.kind !== "map" || value.key.kind !== "concatenation") return false;
  return value.key.parts.some(
    (part) =>
      (part.kind === "payload" && isTransportField(part)) || (part.kind === "meta" && part.key.text === "l4proto"),
  );
}

const networkHeaders: ReadonlySet<string> = new Set(["ip", "ip6", "arp", "ether", "vlan"]);

function isTransportField({ header, field }: nft.Payload): boolean {
  if (header.text === "ip" || header.text === "ip6") return field.text === "protocol" || field.text === "nexthdr";
  return !networkHeaders.has(header.text) && header.text !== "th";
}

/** Whether address and port come together, out of a map or by `ip addr . port to`. */
function givesPort(e: Evaluator, node: nft.Nat, address: nft.Expression): boolean {
  if (node.shape.some(({ text }) => text === "port")) return true;
  const value = resolved(address, e.variables);
  if (value?.kind !== "map") return false;
  const mapping = resolved(value.mapping, e.variables);
  if (mapping?.kind === "setReference") return e.findSet(mapping.name).data?.parts !== undefined;
  if (mapping?.kind !== "setLiteral") return false;
  return mapping.elements.some((element) => element.kind === "element" && element.value?.kind === "concatenation");
}

function checkAddressAndPort(e: Evaluator, node: nft.Nat, address: nft.Expression, version: string | undefined): void {
  if (node.port) refuse("badValue", node.port, "The map gives the port already: leave out the one after the colon.");
  const type = concatenated([addressType(e, node, version), typeNamed("inet_service")]) ?? giveUp();
  e.expect(type);
  const value = e.evaluate(address);
  requireTransport(e, e.layers.at("transport"), node, address, address);
  if (value.shape === "map") checkArgument(value, type, address);
}
