import { type Address, formatAddress, parseAddress, widths } from "../../netfilter/packet/address.js";

/** An interface with its addresses, as a router's own tools or its state tell of it. */
export interface AddressedInterface {
  readonly name: string;
  readonly addresses: readonly (Address & { readonly prefixLength: number })[];
}

/** The interface on whose link an address lies: packets from there come in by it. Undefined for addresses behind other routers. */
export function interfaceTowards(interfaces: readonly AddressedInterface[], text: string): string | undefined {
  const address = parseAddress(text, "nftables");
  if (!address) return undefined;
  const holds = ({ addresses }: AddressedInterface) =>
    addresses.some(({ family, value, prefixLength }) => {
      const hostBits = BigInt(widths[family] - prefixLength);
      return family === address.family && value >> hostBits === address.value >> hostBits;
    });
  return interfaces.find(holds)?.name;
}

/** Whether the machine itself has the address. */
export function isOwnAddress(interfaces: readonly AddressedInterface[], text: string): boolean {
  const address = parseAddress(text, "nftables");
  const asked = address && formatAddress(address);
  return interfaces.some(({ addresses }) => addresses.some((one) => formatAddress(one) === asked));
}
