import { type Address, type AddressFamily, formatAddress } from "../packet/address.js";

/** An address as `Headers` has it: a `number` for IPv4, a `bigint` for IPv6. */
export type IpNumber = number | bigint;

/** The address as a simulation counts with it. */
export function toNumber({ family, value }: Address): IpNumber {
  return family === "ipv4" ? Number(value) : value;
}

/** The address as the rest of the library has it. */
export function toAddress(family: AddressFamily, value: IpNumber): Address {
  return { family, value: BigInt(value) };
}

/** As a person writes it. */
export function textOf(family: AddressFamily, value: IpNumber): string {
  return formatAddress(toAddress(family, value));
}

/** The leading bits of an address as one number: equal for all addresses of a network of this length. */
export function prefixOf(family: AddressFamily, value: IpNumber, length: number): IpNumber {
  if (family === "ipv6") return (value as bigint) >> BigInt(128 - length);
  return length === 0 ? 0 : (value as number) >>> (32 - length);
}

/** Whether an address lies in a network. */
export function isWithin(family: AddressFamily, value: IpNumber, network: IpNumber, length: number): boolean {
  return prefixOf(family, value, length) === prefixOf(family, network, length);
}

/** 0.0.0.0 or `::`. */
export function isUnspecified(value: IpNumber): boolean {
  return value === 0 || value === 0n;
}

/** 127.0.0.0/8 or `::1`. */
export function isLoopback(family: AddressFamily, value: IpNumber): boolean {
  return family === "ipv4" ? (value as number) >>> 24 === 127 : value === 1n;
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(family: AddressFamily, value: IpNumber): boolean {
  return family === "ipv4" ? (value as number) >>> 28 === 14 : (value as bigint) >> 120n === 0xffn;
}

/** fe80::/10. */
export function isLinkLocal(family: AddressFamily, value: IpNumber): boolean {
  return family === "ipv6" && (value as bigint) >> 118n === 0x3fan;
}
