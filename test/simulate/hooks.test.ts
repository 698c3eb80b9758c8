import { expect, test } from "vitest";
import { Router } from "../../netfilter/simulate/router.js";
import { endText, house, lines, load, packet, routerOf } from "./world.js";

const syn = packet({ iif: "lan0", saddr: "192.168.1.10", daddr: "203.0.113.10", sport: 40000, dport: 80, tcpFlags: 2 });

/** The chains and functions that a packet comes by, in order, as `hook priority name`. */
function order(text: string, sent = syn): string[] {
  const { steps } = routerOf(text).send(sent);
  return steps.flatMap((step) => {
    if (step.kind === "route") return ["route"];
    const name = step.kind === "callback" ? step.function : step.chain.name;
    return step.kind === "rule" ? [] : [`${step.hook} ${step.priority} ${name}`];
  });
}

test("conntrack is there when a rule of the family needs it, and with it NAT's place", () => {
  const check = (rules: string, expected: boolean, sent = syn) =>
    expect(order(rules, sent).some((line) => line.includes("conntrack_in"))).toBe(expected);
  const chain = (rule: string) => `{ chain c { type filter hook prerouting priority 0; ${rule}\n } }`;
  const six = packet({ iif: "lan0", saddr: "2001:db8:1::9", daddr: "2001:db8:5::1", sport: 1, dport: 2, tcpFlags: 2 });
  check(`table ip t ${chain("accept")}`, false);
  check(`table ip t ${chain("ct state new")}`, true);
  check(`table ip6 t ${chain("ct state new")}`, false);
  check(`table inet t ${chain("ct state new")}`, true, six);
  check(`table ip t ${chain("udp dport 53 notrack")}`, false);
  check("table ip t { chain c { type nat hook prerouting priority -100; } }", false);
  check("table ip t { chain c { type nat hook prerouting priority -100; dnat to 10.0.0.9\n } }", true);
  const inetNat = "table inet t { chain c { type nat hook postrouting priority 100; snat ip6 to 2001:db8::9\n } }";
  check(inetNat, false);
  check(inetNat, true, six);
  check(`table ip t { flags dormant; chain c { type filter hook prerouting priority 0; ct state new\n } }`, false);
});

test("of equal priorities, what was registered later goes first", () => {
  const text = `table ip a {
    chain one { type filter hook forward priority 0; }
    chain two { type filter hook forward priority 0; }
    chain early { type filter hook forward priority -1; }
  }
  table inet b {
    chain three { type filter hook forward priority 0; }
  }`;
  expect(order(text)).toEqual(["route", "forward -1 early", "forward 0 three", "forward 0 two", "forward 0 one"]);
});

test("a chain at conntrack's own priority runs behind it when its table brings conntrack, and before it when loaded later", () => {
  const chain = "chain last { type filter hook postrouting priority 2147483647; drop\n }";
  const tracking = "chain c { type filter hook forward priority 0; ct state new\n }";
  const before = new Router([load(`table ip a {\n${chain}\n${tracking}\n}`)], house);
  before.send(syn);
  expect(before.entries()).toHaveLength(1);
  const after = new Router([load(`table ip a {\n${tracking}\n}`), load(`table ip b {\n${chain}\n}`)], house);
  after.send(syn);
  expect(after.entries()).toHaveLength(0);
});

test("nat chains are called from NAT's own place, ordered among themselves, until one has translated", () => {
  const text = `table ip t {
    chain late { type nat hook prerouting priority 50; counter\n }
    chain early { type nat hook prerouting priority -150; counter\n }
    chain mangle { type filter hook prerouting priority -120; counter\n }
    chain done { type nat hook postrouting priority 90; masquerade\n }
    chain never { type nat hook postrouting priority 91; counter\n }
  }`;
  expect(order(text)).toMatchInlineSnapshot(`
    [
      "prerouting -200 ipv4_conntrack_in",
      "prerouting -120 mangle",
      "prerouting -150 early",
      "prerouting 50 late",
      "prerouting -100 nf_nat_ipv4_pre_routing",
      "route",
      "postrouting 100 nf_nat_ipv4_out",
      "postrouting 2147483647 ipv4_confirm",
    ]
  `);
});

