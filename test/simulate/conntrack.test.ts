import { describe, expect, test } from "vitest";
import { parseAddress } from "../../netfilter/packet/address.js";
import { conntrackTable } from "../../netfilter/simulate/conntrack/conntrackTable.js";
import type { Tracked, Tracker } from "../../netfilter/simulate/conntrack/tracker.js";
import { plain } from "../../netfilter/simulate/conntrack/tuple.js";
import type { Headers, NatRequest } from "../../netfilter/simulate/context.js";
import type { RouterState, Tuple } from "../../netfilter/simulate/state.js";

/** `10.0.0.2:1000 > 192.0.2.1:80 SA` with TCP's flags in letters, `udp`, or `icmp 8 7` (type and identifier). */
function packet(text: string): Headers {
  const [from = "", , to = "", kind = "", type = "0", id = "0"] = text.split(" ");
  const [source, target] = [endOf(from), endOf(to)];
  const flags = [..."FSRPAU"].reduce((sum, letter, bit) => sum | (kind.includes(letter) ? 1 << bit : 0), 0);
  const icmp = kind === "icmp";
  return {
    ...emptyHeaders,
    saddr: source.address,
    daddr: target.address,
    protocol: icmp ? 1 : kind === "udp" ? 17 : 6,
    sport: source.port,
    dport: target.port,
    tcpFlags: icmp || kind === "udp" ? undefined : flags,
    icmpType: icmp ? Number(type) : undefined,
    icmpCode: icmp ? 0 : undefined,
    icmpId: icmp ? Number(id) : undefined,
  };
}

function endOf(text: string): { address: number | bigint; port: number | undefined } {
  const [address = "", port] = text.split(":");
  return { address: addressOf(address), port: port === undefined ? undefined : Number(port) };
}

function addressOf(text: string): number | bigint {
  const address = parseAddress(text, "nftables");
  if (!address) throw new Error(`${text} is no address`);
  return plain(address);
}

const emptyHeaders: Headers = {
  family: "ipv4",
  saddr: 0,
  daddr: 0,
  protocol: 0,
  sport: undefined,
  dport: undefined,
  tcpFlags: undefined,
  tcpSeq: undefined,
  tcpAck: undefined,
  tcpWindow: undefined,
  tcpMss: undefined,
  icmpType: undefined,
  icmpCode: undefined,
  icmpId: undefined,
  length: undefined,
  ttl: undefined,
  dscp: undefined,
  ecn: undefined,
  ipId: undefined,
  df: undefined,
  fragment: undefined,
  etherSaddr: undefined,
  etherDaddr: undefined,
  vlan: undefined,
  payload: undefined,
  about: undefined,
};

class Machine {
  readonly tracker: Tracker;
  readonly assumptions = new Set<string>();

  constructor(state: RouterState = {}) {
    this.tracker = conntrackTable(state, (sentence) => this.assumptions.add(sentence));
  }

  /** A packet's whole way; `source` is what a postrouting rule asks for, `oif` where it leaves. */
  pass(text: string, { source, destination, oif = "wan1", own }: Rules = {}): string {
    const headers = packet(text);
    const tracking = this.tracker.track(headers, { zone: 0, helper: undefined, guess: () => false });
    if (!tracking.goesOn) return `dropped: ${tracking.says}`;
    const { tracked } = tracking;
    const before = tracked.state;
    for (const [kind, request] of [
      ["destination", destination],
      ["source", source],
    ] as const) {
      if (!this.prepare(tracked, kind, request, own, oif)) return `${before}, dropped by nat`;
      const done = this.tracker.translate(tracked, kind, headers, kind === "source" ? oif : undefined);
      if (!done.goesOn) return `${before}, dropped: ${done.says}`;
    }
    const confirmed = this.tracker.confirm(tracked);
    return confirmed.goesOn ? `${before} ${written(headers)}` : `${before}, dropped: ${confirmed.says}`;
  }

  private prepare(
    tracked: Tracked,
    kind: NatRequest["kind"],
    request: Rules["source"],
    own: string | undefined,
    oif: string,
  ) {
    if (!this.tracker.wantsNat(tracked, kind)) return true;
    if (!request) return this.tracker.setUpNothing(tracked, kind);
    const address = own === undefined ? {} : { address: addressOf(own) };
    return this.tracker.setUp(tracked, { kind, ...request }, { ...address, oif });
  }

  get states(): string[] {
    return this.tracker.entries().map(({ state, original, reply, status }) => {
      const assured = status.includes("assured") ? " assured" : "";
      return `${state ?? ""} ${tupleText(original)} | ${tupleText(reply)}${assured}`.trim();
    });
  }
}

interface Rules {
  source?: Omit<NatRequest, "kind">;
  destination?: Omit<NatRequest, "kind">;
  oif?: string;
  own?: string;
}

function written({ saddr, daddr, sport, dport, icmpId }: Headers): string {
  return `${dotted(saddr)}${portText(sport ?? icmpId)} > ${dotted(daddr)}${portText(dport)}`;
}

