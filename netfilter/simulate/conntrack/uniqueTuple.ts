import type { NatRequest } from "../context.js";
import type { PortRange } from "../state.js";
import type { FlowTable, Slot } from "./flowTable.js";
import { jhash2 } from "./jhash.js";
import { type Direction, hasPorts, inverse, isIcmp } from "./tuple.js";

type Plain = number | bigint;

/** A request with its address filled in. */
export type Range = Pick<NatRequest, "kind" | "address" | "port" | "random" | "fullyRandom" | "persistent" | "base">;

/**
 * The direction that a connection gets by a translation, chosen as the kernel does: kept where it lies in the range and is
 * free, else like other connections from the same end, else by hash over the addresses and a free port. A port that the kernel
 * picks at random is the range from which it is picked. Undefined when every port of the range is taken.
 */
export function uniqueDirection(current: Direction, range: Range, slot: Slot, table: FlowTable): Direction | undefined {
  const free = (direction: Direction) => isFree(direction, slot, table);
  if (range.kind === "source" && !range.random && !range.fullyRandom) {
    if (inRange(current, range)) {
      if (free(current)) return current;
    } else {
      const like = likeSameSource(current, range, slot, table);
      if (like && free(like)) return like;
    }
  }
  const moved = withAddress(current, range, slot.flow.zone);
  if (!range.random && !range.fullyRandom && keepsPort(moved, range, free)) return moved;
  return withPort(moved, range, free);
}

/** True when the answers to such packets would not be taken for those of another connection. */
function isFree(direction: Direction, slot: Slot, table: FlowTable): boolean {
  const answers = inverse(direction);
  return answers === undefined || !table.taken(answers, slot.flow.zone, slot);
}

function inRange(direction: Direction, range: Range): boolean {
  const { address, port } = range;
  if (address && (direction.saddr < address.from || direction.saddr > address.to)) return false;
  return !port || portIn(portOf(direction, range.kind), port);
}

function likeSameSource(current: Direction, range: Range, slot: Slot, table: FlowTable): Direction | undefined {
  for (const { flow } of table.sameSource(slot.flow.original, slot.flow.zone)) {
    const source = inverse(flow.reply);
    if (!source) continue;
    const like = { ...current, saddr: source.saddr, sport: source.sport };
    if (inRange(like, range)) return like;
  }
  return undefined;
}

function withAddress(direction: Direction, range: Range, zone: number): Direction {
  const { address, kind } = range;
  if (!address) return direction;
  const key = kind === "source" ? "saddr" : "daddr";
  if (address.from === address.to) return { ...direction, [key]: address.from };
  const chosen =
    direction.family === "ipv4"
      ? chooseIpv4(direction, address as { from: number; to: number }, range, zone)
      : chooseIpv6(direction, address as { from: bigint; to: bigint }, range, zone);
  return { ...direction, [key]: chosen };
}

/** The network of the range, the host bits of the address: what `netmap` makes of it. */
export function mapNetwork(address: Plain, range: { readonly from: Plain; readonly to: Plain }): Plain {
  const hosts = BigInt(range.from) ^ BigInt(range.to);
  const mapped = (BigInt(address) & hosts) | (BigInt(range.from) & ~hosts);
  return typeof range.from === "number" ? Number(mapped) : mapped;
}

function chooseIpv4(
  { saddr, daddr }: Direction,
  { from, to }: { from: number; to: number },
  range: Range,
  zone: number,
) {
  const seed = range.persistent ? 0 : (swap(daddr as number) ^ zone) >>> 0;
  const hash = jhash2([swap(saddr as number), 0, 0, 0], seed);
  return from + scale(hash, to - from + 1);
}

function chooseIpv6(
  direction: Direction,
  { from, to }: { from: bigint; to: bigint },
  range: Range,
  zone: number,
): bigint {
  const destination = words(direction.daddr as bigint);
  let hash = jhash2(
    words(direction.saddr as bigint).map(swap),
    range.persistent ? 0 : (swap(destination[3] as number) ^ zone) >>> 0,
  );
  let whole = false;
  let chosen = 0n;
  const [low, high] = [words(from), words(to)];
  for (let i = 0; i < 4; i++) {
    const [first, last] = whole ? [0, 0xffff_ffff] : [low[i] as number, high[i] as number];
    const part = whole ? scale(hash, 0xffff_ffff) : first + scale(hash, last - first + 1);
    chosen = (chosen << 32n) | BigInt(part >>> 0);
    if (part >>> 0 !== high[i]) whole = true;
    if (!range.persistent) hash = (hash ^ swap(destination[i] as number)) >>> 0;
  }
  return chosen;
}

/** Spreads a hash evenly over `size` numbers. */
function scale(hash: number, size: number): number {
  return Number((BigInt(hash) * BigInt(size)) >> 32n);
}

/** The kernel hashes addresses as they lie in memory; on nearly all machines that is byte by byte the other way round. */
function swap(word: number): number {
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

function words(address: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
}

/** True when nothing needs to be done about the port. */
function keepsPort(
  direction: Direction,
  { port, base, kind }: Range,
  free: (direction: Direction) => boolean,
): boolean {
  if (!port) return free(direction);
  if (base !== undefined || !portIn(portOf(direction, kind), port)) return false;
  return port.from === port.to || free(direction);
}

/** A port may only be exchanged where the protocol has one; ICMP has its identifier, whatever the kind. */
function withPort(direction: Direction, range: Range, free: (direction: Direction) => boolean): Direction | undefined {
  const { protocol } = direction;
  if (!hasPorts(protocol) && !isIcmp(protocol)) return direction;
  const key = range.kind === "source" || isIcmp(protocol) ? "sport" : "dport";
  if (!range.port && range.kind === "destination" && !isIcmp(protocol)) return direction;
  const ports = range.port ?? usualRange(direction);
  if (ports.from === ports.to) return { ...direction, [key]: ports.from };
  if (range.base !== undefined) return shifted(direction, key, ports, range.base, free);
  if (range.kind === "source" || range.random || range.fullyRandom) return { ...direction, [key]: ports };
  for (let port = ports.from; port <= Math.min(ports.to, ports.from + 127); port++) {
    const tried = { ...direction, [key]: port };
    if (free(tried)) return tried;
  }
  return { ...direction, [key]: ports };
}

/** `ports.from` plus how far the port lies above the base, round and round. */
function shifted(
  direction: Direction,
  key: "sport" | "dport",
  ports: PortRange,
  base: number,
  free: (direction: Direction) => boolean,
): Direction {
  const size = ports.to - ports.from + 1;
  const offset = (((direction[key] as number) - base) & 0xffff) >>> 0;
  for (let i = 0; i < Math.min(size, 128); i++) {
    const tried = { ...direction, [key]: ports.from + ((offset + i) % size) };
    if (free(tried)) return tried;
  }
  return { ...direction, [key]: ports };
}

/** A new source port is picked among those of the same standing. */
function usualRange({ protocol, sport }: Direction): PortRange {
  if (isIcmp(protocol)) return { from: 0, to: 65535 };
  const low = typeof sport === "number" ? sport : sport.from;
  if (low >= 1024) return { from: 1024, to: 65535 };
  return low < 512 ? { from: 1, to: 511 } : { from: 600, to: 1023 };
}

function portOf(direction: Direction, kind: Range["kind"]): number | PortRange {
  return kind === "source" || isIcmp(direction.protocol) ? direction.sport : direction.dport;
}

function portIn(port: number | PortRange, range: PortRange): boolean {
  const { from, to } = typeof port === "number" ? { from: port, to: port } : port;
  return from >= range.from && to <= range.to;
}
