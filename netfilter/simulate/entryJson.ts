import { protocols } from "../facts/protocols.js";
import { parseAddress } from "../packet/address.js";
import { type FieldProblem, Fields } from "../text/fields.js";
import type { ConntrackEntry, ConntrackStatus, Tuple } from "./state.js";

type Path = FieldProblem["path"];

/** A connection as an object with `original` and `reply`, or as a line of `conntrack -L`. */
export function readEntry(value: unknown, path: Path, problems: FieldProblem[]): ConntrackEntry | undefined {
  if (typeof value === "string") {
    const entry = readEntryLine(value);
    if (!entry) problems.push({ path, message: `not a line of conntrack -L: ${value}` });
    return entry;
  }
  const fields = new Fields(value, path, problems, "a connection");
  const protocol = fields.number("protocol", { to: 0xff, words: protocols });
  const read = (name: string) => readTuple(fields.raw(name), [...path, name], problems, protocol);
  const [original, reply] = [read("original"), read("reply")];
  if (protocol === undefined) fields.complain(undefined, "a connection needs protocol, such as tcp");
  const entry = {
    original,
    reply,
    status: fields.list("status", (one) => String(one) as ConntrackStatus) ?? [],
    mark: fields.number("mark", { to: 0xffff_ffff }) ?? 0,
    zone: fields.number("zone", { to: 0xffff }),
    state: fields.string("state"),
    timeout: fields.number("timeout", { to: 2 ** 31 }),
    helper: fields.string("helper"),
    masqueradedBy: fields.string("masqueradedBy"),
  };
  fields.end();
  return original && reply ? (withoutUndefined(entry) as unknown as ConntrackEntry) : undefined;
}

function readTuple(
  value: unknown,
  path: Path,
  problems: FieldProblem[],
  protocol: number | undefined,
): Tuple | undefined {
  const fields = new Fields(value, path, problems, "one direction of a connection");
  const address = (name: string) => {
    const text = fields.string(name);
    const found = text === undefined ? undefined : parseAddress(text, "nftables");
    if (!found) fields.complain(name, `${name} is an IP address`);
    return found;
  };
  const tuple = {
    saddr: address("saddr"),
    daddr: address("daddr"),
    protocol,
    sport: fields.number("sport", { to: 0xffff }),
    dport: fields.number("dport", { to: 0xffff }),
    icmpType: fields.number("icmpType", { to: 0xff }),
    icmpCode: fields.number("icmpCode", { to: 0xff }),
    icmpId: fields.number("icmpId", { to: 0xffff }),
  };
  fields.end();
  const whole = tuple.saddr && tuple.daddr && protocol !== undefined;
  return whole ? (withoutUndefined(tuple) as unknown as Tuple) : undefined;
}

const bits: readonly (readonly [RegExp, readonly ConntrackStatus[]])[] = [
  [/\[ASSURED\]/, ["assured"]],
  [/\[FIXED\]|\[FIXED_TIMEOUT\]/, ["fixed-timeout"]],
  [/\[(HW_)?OFFLOAD\]/, ["offload"]],
];

/** A line of `conntrack -L` or `/proc/net/nf_conntrack`; undefined when it is none. What NAT did shows in the tuples. */
export function readEntryLine(line: string): ConntrackEntry | undefined {
  const head = /(?:^|\s)([a-z][\w-]*)\s+(\d+)(?:\s+(\d+))?(?:\s+([A-Z][A-Z_\d]+))?\s+src=/.exec(line);
  const [first, second] = line.split(/(?=\bsrc=)/).slice(1);
  const protocol = head && (protocols.get(head[1] as string) ?? Number(head[2]));
  const original = first === undefined || protocol === null ? undefined : lineTuple(first, protocol);
  const reply = second === undefined || protocol === null ? undefined : lineTuple(second, protocol);
  if (!head || !original || !reply) return undefined;
  const zone = field(line, "zone");
  return {
    original,
    reply,
    status: statusOf(line, original, reply),
    mark: field(line, "mark") ?? 0,
    ...(head[3] !== undefined && { timeout: Number(head[3]) }),
    ...(head[4] !== undefined && { state: head[4] }),
    ...(zone !== undefined && { zone }),
  };
}

function statusOf(line: string, original: Tuple, reply: Tuple): ConntrackStatus[] {
  const status: ConntrackStatus[] = ["confirmed"];
  if (!line.includes("[UNREPLIED]")) status.push("seen-reply");
  for (const [pattern, names] of bits) if (pattern.test(line)) status.push(...names);
  if (original.saddr.value !== reply.daddr.value || original.sport !== reply.dport) status.push("snat");
  if (original.daddr.value !== reply.saddr.value || original.dport !== reply.sport) status.push("dnat");
  return status;
}

function lineTuple(text: string, protocol: number): Tuple | undefined {
  const word = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(text)?.[1];
  const [saddr, daddr] = [parseAddress(word("src") ?? "", "nftables"), parseAddress(word("dst") ?? "", "nftables")];
  if (!saddr || !daddr) return undefined;
  const isIcmp = protocol === 1 || protocol === 58;
  const names = isIcmp ? icmpFields : portFields;
  const numbers = names.map(([name, word]) => [name, field(text, word)] as const);
  return { saddr, daddr, protocol, ...withoutUndefined(Object.fromEntries(numbers)) };
}

const portFields = [
  ["sport", "sport"],
  ["dport", "dport"],
] as const;
const icmpFields = [
  ["icmpType", "type"],
  ["icmpCode", "code"],
  ["icmpId", "id"],
] as const;

function field(text: string, name: string): number | undefined {
  const found = new RegExp(`\\b${name}=(\\d+)`).exec(text);
  return found ? Number(found[1]) : undefined;
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
