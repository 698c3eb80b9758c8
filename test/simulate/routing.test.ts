import { expect, test } from "vitest";
import type { Packet } from "../../netfilter/packet/packet.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { device, endText, house, markRule, ownRules, packet, route, routerOf } from "./world.js";

const nothing = "table ip t { }";

/** How a packet ends on a router without rules, with what was assumed and what it made the router send. */
function outcome(sent: Packet, state: RouterState = house, rules = nothing) {
  const trace = routerOf(rules, state).send(sent);
  const caused = trace.caused.map(
    ({ last, disposition }) => `${last.icmpType}/${last.icmpCode} ${endText(disposition)}`,
  );
  return [endText(trace.disposition), ...caused, ...trace.assumptions];
}

const from = (iif: string, saddr: string, daddr: string, more: Partial<Packet> = {}) =>
  packet({ protocol: 17, sport: 1000, dport: 53, ...more, iif, saddr, daddr } as Parameters<typeof packet>[0]);
const own = (daddr: string, more: Partial<Packet> = {}) =>
  packet({ protocol: 17, sport: 1000, dport: 53, saddr: "0.0.0.0", ...more, daddr } as Parameters<typeof packet>[0]);

test("forwarded, delivered, dropped", () => {
  const check = (sent: Packet, ...expected: string[]) => expect(outcome(sent)).toEqual(expected);
  check(from("lan0", "192.168.1.10", "8.8.8.8"), "SENT wan1 via 10.0.1.1");
  check(from("wan1", "8.8.8.8", "192.168.1.10"), "SENT lan0");
  check(from("lan0", "192.168.1.10", "192.168.1.1"), "DELIVERED");
  check(from("lan0", "192.168.1.10", "10.0.2.2"), "DELIVERED");
  check(from("lan0", "192.168.1.10", "192.168.1.255"), "DELIVERED");
  check(from("lan0", "192.168.1.10", "255.255.255.255"), "DELIVERED");
  check(from("lan0", "2001:db8:1::9", "2001:db8:9::9"), "SENT wan1 via 2001:db8:a1::1");
  check(from("lan0", "2001:db8:1::9", "2001:db8:a1::2"), "DELIVERED");
  check(
    from("lan0", "192.168.1.1", "8.8.8.8"),
    "DROPPED routing: martian source: 192.168.1.1 is an address of this machine, or no unicast address",
  );
  check(
    from("wan1", "127.0.0.1", "10.0.1.2"),
    "DROPPED routing: martian source: 127.0.0.0/8 from outside, and route_localnet is off on wan1",
  );
  check(from("lan0", "::1", "2001:db8:1::1"), "DROPPED the loopback address does not come from outside");
  check(
    from("lan0", "192.168.1.10", "8.8.8.8", { pktType: "other" }),
    "DROPPED the link layer addressed it to another machine",
  );
  check(
    from("lan0", "192.168.1.10", "8.8.8.8", { ttl: 1 }),
    "DROPPED its time to live of 1 ends here; the sender is told",
    "11/0 SENT lan0",
  );
});

test("rules by mark, source, port; suppressed prefixes; goto", () => {
  const rule = (priority: number, more: object) =>
    ({ family: "ipv4", priority, action: { do: "lookup", table: 102 }, ...more }) as const;
  const check = (more: object, sent: Packet, expected: string, ...others: object[]) => {
    const rules = [...ownRules, rule(500, more), ...others.map((other, index) => rule(600 + index, other))];
    expect(outcome(sent, { ...house, rules })[0]).toBe(expected);
  };
  const sent = from("lan0", "192.168.1.10", "8.8.8.8");
  const [usual, other] = ["SENT wan1 via 10.0.1.1", "SENT wan2 via 10.0.2.1"];
  check({}, sent, other);
  check({ iif: "lan0" }, sent, other);
  check({ iif: "wan1" }, sent, usual);
  check({ oif: "wan1" }, sent, usual);
  check({ from: { value: 0xc0a8_0100n, prefixLength: 24 } }, sent, other);
  check({ from: { value: 0xc0a8_0200n, prefixLength: 24 } }, sent, usual);
  check({ not: true, from: { value: 0xc0a8_0200n, prefixLength: 24 } }, sent, other);
  check({ to: { value: 0x0808_0808n, prefixLength: 32 } }, sent, other);
  check({ protocol: 6 }, sent, usual);
  check({ protocol: 17, dport: [50, 60] }, sent, other);
  check({ dport: [54, 60] }, sent, usual);
  check({ tos: 0x10 }, sent, usual);
  check({ tos: 0x10 }, { ...sent, dscp: 4 }, other);
  check({ mark: 1, mask: 1 }, sent, usual);
  check({ action: { do: "lookup", table: 254, suppressPrefixLength: 0 } }, sent, other, {});
  check({ action: { do: "goto", priority: 32766 } }, sent, usual, {});
  check({ action: { do: "prohibit" } }, sent, "DROPPED routing: ip rule says prohibit, by rule 500");
});

