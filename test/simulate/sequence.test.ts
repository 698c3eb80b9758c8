import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Packet } from "../../netfilter/packet/packet.js";
import { Router } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { device, endText, house, load, markRule, ownRules, packet, route } from "./world.js";

const tcp = { syn: 2, synAck: 18, ack: 16, pshAck: 24 } as const;

/** A TCP exchange as seen from the side that opens it; `back` is what its answers carry when they come in. */
function exchange(open: Parameters<typeof packet>[0], back: Parameters<typeof packet>[0]) {
  return (flags: keyof typeof tcp, answer = false): Packet =>
    packet({ ...(answer ? back : open), tcpFlags: tcp[flags] });
}

function ends(router: Router, packets: readonly Packet[]): string[] {
  return packets.map((one) => endText(router.send(one, { record: "matched" }).disposition));
}

/** Story 000: the mark is set and accepted before it is saved to the connection. */
const unsaved = `*nat
-A POSTROUTING -o wan+ -j MASQUERADE
COMMIT
*mangle
:FAST - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -s 192.168.1.11/32 -j FAST
-A PREROUTING -m mark --mark 0/0xff -j MARK --set-xmark 0x30/0xff
-A PREROUTING -j CONNMARK --save-mark
-A FAST -j MARK --set-xmark 0x36/0xff
-A FAST -j ACCEPT
COMMIT
`;

test("story 000: the packet behind the first answer leaves by another line, and kills its connection", () => {
  const router = new Router([load(unsaved, "iptables")], house);
  const client = exchange(
    { iif: "lan0", saddr: "192.168.1.11", daddr: "203.0.113.10", sport: 39201, dport: 80 },
    { iif: "wan2", saddr: "203.0.113.10", daddr: "10.0.2.2", sport: 80, dport: 39201 },
  );
  expect(ends(router, [client("syn"), client("synAck", true), client("ack")])).toMatchInlineSnapshot(`
    [
      "SENT wan2 via 10.0.2.1",
      "SENT lan0",
      "DROPPED nat at postrouting: outgoing interface changed: the connection was masqueraded for wan2 and leaves by wan1, so it is deleted and the packet dropped",
    ]
  `);
  expect(router.entries()).toEqual([]);
});

test("story 000 mended: without the early ACCEPT the connection lives", () => {
  const router = new Router([load(unsaved.replace("-A FAST -j ACCEPT\n", ""), "iptables")], house);
  const client = exchange(
    { iif: "lan0", saddr: "192.168.1.11", daddr: "203.0.113.10", sport: 39201, dport: 80 },
    { iif: "wan2", saddr: "203.0.113.10", daddr: "10.0.2.2", sport: 80, dport: 39201 },
  );
  const packets = [client("syn"), client("synAck", true), client("ack"), client("pshAck")];
  expect(ends(router, packets)).toEqual([
    "SENT wan2 via 10.0.2.1",
    "SENT lan0",
    "SENT wan2 via 10.0.2.1",
    "SENT wan2 via 10.0.2.1",
  ]);
  expect(router.entries().map(({ state, mark }) => [state, mark])).toEqual([["ESTABLISHED", 0x36]]);
});

const sample = (name: string) => readFileSync(new URL(`../../samples/${name}`, import.meta.url), "utf8");

test("story 002: a late drop leaves its entry, an early one does not", () => {
  const check = (dport: number, entries: number) => {
    const router = new Router([load(sample("late-drop/late-drop.nft"))], house);
    const sent = packet({
      iif: "lan0",
      saddr: "192.168.1.10",
      daddr: "192.168.1.1",
      sport: 5,
      dport,
      tcpFlags: tcp.syn,
    });
    expect([endText(router.send(sent).disposition).split(" ")[0], router.entries().length]).toEqual([
      "DROPPED",
      entries,
    ]);
  };
  check(2571, 0);
  check(2570, 1);
});

const guests: RouterState = {
  interfaces: [
    device("lo", 1, "127.0.0.1/8"),
    device("guests", 2, "10.16.1.1/24"),
    device("west", 3, "10.30.0.2/24"),
    device("east", 4, "10.31.0.2/24"),
  ],
  routes: [
    route("10.16.1.0/24 dev guests"),
    route("10.30.0.0/24 dev west"),
    route("10.31.0.0/24 dev east"),
    route("default via 10.30.0.1 dev west table 20"),
    route("default via 10.31.0.1 dev east table 22"),
    route("default via 10.30.0.1 dev west"),
  ],
  rules: [...ownRules, markRule(100, 0x14, 0xff, 20), markRule(101, 0x16, 0xff, 22)],
  sysctls: { "net.ipv4.ip_forward": "1", "net.ipv4.conf.all.rp_filter": "0" },
};

