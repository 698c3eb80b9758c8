import { expect, test } from "vitest";
import type { Language } from "../../netfilter/language.js";
import type { Packet } from "../../netfilter/packet/packet.js";
import { Router } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { device, endText, house, load, ownRules, packet, route, routerOf } from "./world.js";

// Small ways of the kernel that random rules and packets brought to light (`npm run differential`), one test for each.

type Few = Parameters<typeof packet>[0];

const lan = { iif: "lan0", saddr: "192.168.1.10", daddr: "203.0.113.10", sport: 40000, dport: 80 };
const wan = { iif: "wan1", saddr: "203.0.113.10", daddr: "192.168.1.10", sport: 80, dport: 40000 };

/** TCP packets as `S 1000` from the LAN or `< SA 5000 1001` from outside: flags, sequence number, acknowledgement, bytes. */
function tcp(text: string, there: Few = lan, back: Few = wan): Packet {
  const [flags = "", seq, ack, bytes = "0"] = text.replace("< ", "").split(" ");
  const tcpFlags = [..."FSRPAU"].reduce((sum, letter, bit) => sum | (flags.includes(letter) ? 1 << bit : 0), 0);
  const numbers = { tcpSeq: Number(seq ?? 0), ...(ack !== undefined && { tcpAck: Number(ack) }) };
  return packet({ ...(text.startsWith("<") ? back : there), tcpFlags, ...numbers, length: 40 + Number(bytes) });
}

function caused(router: Router, sent: Packet): string[] {
  return router.send(sent).caused.map(({ disposition }) => endText(disposition));
}

const tracked = `table ip t {
  chain f { type filter hook forward priority 0; ct state invalid drop; %; }
}`;

test("TCP states that hang on what was seen before", () => {
  const check = (expected: string, ...packets: string[]) => {
    const router = routerOf(tracked.replace("%", ""));
    for (const one of packets) router.send(tcp(one));
    expect(router.entries().map(({ state }) => state)).toEqual([expected]);
  };
  const open = ["S 1000", "< SA 5000 1001", "A 1001 5001"];
  check("CLOSE", ...open, "R 1001");
  check("CLOSE", ...open, "< A 5001 1001 100", "< R 5101");
  check("ESTABLISHED", ...open, "< A 5001 1001 100", "< R 5200");
  check("ESTABLISHED", ...open, "< R 4000");
  check("ESTABLISHED", "A 900 900", "S 1000");
  check("SYN_RECV", "A 900 900", "S 1000", "< SA 5000 1001");
  check("ESTABLISHED", "A 900 900", "S 1000", "< SA 5000 7777");
  check("SYN_SENT2", "S 1000", "< S 5000");
  check("ESTABLISHED", "S 1000", "< S 5000", "SA 1000 5001", "< A 5001 1001");
});

test("a reset of the router's own closes what is in the table, if it has a way", () => {
  const check = (states: readonly (string | undefined)[], rule: string, ...packets: string[]) => {
    const router = routerOf(tracked.replace("%", rule));
    for (const one of packets) router.send(tcp(one));
    expect(router.entries().map(({ state }) => state)).toEqual(states);
  };
  check(["CLOSE"], "tcp flags & (syn | ack) == syn | ack reject with tcp reset", "S 1000", "< SA 5000 1001");
  check([], "reject with tcp reset", "S 1000");
  const lost = tracked.replace("%", "iifname wan1 reject with tcp reset");
  const router = routerOf(lost, oneWay);
  for (const one of ["S 1000", "< SA 5000 1001"]) router.send(tcp(one));
  expect(router.entries().map(({ state }) => state)).toEqual(["SYN_RECV"]);
});

/** What comes in by lan0 finds its way in table 101, the router itself does not. */
const oneWay: RouterState = {
  ...house,
  routes: [route("192.168.1.0/24 dev lan0"), route("default via 10.0.1.1 dev wan1 table 101")],
  rules: [...ownRules, { family: "ipv4", priority: 1, iif: "lan0", action: { do: "lookup", table: 101 } }],
};

