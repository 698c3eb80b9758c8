import type { IpFamily } from "../../facts/iptables/extension.js";
import type { Network } from "../../syntax/iptables/address.js";
import { parseNetwork } from "../../syntax/iptables/address.js";
import type { OptionNode, RuleLine } from "../../syntax/iptables/nodes.js";
import { readProtocol, spanOf } from "./options.js";
import { both, isLaterFragment, type Test, unsure } from "./test.js";

/**
 * The rule's own options (`-s -d -p -i -o -f`) as tests: one for each rule that the tools make of the line, which is more than
 * one where `-s` or `-d` lists addresses.
 */
export function baseTests(rule: RuleLine, family: IpFamily): readonly (Test | undefined)[] {
  let sources: readonly (Test | undefined)[] = nothing;
  let destinations: readonly (Test | undefined)[] = nothing;
  let rest: Test | undefined;
  for (const node of rule.options) {
    const letter = node.option?.letter;
    if (letter === "s") sources = addressTests(node, family, "saddr");
    else if (letter === "d") destinations = addressTests(node, family, "daddr");
    else if (letter !== undefined) rest = both(rest, simpleTest(letter, node));
  }
  if (destinations === nothing && sources.length === 1) return [both(sources[0], rest)];
  return sources.flatMap((source) => destinations.map((destination) => both(both(source, destination), rest)));
}

const nothing: readonly undefined[] = [undefined];

function simpleTest(letter: string, node: OptionNode): Test | undefined {
  const text = node.values[0]?.text ?? "";
  const negated = node.negation !== undefined;
  if (letter === "p") return protocolTest(text, negated, node);
  if (letter === "f") return (passage) => isLaterFragment(passage) !== negated;
  if (letter === "i") return interfaceTest("iif", text, negated);
  return letter === "o" ? interfaceTest("oif", text, negated) : undefined;
}

function protocolTest(text: string, negated: boolean, node: OptionNode): Test | undefined {
  const protocol = readProtocol(text);
  if (protocol === undefined) return unsure(`Which protocol \`${text}\` is, only the router knows.`, spanOf(node));
  if (protocol === 0) return undefined;
  if (negated) return ({ headers }) => headers.protocol !== protocol;
  return ({ headers }) => headers.protocol === protocol;
}

/** Where there is no interface the kernel compares with an empty name. */
function interfaceTest(side: "iif" | "oif", text: string, negated: boolean): Test | undefined {
  if (text === "+") return negated ? () => false : undefined;
  if (text.endsWith("+")) {
    const start = text.slice(0, -1);
    return (passage) => (passage[side]?.name.startsWith(start) ?? false) !== negated;
  }
  if (negated) return (passage) => passage[side]?.name !== text;
  return (passage) => passage[side]?.name === text;
}

function addressTests(node: OptionNode, family: IpFamily, side: "saddr" | "daddr"): readonly (Test | undefined)[] {
  const negated = node.negation !== undefined;
  const text = node.values[0]?.text ?? "";
  if (!text.includes(",")) return [addressTest(text, family, side, negated, node)];
  return text.split(",").map((part) => addressTest(part, family, side, negated, node));
}

function addressTest(
  text: string,
  family: IpFamily,
  side: "saddr" | "daddr",
  negated: boolean,
  node: OptionNode,
): Test | undefined {
  const network = parseNetwork(text, family);
  if (typeof network !== "object") {
    return unsure(`Which address \`${text}\` is, only the router's resolver knows.`, spanOf(node));
  }
  if (network.mask === 0n) return negated ? () => false : undefined;
  const within = inNetwork(network, family);
  if (negated) return ({ headers }) => !within(headers[side]);
  return ({ headers }) => within(headers[side]);
}

/** Whether an address, as headers have it, lies in a network of the family. */
export function inNetwork({ address, mask }: Network, family: IpFamily): (address: number | bigint) => boolean {
  return family === "ipv4" ? inIpv4(address, mask) : inIpv6(address, mask);
}

function inIpv4(address: bigint, mask: bigint): (address: number | bigint) => boolean {
  const bits = Number(mask) | 0;
  const network = Number(address) & bits;
  return (value) => ((value as number) & bits) === network;
}

/** A plain range is compared without making new numbers. */
function inIpv6(address: bigint, mask: bigint): (address: number | bigint) => boolean {
  const rest = mask ^ allOnes;
  if ((rest & (rest + 1n)) !== 0n) return (value) => (BigInt(value) & mask) === address;
  const last = address | rest;
  return (value) => value >= address && value <= last;
}

const allOnes = (1n << 128n) - 1n;
