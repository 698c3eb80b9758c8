import { describe, expect, test } from "vitest";
import type { TracedPacket } from "../../netfilter/observe/trace/event.js";
import { packetJson } from "../../netfilter/packet/packetJson.js";
import { readEntryLine } from "../../netfilter/simulate/entryJson.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import type { Trace } from "../../netfilter/simulate/trace.js";
import { dispositionText } from "../../netfilter/simulate/traceText.js";
import { connectionsOf } from "../../netfilter/traced/connection.js";
import { formOf, givenPacketOf } from "../../netfilter/traced/packet.js";
import { playTraced } from "../../netfilter/traced/sequence.js";
import { recording } from "../observe/recordings.js";
import { labState, recorded } from "../simulate/recorded/lab.js";
import { packetsIn } from "./sessions.js";

const seenIn = (path: string, text = recorded(path)) => packetsIn(text).map(({ packet }) => packet as TracedPacket);

/** The simulated traces; undefined for packets that were not simulated. */
const simulate = (...session: Parameters<typeof playTraced>): (Trace | undefined)[] =>
  playTraced(...session).map((one) => ("trace" in one ? one.trace : undefined));

describe("an observed packet in the words of the form, and for the simulator", () => {
  test.each<[string, object, object]>([
    [
      "nft/dnat_map.trace.txt",
      {
        iif: "lan0",
        saddr: "192.168.1.10",
        daddr: "192.168.1.1",
        protocol: "tcp",
        sport: "40010",
        dport: "8443",
        flags: "syn",
      },
      {
        iif: "lan0",
        protocol: 6,
        sport: 40010,
        flags: "syn",
        ttl: 64,
        length: 44,
        id: 32058,
        dscp: 0,
        ecn: 0,
        window: 64240,
      },
    ],
    [
      "nft/local_out_ping.trace.txt",
      { oif: "wan1", saddr: "10.0.1.2", daddr: "203.0.113.10", protocol: "icmp", icmpType: "echo-request" },
      { protocol: 1, icmpType: 8, icmpCode: 0, length: 84 },
    ],
    [
      "nft/tcp6_nested.trace.txt",
      { iif: "lan0", protocol: "tcp", saddr: "2001:db8:1::10", flags: "syn" },
      { protocol: 6, flags: "syn", length: 64 },
    ],
    ["ipt-nft/forward_udp_drop.xtmon.txt", { protocol: "udp", dport: "9999" }, { protocol: 17, sport: 40003 }],
    ["ipt-legacy/forward_accept_tcp.dmesg.txt", { protocol: "tcp", flags: "syn" }, { seq: 1000, flags: "syn" }],
  ])("%s", (path, form, json) => {
    const [seen] = seenIn(path);
    if (!seen) throw new Error("no packet");
    expect(formOf(seen)).toMatchObject(form);
    const given = givenPacketOf(seen);
    expect(given && packetJson(given.packet)).toMatchObject(json);
  });

  test("of what the tool does not tell nothing is said", () => {
    const [ping] = seenIn("ipt-nft/input_accept_icmp.xtmon.txt");
    expect(ping && formOf(ping)).toEqual({ iif: "lan0", saddr: "192.168.1.10", daddr: "192.168.1.1" });
    expect(ping && givenPacketOf(ping)).toBeUndefined();
  });
});

test("packets of both directions belong to one connection, also behind NAT", () => {
  const text = [recorded("nft/dnat_map.trace.txt"), recorded("nft/forward_accept_tcp.trace.txt")].join("\n");
  expect(connectionsOf(packetsIn(text))).toEqual([0, 0, 2, 2]);
});

