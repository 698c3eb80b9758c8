import { expect, test } from "vitest";
import { endText, lines, packet, routerOf } from "./world.js";

const filter = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan0" tcp dport 80 accept
    tcp dport 23 reject with tcp reset
    udp dport 161 reject
  }
}
table ip nat {
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "wan1" masquerade
  }
}`;

const syn = packet({ iif: "lan0", saddr: "192.168.1.10", daddr: "203.0.113.10", sport: 40000, dport: 80, tcpFlags: 2 });

test("a forwarded packet, step by step", () => {
  const trace = routerOf(filter).send(syn);
  expect(lines(trace, filter)).toMatchInlineSnapshot(`
    [
      "prerouting -200 ipv4_conntrack_in: makes a new entry, not confirmed yet [ct state ->new] => accept",
      "prerouting -100 nf_nat_ipv4_pre_routing: the connection has no translation here => accept",
      "route: default via 10.0.1.1 dev wan1 (table 254, rule 32766)",
      "forward 0 forward - ct state established,related accept",
      "forward 0 forward + iifname "lan0" tcp dport 80 accept => accept",
      "postrouting 100 postrouting + oifname "wan1" masquerade => accept",
      "postrouting 100 nf_nat_ipv4_out: translated as the entry says [ip saddr 192.168.1.10->10.0.1.2] => accept",
      "postrouting 2147483647 ipv4_confirm: the entry goes into the table => accept",
      "SENT wan1 via 10.0.1.1",
    ]
  `);
  expect(trace.assumptions).toEqual([]);
});

test("the answer comes back", () => {
  const router = routerOf(filter);
  router.send(syn);
  const answer = packet({
    iif: "wan1",
    saddr: "203.0.113.10",
    daddr: "10.0.1.2",
    sport: 80,
    dport: 40000,
    tcpFlags: 18,
  });
  const trace = router.send(answer, { record: "matched" });
  expect(lines(trace, filter)).toMatchInlineSnapshot(`
    [
      "prerouting -200 ipv4_conntrack_in: found reply of an entry [ct state ->established] => accept",
      "prerouting -100 nf_nat_ipv4_pre_routing: translated as the entry says [ip daddr 10.0.1.2->192.168.1.10] => accept",
      "route: 192.168.1.0/24 dev lan0 (table 254, rule 32766)",
      "forward 0 forward + ct state established,related accept => accept",
      "postrouting 100 nf_nat_ipv4_out: the connection has no translation here => accept",
      "postrouting 2147483647 ipv4_confirm: the entry is confirmed already => accept",
      "SENT lan0",
    ]
  `);
  expect(trace.entry?.status).toContain("seen-reply");
});

test("a rejected packet's answer is a packet of its own", () => {
  const trace = routerOf(filter).send({ ...syn, dport: 23, tcpSeq: 7 });
  expect(endText(trace.disposition)).toMatchInlineSnapshot(
    `"REJECTED inet filter forward: tcp dport 23 reject with tcp reset"`,
  );
  expect(trace.caused.map((one) => [endText(one.disposition), one.last])).toMatchInlineSnapshot(`
    [
      [
        "SENT lan0",
        {
          "daddr": {
            "family": "ipv4",
            "value": 3232235786n,
          },
          "df": true,
          "dport": 40000,
          "dscp": 0,
          "ecn": 0,
          "length": 40,
          "mark": 0,
          "protocol": 6,
          "saddr": {
            "family": "ipv4",
            "value": 3405803786n,
          },
          "sport": 23,
          "tcpAck": 8,
          "tcpFlags": 20,
          "tcpSeq": 0,
          "tcpWindow": 0,
          "ttl": 64,
        },
      ],
    ]
  `);
});

test("whatIf leaves nothing", () => {
  const router = routerOf(filter);
  router.whatIf(syn);
  expect(router.entries()).toHaveLength(0);
  router.send(syn);
  expect(router.entries()).toHaveLength(1);
});
