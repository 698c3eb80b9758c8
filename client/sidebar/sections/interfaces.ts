import { type Interface, ipAddresses } from "../../../netfilter/observe/routing/interfaces.js";
import { formatAddress } from "../../../netfilter/packet/address.js";
import { type Ask, type Item, listed } from "../item.js";

/** Interfaces and their addresses. */
export function interfaces(ask: Ask): Promise<readonly Item[]> {
  return listed(ask, ipAddresses, (found) => found.map(interfaceItem), "This router has no interfaces.");
}

function interfaceItem({ name, index, flags, mtu, master, type, mac, addresses }: Interface): Item {
  const up = flags.includes("UP");
  const carrier = flags.includes("LOWER_UP") || type === "none" || type === "ppp";
  const texts = addresses.map((address) => `${formatAddress(address)}/${address.prefixLength}`);
  const standing = up ? (carrier ? undefined : "no carrier") : "down";
  return {
    id: name,
    label: name,
    description: [standing, ...texts.slice(0, 2), master && `in ${master}`].filter(Boolean).join("  "),
    tooltip: [`${name}, index ${index}`, `${type ?? "unknown type"} ${mac ?? ""} mtu ${mtu ?? "?"}`, flags.join(", ")],
    icon: type === "loopback" ? "debug-restart" : "plug",
    tone: up && carrier ? "good" : "quiet",
    children: addresses.map((address, at) => ({
      id: texts[at] as string,
      label: texts[at] as string,
      description: [address.scope, ...address.flags].filter(Boolean).join(", "),
      icon: "symbol-number",
      ...(address.peer && { tooltip: [`The other end is ${formatAddress(address.peer)}.`] }),
    })),
  };
}