describe("a session is simulated packet by packet", () => {
  const loaded = [loadRules("rules", recorded("rich_ruleset_list_a.txt"), "nftables")];

  /** How each ended; or why it was not simulated. */
  const check = (text: string, state: RouterState = labState()) =>
    playTraced(packetsIn(text), loaded, state).map((one) =>
      "why" in one ? one.why : [dispositionText(one.trace.disposition), ...one.trace.assumptions].join("; "),
    );
  const session = recorded("nft/forward_accept_tcp.trace.txt");
  const [syn = "", answer = ""] = session.split(/(?=^trace id \S+ inet raw prerouting packet: iif "wan1")/m);
  const window = "TCP's sequence numbers lie in conntrack's window";

  test("each with what the earlier ones left behind", () => {
    expect(check(session)).toEqual(["sent by wan1 to 10.0.1.1", `sent by lan0; ${window}`]);
  });

  test("not, where the connection began before", () => {
    expect(check(answer)).toEqual([
      "The conntrack entry of its connection is not known: it began before the trace, or the state does not tell which address NAT gave it.",
    ]);
    expect(simulate(packetsIn(answer), loaded, labState())).toEqual([undefined]);
  });

  test("with the entry that the state has", () => {
    const entry =
      "tcp      6 110 SYN_SENT src=192.168.1.10 dst=203.0.113.10 sport=40001 dport=443 [UNREPLIED] src=203.0.113.10 dst=10.0.1.2 sport=443 dport=40001 mark=48";
    const state = labStateWith(entry);
    expect(check(answer, state)[0]).toMatch(/^sent by lan0/);
  });

  test("as nft says, where it tells of conntrack", () => {
    const told = (state: string) =>
      answer.replace(/^/, `trace id 5b0aabd3 inet raw prerouting conntrack: ct state ${state}\n`);
    const id = /^trace id (\S+)/.exec(answer)?.[1] ?? "";
    expect(check(told("established").replace("5b0aabd3", id))[0]).toMatch(/^The conntrack entry/);
    expect(check(told("invalid").replace("5b0aabd3", id))[0]).toMatch(/^dropped/);
  });

  test("a packet of a protocol without a beginning, where nothing tells, for the first", () => {
    const plain = [loadRules("r", "table ip f {\nchain c {\ntype filter hook forward priority 0\n}\n}\n", "nftables")];
    const udp =
      'trace id 1 ip f c packet: iif "lan0" oif "wan1" ip saddr 192.168.1.10 ip daddr 203.0.113.10 ip ttl 63 ip id 1 ip protocol udp ip length 60 udp sport 1 udp dport 2\ntrace id 1 ip f c policy accept\n';
    const [one] = simulate(packetsIn(udp), plain, labState());
    expect(one?.assumptions.at(-1)).toMatch(/^It is taken for its connection's first packet/);
    const [known] = simulate(packetsIn(udp), plain, { ...labState(), conntrack: [] });
    expect(known?.assumptions).toEqual([]);
  });

  test("nor those behind one that was left out", () => {
    const again = answer.replaceAll(/ip id \d+/g, "ip id 77").replaceAll(/trace id \S+/g, "trace id 0a0a0a0a");
    expect(check(answer + again)[1]).toBe(
      "An earlier packet of its connection could not be simulated, so what conntrack has of the connection is not known.",
    );
  });

  test("a reject's answer is not sent once more", () => {
    const traces = packetsIn(recorded("nft/forward_reject_nested.trace.txt"));
    const [rejected, made] = simulate(traces, loaded, labState());
    expect(rejected?.caused).toEqual([made]);
    expect(made?.packet.iif).toBeUndefined();
  });

  test("where answers were not traced they are taken to have come", () => {
    const acked = syn.replaceAll("== syn", "== ack").replaceAll(/trace id \S+/g, "trace id 0b0b0b0b");
    const [, second] = check(syn + acked.replaceAll(/ip id \d+/g, "ip id 78").replaceAll(/^.*ip nat .*\n/gm, ""));
    expect(second).toContain("sent by wan1 to 10.0.1.1");
    expect(second).toContain("was not traced: it is taken to have come by the interface by which that left.");
  });

  test("a packet that comes back by the loopback is one", () => {
    const traces = packetsIn(recorded("nft/loopback_ping.trace.txt"));
    const [out, back] = simulate(traces, loaded, labState());
    expect(out).toBeDefined();
    expect(back).toBe(out);
  });
});

/** The lab's router with one connection. */
function labStateWith(entry: string): RouterState {
  const read = readEntryLine(entry);
  if (!read) throw new Error(`no entry: ${entry}`);
  return { ...labState(), conntrack: [read] };
}

test("without addresses of the router the trace says by which interface a packet left", () => {
  const lines = loadRules("rules", recording("vm/tx612/iptables-save-c.txt"), "iptables");
  const [syn] = simulate(packetsIn(recording("vm/tx612/nft-monitor-trace.txt")), [lines], {});
  expect(syn?.steps.some((step) => step.kind === "rule" && step.chain.name === "FORWARD")).toBe(true);
});
