import type { IpFamily } from "../../../facts/iptables/extension.js";
import { readNumber, readRange, spanOf } from "../options.js";
import { invert, isLaterFragment, type Test, unsure } from "../test.js";
import type { MakeTest, Matches } from "./define.js";

/** What `--icmp-type` asks for; every type where it is 255, which only IPv4's match knows. */
export interface IcmpWanted {
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

const anyCode = { from: 0, to: 255 };

/** Names by type: those of the type alone, and those of its codes. */
const ipv4Names: readonly (readonly [type: number, names: string, codes?: Readonly<Record<string, number>>])[] = [
  [255, "any"],
  [0, "echo-reply pong"],
  [
    3,
    "destination-unreachable",
    {
      "network-unreachable": 0,
      "host-unreachable": 1,
      "protocol-unreachable": 2,
      "port-unreachable": 3,
      "fragmentation-needed": 4,
      "source-route-failed": 5,
      "network-unknown": 6,
      "host-unknown": 7,
      "network-prohibited": 9,
      "host-prohibited": 10,
      "TOS-network-unreachable": 11,
      "TOS-host-unreachable": 12,
      "communication-prohibited": 13,
      "host-precedence-violation": 14,
      "precedence-cutoff": 15,
    },
  ],
  [4, "source-quench"],
  [5, "redirect", { "network-redirect": 0, "host-redirect": 1, "TOS-network-redirect": 2, "TOS-host-redirect": 3 }],
  [8, "echo-request ping"],
  [9, "router-advertisement"],
  [10, "router-solicitation"],
  [11, "time-exceeded ttl-exceeded", { "ttl-zero-during-transit": 0, "ttl-zero-during-reassembly": 1 }],
  [12, "parameter-problem", { "ip-header-bad": 0, "required-option-missing": 1 }],
  [13, "timestamp-request"],
  [14, "timestamp-reply"],
  [17, "address-mask-request"],
  [18, "address-mask-reply"],
];

const ipv6Names: typeof ipv4Names = [
  [
    1,
    "destination-unreachable",
    {
      "no-route": 0,
      "communication-prohibited": 1,
      "beyond-scope": 2,
      "address-unreachable": 3,
      "port-unreachable": 4,
      "failed-policy": 5,
      "reject-route": 6,
    },
  ],
  [2, "packet-too-big"],
  [3, "time-exceeded ttl-exceeded", { "ttl-zero-during-transit": 0, "ttl-zero-during-reassembly": 1 }],
  [4, "parameter-problem", { "bad-header": 0, "unknown-header-type": 1, "unknown-option": 2 }],
  [128, "echo-request ping"],
  [129, "echo-reply pong"],
  [130, "mld-listener-query"],
  [131, "mld-listener-report"],
  [132, "mld-listener-done mld-listener-reduction"],
  [133, "router-solicitation"],
  [134, "router-advertisement"],
  [135, "neighbour-solicitation neighbor-solicitation"],
  [136, "neighbour-advertisement neighbor-advertisement"],
  [137, "redirect"],
];

const named: Readonly<Record<IpFamily, ReadonlyMap<string, IcmpWanted>>> = {
  ipv4: byName(ipv4Names),
  ipv6: byName(ipv6Names),
};

function byName(table: typeof ipv4Names): ReadonlyMap<string, IcmpWanted> {
  return new Map(
    table.flatMap(([type, names, codes = {}]) => [
      ...names.split(" ").map((name): [string, IcmpWanted] => [name.toLowerCase(), { type, ...anyCode }]),
      ...Object.entries(codes).map(([name, code]): [string, IcmpWanted] => [
        name.toLowerCase(),
        { type, from: code, to: code },
      ]),
    ]),
  );
}

/** What a type by name (whole or cut short), number, `type/code` or `type/code:code` stands for. */
export function icmpWanted(text: string, family: IpFamily): IcmpWanted | undefined {
  const lower = text.toLowerCase();
  const exact = named[family].get(lower);
  if (exact) return exact;
  const slash = text.indexOf("/");
  const type = readNumber(slash === -1 ? text : text.slice(0, slash));
  if (type === undefined) return [...named[family]].find(([name]) => name.startsWith(lower))?.[1];
  if (slash === -1) return { type, ...anyCode };
  const codes = readRange(text.slice(slash + 1), ":", 255, readNumber);
  return codes && { type, ...codes };
}

const icmpTest =
  (option: string): MakeTest =>
  (options) => {
    const node = options.find(option);
    const text = node?.values[0]?.text;
    const wanted = text === undefined ? undefined : icmpWanted(text, options.family);
    if (!node) return firstFragment;
    if (!wanted) return unsure(`Which ICMP type \`${text}\` is, is not known.`, spanOf(node));
    const { type, from, to } = wanted;
    if (type === 255 && options.family === "ipv4") return node.negation ? () => false : firstFragment;
    const span = spanOf(node);
    const asked: Test = (passage) => {
      const { icmpType, icmpCode } = passage.headers;
      if (icmpType === undefined) return passage.guess("The packet's ICMP type is not known.", span);
      if (icmpType !== type) return false;
      if (from === 0 && to === 255) return true;
      if (icmpCode === undefined) return passage.guess("The packet's ICMP code is not known.", span);
      return icmpCode >= from && icmpCode <= to;
    };
    const test = invert(asked, node.negation !== undefined);
    return (passage) => firstFragment(passage) && test(passage);
  };

function firstFragment(passage: Parameters<Test>[0]): boolean {
  return !isLaterFragment(passage);
}

/** Matches on ICMP messages. */
export const icmpMatches: Matches = { icmp: icmpTest("icmp-type"), icmp6: icmpTest("icmpv6-type") };