test("a template counts as an entry for iptables, and for nftables as a state alone", () => {
  const check = (text: string, language: Language, end: string) =>
    expect(endText(routerOf(text, house, language).send(tcp("S 1000")).disposition)).toMatch(end);
  const raw = (...rules: string[]) => `*raw\n${rules.map((rule) => `-A PREROUTING ${rule}\n`).join("")}COMMIT\n`;
  const nft = (rules: string) =>
    `table ip t { chain b { type filter hook prerouting priority -300; ct zone set 1; ${rules}; }; }`;
  check(raw("-j CT --zone 2", "-m connmark --mark 0x0/0xff -j DROP"), "iptables", "DROPPED");
  check(raw("-m connmark --mark 0x0/0xff -j DROP", "-j CT --zone 2"), "iptables", "SENT");
  check(raw("-j CT --zone 2", "-m conntrack --ctstatus CONFIRMED -j DROP"), "iptables", "DROPPED");
  check(nft("ct state new drop"), "nftables", "DROPPED");
  check(nft("ct mark 0 drop"), "nftables", "SENT");
});

test("a rejection before routing needs a way back, and speaks as the address that was asked where that way is local", () => {
  const early = "table inet t { chain b { type filter hook prerouting priority -250; reject; }; }";
  const check = (state: RouterState, sent: Few, expected: string[]) =>
    expect(caused(routerOf(early, state), packet({ protocol: 17, sport: 1, dport: 2, ...sent }))).toEqual(expected);
  const routes = [...(house.routes ?? []), route("local 203.0.113.10/32 dev lo")];
  check(house, wan, ["SENT wan1 via 10.0.1.1"]);
  check({ ...house, routes }, wan, []);
  check({ ...house, routes: [route("192.168.1.0/24 dev lan0")] }, wan, []);
});

test("what came round by the loopback has its route already: its rejection speaks as the address that was asked", () => {
  const early = "chain b { type filter hook prerouting priority -250; ip protocol udp reject; }";
  const text = `table ip t { ${early}; chain p { type nat hook postrouting priority 100; snat to 10.0.1.77; }; }`;
  const sent = packet({ saddr: "192.168.1.1", daddr: "10.0.2.2", protocol: 17, sport: 1, dport: 2 });
  const [error] = routerOf(text).send(sent).caused;
  expect(error?.packet).toMatchObject(packet({ saddr: "10.0.2.2", daddr: "10.0.1.77", protocol: 1 }));
});

test("a reset in OUTPUT is routed by the device that the packet was bound to", () => {
  const rule = "table inet t { chain o { type filter hook output priority 0; tcp dport 80 reject with tcp reset; }; }";
  const check = (saddr: string, daddr: string, expected: string) =>
    expect(caused(routerOf(rule), packet({ saddr, daddr, boundTo: "lan0", tcpFlags: 2, dport: 80 }))).toEqual([
      expected,
    ]);
  check("10.0.1.2", "203.0.113.10", "SENT lan0");
  check("2001:db8:a1::2", "2001:db8:1::9", "DELIVERED");
});

test("IPv6 masquerades as the address that is most like the destination, or as it", () => {
  const text = "table ip6 t { chain p { type nat hook postrouting priority 100; masquerade; }; }";
  const interfaces = [...(house.interfaces ?? []), device("wan3", 5, "2001:db8:a2::2/64")];
  const routes = [...(house.routes ?? []), route("local 2001:db8:ff::11/128 dev lo")];
  const check = (daddr: string, expected: string, boundTo?: string) => {
    const sent = packet({
      saddr: "2001:db8:a2::2",
      daddr,
      tcpFlags: 2,
      sport: 1,
      dport: 2,
      ...(boundTo && { boundTo }),
    });
    const { last } = routerOf(text, { ...house, interfaces, routes }).send(sent);
    expect(last.saddr).toEqual(packet({ saddr: expected, daddr }).saddr);
  };
  check("2001:db8:ff::11", "2001:db8:a1::2");
  check("2001:db8:1::1", "2001:db8:1::1", "wan1");
});

