import type { TracedPacket, TraceEvent, TraceVerdict } from "../../../netfilter/observe/trace/event.js";
import type { PacketTrace } from "../../../netfilter/observe/trace/group.js";
import { formatAddress } from "../../../netfilter/packet/address.js";
import type { Packet } from "../../../netfilter/packet/packet.js";
import type { Loaded } from "../../../netfilter/simulate/router.js";
import type { Step, Trace } from "../../../netfilter/simulate/trace.js";

/**
 * What a tool tells of a packet beside where it is: nft has the verdict, and the mark at a policy; xtables-monitor the mark
 * behind a base chain's first event; the kernel log the mark and the headers each time, but no verdict.
 */
export type Teller = "nft" | "xtables" | "log";

/** Finds a rule's place in its chain, from 1, by its text in the tool's listing. */
export class Positions {
  readonly #known = new Map<string, number>();
  readonly #counts = new Map<string, number>();

  /** `listing` is what `nft list ruleset` or `iptables-save` printed; `family` that of the latter. */
  constructor(listing: string, family = "ip") {
    let table = "";
    let chain: string | undefined;
    for (const raw of listing.split("\n")) {
      const line = raw.trim();
      const [, nft, save, block, appended] =
        /^(?:table (\S+ \S+) \{|\*(\S+)$|chain (\S+) \{|-A (\S+))/.exec(line) ?? [];
      if (nft !== undefined || save !== undefined) table = nft ?? `${family} ${save}`;
      else if (block !== undefined) chain = block;
      else if (line.startsWith("}")) chain = undefined;
      else if (appended !== undefined) this.#add(`${table} ${appended}`, line);
      else if (chain !== undefined && line !== "" && !line.startsWith("type ")) this.#add(`${table} ${chain}`, line);
    }
  }

  #add(place: string, rule: string): void {
    const position = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, position);
    this.#known.set(`${place} ${plain(rule)}`, position);
  }

  of({ family, table, chain }: TraceEvent, rule: string): number {
    const position = this.#known.get(`${family} ${table} ${chain} ${plain(rule)}`);
    if (position === undefined) throw new Error(`The listing has no rule "${rule}" in ${family} ${table} ${chain}.`);
    return position;
  }
}

/** Counters stand still in a trace; handles and white space say nothing. */
function plain(rule: string): string {
  const bare = rule.replace(/\s*# handle \d+$/, "").replaceAll(/counter packets \d+ bytes \d+/g, "counter");
  return bare.replaceAll(/\s+/g, " ").trim();
}

/** One line for each thing that the tool told of a packet. */
export function tellerLines({ events }: Pick<PacketTrace, "events">, teller: Teller, positions: Positions): string[] {
  let seen: TracedPacket | undefined;
  return events.flatMap((event) => {
    const place = `${event.family} ${event.table} ${event.chain}`;
    if (event.kind === "packet") seen = event.packet;
    if (event.kind === "return" || event.kind === "conntrack") return [];
    if (teller === "log") return event.kind === "packet" ? [] : [`${place} ${what(event, positions)} ${headed(seen)}`];
    if (event.kind === "packet") return [`${place} ${headed(seen, teller === "xtables")}`];
    const mark = teller === "nft" && event.kind === "policy" ? ` mark ${event.mark ?? 0}` : "";
    return [`${place} ${what(event, positions)} ${verdictText(event.verdict)}${mark}`];
  });
}

function what(event: TraceEvent, positions: Positions): string {
  if (event.kind !== "rule") return event.kind;
  return `#${event.position ?? positions.of(event, event.rule ?? "")}`;
}

function verdictText(verdict: TraceVerdict | undefined): string {
  return [verdict?.kind, verdict?.target].filter(Boolean).join(" ");
}

function headed(seen: TracedPacket | undefined, mark = true): string {
  const { iif = "", oif = "", source = "", destination = "", sourcePort, destinationPort, ttl } = seen ?? {};
  const ports = sourcePort === undefined ? "" : ` ${sourcePort}>${destinationPort}`;
  return `[${iif}>${oif} ${source}>${destination}${ports} ttl ${ttl}${mark ? ` mark ${seen?.mark ?? 0}` : ""}]`;
}

/** The same of a simulated packet, from the rule on that has it traced: that rule is told of, but not in the kernel log. */
export function simulatedLines(trace: Trace, { text }: Loaded, teller: Teller): string[] {
  const journey = new Journey(trace.packet);
  const lines: string[] = [];
  let traced = false;
  let base = "";
  for (const step of trace.steps) {
    const before = journey.headed(step);
    journey.follow(step);
    if (step.kind !== "rule" && step.kind !== "end") continue;
    const starts =
      step.kind === "rule" && step.matched === true && tracing.test(text.slice(step.rule.start, step.rule.end));
    const told = traced || (starts && teller !== "log");
    traced ||= starts;
    const line = told ? stepLine(step, teller, before, journey.mark) : undefined;
    if (line === undefined) continue;
    const here = `${step.hook} ${step.priority} ${placeOf(step.chain.table)}`;
    if (here !== base && teller !== "log") {
      const headed = withMark(before, teller === "xtables" ? ` mark ${journey.mark}` : "");
      lines.push(`${placeOf(step.chain.table)} ${step.chain.name} ${headed}`);
    }
    base = step.kind === "end" ? "" : here;
    lines.push(line);
  }
  return lines;
}

const tracing = /nftrace set 1|-j TRACE/;

function withMark(headed: string, mark: string): string {
  return headed.replace(/ mark \d+\]$/, `${mark}]`);
}

