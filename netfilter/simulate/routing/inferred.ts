import { type Address, type AddressFamily, widths } from "../../packet/address.js";
import type { Interface, InterfaceAddress, Route } from "../state.js";

/** Numbers of the kernel's own tables. */
export const localTable = 255;
export const mainTable = 254;
export const defaultTable = 253;

/** What the kernel puts into its local table for the addresses of its interfaces. */
export function localRoutes(interfaces: readonly Interface[]): Route[] {
  return interfaces.flatMap((one) => one.addresses.flatMap((address) => localOf(one, address)));
}

/** The routes to the networks that the interfaces are in, as the kernel makes them. */
export function connectedRoutes(interfaces: readonly Interface[]): Route[] {
  const outer = interfaces.filter(({ type }) => type !== "loopback");
  return outer.flatMap((one) => one.addresses.map((address) => connectedOf(one, address)));
}

function localOf({ name, type }: Interface, address: InterfaceAddress): Route[] {
  const { family, value, prefixLength } = address;
  const base = { family, table: localTable, hops: [{ dev: name }] } as const;
  const own: Route = { ...base, type: "local", destination: value, prefixLength: widths[family], source: value };
  if (family === "ipv6") {
    const groups: Route = { ...base, type: "multicast", destination: 0xffn << 120n, prefixLength: 8, metric: 256 };
    return type === "loopback" ? [own] : [own, groups];
  }
  if (type === "loopback" && prefixLength < 32) return [own, { ...own, destination: networkOf(address), prefixLength }];
  if (prefixLength > 30) return [own];
  const last = address.broadcast ?? lastOf(address);
  return [own, { ...base, type: "broadcast", destination: last, prefixLength: 32, source: value }];
}

function connectedOf({ name }: Interface, address: InterfaceAddress): Route {
  const { family, value, prefixLength, peer } = address;
  return {
    family,
    table: mainTable,
    type: "unicast",
    destination: peer ?? networkOf(address),
    prefixLength: peer === undefined ? prefixLength : widths[family],
    hops: [{ dev: name }],
    ...(family === "ipv4" ? { source: value } : { metric: 256 }),
  };
}

function networkOf({ family, value, prefixLength }: Address & { readonly prefixLength: number }): bigint {
  const rest = BigInt(widths[family] - prefixLength);
  return (value >> rest) << rest;
}

function lastOf(address: InterfaceAddress): bigint {
  return networkOf(address) | ((1n << BigInt(widths[address.family] - address.prefixLength)) - 1n);
}

/** Whether a list of routes tells of the family's local table. */
export function tellsLocal(routes: readonly Route[], family: AddressFamily): boolean {
  return routes.some((route) => route.family === family && route.table === localTable);
}