test("IPv6's fib finds an address local that a route of any table calls so", () => {
  const text = "table ip6 t { chain b { type filter hook prerouting priority 0; fib daddr type local drop; }; }";
  const sent = packet({ iif: "lan0", saddr: "2001:db8:1::9", daddr: "2001:db8:ff::11" });
  const routes = [...(house.routes ?? []), route("local 2001:db8:ff::11/128 dev lo")];
  expect(endText(routerOf(text).send(sent).disposition)).toBe("SENT wan1 via 2001:db8:a1::1");
  expect(endText(routerOf(text, { ...house, routes }).send(sent).disposition)).toMatch("DROPPED");
});

test("of two connections whose ports were picked at random nobody knows which an answer is for", () => {
  const text =
    "table ip t { chain p { type nat hook postrouting priority 100; udp dport 53 masquerade to :2000-2100; }; }";
  const router = new Router([load(text)], house);
  const ask = (saddr: string) => packet({ ...lan, saddr, protocol: 17, dport: 53 });
  const answer = packet({ ...wan, daddr: "10.0.1.2", protocol: 17, sport: 53, dport: 2050 });
  router.send(ask("192.168.1.10"));
  expect(router.whatIf(answer).disposition.end).toBe("sent");
  router.send(ask("192.168.1.11"));
  expect(router.whatIf(answer).disposition.end).toBe("unknown");
});

test("nobody is told that the router's own echo reply is rejected, but of its program's request", () => {
  const rule =
    "table inet t { chain o { type filter hook output priority 0; meta l4proto { icmp, icmpv6 } reject; }; }";
  const check = (icmpType: number, expected: number) => {
    const sent = { saddr: "10.0.1.2", daddr: "203.0.113.10", protocol: 1, icmpType, icmpCode: 0, icmpId: 1 };
    expect(caused(routerOf(rule), packet(sent))).toHaveLength(expected);
  };
  check(0, 0);
  check(8, 1);
});

test("IPv6 routes anew after a route chain that changed the traffic class", () => {
  const rule = (change: string) => `table ip6 t { chain o { type route hook output priority 0; ${change}; }; }`;
  const check = (change: string, lookups: number) => {
    const { steps } = routerOf(rule(change)).send(packet({ saddr: "2001:db8:a1::2", daddr: "2001:db8:9::9", dscp: 0 }));
    expect(steps.filter(({ kind }) => kind === "route")).toHaveLength(lookups);
  };
  check("ip6 dscp set ef", 2);
  check("counter", 1);
});

test("a copy's way is looked up by its address alone", () => {
  const text = "*mangle\n-A PREROUTING -j TEE --gateway 203.0.113.99\nCOMMIT\n";
  const from = {
    family: "ipv4",
    value: packet({ ...lan, saddr: "192.168.1.0" }).saddr.value,
    prefixLength: 24,
  } as const;
  const rules = [...ownRules, { family: "ipv4", priority: 1, from, action: { do: "lookup", table: 102 } } as const];
  const router = new Router([load(text, "iptables")], { ...house, rules });
  expect(caused(router, tcp("S 1000"))).toEqual(["SENT wan1 via 10.0.1.1"]);
  expect(endText(router.send(tcp("S 1000")).disposition)).toBe("SENT wan2 via 10.0.2.1");
});

test("no rule can take the answer to an untracked packet out of conntrack", () => {
  const chains = `
    chain r { type filter hook output priority -300; notrack; }
    chain o { type filter hook output priority 0; ip protocol udp reject; ct state untracked drop; ct state invalid; }`;
  const sent = packet({ saddr: "192.168.1.1", daddr: "192.168.1.10", protocol: 17, sport: 1, dport: 2 });
  expect(caused(routerOf(`table ip t { ${chains} }`), sent)).toEqual(["DELIVERED"]);
});
