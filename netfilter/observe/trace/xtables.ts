import type { Family } from "../../facts/hooks.js";
import { given, numberIn, type TracedPacket, type TraceEvent, type TraceVerdict } from "./event.js";

const families: Readonly<Record<string, Family>> = {
  0: "inet",
  1: "inet",
  2: "ip",
  3: "arp",
  5: "netdev",
  7: "bridge",
  10: "ip6",
};

/** Reads a line of `xtables-monitor --trace`. Some versions put several records on a line. A packet has no chain of its own: it gets that of the record behind it. */
export class XtablesReader {
  /** Packets that wait for the record which says where they are. */
  readonly #waiting = new Map<string, TracedPacket>();

  read(line: string): TraceEvent[] {
    return line.split(/(?=\b(?:PACKET|TRACE): \d+ [\da-f]{8} )/).flatMap((record) => this.#record(record.trim()));
  }

  #record(text: string): TraceEvent[] {
    const [, kind, pf = "", id = "", rest = ""] = /^(PACKET|TRACE): (\d+) ([\da-f]{8}) (.*)$/.exec(text) ?? [];
    if (kind === "PACKET") {
      if (this.#waiting.size > 1000) this.#waiting.clear();
      this.#waiting.set(id, readPacket(rest));
      return [];
    }
    const event = kind === "TRACE" ? readTrace(rest, id, families[pf] ?? "ip") : undefined;
    const packet = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (!event) return [];
    const { family, table, chain } = event;
    return packet ? [{ by: "xtables", id, family, table, chain, kind: "packet", packet }, event] : [event];
  }
}

function readTrace(text: string, id: string, family: Family): TraceEvent | undefined {
  const [, table = "", chain = "", kind, rest = ""] =
    /^([^:\s]+):([^:\s]+):(rule|return|policy):(.*)$/.exec(text) ?? [];
  const place = { by: "xtables", id, family, table, chain } as const;
  if (kind === "return") return { ...place, kind };
  if (kind === "policy") return { ...place, kind, verdict: readVerdict(rest.trim()) };
  const [, handle, verdict = "", rule = ""] = /^(0x[\da-f]+):(\S+)\s*(.*)$/.exec(rest) ?? [];
  if (handle === undefined) return undefined;
  const own = withoutTable(rule);
  return {
    ...place,
    kind: "rule",
    handle: Number(handle),
    verdict: readVerdict(verdict),
    ...(own !== "" && { rule: own }),
  };
}

/** The rule as iptables-save has it: `-4 -t raw` or `iptables -t raw` before it say what is known already. */
function withoutTable(rule: string): string {
  return rule.replace(/^(?:-[46]|ip6?tables|arptables|ebtables) -t \S+ /, "").trim();
}

/** nft's own verdicts are negative numbers, and a queue has its number in the upper half. */
const codes: Readonly<Record<number, TraceVerdict["kind"]>> = {
  0: "drop",
  1: "accept",
  2: "stolen",
  4294967295: "continue",
  4294967291: "return",
};

function readVerdict(text: string): TraceVerdict {
  const [word = "", target] = text.split(":");
  const kind = word.toLowerCase();
  if ((kind === "jump" || kind === "goto") && target) return { kind, target };
  if (kind === "accept" || kind === "drop" || kind === "continue" || kind === "return" || kind === "stolen")
    return { kind };
  const code = numberIn(word);
  if (code === undefined) return kind === "queue" ? { kind } : { kind: "unknown" };
  const known = codes[code];
  if (known) return { kind: known };
  return (code & 0xff) === 3 ? { kind: "queue", queue: code >>> 16 } : { kind: "unknown" };
}

function readPacket(text: string): TracedPacket {
  const field = (name: string) => new RegExp(`\\b${name}=(\\S*)`).exec(text)?.[1] || undefined;
  const flags = text.split(" ").filter((word) => /^(SYN|ACK|FIN|RST|PSH|URG|ECE|CWR)$/.test(word));
  const ports = field("SPORT") !== undefined;
  return given({
    iif: field("IN"),
    oif: field("OUT"),
    source: field("SRC"),
    destination: field("DST"),
    protocol: flags.length > 0 ? "tcp" : ports ? "udp" : undefined,
    sourcePort: ports ? numberIn(field("SPORT")) : undefined,
    destinationPort: ports ? numberIn(field("DPORT")) : undefined,
    ttl: numberIn(field("TTL") ?? field("HOPLIMIT")),
    length: numberIn(field("LEN")),
    ipId: numberIn(field("ID")),
    tcpFlags: flags.length > 0 ? flags.map((word) => word.toLowerCase()) : undefined,
    mark: numberIn(field("MARK")),
    text: text.trim(),
  });
}
