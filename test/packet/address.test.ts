import { describe, expect, it } from "vitest";
import {
  formatAddress,
  formatNetwork,
  type Network,
  type Notation,
  networkRange,
  parseAddress,
  parseNetwork,
} from "../../netfilter/packet/address.js";
import { networkClass } from "../../netfilter/packet/addressClass.js";

/** Spellings and the network that the tool of the notation makes of them, `undefined` where it refuses. */
function check(notation: Notation, cases: Readonly<Record<string, string | undefined>>): void {
  for (const [text, expected] of Object.entries(cases)) {
    it(`${notation} reads ${text} as ${expected}`, () => {
      const network = parseNetwork(text, notation);
      expect(network && formatNetwork(network)).toBe(expected);
    });
  }
}

describe("parseNetwork", () => {
  check("iptables", {
    "10": "10.0.0.0/32",
    "10.1": "10.1.0.0/32",
    "10.1.2": "10.1.2.0/32",
    "010": "8.0.0.0/32",
    "010.0.0.1": "8.0.0.1/32",
    "0x0a.1": "10.1.0.0/32",
    "10.0x10.1.1": "10.16.1.1/32",
    "255": "255.0.0.0/32",
    "256": "0.0.1.0/32",
    "167772161": "10.0.0.1/32",
    "0x0a000001": "10.0.0.1/32",
    "4294967295": "255.255.255.255/32",
    "4294967296": undefined,
    "10/8": "10.0.0.0/8",
    "10.1/16": "10.1.0.0/16",
    "10.1.2.3/255.0.255.0": "10.0.2.0/255.0.255.0",
    "10.1.2.3/255.255.0.0": "10.1.0.0/16",
    "10.1.2.3/0": "0.0.0.0/0",
    "1.2.3.4/0x8": "1.0.0.0/8",
    "1.2.3.4/08": undefined,
    "1.2.3.4/33": undefined,
    "1.2.3.4/255.255": undefined,
    "10.0.0.256": undefined,
    "08.0.0.1": undefined,
    "1.2.3.4.": undefined,
    "1..2.3": undefined,
    ".10": undefined,
    "1.2.3.4.5": undefined,
    "": undefined,
    example: undefined,
    "::": "::/128",
    "::1": "::1/128",
    "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0/128",
    "::2:3:4:5:6:7:8": "0:2:3:4:5:6:7:8/128",
    "::ffff:1.2.3.4": "::ffff:1.2.3.4/128",
    "1:2:3:4:5:6:1.2.3.4": "1:2:3:4:5:6:102:304/128",
    "1::/ffff::": "1::/16",
    "FE80::1/64": "fe80::/64",
    "::/0": "::/0",
    "::1/129": undefined,
    "::1.2.3": undefined,
    "::01.2.3.4": undefined,
    "12345::": undefined,
    "1::2::3": undefined,
    "1:2:3:4:5:6:7": undefined,
    "1:2:3:4:5:6:7:8:9": undefined,
    "1:2:3:4:5:6:7:8::": undefined,
    "1.2.3.4:::": undefined,
    "fe80::1%eth0": undefined,
  });
  check("nftables", {
    "10": "0.0.0.10/32",
    "10/8": "0.0.0.0/8",
    "167772161": "10.0.0.1/32",
    "0x0a000001": "10.0.0.1/32",
    "010.0.0.1": "8.0.0.1/32",
    "10.0.0.1/24": "10.0.0.0/24",
    "1.2.3": undefined,
    "0xa.0.0.1": undefined,
    "10.1/16": undefined,
    "10.0.0.0/255.0.0.0": undefined,
    "fe80::1/10": "fe80::/10",
  });
});

describe("formatAddress", () => {
  const spellings: Readonly<Record<string, string>> = {
    "1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7",
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "1:0:0:2:0:0:0:3": "1:0:0:2::3",
    "0:0:0:0:0:0:0:0": "::",
    "1:0:0:0:0:0:0:0": "1::",
    "::FFFF:A00:1": "::ffff:10.0.0.1",
  };
  for (const [text, expected] of Object.entries(spellings)) {
    it(`shortens ${text}`, () => {
      const address = parseAddress(text, "nftables");
      expect(address && formatAddress(address)).toBe(expected);
    });
  }
});

describe("networkRange", () => {
  const ranges: Readonly<Record<string, string>> = {
    "10.0.0.7/24": "256: 10.0.0.0 [10.0.0.1 10.0.0.254] 10.0.0.255",
    "10.0.0.7/31": "2: 10.0.0.6 [10.0.0.6 10.0.0.7] 10.0.0.7",
    "10.0.0.7/32": "1: 10.0.0.7 [10.0.0.7 10.0.0.7] 10.0.0.7",
    "10.0.0.7/0": "4294967296: 0.0.0.0 [0.0.0.1 255.255.255.254] 255.255.255.255",
    "fe80::1/126": "4: fe80:: [fe80:: fe80::3] fe80::3",
  };
  for (const [text, expected] of Object.entries(ranges)) {
    it(`of ${text}`, () => {
      const network = parseNetwork(text, "nftables") as Network;
      const range = networkRange(network);
      const show = (value = 0n) => formatAddress({ family: network.family, value });
      expect(
        `${range?.count}: ${show(range?.first)} [${show(range?.firstHost)} ${show(range?.lastHost)}] ${show(range?.last)}`,
      ).toBe(expected);
    });
  }

  it("is unknown for a mask with holes", () => {
    expect(networkRange(parseNetwork("10.0.0.0/255.0.255.0", "iptables") as Network)).toBeUndefined();
  });
});

describe("networkClass", () => {
  const classes: Readonly<Record<string, string | undefined>> = {
    "10.1.2.3": "private",
    "172.31.255.255": "private",
    "172.32.0.0": undefined,
    "192.168.0.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "127.0.0.53": "loopback",
    "169.254.169.254": "cloud metadata",
    "169.254.1.1": "link-local",
    "203.0.113.9": "documentation",
    "224.0.0.18": "multicast, this link",
    "225.0.0.1": "multicast",
    "255.255.255.255": "broadcast",
    "0.0.0.0": "unspecified",
    "8.8.8.8": undefined,
    "::1": "loopback",
    "::": "unspecified",
    "fe80::1": "link-local",
    "fd00::1": "unique local",
    "2001:db8::1": "documentation",
    "2606:4700::1111": "global",
    "ff02::1": "multicast, this link",
    "::ffff:1.2.3.4": "IPv4-mapped",
  };
  for (const [text, expected] of Object.entries(classes)) {
    it(`calls ${text} ${expected}`, () => {
      expect(networkClass(parseNetwork(text, "nftables") as Network)?.name).toBe(expected);
    });
  }

  const networks: Readonly<Record<string, string | undefined>> = {
    "10.0.0.0/8": "private",
    "10.0.0.0/7": undefined,
    "0.0.0.0/0": undefined,
    "0.0.0.0/8": "this network",
    "224.0.0.0/4": "multicast",
    "2000::/3": "global",
    "fe80::/10": "link-local",
  };
  for (const [text, expected] of Object.entries(networks)) {
    it(`calls the network ${text} ${expected}`, () => {
      expect(networkClass(parseNetwork(text, "nftables") as Network)?.name).toBe(expected);
    });
  }
});
