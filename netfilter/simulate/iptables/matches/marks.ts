import type { Passage } from "../../context.js";
import { type Options, readMasked, readWord, spanOf } from "../options.js";
import { every, invert, type Test, unsure } from "../test.js";
import { entryOf, type Matches } from "./define.js";

/** Matches on marks, on the class of service, and on what the devices and processors are called. */
export const markMatches: Matches = {
  mark: (options) => {
    const { value, mask = 0xffff_ffff } = readMasked(options.text("mark")) ?? { value: 0 };
    const [bits, wanted, negated] = [mask | 0, value | 0, options.negated("mark")];
    return ({ meta }) => ((meta.mark & bits) === wanted) !== negated;
  },
  connmark: (options) => {
    const { value, mask = 0xffff_ffff } = readMasked(options.text("mark")) ?? { value: 0 };
    const [bits, wanted, negated] = [mask | 0, value | 0, options.negated("mark")];
    return (passage) => {
      const entry = entryOf(passage);
      return entry !== undefined && ((entry.mark & bits) === wanted) !== negated;
    };
  },
  dscp: dscpTest,
  tos: tosTest,
  ecn: (options) => every([ectTest(options), tcpBit(options, "ecn-tcp-ece", 64), tcpBit(options, "ecn-tcp-cwr", 128)]),
  devgroup: (options) => every([groupTest(options, "src-group", "iif"), groupTest(options, "dst-group", "oif")]),
  realm: (options) => unsure("Which realm the packet's route has is not known.", options.span),
  cpu: (options) => unsure("Which processor handles the packet is chance.", options.span),
};

/** The code point of a class: `EF`, `CS3`, `AF21`. */
export function dscpClass(name: string): number | undefined {
  const [, kind = "", first = "0", second = "0"] = /^(BE|EF|CS|AF)(\d?)(\d?)$/.exec(name.toUpperCase()) ?? [];
  const byKind: Readonly<Record<string, number>> = { BE: 0, EF: 46, CS: Number(first) * 8 };
  return kind === "AF" ? Number(first) * 8 + Number(second) * 2 : byKind[kind];
}

function dscpTest(options: Options): Test | undefined {
  const wanted = options.number("dscp") ?? dscpClass(options.text("dscp-class") ?? "");
  const test: Test = (passage) => {
    const { dscp } = passage.headers;
    return dscp === undefined ? passage.guess("The packet's DSCP is not known.", options.span) : dscp === wanted;
  };
  return invert(test, options.negated("dscp") || options.negated("dscp-class"));
}

const tosNames = {
  "Minimize-Delay": 0x10,
  "Maximize-Throughput": 0x08,
  "Maximize-Reliability": 0x04,
  "Minimize-Cost": 0x02,
  "Normal-Service": 0x00,
} as const;

/** A TOS by name, which leaves out the two highest bits, or as a number with its mask. */
export function readTos(text: string | undefined): { readonly value: number; readonly mask: number } | undefined {
  const name = /^\d/.test(text ?? "") ? undefined : readWord(text, Object.keys(tosNames) as (keyof typeof tosNames)[]);
  if (name) return { value: tosNames[name], mask: 0x3f };
  const { value, mask = 0xff } = readMasked(text) ?? {};
  return value === undefined ? undefined : { value, mask };
}

function tosTest(options: Options): Test {
  const { value, mask } = readTos(options.text("tos")) ?? { value: 0, mask: 0 };
  const test: Test = (passage) => {
    const tos = tosOf(passage, mask);
    return tos === undefined ? passage.guess("The packet's TOS is not known.", options.span) : (tos & mask) === value;
  };
  return invert(test, options.negated("tos"));
}

/** The TOS byte as far as the bits of the mask need it. */
function tosOf({ headers: { dscp, ecn } }: Passage, mask: number): number | undefined {
  if ((dscp === undefined && mask & 0xfc) || (ecn === undefined && mask & 3)) return undefined;
  return ((dscp ?? 0) << 2) | (ecn ?? 0);
}

function ectTest(options: Options): Test | undefined {
  const wanted = options.number("ecn-ip-ect");
  if (wanted === undefined) return undefined;
  const test: Test = (passage) => {
    const { ecn } = passage.headers;
    return ecn === undefined ? passage.guess("The packet's ECN bits are not known.", options.span) : ecn === wanted;
  };
  return invert(test, options.negated("ecn-ip-ect"));
}

function tcpBit(options: Options, name: string, bit: number): Test | undefined {
  const node = options.find(name);
  if (!node) return undefined;
  const span = spanOf(node);
  const test: Test = (passage) => {
    const { tcpFlags } = passage.headers;
    return tcpFlags === undefined
      ? passage.guess("The packet's TCP flags are not known.", span)
      : (tcpFlags & bit) !== 0;
  };
  return invert(test, node.negation !== undefined);
}

function groupTest(options: Options, name: string, side: "iif" | "oif"): Test | undefined {
  const node = options.find(name);
  if (!node) return undefined;
  const text = node.values[0]?.text;
  const { value, mask = 0xffff_ffff } = (text === "default" ? { value: 0 } : readMasked(text)) ?? {};
  const span = spanOf(node);
  if (value === undefined) return unsure("Which group that is, the router's iproute2/group tells.", span);
  const test: Test = (passage) => {
    const device = passage[side];
    if (!device) return false;
    if (device.group === undefined) return passage.guess(`The group of ${device.name} is not known.`, span);
    return ((device.group ^ value) & mask) === 0;
  };
  const inverted = invert(test, node.negation !== undefined);
  return (passage) => passage[side] !== undefined && inverted(passage);
}
