import { expect, test } from "vitest";
import { patternOf } from "../../client/tracing/patternOf.js";
import { traceChains } from "../../netfilter/observe/trace/liveRules.js";
import type { PacketForm } from "../../webview/protocol.js";

const patterns: readonly (readonly [PacketForm, string])[] = [
  [{}, ""],
  [{ iif: " lan0 ", saddr: "", sport: "" }, 'iifname "lan0"'],
  [
    { saddr: "10.0.0.1", daddr: "203.0.113.0/24", protocol: "TCP", dport: "443" },
    "ip saddr 10.0.0.1 ip daddr 203.0.113.0/24 tcp dport 443",
  ],
  [{ daddr: "2001:db8::1", protocol: "icmp" }, "ip6 daddr 2001:db8::1 meta l4proto 58"],
  [{ protocol: "47" }, "meta l4proto 47"],
  [{ flags: "syn" }, "meta l4proto 6"],
  [{ icmpType: "echo-request" }, "icmp type 8"],
  [{ icmpType: "echo-request", saddr: "fe80::1" }, "ip6 saddr fe80::1 icmpv6 type 128"],
  [{ icmpType: "echo-reply", protocol: "icmpv6" }, "icmpv6 type 129"],
  [{ mark: "0x36" }, "meta mark 0x36"],
  [{ mark: "54" }, "meta mark 0x36"],
];

test.each(patterns)("%o is looked for as it says", (form, condition) => {
  const pattern = patternOf(form, { replies: false });
  if ("problems" in pattern) throw new Error(pattern.problems.join(" "));
  expect(traceChains(pattern.value)[0]?.conditions).toEqual([condition]);
});

const problems: readonly (readonly [PacketForm, string])[] = [
  [{ saddr: "router" }, 'saddr is an address such as 192.168.1.10, 10.0.0.0/8 or 2001:db8::1, not "router".'],
  [
    { daddr: "10.0.0.1; reboot" },
    'daddr is an address such as 192.168.1.10, 10.0.0.0/8 or 2001:db8::1, not "10.0.0.1; reboot".',
  ],
  [{ protocol: "tpc" }, 'protocol is a protocol such as tcp, or its number, not "tpc".'],
  [{ protocol: "tcp", dport: "80000" }, 'dport is a port from 0 to 65535, not "80000".'],
  [{ protocol: "tcp", dport: "https" }, 'dport is a port from 0 to 65535, not "https".'],
  [{ icmpType: "ping" }, 'icmpType is a type of ICMP such as echo-request, not "ping".'],
  [{ mark: "blue" }, 'mark is a mark such as 0x36, not "blue".'],
  [{ iif: "lan 0" }, expect.stringContaining("An interface's name has")],
  [{ saddr: "10.0.0.1", daddr: "2001:db8::1" }, "The addresses are of different families: both are IPv4 or both IPv6."],
];

test.each(problems)("%o has a problem that is told", (form, sentence) => {
  expect(patternOf(form)).toEqual({ problems: [sentence] });
});

test("what is not compared is told", () => {
  expect(patternOf({ oif: "wan0", flags: "syn" })).toMatchObject({
    notes: [
      "The interface by which packets leave is not compared: it is known only after routing.",
      "Flags are not compared: all packets of such TCP connections are traced.",
    ],
  });
});