test("routes that lead nowhere tell the sender, except a blackhole", () => {
  const check = (text: string, ...expected: string[]) => {
    const state = { ...house, routes: [...(house.routes ?? []), route(text)] };
    expect(outcome(from("lan0", "192.168.1.10", "8.8.8.8"), state)).toEqual(expected);
  };
  check("prohibit 8.8.8.0/24", "DROPPED routing: prohibit 8.8.8.0/24, by rule 32766", "3/13 SENT lan0");
  check("unreachable 8.8.8.0/24", "DROPPED routing: unreachable 8.8.8.0/24, by rule 32766", "3/1 SENT lan0");
  check("blackhole 8.8.8.0/24", "DROPPED routing: blackhole 8.8.8.0/24, by rule 32766");
  check("throw 8.8.8.0/24", "DROPPED routing: no route to 8.8.8.8", "3/0 SENT lan0");
});

test("the way back is looked at as rp_filter says", () => {
  const check = (filter: string, iif: string, saddr: string, expected: string, mark?: string) => {
    const sysctls = {
      ...house.sysctls,
      "net.ipv4.conf.all.rp_filter": filter,
      ...(mark && { "net.ipv4.conf.all.src_valid_mark": mark }),
    };
    expect(outcome(from(iif, saddr, "192.168.1.10"), { ...house, sysctls })[0]).toBe(expected);
  };
  check("0", "wan2", "8.8.8.8", "SENT lan0");
  check("1", "wan1", "8.8.8.8", "SENT lan0");
  check(
    "1",
    "wan2",
    "8.8.8.8",
    "DROPPED routing: rp_filter 1 on wan2: source 8.8.8.8, but the way back is by another interface",
  );
  check("2", "wan2", "8.8.8.8", "SENT lan0");
});

test("switches", () => {
  const check = (sysctls: Record<string, string>, sent: Packet, ...expected: string[]) =>
    expect(outcome(sent, { ...house, sysctls: { ...house.sysctls, ...sysctls } })).toEqual(expected);
  const sent = from("lan0", "192.168.1.10", "8.8.8.8");
  check({ "net.ipv4.ip_forward": "0" }, sent, "DROPPED routing: forwarding is off on lan0");
  check({ "net.ipv4.conf.lan0.forwarding": "0" }, sent, "DROPPED routing: forwarding is off on lan0");
  check(
    { "net.ipv6.conf.all.forwarding": "0" },
    from("lan0", "2001:db8:1::9", "2001:db8:9::9"),
    "DROPPED routing: net.ipv6.conf.all.forwarding is off",
  );
  check({ "net.ipv4.conf.wan1.route_localnet": "1" }, from("wan1", "8.8.8.8", "127.0.0.1"), "DELIVERED");
  check({ "net.ipv4.conf.all.accept_local": "1" }, from("lan0", "192.168.1.1", "8.8.8.8"), "SENT wan1 via 10.0.1.1");
});

test("packets of this machine: route, sender's address, interface they are bound to", () => {
  const check = (sent: Packet, expected: string, sender: string) => {
    const trace = routerOf(nothing).send(sent);
    const value = BigInt(sender.split(".").reduce((sum, part) => sum * 256 + Number(part), 0));
    expect([endText(trace.disposition), trace.last.saddr.value]).toEqual([expected, value]);
  };
  check(own("8.8.8.8"), "SENT wan1 via 10.0.1.1", "10.0.1.2");
  check(own("10.0.2.77"), "SENT wan2", "10.0.2.2");
  check(own("192.168.1.10"), "SENT lan0", "192.168.1.1");
  check(own("8.8.8.8", { mark: 0x36 }), "SENT wan2 via 10.0.2.1", "10.0.2.2");
  check(own("8.8.8.8", { boundTo: "wan2" }), "SENT wan2 via 10.0.2.1", "10.0.2.2");
  check(own("127.0.0.1"), "DELIVERED", "127.0.0.1");
  check(own("10.0.1.2"), "DELIVERED", "10.0.1.2");
});

