import { tcpFlag } from "../../../packet/packet.js";
import type { Headers, Passage } from "../../context.js";
import { dscpClass, readTos } from "../matches/marks.js";
import { type Options, readList, readWord } from "../options.js";
import { isLaterFragment } from "../test.js";
import { type Deed, goOn, type Targets } from "./define.js";

/** Targets that write headers. */
export const headerTargets: Targets = {
  DSCP: (options) => {
    const dscp = options.number("set-dscp") ?? dscpClass(options.text("set-dscp-class") ?? "") ?? 0;
    return (passage) => write(passage, "dscp", dscp);
  },
  TOS: tosDeed,
  ECN: ecnDeed,
  TTL: (options) => hopsDeed(options, "ttl"),
  HL: (options) => hopsDeed(options, "hl"),
  TCPMSS: segmentSizeDeed,
  TCPOPTSTRIP: stripDeed,
  CHECKSUM: () => goOn,
};

type NumberField = "dscp" | "ecn" | "ttl" | "tcpMss" | "tcpFlags" | "length";

const names: Readonly<Record<NumberField, string>> = {
  dscp: "dscp",
  ecn: "ecn",
  ttl: "ttl",
  tcpMss: "tcp option maxseg size",
  tcpFlags: "tcp flags",
  length: "length",
};

/** Writes a field and tells of it where it is different afterwards. */
function write(passage: Passage, field: NumberField, after: number | undefined): "continue" {
  const { headers } = passage;
  const before = headers[field];
  if (before === after) return "continue";
  headers[field] = after;
  const told = after === undefined ? "missing" : `${after}`;
  passage.changed({
    field: fieldName(headers, field),
    ...(before !== undefined && { before: `${before}` }),
    after: told,
  });
  return "continue";
}

function fieldName({ family }: Headers, field: NumberField): string {
  if (field.startsWith("tcp")) return names[field];
  if (family === "ipv4") return `ip ${names[field]}`;
  return field === "ttl" ? "ip6 hoplimit" : `ip6 ${names[field]}`;
}

/** `tos = (tos & ~mask) ^ value`. */
function tosDeed(options: Options): Deed {
  const { clear, value } = tosWrite(options);
  return (passage) => {
    const { dscp, ecn } = passage.headers;
    const tos = ((((dscp ?? 0) << 2) | (ecn ?? 0)) & ~clear) ^ value;
    if (dscp !== undefined || (clear & 0xfc) === 0xfc) write(passage, "dscp", tos >> 2);
    if (ecn !== undefined || (clear & 3) === 3) write(passage, "ecn", tos & 3);
    return "continue";
  };
}

function tosWrite(options: Options): { readonly clear: number; readonly value: number } {
  const bits = (name: string) => options.number(name);
  const [and, or, xor] = [bits("and-tos"), bits("or-tos"), bits("xor-tos")];
  if (and !== undefined) return { clear: ~and & 0xff, value: 0 };
  if (or !== undefined) return { clear: or, value: or };
  if (xor !== undefined) return { clear: 0, value: xor };
  const { value, mask } = readTos(options.text("set-tos")) ?? { value: 0, mask: 0 };
  return { clear: mask, value };
}

function ecnDeed(options: Options): Deed {
  const ect = options.number("ecn-ip-ect");
  const remove = options.has("ecn-tcp-remove");
  const [ece, cwr] = [options.number("ecn-tcp-ece"), options.number("ecn-tcp-cwr")];
  return (passage) => {
    if (ect !== undefined) write(passage, "ecn", ect);
    const flags = passage.headers.tcpFlags;
    if (flags === undefined) return "continue";
    const withEce = setBit(flags, tcpFlag.ece, remove ? 0 : ece);
    return write(passage, "tcpFlags", setBit(withEce, tcpFlag.cwr, remove ? 0 : cwr));
  };
}

function setBit(flags: number, bit: number, value: number | undefined): number {
  if (value === undefined) return flags;
  return value === 0 ? flags & ~bit : flags | bit;
}

function hopsDeed(options: Options, prefix: "ttl" | "hl"): Deed {
  const number = (name: string) => options.number(`${prefix}-${name}`);
  const set = number("set");
  if (set !== undefined) return (passage) => write(passage, "ttl", set);
  const change = (number("inc") ?? 0) - (number("dec") ?? 0);
  return (passage) => {
    const { ttl } = passage.headers;
    if (ttl === undefined) return "continue";
    return write(passage, "ttl", Math.min(255, Math.max(0, ttl + change)));
  };
}

/** Never raises what the packet says; where it says nothing, the standard's default at the most is added. */
function segmentSizeDeed(options: Options): Deed {
  const fixed = options.number("set-mss");
  const [headerBytes, usual] = options.family === "ipv4" ? [40, 536] : [60, 1220];
  return (passage) => {
    if (isLaterFragment(passage)) return "continue";
    const size = fixed ?? clamped(passage, headerBytes);
    if (size === undefined) return "continue";
    if (size <= 0) return "drop";
    const { tcpMss, payload, length } = passage.headers;
    if (tcpMss !== undefined) return write(passage, "tcpMss", Math.min(tcpMss, size));
    if (payload && payload.length > 0) return "continue";
    if (length !== undefined) write(passage, "length", length + 4);
    return write(passage, "tcpMss", Math.min(usual, size));
  };
}

/** What fits through the narrower of both interfaces. */
function clamped(passage: Passage, headerBytes: number): number | undefined {
  const known = [passage.iif, passage.oif].flatMap((device) => (device?.mtu === undefined ? [] : [device.mtu]));
  if (known.length === 0) {
    passage.assume("The packet's segment size fits the path, whose MTU is not known.");
    return undefined;
  }
  return Math.min(...known) - headerBytes;
}

const tcpOptions = ["wscale", "mss", "sack-permitted", "sack", "timestamp", "md5"] as const;

/** Of TCP's options only the segment size is followed. */
function stripDeed(options: Options): Deed {
  const words = readList(options.text("strip-options"));
  const stripsSize = words.some((word) => word === "2" || readWord(word, tcpOptions) === "mss");
  return stripsSize ? (passage) => write(passage, "tcpMss", undefined) : goOn;
}
