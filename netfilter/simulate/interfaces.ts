import type { AddressFamily } from "../packet/address.js";
import { type IpNumber, isLinkLocal, isLoopback, isWithin, toNumber } from "./ipNumber.js";
import type { Interface, InterfaceAddress } from "./state.js";

/** An address of an interface, as a simulation counts with it. */
interface OwnAddress {
  readonly family: AddressFamily;
  readonly value: IpNumber;
  readonly length: number;
  readonly usable: boolean;
  readonly secondary: boolean;
}

/** The machine's interfaces. One that the state does not tell of is made up when it is asked for: up, without addresses. */
export class Interfaces {
  /** False: nothing is known of this machine's interfaces and addresses. */
  readonly known: boolean;
  readonly all: readonly Interface[];
  private readonly byName = new Map<string, Interface>();
  private readonly addresses = new Map<string, readonly OwnAddress[]>();
  private readonly owners = new Map<IpNumber, string>();

  constructor(all: readonly Interface[] | undefined) {
    this.known = all !== undefined;
    this.all = all ?? [];
    for (const one of this.all) {
      this.byName.set(one.name, one);
      this.addresses.set(one.name, one.addresses.map(ownAddress));
      for (const address of one.addresses) this.owners.set(toNumber(address), one.name);
    }
  }

  /** The interface; its index is 0 where it is made up. */
  named(name: string): Interface {
    const known = this.byName.get(name);
    if (known) return known;
    const type = name === "lo" ? "loopback" : "ether";
    const made: Interface = { name, index: 0, type, up: true, addresses: [] };
    this.byName.set(name, made);
    return made;
  }

  /** True for an interface that the state tells of. */
  isKnown(name: string): boolean {
    return this.addresses.has(name);
  }

  /** Whether it is an address of this machine's. */
  owns(value: IpNumber): boolean {
    return this.owners.has(value);
  }

  /** The interface that has the address. */
  ownerOf(value: IpNumber): string | undefined {
    return this.owners.get(value);
  }

  /**
   * The address that the kernel takes for packets leaving by `name` towards `target`: in IPv4 the first that shares a network
   * with it, else its first; in IPv6 the one that is most like it. Where it has none, another interface's; undefined when there
   * is none at all.
   */
  sourceTowards(name: string, family: AddressFamily, target: IpNumber): IpNumber | undefined {
    const all = this.of(name, family);
    const own = all.filter(({ usable, secondary }) => usable && !secondary);
    const isNear = isLinkLocal(family, target) || isLoopback(family, target);
    if (family === "ipv6" && (isNear ? all.some(({ value }) => value === target) : this.owns(target))) return target;
    if (family === "ipv6" && !isNear) return mostAlike(own.length ? own : this.others(family), target);
    const near = own.find(({ value, length }) => isWithin(family, target, value, length));
    const wanted = isLinkLocal(family, target) ? all : own;
    const first = near ?? wanted[0] ?? this.others(family)[0];
    return first?.value;
  }

  private others(family: AddressFamily): readonly OwnAddress[] {
    const others = this.all.filter(({ type }) => type !== "loopback").flatMap(({ name }) => this.of(name, family));
    return others.filter(({ usable }) => usable);
  }

  /** The first address of an interface: what `redirect` leads to. */
  firstOf(name: string, family: AddressFamily): IpNumber | undefined {
    const own = this.of(name, family);
    return (own.find(({ usable }) => usable) ?? own[0])?.value;
  }

  private of(name: string, family: AddressFamily): readonly OwnAddress[] {
    return (this.addresses.get(name) ?? []).filter((address) => address.family === family);
  }
}

/** IPv6: the first of those that share the most leading bits of the network with the target. */
function mostAlike(addresses: readonly OwnAddress[], target: IpNumber): IpNumber | undefined {
  let best: { readonly value: IpNumber; readonly bits: number } | undefined;
  for (const { value, length } of addresses) {
    const differing = (BigInt(value) ^ BigInt(target)).toString(2);
    const bits = Math.min(length, differing === "0" ? 128 : 128 - differing.length);
    if (!best || bits > best.bits) best = { value, bits };
  }
  return best?.value;
}

/** `usable`: of global or site scope, which alone may be the source of packets that go further. */
function ownAddress(address: InterfaceAddress): OwnAddress {
  const { family, prefixLength: length, scope, secondary = false } = address;
  const value = toNumber(address);
  const usable = scope === undefined ? isGlobal(family, value) : scope === "global" || scope === "site";
  return { family, value, length, usable, secondary };
}

function isGlobal(family: AddressFamily, value: IpNumber): boolean {
  return !isLinkLocal(family, value) && !isLoopback(family, value);
}
