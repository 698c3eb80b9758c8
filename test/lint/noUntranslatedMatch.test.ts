import { describe, expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noUntranslatedMatch";

const file = (nat: readonly string[], forward: string) =>
  `*nat\n:u - [0:0]\n${nat.join("\n")}\nCOMMIT\n*filter\n-A FORWARD ${forward} -j ACCEPT\nCOMMIT\n`;
const dnat = "-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80";
const published = "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.0.5";

describe("iptables", () => {
  test.each([
    ["the old port", [dnat], "-p tcp -m tcp --dport 8080", ["--dport 8080"]],
    ["the new port", [dnat], "-p tcp -m tcp --dport 80", []],
    ["the old address", [published], "-d 192.0.2.1/32 -p tcp -m tcp --dport 443", ["-d 192.0.2.1/32"]],
    [
      "a network, to whose clients answers go",
      ["-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.5"],
      "-d 192.0.2.0/24 -p tcp",
      [],
    ],
    [
      "a host of it",
      ["-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.5"],
      "-d 192.0.2.1/32 -p tcp",
      ["-d 192.0.2.1/32"],
    ],
    ["the new address", [published], "-d 10.0.0.5/32 -p tcp -m tcp --dport 443", []],
    ["the old port, of more than is translated", [dnat], "-p tcp -m tcp --dport 8000:8100", []],
    ["the old port of UDP", [dnat], "-p udp -m udp --dport 8080", []],
    ["only one interface translated", [dnat.replace("-p", "-i wan -p")], "-p tcp -m tcp --dport 8080", []],
    ["that interface", [dnat.replace("-p", "-i wan -p")], "-i wan -p tcp -m tcp --dport 8080", ["--dport 8080"]],
    ["the same port kept", [dnat.replace(":80", "")], "-p tcp -m tcp --dport 8080", []],
    [
      "made by another translation",
      [dnat, dnat.replace(":80", ":8080").replace("8080 -j", "90 -j")],
      "-p tcp -m tcp --dport 8080",
      [],
    ],
    [
      "another translation elsewhere",
      [dnat, dnat.replace(":80", ":81").replace("8080 -j", "90 -j")],
      "-p tcp -m tcp --dport 8080",
      ["--dport 8080"],
    ],
    ["some kept from it", ["-A PREROUTING -s 10.0.0.0/8 -j RETURN", dnat], "-p tcp -m tcp --dport 8080", []],
    [
      "a user chain, which only some may come to",
      ["-A PREROUTING -s 10.0.0.0/8 -j u", dnat.replace("PREROUTING", "u")],
      "-p tcp -m tcp --dport 8080",
      [],
    ],
    [
      "a random translation",
      [dnat.replace("-j", "-m statistic --mode random --probability 0.5 -j")],
      "-p tcp -m tcp --dport 8080",
      [],
    ],
  ] as const)("%s", (_, nat, forward, expected) => {
    expect(found(id, "iptables", file(nat, forward)).map((place) => place.split(" | ")[0])).toEqual(expected);
  });
});

describe("nftables", () => {
  const tables = (nat: string, forward: string, family = "inet") =>
    `table ip n {\n chain p {\n type nat hook prerouting priority dstnat\n ${nat}\n }\n}\n` +
    `table ${family} f {\n chain f {\n type filter hook forward priority 0\n ${forward} accept\n }\n}\n`;
  test.each([
    ["IPv6 too, which is not translated", "tcp dport 8080 dnat to 10.0.0.5:80", "tcp dport 8080", 0],
    ["IPv4 only", "tcp dport 8080 dnat to 10.0.0.5:80", "ip saddr 10.1.0.0/16 tcp dport 8080", 1],
    ["IPv6 only", "tcp dport 8080 dnat to 10.0.0.5:80", "ip6 daddr fd00::1 tcp dport 8080", 0],
    ["a map, which is not read", "dnat to tcp dport map { 8080 : 10.0.0.5 }", "ip saddr 10.1.0.0/16 tcp dport 8080", 0],
  ] as const)("%s", (_, nat, forward, count) => {
    expect(found(id, "nftables", tables(nat, forward))).toHaveLength(count);
  });
});