function tupleText({ saddr, daddr, sport, dport, icmpId }: Tuple): string {
  return `${dotted(saddr.value)}${portText(sport ?? icmpId)}>${dotted(daddr.value)}${portText(dport)}`;
}

function portText(port: number | { from: number; to: number } | undefined): string {
  if (port === undefined) return "";
  return typeof port === "number" ? `:${port}` : `:${port.from}-${port.to}`;
}

function dotted(address: number | bigint): string {
  const value = Number(address);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

describe("the states of a TCP connection", () => {
  const open = ["10.0.0.2:1000 > 192.0.2.1:80 S", "192.0.2.1:80 > 10.0.0.2:1000 SA", "10.0.0.2:1000 > 192.0.2.1:80 A"];
  const back = "192.0.2.1:80 > 10.0.0.2:1000";
  const forth = "10.0.0.2:1000 > 192.0.2.1:80";
  test.each<[string, string[], string, string[]]>([
    ["a SYN", open.slice(0, 1), "new", ["SYN_SENT"]],
    ["its answer", open.slice(0, 2), "established", ["SYN_RECV"]],
    ["the third packet", open, "established", ["ESTABLISHED assured"]],
    ["a FIN", [...open, `${forth} FA`], "established", ["FIN_WAIT assured"]],
    ["its ACK", [...open, `${forth} FA`, `${back} A`], "established", ["CLOSE_WAIT assured"]],
    ["both FINs", [...open, `${forth} FA`, `${back} FA`], "established", ["LAST_ACK assured"]],
    ["the last ACK", [...open, `${forth} FA`, `${back} FA`, `${forth} A`], "established", ["TIME_WAIT assured"]],
    ["a reset of a settled one", [...open, `${back} R`], "established", ["CLOSE assured"]],
    ["a reset as first answer", [...open.slice(0, 1), `${back} RA`], "established", []],
    ["an ACK out of nowhere", [`${forth} A`], "new", ["ESTABLISHED"]],
    ["a SYN-ACK out of nowhere", [`${forth} SA`], "invalid", []],
    ["a reset out of nowhere", [`${forth} R`], "invalid", []],
    ["SYN and FIN at once", [`${forth} SF`], "invalid", []],
    ["a SYN after the end", [...open, `${forth} FA`, `${back} FA`, `${forth} A`, `${forth} S`], "new", ["SYN_SENT"]],
    ["a SYN after a foreign reset", [...open, `${back} R`, `${forth} S`], "established", ["CLOSE assured"]],
    ["an ACK from the wrong state", [`${forth} S`, `${forth} A`], "invalid", ["SYN_SENT"]],
  ])("%s", (_, packets, state, entries) => {
    const machine = new Machine();
    const outcomes = packets.map((text) => machine.pass(text));
    expect(outcomes.at(-1)?.split(" ")[0]).toBe(state);
    expect(machine.states.map((line) => line.replace(/ \d.*?(?= assured|$)/, ""))).toEqual(entries);
  });

  test("tcp_loose=0 picks nothing up", () => {
    const machine = new Machine({ sysctls: { "net.netfilter.nf_conntrack_tcp_loose": "0" } });
    expect(machine.pass("10.0.0.2:1000 > 192.0.2.1:80 A")).toMatch(/^invalid/);
  });
});

describe("ICMP", () => {
  test("a request begins something, an answer alone does not", () => {
    const machine = new Machine();
    expect(machine.pass("10.0.0.2 > 192.0.2.1 icmp 0 7")).toMatch(/^invalid/);
    expect(machine.pass("10.0.0.2 > 192.0.2.1 icmp 8 7")).toMatch(/^new/);
    expect(machine.pass("192.0.2.1 > 10.0.0.2 icmp 0 7")).toMatch(/^established/);
  });

  test("an error belongs to what it is about, and is translated with it", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", { source: { own: true, masquerade: true }, own: "198.51.100.1" });
    const address = (text: string) => ({ family: "ipv4" as const, value: BigInt(addressOf(text)) });
    const error = {
      ...packet("203.0.113.9 > 198.51.100.1 icmp 11"),
      about: { saddr: address("198.51.100.1"), daddr: address("192.0.2.1"), protocol: 6, sport: 1000, dport: 80 },
    };
    const tracking = machine.tracker.track(error, { zone: 0, helper: undefined, guess: () => false });
    if (!tracking.goesOn) throw new Error(tracking.says);
    expect(tracking.tracked.state).toBe("related");
    machine.tracker.translate(tracking.tracked, "destination", error, undefined);
    expect(dotted(error.daddr)).toBe("10.0.0.2");
    expect(dotted(error.about.saddr.value)).toBe("10.0.0.2");
  });
});

