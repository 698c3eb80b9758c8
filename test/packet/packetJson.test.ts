import { expect, test } from "vitest";
import { packetJson, readPacket } from "../../netfilter/packet/packetJson.js";
import { type FieldProblem, pathText } from "../../netfilter/text/fields.js";

const base = { iif: "lan0", saddr: "192.168.1.10", daddr: "203.0.113.9", protocol: "tcp" };

function read(value: unknown) {
  const problems: FieldProblem[] = [];
  const given = readPacket(value, [], problems);
  return { given, problems: problems.map(({ path, message }) => `${pathText(path)}: ${message}`) };
}

test("what is read can be written, and read again", () => {
  const check = (more: object, fields: object = more) => {
    const { given, problems } = read({ ...base, ...more });
    expect(problems).toEqual([]);
    const json = given && packetJson(given.packet);
    expect(json).toMatchObject(fields);
    expect(read(json).given?.packet).toEqual(given?.packet);
  };
  check({ sport: 1, dport: 65535 });
  check({ flags: "SYN ack" }, { flags: "syn,ack" });
  check({ flags: ["syn", "ece"] }, { flags: "syn,ece" });
  check({ flags: 24 }, { flags: "psh,ack" });
  check({ seq: 1, ack: 0xffffffff, window: 5, mss: 1460 });
  check({ protocol: "UDP", payload: "hex: 00 ff" }, { protocol: 17, payload: "hex:00ff" });
  check({ payload: "GET" }, { payload: "hex:474554" });
  check({ protocol: "icmp", icmpType: "echo-request", icmpId: 7 }, { protocol: 1, icmpType: 8 });
  check(
    { saddr: "2001:db8::1", daddr: "2001:DB8::2", protocol: "icmp", icmpType: "echo-request" },
    { protocol: 58, icmpType: 128, daddr: "2001:db8::2" },
  );
  check({ mark: "0x30" }, { mark: 48 });
  check({ ether: { saddr: "02:00:00:00:00:01", daddr: "02:00:00:00:00:02", vlan: 7 } });
  check({ fragment: { offset: 1480, more: false }, df: false, id: 7, ttl: 1, dscp: 46, ecn: 1, length: 1500 });
  check({ protocol: 1, icmpType: 3, icmpCode: 4, about: { ...base, protocol: 6, dport: 80 } });
});

test("what a packet's kind follows from", () => {
  const check = (more: object, protocol: number) =>
    expect(read({ ...base, protocol: undefined, ...more }).given?.packet.protocol).toBe(protocol);
  check({ icmpType: 8 }, 1);
  check({ icmpType: 128, saddr: "2001:db8::1", daddr: "2001:db8::2" }, 58);
  check({ flags: "syn" }, 6);
  expect(read({ daddr: "10.0.0.1", protocol: "udp" }).given?.packet.saddr).toEqual({ family: "ipv4", value: 0n });
});

test("what is wrong is said, all of it", () => {
  const check = (value: unknown, ...expected: string[]) => {
    const { given, problems } = read(value);
    expect(given).toBeUndefined();
    expect(problems).toEqual(expected);
  };
  check([], ": a packet is an object with named fields, not a list");
  check({ iif: "x", protocol: 6 }, ": a packet needs daddr, an IP address", ": a packet needs saddr, an IP address");
  check({ ...base, protocol: undefined }, ": a packet needs protocol: a name such as tcp, or a number");
  check(
    { ...base, saddr: "2001:db8::1" },
    "daddr: saddr and daddr are addresses of different families: both are IPv4 or both IPv6",
  );
  check({ ...base, dport: 65536 }, "dport: dport is a whole number from 0 to 65535, not 65536");
  check({ ...base, dprt: 1 }, "dprt: a packet has no field dprt: did you mean dport?");
  check(
    { ...base, flags: "sin" },
    'flags: flags are names such as "syn,ack" out of fin, syn, rst, psh, ack, urg, ece, cwr, not "sin"',
  );
  check(
    { ...base, ether: { saddr: "x", daddr: "02:00:00:00:00:02" } },
    "ether.saddr: saddr is a MAC address such as 02:00:00:00:00:01",
  );
  check({ ...base, payload: "hex:0" }, "payload: payload after hex: is pairs of hexadecimal digits");
  check({ ...base, pktType: "us" }, 'pktType: pktType is one of host, broadcast, multicast, other, not "us"');
  check({ ...base, about: { protocol: 6, saddr: "10.0.0.1" } }, "about: a packet needs daddr, an IP address");
});