test("too big a packet", () => {
  const wan1 = { ...device("wan1", 3, "10.0.1.2/24"), mtu: 1400 };
  const state = { ...house, interfaces: [device("lan0", 2, "192.168.1.1/24"), wan1, device("wan2", 4)] };
  const check = (more: Partial<Packet>, ...expected: string[]) =>
    expect(outcome(from("lan0", "192.168.1.10", "8.8.8.8", more), state)).toEqual(expected);
  const why = "1500 bytes are more than wan1's MTU of 1400, and it must not be cut; the sender is told";
  check({ length: 1500, df: true }, `DROPPED ${why}`, "3/4 SENT lan0");
  check({ length: 1500, df: false }, "SENT wan1 via 10.0.1.1");
  check({ length: 1400, df: true }, "SENT wan1 via 10.0.1.1");
});

test("what is not known is assumed, and said", () => {
  const interfaces = house.interfaces ?? [];
  const check = (state: RouterState, ...expected: string[]) =>
    expect(outcome(from("lan0", "192.168.1.10", "8.8.8.8"), state)).toEqual(expected);
  check({}, "DELIVERED", "no addresses and routes are known: 8.8.8.8 is taken for an address of this machine");
  check(
    { interfaces: [interfaces[0], interfaces[1], interfaces[2]].flatMap((one) => (one ? [one] : [])) },
    "SENT wan1",
    "net.ipv4.ip_forward is not known and taken as 1",
    "no routes are known: 8.8.8.8 is taken to lie behind wan1",
  );
  const { sysctls: _, ...routed } = house;
  const said = routerOf(nothing, routed).send(from("wan2", "8.8.8.8", "192.168.1.10"));
  expect(said.assumptions).toContain(
    "rp_filter is not known and taken as 0: with 1 the source 8.8.8.8 would not be accepted from wan2",
  );
  const hinted = routerOf(nothing, {}).send(from("lan0", "192.168.1.10", "8.8.8.8"), { oif: "wan1" });
  expect(endText(hinted.disposition)).toBe("SENT wan1");
});

test("several next hops: which one is taken is not known", () => {
  const several = { ...route("default via 10.0.1.1 dev wan1"), hops: ["wan1", "wan2"].map((dev) => ({ dev })) };
  const state = {
    ...house,
    rules: [...ownRules, markRule(1, 0, 0, 77)],
    routes: [...(house.routes ?? []), { ...several, table: 77 }],
  };
  const trace = routerOf(nothing, state).send(from("lan0", "192.168.1.10", "8.8.8.8"));
  expect(trace.disposition.end).toBe("unknown");
  expect(trace.unknown.map(({ why }) => why)).toEqual([
    "a route with several next hops: does the packet take dev wan1?",
  ]);
});

test("a local route that somebody added makes its address one of this machine", () => {
  const state = { ...house, routes: [...(house.routes ?? []), route("local 8.8.8.8 dev lo table 254")] };
  expect(outcome(from("lan0", "192.168.1.10", "8.8.8.8"), state)).toEqual(["DELIVERED"]);
  expect(outcome(from("wan1", "8.8.8.8", "192.168.1.10"), state)).toEqual([
    "DROPPED routing: martian source: 8.8.8.8 is an address of this machine, or no unicast address",
  ]);
});

test("a program bound to a device: IPv4 takes what has no route to lie on its link, IPv6 does not", () => {
  const routes = [route("192.168.1.0/24 dev lan0"), route("2001:db8:1::/64 dev lan0")];
  const check = (daddr: string, expected: string) => {
    const sent = packet({
      saddr: daddr.includes(":") ? "2001:db8:a1::2" : "10.0.1.2",
      daddr,
      protocol: 17,
      boundTo: "wan1",
    });
    expect(outcome(sent, { ...house, routes })).toEqual([expected]);
  };
  check("8.8.8.8", "SENT wan1");
  check("2001:db8:9::9", "DROPPED routing: no route to 2001:db8:9::9");
});

test("answers carry the packet's mark where fwmark_reflect says so", () => {
  const rules = `table ip t { chain pre { type filter hook prerouting priority 0; meta mark set 0x36 reject\n } }`;
  const check = (reflect: string, expected: string) => {
    const sysctls = { ...house.sysctls, "net.ipv4.fwmark_reflect": reflect };
    expect(outcome(from("wan1", "8.8.8.8", "10.0.1.2"), { ...house, sysctls }, rules)[1]).toBe(expected);
  };
  check("0", "3/3 SENT wan1 via 10.0.1.1");
  check("1", "3/3 SENT wan2 via 10.0.2.1");
});