type Told = Extract<Step, { kind: "rule" | "end" }>;

function placeOf({ family, name }: { readonly family: string; readonly name: string }): string {
  return `${family} ${name}`;
}

function stepLine(step: Told, teller: Teller, before: string, mark: number): string | undefined {
  const place = `${placeOf(step.chain.table)} ${step.chain.name}`;
  if (step.kind === "end") {
    if (!step.chain.base) return undefined;
    if (teller === "log") return `${place} policy ${before}`;
    return `${place} policy ${step.verdict}${teller === "nft" ? ` mark ${mark}` : ""}`;
  }
  if (step.matched !== true) return undefined;
  const rule = `${place} #${step.chain.rules.indexOf(step.rule) + 1}`;
  if (teller === "log") return `${rule} ${before}`;
  const verdict = step.verdict ?? "continue";
  return `${rule} ${verdict === "reject" ? "drop" : verdict}`;
}

/** A simulated packet's headers on its way, put together from what each step changed. */
class Journey {
  mark: number;
  #oif = "";
  #inside: boolean;
  readonly #ends: Record<string, string>;

  constructor(readonly packet: Packet) {
    this.mark = packet.mark ?? 0;
    this.#inside = packet.iif === undefined;
    this.#ends = {
      saddr: formatAddress(packet.saddr),
      daddr: formatAddress(packet.daddr),
      sport: String(packet.sport),
      dport: String(packet.dport),
    };
  }

  follow(step: Step): void {
    if (step.kind === "route") this.#oif = step.oif ?? this.#oif;
    for (const { field, after } of step.changes) {
      if (field === "meta mark") this.mark = Number(after);
      const [, end] = /^\w+ ([sd](?:addr|port))$/.exec(field) ?? [];
      if (end !== undefined) this.#ends[end] = after;
    }
  }

  /** As a tool shows it where the step is. */
  headed(step: Step): string {
    const hook = step.kind === "route" ? "" : step.hook;
    const early = hook === "prerouting" || hook === "input";
    const iif = early ? (this.packet.iif ?? "lo") : (this.packet.iif ?? "");
    const { saddr, daddr, sport, dport } = this.#ends;
    const ports = this.packet.sport === undefined ? "" : ` ${sport}>${dport}`;
    const ttl = (this.packet.ttl ?? 0) - (early || this.#inside ? 0 : 1);
    return `[${iif}>${early ? "" : this.#oif} ${saddr}>${daddr}${ports} ttl ${ttl} mark ${this.mark}]`;
  }
}