test("story 003: DNAT comes behind the mangle table, so the mark for the way back is never saved", () => {
  const router = new Router([load(sample("vpn-gateway/rules.v4"), "iptables")], guests);
  const asked = packet({
    iif: "east",
    saddr: "8.8.4.4",
    daddr: "10.31.0.2",
    sport: 7,
    dport: 51413,
    tcpFlags: tcp.syn,
  });
  const answer = packet({
    iif: "guests",
    saddr: "10.16.1.20",
    daddr: "8.8.4.4",
    sport: 51413,
    dport: 7,
    tcpFlags: tcp.synAck,
  });
  expect(ends(router, [asked, answer])).toMatchInlineSnapshot(`
    [
      "SENT guests",
      "SENT west via 10.30.0.1",
    ]
  `);
});

test("story 004: a program on a queue changes the port behind conntrack's back", () => {
  const state = {
    ...house,
    interfaces: [device("lo", 1, "127.0.0.1/8"), device("eth0", 2, "10.0.0.2/24")],
    routes: [route("default via 10.0.0.1 dev eth0"), route("10.0.0.0/24 dev eth0")],
  };
  const router = new Router([load(sample("redirect-and-queue/rules.v4"), "iptables")], state);
  const asked = packet({
    iif: "eth0",
    saddr: "10.0.0.9",
    daddr: "198.51.100.1",
    sport: 7,
    dport: 80,
    tcpFlags: tcp.syn,
  });
  expect(endText(router.send(asked).disposition)).toBe("QUEUED 0");
  const fresh = new Router([load(sample("redirect-and-queue/rules.v4"), "iptables")], state);
  const queue = (number: string, from: Packet) => (number === "0" ? { ...from, dport: 1337 } : from);
  const delivered = fresh.send(asked, { queue });
  expect([endText(delivered.disposition), delivered.last.dport]).toEqual(["DELIVERED", 1337]);
  const answer = packet({ saddr: "10.0.0.2", daddr: "10.0.0.9", sport: 1337, dport: 7, tcpFlags: tcp.synAck });
  const sent = fresh.send(answer, { queue });
  expect(
    sent.steps.filter(({ kind }) => kind === "callback").map((step) => "says" in step && step.says),
  ).toMatchInlineSnapshot(`
    [
      "INVALID: a TCP packet (synack) that cannot begin a connection",
    ]
  `);
});

test("whatIf: another mark, another state, and nothing of it stays", () => {
  const router = new Router([load(unsaved, "iptables")], house);
  const sent = packet({ saddr: "10.0.1.2", daddr: "203.0.113.10", sport: 5, dport: 6, tcpFlags: tcp.syn });
  expect(endText(router.whatIf(sent).disposition)).toBe("SENT wan1 via 10.0.1.1");
  expect(endText(router.whatIf(sent, { mark: 0x36 }).disposition)).toBe("SENT wan2 via 10.0.2.1");
  expect(endText(router.whatIf(sent, { state: { rules: [...ownRules, markRule(1, 0, 0, 102)] } }).disposition)).toBe(
    "SENT wan2 via 10.0.2.1",
  );
  expect(router.entries()).toEqual([]);
});

test("time passes between packets", () => {
  const text =
    'table ip t { chain f { type filter hook forward priority 0; policy drop; ct state established accept\niifname "lan0" accept\n } }';
  const asked = packet({ iif: "lan0", saddr: "192.168.1.10", daddr: "8.8.8.8", protocol: 17, sport: 5, dport: 53 });
  const answer = packet({ iif: "wan1", saddr: "8.8.8.8", daddr: "192.168.1.10", protocol: 17, sport: 53, dport: 5 });
  const check = (after: number, expected: string) => {
    const router = new Router([load(text)], house);
    router.send(asked);
    expect(router.send(answer, { after }).disposition.end).toBe(expected);
  };
  check(29, "sent");
  check(31, "dropped");
});
