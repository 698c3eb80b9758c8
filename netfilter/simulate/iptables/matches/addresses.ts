import type { Passage } from "../../context.js";
import type { Memory } from "../memory.js";
import { type Options, readAddress, readList, spanOf } from "../options.js";
import { every, invert, type Test, unsure } from "../test.js";
import type { Matches } from "./define.js";

/** Matches on who sends and who is meant, on every layer. */
export const addressMatches: Matches = {
  iprange: (options) => every([rangeTest(options, "src-range", "saddr"), rangeTest(options, "dst-range", "daddr")]),
  mac: macTest,
  set: setTest,
  pkttype: pktTypeTest,
  physdev: physdevTest,
  eui64: () => eui64Test,
};

function rangeTest(options: Options, name: string, side: "saddr" | "daddr"): Test | undefined {
  const node = options.find(name);
  if (!node) return undefined;
  const [from, to = from] = (node.values[0]?.text ?? "").split("-").map((end) => readAddress(end, options.family));
  if (from === undefined || to === undefined)
    return unsure(`Which addresses \`${name}\` means is not known.`, spanOf(node));
  const negated = node.negation !== undefined;
  return ({ headers }) => (headers[side] >= from && headers[side] <= to) !== negated;
}

/** Interfaces that carry no Ethernet frames: the match never holds there, not even negated. */
const withoutFrames = new Set(["loopback", "ppp", "tun", "none", "ipip", "gre", "sit", "wireguard"]);

function macTest(options: Options): Test {
  const wanted = Number.parseInt((options.text("mac-source") ?? "").split(":").map(twoDigits).join(""), 16);
  const negated = options.negated("mac-source");
  return (passage) => {
    if (passage.iif === undefined || withoutFrames.has(passage.iif.type)) return false;
    const { etherSaddr } = passage.headers;
    if (etherSaddr === undefined) return passage.guess("The sender's MAC address is not known.", options.span);
    return (etherSaddr === wanted) !== negated;
  };
}

function twoDigits(byte: string): string {
  return byte.padStart(2, "0");
}

/** Options that ask what a set keeps with its entries. */
const entryOptions = ["packets-eq", "packets-lt", "packets-gt", "bytes-eq", "bytes-lt", "bytes-gt"];

function setTest(options: Options, memory: Memory): Test {
  const [name = "", directions] = [options.text("match-set"), readList(options.text("match-set", 1))];
  const negated = options.negated("match-set");
  const exceptions = options.has("return-nomatch");
  const counted = entryOptions.some((each) => options.has(each));
  const test: Test = (passage) => {
    if (memory.changedSets.has(name)) return passage.guess(`A rule has changed the ipset ${name}.`, options.span);
    const answer = passage.ipset(name, directions as readonly ("src" | "dst")[]);
    if (answer === undefined) return passage.guess(`What the ipset ${name} holds is not known.`, options.span);
    if (!exceptions && !(answer && counted)) return answer;
    return passage.guess(`What the ipset ${name} keeps with its entries is not known.`, options.span);
  };
  return invert(test, negated);
}

const packetTypes: Readonly<Record<string, Passage["meta"]["pktType"]>> = {
  unicast: "host",
  host: "host",
  broadcast: "broadcast",
  bcast: "broadcast",
  multicast: "multicast",
  mcast: "multicast",
  otherhost: "other",
};

function pktTypeTest(options: Options): Test {
  const wanted = packetTypes[options.text("pkt-type")?.toLowerCase() ?? ""];
  const negated = options.negated("pkt-type");
  return ({ meta }) => (meta.pktType === wanted) !== negated;
}

const physdevOptions = ["physdev-in", "physdev-out", "physdev-is-in", "physdev-is-out", "physdev-is-bridged"];

/** Only packets that came by or leave by a bridge have ports; of all others each question is answered with no. */
function physdevTest(options: Options): Test {
  const certain = physdevOptions.every((name) => !options.has(name) || options.negated(name));
  return (passage) => {
    if (passage.iif?.type !== "bridge" && passage.oif?.type !== "bridge") return certain;
    return passage.guess("By which port of the bridge the packet goes is not known.", options.span);
  };
}

/** Whether the lower half of the source was made of the frame's MAC address. */
const eui64Test: Test = (passage) => {
  const { etherSaddr: mac, saddr } = passage.headers;
  if (mac === undefined) return passage.guess("The sender's MAC address is not known.", undefined);
  const [high, low] = [BigInt(mac) >> 24n, BigInt(mac) & 0xff_ffffn];
  const identifier = ((high ^ 0x02_0000n) << 40n) | (0xfffen << 24n) | low;
  return (BigInt(saddr) & 0xffff_ffff_ffff_ffffn) === identifier;
};
