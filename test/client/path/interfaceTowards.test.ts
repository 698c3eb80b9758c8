import { expect, test } from "vitest";
import { interfaceTowards } from "../../../client/path/interfaceTowards.js";
import type { Interface } from "../../../netfilter/observe/routing/interfaces.js";
import { parseAddress } from "../../../netfilter/packet/address.js";

function device(name: string, ...addresses: string[]): Interface {
  return {
    index: 1,
    name,
    flags: ["UP"],
    addresses: addresses.map((text) => {
      const [address = "", length] = text.split("/");
      const parsed = parseAddress(address, "nftables");
      if (!parsed) throw new Error(`${text} is no address`);
      return { ...parsed, prefixLength: Number(length), flags: [] };
    }),
  };
}

const interfaces = [device("lan0", "192.168.1.1/24", "2001:db8:1::1/64"), device("wan0", "203.0.113.1/30")];

test.each([
  ["192.168.1.77", "lan0"],
  ["203.0.113.2", "wan0"],
  ["203.0.113.9", undefined],
  ["2001:db8:1::7", "lan0"],
  ["2001:db8:2::7", undefined],
  ["nonsense", undefined],
])("packets from %s come in by %s", (address, name) => {
  expect(interfaceTowards(interfaces, address)).toBe(name);
});
