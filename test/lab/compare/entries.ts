import type { ConntrackEntry, ConntrackStatus, Tuple } from "../../../netfilter/simulate/state.js";
import type { KernelEntry, KernelTuple } from "../kernel.js";
import { written } from "../world.js";

/** The status bits that tell a connection's life; those that only say that NAT has looked at it are left out. */
const bits: readonly (readonly [number, ConntrackStatus])[] = [
  [1, "expected"],
  [2, "seen-reply"],
  [4, "assured"],
  [8, "confirmed"],
  [16, "snat"],
  [32, "dnat"],
];

/** An entry of the kernel's in one line. */
export function kernelEntryLine({ original, reply, status = 0, mark = 0, state }: KernelEntry): string {
  const names = bits.flatMap(([bit, name]) => (status & bit ? [name] : []));
  return entryLine(kernelTuple(original), kernelTuple(reply), names, mark, state);
}

/** A simulated entry in the same form. */
export function simulatedEntryLine({ original, reply, status, mark, state }: ConntrackEntry): string {
  const names = bits.flatMap(([, name]) => (status.includes(name) ? [name] : []));
  return entryLine(simulatedTuple(original), simulatedTuple(reply), names, mark, state);
}

/** What a connection is known by. */
export function kernelKey({ original, zone = 0 }: KernelEntry): string {
  return `${kernelTuple(original)} zone ${zone}`;
}

export function simulatedKey({ original, zone = 0 }: ConntrackEntry): string {
  return `${simulatedTuple(original)} zone ${zone}`;
}

function entryLine(original: string, reply: string, names: readonly string[], mark: number, state: string | undefined) {
  return `${original} <- ${reply} [${names.join(",")}] mark 0x${mark.toString(16)} ${state ?? ""}`.trimEnd();
}

function kernelTuple({ saddr, daddr, protocol, sport, dport, icmpId, icmpType, icmpCode }: KernelTuple): string {
  const ports = icmpType === undefined ? `${sport ?? 0}>${dport ?? 0}` : `${icmpType}/${icmpCode} id ${icmpId}`;
  return `${saddr}>${daddr} ${protocol} ${ports}`;
}

/** A port that the kernel picked at random stands as what it may be. */
function simulatedTuple({ saddr, daddr, protocol, sport, dport, icmpId, icmpType, icmpCode }: Tuple): string {
  const port = (value: Tuple["sport"]) => (typeof value === "object" ? `${value.from}-${value.to}` : (value ?? 0));
  const ports = icmpType === undefined ? `${port(sport)}>${port(dport)}` : `${icmpType}/${icmpCode} id ${port(icmpId)}`;
  return `${written(saddr)}>${written(daddr)} ${protocol} ${ports}`;
}

/** Whether two lines say the same; a port that the kernel picked at random must lie in the simulated range. */
export function sameEntry(kernel: string, simulated: string): boolean {
  const [seen, own] = [kernel, simulated].map((line) => line.split(/[ >]/)) as [string[], string[]];
  return (
    seen.length === own.length && seen.every((word, index) => word === own[index] || isWithin(word, own[index] ?? ""))
  );
}

function isWithin(word: string, range: string): boolean {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(range) ?? [];
  return from !== undefined && Number(from) <= Number(word) && Number(word) <= Number(to);
}
