import type { Interface } from "../../netfilter/observe/routing/interfaces.js";
import { parseAddress, widths } from "../../netfilter/packet/address.js";

/** The interface on whose link an address lies: packets from there come in by it. Undefined for addresses behind other routers. */
export function interfaceTowards(interfaces: readonly Interface[], text: string): string | undefined {
  const address = parseAddress(text, "nftables");
  if (!address) return undefined;
  const holds = ({ addresses }: Interface) =>
    addresses.some(({ family, value, prefixLength }) => {
      const hostBits = BigInt(widths[family] - prefixLength);
      return family === address.family && value >> hostBits === address.value >> hostBits;
    });
  return interfaces.find(holds)?.name;
}
