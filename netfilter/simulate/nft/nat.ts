import type { ValueType } from "../../model/nft/values.js";
import type { Expression, Nat } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { NatRequest, Passage } from "../context.js";
import type { Piece } from "./constants.js";
import { unreadable } from "./matches.js";
import { isList, isRange, type Part, type Step } from "./reading.js";
import { type RuleScope, typeNamed } from "./scope.js";

/** Reads what a statement translates to: pieces of address and port, `null` where the rule ends. */
export type PieceReader = (passage: Passage) => readonly Piece[] | null | undefined;

/**
 * Compiles `snat`, `dnat`, `masquerade` and `redirect`: setting up a translation ends the rule as a verdict. A packet of the
 * other version of IP passes by.
 */
export function natStep(scope: RuleScope, node: Nat): Step {
  for (const part of [node.address, node.port]) if (part) scope.imply(part, node);
  const shape = new Set(node.shape.map(({ text }) => text));
  const types = [typeNamed(addressType(scope, node)), typeNamed("inet_service")];
  const address = node.address && pieceReader(scope, node.address, types, node);
  const port = node.port && pieceReader(scope, node.port, types.slice(1), node);
  if ((node.address && !address) || (node.port && !port)) return unreadable("translation", node);
  const fixed = { ...kindOf(node), ...flagsOf(node), ...(shape.has("prefix") && { netmap: true }) };
  return (passage) => {
    const addresses = address ? address(passage) : [];
    const ports = port ? port(passage) : [];
    if (addresses === null || ports === null) return undefined;
    if (node.family && !sameFamily(node.family.text, passage)) return "continue";
    if (addresses === undefined || ports === undefined) return unknownTarget(passage, node);
    const [to, toPort = ports[0]] = addresses;
    return passage.nat({ ...fixed, ...addressOf(to), ...portOf(toPort) });
  };
}

function sameFamily(word: string, { headers }: Passage): boolean {
  return (word === "ip6" ? "ipv6" : "ipv4") === headers.family;
}

function kindOf({ type }: Nat): Pick<NatRequest, "kind" | "own" | "masquerade"> {
  switch (type) {
    case "snat":
      return { kind: "source" };
    case "dnat":
      return { kind: "destination" };
    case "masquerade":
      return { kind: "source", own: true, masquerade: true };
    case "redirect":
      return { kind: "destination", own: true };
  }
}

function flagsOf({ flags }: Nat): Pick<NatRequest, "random" | "fullyRandom" | "persistent"> {
  const has = new Set(flags.map(({ text }) => text));
  return {
    ...(has.has("random") && { random: true }),
    ...(has.has("fully-random") && { fullyRandom: true }),
    ...(has.has("persistent") && { persistent: true }),
  };
}

/** The type of a translation's addresses: the family's that stands before them, else the table's. */
export function addressType(
  scope: RuleScope,
  node: { readonly family: { readonly text: string } | undefined },
): string {
  return (node.family?.text ?? scope.family) === "ip6" ? "ipv6_addr" : "ipv4_addr";
}

/** Reads what an expression gives, which may be ranges and prefixes. */
export function pieceReader(
  scope: RuleScope,
  expression: Expression,
  types: readonly ValueType[],
  span: Span,
): PieceReader | undefined {
  const value = scope.program.constants.plain(expression);
  if (value?.kind === "map") {
    const mapping = scope.program.maps.mapping(scope, value.key, value.mapping, types);
    return mapping && ((passage) => mapping.pieces(passage, span));
  }
  const parts = value?.kind === "concatenation" ? value.parts : value ? [value] : [];
  const pieces = scope.program.pieces(parts, types);
  if (pieces) return () => pieces;
  const source = value && scope.source(value, types);
  return (
    source &&
    ((passage) => {
      const read = source.read(passage);
      if (read === null || read === undefined) return read;
      return (isList(read) ? read : [read]).map(pieceOf);
    })
  );
}

function pieceOf(part: Part): Piece {
  return isRange(part) ? { kind: "range", from: part.from, to: part.to } : { kind: "one", value: part };
}

function addressOf(piece: Piece | undefined): Pick<NatRequest, "address"> {
  if (piece?.kind === "range") return { address: { from: piece.from, to: piece.to } };
  if (piece?.kind !== "one" || typeof piece.value === "string") return {};
  return { address: { from: piece.value, to: piece.value } };
}

function portOf(piece: Piece | undefined): Pick<NatRequest, "port"> {
  if (piece?.kind === "range") return { port: { from: Number(piece.from), to: Number(piece.to) } };
  return piece?.kind === "one" ? { port: { from: Number(piece.value), to: Number(piece.value) } } : {};
}

/** Where to is not known: it may be that it stays as it is, or that it goes nowhere. */
function unknownTarget(passage: Passage, { start, end }: Nat): "accept" | "drop" {
  return passage.guess("What is translated to here is not known.", { start, end }) ? "drop" : "accept";
}
