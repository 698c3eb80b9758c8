import type { IpFamily } from "../../../facts/iptables/extension.js";
import type { FibAnswer, Passage } from "../../context.js";
import { isLinkLocal, isMulticast, isUnspecified } from "../../ipNumber.js";
import { type Options, readList, readWord, spanOf } from "../options.js";
import { every, invert, type Test } from "../test.js";
import type { Matches } from "./define.js";

/** Matches that ask the routing tables, and IPsec's policies. */
export const routeMatches: Matches = {
  addrtype: (options) => every([typeTest(options, "src-type", "saddr"), typeTest(options, "dst-type", "daddr")]),
  rpfilter: reversePathTest,
  policy: policyTest,
};

const typeWords = {
  ipv4: [
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
  ],
  ipv6: ["UNSPEC", "UNICAST", "LOCAL", "ANYCAST", "MULTICAST", "UNREACHABLE"],
} as const;

function typeTest(options: Options, name: string, side: "saddr" | "daddr"): Test | undefined {
  const node = options.find(name);
  if (!node) return undefined;
  const types = new Set(readList(node.values[0]?.text).map((text) => readType(text, options.family)));
  const device = options.has("limit-iface-in") ? "iif" : options.has("limit-iface-out") ? "oif" : undefined;
  const isOf = options.family === "ipv4" ? isIpv4Of : isIpv6Of;
  const span = spanOf(node);
  const test: Test = (passage) => {
    const answer = isOf(passage, passage.headers[side], types, device);
    return answer ?? passage.guess("What kind of address that is, the router's routes tell.", span);
  };
  return invert(test, node.negation !== undefined);
}

function readType(text: string, family: IpFamily): string | undefined {
  return readWord<string>(text, typeWords[family])?.toLowerCase();
}

type Types = ReadonlySet<string | undefined>;

/** Only the table `local` is asked: an address that it does not know is unicast. */
function isIpv4Of(
  passage: Passage,
  address: number | bigint,
  types: Types,
  device: "iif" | "oif" | undefined,
): boolean | undefined {
  const value = address as number;
  if (value >>> 24 === 0 || value === 0xffff_ffff) return types.has("broadcast");
  if (isMulticast("ipv4", value)) return types.has("multicast");
  const answer = lookUp(passage, value, device);
  return answer && types.has(ofLocalTable.has(answer.type) ? answer.type : "unicast");
}

const ofLocalTable = new Set(["local", "broadcast", "anycast", "multicast"]);

function isIpv6Of(
  passage: Passage,
  address: number | bigint,
  types: Types,
  device: "iif" | "oif" | undefined,
): boolean | undefined {
  const multicast = isMulticast("ipv6", address);
  if (types.has("multicast") && !multicast) return false;
  if (types.has("unicast") && (multicast || isUnspecified(address))) return false;
  if (types.has("unspec") && !isUnspecified(address)) return false;
  if (!types.has("local") && !types.has("anycast") && !types.has("unreachable")) return true;
  const answer = lookUp(passage, address, device);
  if (!answer) return undefined;
  if (answer.type === "local" || answer.type === "anycast") return types.has(answer.type);
  return types.has("unreachable") && answer.oif === undefined;
}

function lookUp(passage: Passage, address: number | bigint, device: "iif" | "oif" | undefined): FibAnswer | undefined {
  const name = device && passage[device]?.name;
  return passage.fib({ address, ...(name !== undefined && { oif: name }) });
}

/** Whether an answer would leave by the interface that the packet came in by. */
function reversePathTest(options: Options): Test {
  const [loose, acceptLocal] = [options.has("loose"), options.has("accept-local")];
  const withMark = options.has("validmark");
  const test: Test = (passage) => {
    const { iif, headers, meta } = passage;
    if (iif?.type === "loopback" || isExempt(passage)) return true;
    const answer = passage.fib({
      address: headers.saddr,
      source: isGroup(passage) ? zeroOf(headers.family) : headers.daddr,
      mark: withMark ? meta.mark : 0,
      ...(iif && (!loose || isLinkLocal(headers.family, headers.saddr)) && { iif: iif.name }),
    });
    if (!answer) return passage.guess("Which way leads back to the sender, the router's routes tell.", options.span);
    if (answer.route === "local" && headers.family === "ipv6") return acceptLocal;
    if (answer.route !== "unicast" && !(answer.route === "local" && acceptLocal)) return false;
    return loose || (answer.oif !== undefined && answer.oif === iif?.name);
  };
  return invert(test, options.has("invert"));
}

/** Packets of a host without address: DHCP's. */
function isExempt({ headers: { family, saddr, daddr } }: Passage): boolean {
  if (family === "ipv6") return isUnspecified(saddr);
  const link = ((daddr as number) & 0xffff_ff00) === (0xe000_0000 | 0);
  return (saddr as number) >>> 24 === 0 && (daddr === 0xffff_ffff || link);
}

function isGroup({ headers: { family, daddr } }: Passage): boolean {
  if (isMulticast(family, daddr)) return true;
  return family === "ipv4" && (daddr === 0xffff_ffff || (daddr as number) >>> 24 === 0);
}

function zeroOf(family: IpFamily): number | bigint {
  return family === "ipv4" ? 0 : 0n;
}

function policyTest(options: Options): Test {
  const none = options.text("pol") === "none";
  return (passage) => {
    passage.assume("No IPsec policy applies to the packet.");
    return none;
  };
}
