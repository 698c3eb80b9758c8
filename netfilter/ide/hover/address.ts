import {
  formatAddress,
  formatNetwork,
  type Network,
  type Notation,
  networkRange,
  parseNetwork,
} from "../../packet/address.js";
import { networkClass } from "../../packet/addressClass.js";
import { code } from "./markdown.js";

/** Class, network and host range of `ADDRESS[/MASK]`; undefined for any other text. */
export function describeAddress(text: string, notation: Notation): string | undefined {
  const network = parseNetwork(text, notation);
  if (!network) return undefined;
  const range = networkRange(network);
  const single = range?.count === 1n;
  const kind = `${network.family === "ipv4" ? "IPv4" : "IPv6"} ${single ? "address" : "network"}`;
  const known = networkClass(network);
  const heading = `**${code(single ? formatAddress(network) : formatNetwork(network))}** · ${[kind, ...(known ? [known.name] : [])].join(", ")}`;
  return [heading, ...(known ? [known.doc] : []), ...extent(network), ...ignored(network)].join("\n\n");
}

/** From where to where a network goes. */
function extent(network: Network): string[] {
  const range = networkRange(network);
  if (!range) return ["The mask has holes: every address whose bits agree where the mask has ones belongs to it."];
  if (range.count === 1n) return [];
  const { family } = network;
  const show = (value: bigint) => code(formatAddress({ family, value }));
  const count = range.count > 1n << 40n ? `2^${range.count.toString(2).length - 1}` : range.count.toLocaleString("en");
  const hosts = `Hosts ${show(range.firstHost)} to ${show(range.lastHost)}`;
  const bounds = range.firstHost === range.first ? "" : ` of ${show(range.first)} to ${show(range.last)}`;
  return [`${hosts}${bounds}, ${count} addresses in all.`];
}

/** The bits of an address that its mask hides are a frequent slip, though the tools take it. */
function ignored(network: Network): string[] {
  if ((network.value & network.mask) === network.value) return [];
  const written = code(formatAddress(network));
  return [`The mask hides a part of ${written}: what counts is ${code(formatNetwork(network))}.`];
}
