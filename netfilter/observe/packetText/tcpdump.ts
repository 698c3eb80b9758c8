import { allServices } from "../../facts/services.js";
import { parseAddress } from "../../packet/address.js";
import { type PacketWords, type Reading, said, worded } from "./reading.js";
import { payloadOf } from "./tcpdumpPayload.js";

const arp =
  "This is an ARP message and no IP packet: only chains of family arp see it, and its way is not followed here. Take a line that begins with IP or IP6.";

/**
 * Reads what tcpdump prints of one packet, with any of its options for time, link layer and detail. With `-v` an IPv4 packet goes
 * on in the line behind: `next` is taken then. Undefined for what is no line of tcpdump.
 */
export function readTcpdump(line: string, next: string): Reading | undefined {
  if (/(?:^|\s)ARP, |ethertype ARP\b/.test(line)) return { problem: arp };
  const whole = /\(tos 0x.*\)\s*$/.test(line) && /^\s/.test(next) ? `${line} ${next.trim()}` : line;
  const [pair, from = "", to = ""] = /(?:^|\s)([\w.:%-]+) > ([\w.:%-]+?):(?=\s|$)/.exec(whole) ?? [];
  if (pair === undefined) return undefined;
  const at = whole.indexOf(pair);
  const [head, body] = [whole.slice(0, at), whole.slice(at + pair.length).trim()];
  const [source, destination] = [readEnd(from), readEnd(to)];
  if (!source || !destination) return isPacket(head) ? { problem: namesInstead(source ? to : from) } : undefined;
  return packetBetween(source, destination, head, body);
}

function packetBetween(source: End, destination: End, head: string, body: string): Reading {
  const { notes, ...payload } = payloadOf(head, body, source.port !== undefined || destination.port !== undefined);
  const seen = seenAt(head);
  const ports = [source.port, destination.port].map((port) => portOf(port, payload.protocol));
  const unknown = [source, destination].find(({ port }, index) => port !== undefined && ports[index] === undefined);
  if (unknown) return { problem: `"${unknown.port}" is no known service: with -n tcpdump writes a port's number.` };
  const [sport, dport] = ports;
  const named = [source, destination].flatMap(({ port }, index) =>
    port === ports[index] ? [] : `${port} is port ${ports[index]}.`,
  );
  return {
    fields: said({ ...seen.fields, saddr: source.address, daddr: destination.address, sport, dport, ...payload }),
    says: `A packet that tcpdump saw${seen.says}.`,
    notes: [...seen.notes, ...named, ...notes],
  };
}

function isPacket(head: string): boolean {
  return /(?:^|\s)IP6? ?(?:\(.*\))?$|ethertype IPv[46]\b/.test(head.trimEnd());
}

function namesInstead(end: string): string {
  return `tcpdump wrote a name, not an address: "${end}". With -n it writes addresses and numbers.`;
}

interface End {
  readonly address: string;
  /** A number or a service's name. */
  readonly port?: string;
}

const ipv4End = /^(\d+\.\d+\.\d+\.\d+)(?:\.([^.]+))?$/;
const ipv6End = /^([\da-f]*:[\da-f:]*(?::\d+\.\d+\.\d+\.\d+)?)(?:%[^.]+)?(?:\.([^.]+))?$/i;

function readEnd(text: string): End | undefined {
  const [, address = "", port] = ipv4End.exec(text) ?? ipv6End.exec(text) ?? [];
  if (!parseAddress(address, "nftables")) return undefined;
  return { address, ...(port !== undefined && { port }) };
}

/** The number of a port; undefined where there is none or its name is not known. */
function portOf(text: string | undefined, protocol: string | undefined): string | undefined {
  if (text === undefined || /^\d+$/.test(text)) return text;
  const services = allServices.filter(({ names }) => names.includes(text));
  const own = services.find(({ protocols }) => protocols.some((one) => one === protocol));
  return worded((own ?? services[0])?.port);
}

interface Seen {
  readonly fields: Pick<PacketWords, "iif" | "oif">;
  readonly says: string;
  readonly notes: readonly string[];
}

/** Where tcpdump stood: `-i any` tells interface and direction. */
function seenAt(head: string): Seen {
  const vlan = /\bvlan (\d+)/.exec(head)?.[1];
  const inside = vlan === undefined ? (/\bPPPoE\b/.test(head) ? "PPPoE" : undefined) : `VLAN ${vlan}`;
  const carried = inside
    ? [`It was carried in ${inside}: for the rules it comes in by the interface that takes it out of there.`]
    : [];
  const [, name, direction] =
    /(?:^|\s)(\S+)\s+(In|Out|B|M|P)\s+(?=IP|PPPoE|802|ifindex|ethertype|vlan|[\da-f]{2}:)/.exec(head) ?? [];
  if (name === undefined || /^[\d:.-]+$/.test(name)) return { fields: {}, says: "", notes: carried };
  if (direction !== "Out")
    return { fields: inside ? {} : { iif: name }, says: ` coming in by ${name}`, notes: carried };
  const notes = [
    "Where it came from the line does not tell: without an interface in, it counts as this machine's own.",
  ];
  return { fields: { iif: "", oif: name }, says: ` leaving by ${name}`, notes };
}
