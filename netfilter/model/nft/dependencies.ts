import type { Family } from "../../facts/hooks.js";
import type { Nat, Reject } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Condition } from "../ruleset.js";
import type { Subject } from "./selectors.js";

/** What nft itself asks before it reads a field: `tcp dport 22` also asks for `meta l4proto tcp`. */
export function impliedConditions({ header, headerField }: Subject, family: Family, place: Span): Condition[] {
  if (!header) return [];
  const version = versions[header.word];
  const { on, values } = header.dependency ?? {};
  const conditions = [
    ...(version ? askEtherType([version], family, place) : []),
    ...(on === "ethertype" && values ? askEtherType(values, family, place) : []),
    ...(on === "l4proto" && values ? [oneOf("meta l4proto", values, place)] : []),
  ];
  if (headerField?.needsType) conditions.push(oneOf(`${header.word} type`, headerField.needsType, place));
  return conditions;
}

/** What nft asks before a `reject with ...`, which can answer only some packets, or a translation to one version of IP. */
export function neededBy(statement: Reject | Nat, family: Family): Condition[] {
  const word = statement.kind === "reject" ? statement.protocol?.text : statement.family?.text;
  if (word === "tcp") return [oneOf("meta l4proto", [6], statement)];
  const version = word && (versions[word] ?? { ip: 0x0800, ip6: 0x86dd }[word]);
  return version ? askEtherType([version], family, statement) : [];
}

/** Protocols that belong to one version of IP. */
const versions: Readonly<Record<string, number>> = {
  icmp: 0x0800,
  igmp: 0x0800,
  icmpv6: 0x86dd,
};

const hookFamilies: Readonly<Record<number, number>> = { 2048: 2, 34525: 10 };

function askEtherType(values: readonly number[], family: Family, place: Span): Condition[] {
  if (family === "bridge" || family === "netdev") return [oneOf("meta protocol", values, place)];
  const versions = values.flatMap((value) => hookFamilies[value] ?? []);
  return family === "inet" && versions.length > 0 ? [oneOf("meta nfproto", versions, place)] : [];
}

function oneOf(field: string, values: readonly number[], { start, end }: Span): Condition {
  const ranges = values.map((value) => ({ from: BigInt(value), to: BigInt(value) }));
  return { kind: "condition", start, end, field, op: "==", values: { kind: "ranges", ranges } };
}
