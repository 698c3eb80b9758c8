import { icmpType } from "../../facts/icmp.js";
import { protocolAt, protocols } from "../../facts/protocols.js";

/** What tcpdump tells of what IP carries. */
export interface Payload {
  readonly protocol?: string;
  readonly flags?: string;
  readonly icmpType?: string;
  readonly notes: readonly string[];
}

/** `head` is what stands before the addresses, `body` what stands behind them. */
export function payloadOf(head: string, body: string, hasPorts: boolean): Payload {
  const text = body.replace(/^(?:HBH|DSTOPT|srcrt|frag)\b\s*(?:\([^)]*\)\s*)*/, "").replace(/^\[[^|\]]*\]\s*/, "");
  const number = numberIn(head) ?? protocolOf(text, hasPorts);
  if (number === undefined) return { notes: ["The line does not tell the protocol."] };
  const protocol = protocolAt(number)?.name ?? String(number);
  if (number === 1 || number === 58) return { protocol, ...icmpOf(text, number === 58) };
  if (hasPorts) return { protocol, ...(number === 6 ? flagsOf(text) : { notes: [] }) };
  return { protocol, notes: [6, 17, 33, 132].includes(number) ? [laterFragment] : [] };
}

const laterFragment = "It is a later fragment and has no ports: what the form sends is a whole packet without ports.";

/** What `-v` writes in the brackets before the addresses; IPv6's extension headers are not what the rules call the protocol. */
function numberIn(head: string): number | undefined {
  const written = [...head.matchAll(/\b(?:proto|next-header) \S+ \((\d+)\)/g)].at(-1)?.[1];
  return written === undefined || ["0", "43", "44", "60"].includes(written) ? undefined : Number(written);
}

/** How that begins which tcpdump writes of a protocol. */
const beginnings: readonly (readonly [RegExp, number])[] = [
  [/^(?:Flags \[|tcp \d|\[\|tcp\])/, 6],
  [/^ICMP /, 1],
  [/^ICMP6, /, 58],
  [/^sctp\b/, 132],
  [/^DCCP\b/, 33],
  [/^GREv/, 47],
  [/^ESP\(/, 50],
  [/^AH\(/, 51],
  [/^(?:IP|[\d.]+ >) /, 4],
  [/^(?:IP6|[\da-f:.]+ >) /, 41],
  [/^VRRPv/, 112],
  [/^OSPFv/, 89],
  [/^PIMv/, 103],
];

/** With ports it is UDP if it is nothing else: of TCP the flags are always told. */
function protocolOf(text: string, hasPorts: boolean): number | undefined {
  const begun = beginnings.find(([pattern]) => pattern.test(text))?.[1];
  if (begun !== undefined || hasPorts) return begun ?? 17;
  const [, number, name = ""] = /^(?:ip-proto-(\d+)|([a-z][\w-]*))(?= |$)/.exec(text) ?? [];
  return number === undefined ? protocols.get(name) : Number(number);
}

const letters: Readonly<Record<string, string>> = {
  ...{ S: "syn", F: "fin", R: "rst", P: "psh", ".": "ack", U: "urg", E: "ece", W: "cwr" },
};

function flagsOf(text: string): Pick<Payload, "flags" | "notes"> {
  const written = /^Flags \[([^\]]*)\]/.exec(text)?.[1];
  if (written === undefined)
    return { notes: ["The line does not tell TCP's flags (with -q tcpdump leaves them out)."] };
  return {
    flags: written === "none" ? "none" : [...written].flatMap((one) => letters[one] ?? []).join(","),
    notes: [],
  };
}

type Types = readonly (readonly [RegExp, number])[];

/** tcpdump's words for types of ICMP, the longer ones first. */
const types4: Types = [
  [/^echo request/, 8],
  [/^echo reply/, 0],
  [/^time ?stamp query/, 13],
  [/^time ?stamp reply/, 14],
  [/^redirect /, 5],
  [/time exceeded/, 11],
  [/unreachable/, 3],
  [/^parameter problem/, 12],
  [/^source quench/, 4],
  [/^router advertisement/, 9],
  [/^router solicitation/, 10],
  [/^information request/, 15],
  [/^information reply/, 16],
  [/^address mask request/, 17],
  [/^address mask is/, 18],
];
const types6: Types = [
  [/^destination unreachable/, 1],
  [/^packet too big/, 2],
  [/^time exceeded/, 3],
  [/^parameter problem/, 4],
  [/^echo request/, 128],
  [/^echo reply/, 129],
  [/^multicast listener query/, 130],
  [/^multicast listener report v2/, 143],
  [/^multicast listener report/, 131],
  [/^multicast listener done/, 132],
  [/^router solicitation/, 133],
  [/^router advertisement/, 134],
  [/^neighbor solicitation/, 135],
  [/^neighbor advertisement/, 136],
  [/^redirect/, 137],
];
const errors: readonly number[] = [3, 4, 5, 11, 12];

function icmpOf(text: string, six: boolean): Pick<Payload, "icmpType" | "notes"> {
  const words = text.replace(/^ICMP6?,? /, "");
  const type = (six ? types6 : types4).find(([pattern]) => pattern.test(words))?.[1];
  if (type === undefined) return { notes: ["The type of its ICMP message is not told in words that are known."] };
  const isError = six ? type < 128 : errors.includes(type);
  const name = icmpType(six ? "ipv6" : "ipv4", type)?.name ?? String(type);
  return { icmpType: name, notes: isError ? ["The packet that the error is about has no place in the form."] : [] };
}