test("devices' chains see what comes in by theirs, before and after all others", () => {
  const text = `table netdev d {
    chain in { type filter hook ingress device lan0 priority 0; }
    chain other { type filter hook ingress device wan1 priority 0; }
    chain out { type filter hook egress device wan1 priority 0; }
  }
  table inet t {
    chain ours { type filter hook ingress device lan0 priority -1; }
    chain pre { type filter hook prerouting priority 0; }
  }`;
  expect(order(text)).toMatchInlineSnapshot(`
    [
      "ingress -1 ours",
      "ingress 0 in",
      "prerouting 0 pre",
      "route",
      "egress 0 out",
    ]
  `);
});

test("a packet of this machine to itself goes out and in over loopback with its connection and mark", () => {
  const text = `table ip t {
    chain out { type route hook output priority -150; meta mark set 0x7\n }
    chain pre { type filter hook prerouting priority 0; meta mark 0x7 iifname "lo" ct state new counter\n }
    chain in { type filter hook input priority 0; }
  }`;
  const trace = routerOf(text).send(
    packet({ saddr: "192.168.1.1", daddr: "192.168.1.1", sport: 5, dport: 6, tcpFlags: 2 }),
  );
  expect(lines(trace, text)).toMatchInlineSnapshot(`
    [
      "route: local 192.168.1.1/32 dev lan0 (table 255, rule 0)",
      "output -200 ipv4_conntrack_local: makes a new entry, not confirmed yet [ct state ->new] => accept",
      "output -150 out + meta mark set 0x7 [meta mark 0x00000000->0x00000007]",
      "output -150 out end => accept",
      "route: local 192.168.1.1/32 dev lan0 (table 255, rule 0)",
      "postrouting 2147483647 ipv4_confirm: the entry goes into the table => accept",
      "prerouting -200 ipv4_conntrack_in: its connection is known already => accept",
      "prerouting 0 pre + meta mark 0x7 iifname "lo" ct state new counter",
      "prerouting 0 pre end => accept",
      "input 0 in end => accept",
      "input 2147483647 ipv4_confirm: the entry is confirmed already => accept",
      "DELIVERED",
    ]
  `);
});

test("a mark in a route chain routes anew, in a filter chain it does not", () => {
  const out = (type: string) =>
    `table ip t { chain out { type ${type} hook output priority -150; meta mark set 0x36\n } }`;
  const own = packet({ saddr: "10.0.1.2", daddr: "203.0.113.10", sport: 5, dport: 6, tcpFlags: 2 });
  expect(endText(routerOf(out("route")).send(own).disposition)).toBe("SENT wan2 via 10.0.2.1");
  expect(endText(routerOf(out("filter")).send(own).disposition)).toBe("SENT wan1 via 10.0.1.1");
});

test("destination NAT in output routes every packet of the connection anew", () => {
  const text = `table ip t { chain out { type nat hook output priority -100; dnat to 192.168.1.10\n } }`;
  const router = routerOf(text);
  const own = packet({ saddr: "10.0.1.2", daddr: "203.0.113.10", sport: 5, dport: 6, tcpFlags: 2 });
  expect(endText(router.send(own).disposition)).toBe("SENT lan0");
  expect(endText(router.send(own).disposition)).toBe("SENT lan0");
});

test("queued packets wait, or come back as the program made them", () => {
  const text = `table ip t { chain f { type filter hook forward priority 0; tcp dport 80 queue num 3\n tcp dport 81 drop\n } }`;
  expect(endText(routerOf(text).send(syn).disposition)).toBe("QUEUED 3");
  const queue = (_: string, from: typeof syn) => ({ ...from, dport: 82 });
  expect(endText(routerOf(text).send(syn, { queue }).disposition)).toBe("SENT wan1 via 10.0.1.1");
  const asked = (rules: string, answer: "drop" | "wait" | undefined) =>
    endText(routerOf(rules).send(syn, { queue: () => answer }).disposition);
  expect(asked(text, "drop")).toBe("DROPPED the program on queue 3 drops it");
  expect(asked(text, "wait")).toBe("QUEUED 3");
  expect(asked(text, undefined)).toBe("DROPPED no program listens on queue 3");
  const bypass = text.replace("queue num 3", "queue num 3 bypass");
  expect(asked(bypass, undefined)).toBe("SENT wan1 via 10.0.1.1");
  expect(routerOf(bypass).send(syn).disposition.end).toBe("unknown");
});

test("copies are sent beside the packet", () => {
  const text = `table ip t { chain pre { type filter hook prerouting priority 0; dup to 10.0.2.1\n } }`;
  const trace = routerOf(text).send(syn);
  expect([trace, ...trace.caused].map((one) => endText(one.disposition))).toEqual([
    "SENT wan1 via 10.0.1.1",
    "SENT wan2 via 10.0.2.1",
  ]);
});
