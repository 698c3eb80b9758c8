import { type Address, parseAddress } from "../packet/address.js";
import type { Action, Ruleset } from "./ruleset.js";

/** Where a nat action sends packets. What is absent stays as it was. */
export interface NatTarget {
  readonly first?: Address;
  readonly last?: Address;
  readonly ports?: { readonly from: number; readonly to: number };
}

const forms: Readonly<Record<Ruleset["language"], RegExp>> = {
  nftables:
    /^(?:dnat|snat|redirect|masquerade)(?:\s+ip6?)?(?:\s+to)?(?:\s+(\S+))?(?:\s+(?:random|fully-random|persistent)(?:,\S+)?)*$/,
  iptables:
    /^-j\s+(?:DNAT|SNAT|REDIRECT)(?:\s+--to-(?:destination|source|ports)\s+(\S+))?(?:\s+--(?:random|random-fully|persistent))*$/,
};

const place =
  /^(?:(\[[^\]]+\]|[\d.]+|[\da-f:]*:[\da-f:]*:[\da-f:.]*)(?:-(\[[^\]]+\]|[\d.]+|[\da-f:.]+))?)?(?::(\d+)(?:-(\d+))?)?$/i;

/** Reads where a nat action sends packets; undefined where that is not written out plainly (a map, a variable, a name). */
export function natTarget(action: Action, text: string, { language }: Ruleset): NatTarget | undefined {
  const form = forms[language].exec(text.slice(action.start, action.end));
  if (!form) return undefined;
  const written = form[1] ?? "";
  const portsAlone = language === "iptables" && /^\d+(-\d+)?$/.test(written);
  const parts = place.exec(portsAlone ? `:${written}` : written);
  if (!parts) return undefined;
  const [, from, to = from, port, lastPort = port] = parts;
  const [first, last] = [from, to].map((address) => address && parseAddress(address.replace(/[[\]]/g, ""), language));
  if ((from && !first) || (to && !last)) return undefined;
  return {
    ...(first && last && { first, last }),
    ...(port !== undefined && { ports: { from: Number(port), to: Number(lastPort) } }),
  };
}