describe("translation", () => {
  const masquerade: Rules = { source: { own: true, masquerade: true }, own: "198.51.100.1" };
  const to = (from: string, until = from) => ({ address: { from: addressOf(from), to: addressOf(until) } });

  test("there and back", () => {
    const machine = new Machine();
    expect(machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", masquerade)).toBe("new 198.51.100.1:1000 > 192.0.2.1:80");
    expect(machine.pass("192.0.2.1:80 > 198.51.100.1:1000 SA")).toBe("established 192.0.2.1:80 > 10.0.0.2:1000");
    expect(machine.pass("10.0.0.2:1000 > 192.0.2.1:80 A", masquerade)).toBe(
      "established 198.51.100.1:1000 > 192.0.2.1:80",
    );
  });

  test("a masqueraded connection that leaves elsewhere is deleted (story 000)", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", masquerade);
    machine.pass("192.0.2.1:80 > 198.51.100.1:1000 SA");
    expect(machine.pass("10.0.0.2:1000 > 192.0.2.1:80 A", { ...masquerade, oif: "wan2" })).toMatch(
      /^established, dropped: outgoing interface changed/,
    );
    expect(machine.states).toEqual([]);
  });

  test("a plain snat is not bound to an interface", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", { source: to("198.51.100.1") });
    expect(machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", { oif: "wan2" })).toBe(
      "new 198.51.100.1:1000 > 192.0.2.1:80",
    );
  });

  test("a port that is taken becomes one of those that the kernel may pick, and the answer settles it", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", masquerade);
    expect(machine.pass("10.0.0.3:1000 > 192.0.2.1:80 S", masquerade)).toBe("new 198.51.100.1:600-1023 > 192.0.2.1:80");
    expect(machine.pass("192.0.2.1:80 > 198.51.100.1:777 SA")).toBe("established 192.0.2.1:80 > 10.0.0.3:1000");
    expect(machine.pass("10.0.0.3:1000 > 192.0.2.1:80 A")).toBe("established 198.51.100.1:777 > 192.0.2.1:80");
  });

  test("two connections with ports that the kernel picks do not get in each other's way", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S", masquerade);
    machine.pass("10.0.0.3:1000 > 192.0.2.1:80 S", masquerade);
    expect(machine.pass("10.0.0.4:1000 > 192.0.2.1:80 S", masquerade)).toBe("new 198.51.100.1:600-1023 > 192.0.2.1:80");
  });

  test("connections from one end keep their outside together", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:5000 > 192.0.2.1:80 S", {
      source: { ...to("198.51.100.1"), port: { from: 4000, to: 4000 } },
    });
    expect(
      machine.pass("10.0.0.2:5000 > 192.0.2.2:80 S", {
        source: { ...to("198.51.100.1"), port: { from: 3000, to: 4500 } },
      }),
    ).toBe("new 198.51.100.1:4000 > 192.0.2.2:80");
  });

  test.each<[string, Rules, string]>([
    [
      "a new destination",
      { destination: { ...to("10.9.9.9"), port: { from: 8080, to: 8080 } } },
      "new 10.0.0.2:1000 > 10.9.9.9:8080",
    ],
    ["first free port of a range", { destination: { port: { from: 90, to: 95 } } }, "new 10.0.0.2:1000 > 192.0.2.1:90"],
    [
      "a port within the range stays",
      { destination: { port: { from: 70, to: 95 } } },
      "new 10.0.0.2:1000 > 192.0.2.1:80",
    ],
    [
      "a network for a network",
      { destination: { ...to("10.7.0.0", "10.7.255.255"), netmap: true } },
      "new 10.0.0.2:1000 > 10.7.2.1:80",
    ],
    ["at random", { source: { ...to("198.51.100.1"), fullyRandom: true } }, "new 198.51.100.1:600-1023 > 192.0.2.1:80"],
  ])("%s", (_, rules, outcome) => {
    expect(new Machine().pass("10.0.0.2:1000 > 192.0.2.1:80 S", rules)).toBe(outcome);
  });

  test("an interface without an address drops what should take it", () => {
    expect(new Machine().pass("10.0.0.2:1000 > 192.0.2.1:80 S", { source: { own: true } })).toBe("new, dropped by nat");
  });
});

describe("the table", () => {
  test("full: a new connection is dropped, an old one goes on", () => {
    const machine = new Machine({ sysctls: { "net.netfilter.nf_conntrack_max": "1" } });
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S");
    machine.pass("192.0.2.1:80 > 10.0.0.2:1000 SA");
    expect(machine.pass("10.0.0.3:1000 > 192.0.2.1:80 S")).toMatch(/^dropped: the table is full/);
    expect(machine.pass("10.0.0.2:1000 > 192.0.2.1:80 A")).toMatch(/^established/);
  });

  test("what a try did can be undone", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S");
    const before = machine.states;
    const back = machine.tracker.snapshot();
    machine.pass("192.0.2.1:80 > 10.0.0.2:1000 SA");
    machine.pass("10.0.0.9:1000 > 192.0.2.1:80 S");
    expect(machine.states).not.toEqual(before);
    back();
    expect(machine.states).toEqual(before);
  });

  test("time ends entries", () => {
    const machine = new Machine();
    machine.pass("10.0.0.2:1000 > 192.0.2.1:80 S");
    machine.tracker.elapse(119);
    expect(machine.states).toHaveLength(1);
    machine.tracker.elapse(1);
    expect(machine.states).toEqual([]);
  });
});
