import type { Cursor } from "./cursor.js";
import type { Ct } from "./nodes.js";
import { ctKeys, wordList } from "./words.js";

const directions = wordList("original reply");
const addressFamilies = wordList("ip ip6");
const addresses = new Map([...ctKeys].filter(([word]) => word === "saddr" || word === "daddr"));
const directed = new Map([...ctKeys].filter(([, key]) => key.direction !== undefined));

/** `ct state`, `ct original saddr`, `ct reply ip daddr`; `ct` is at hand. */
export function connectionKey(c: Cursor): Ct {
  const { start } = c;
  c.take("match");
  const direction = c.acceptOneOf(directions, "match");
  const family = direction && c.acceptOneOf(addressFamilies, "family");
  const key = family
    ? c.expectOneOf(addresses, "`saddr` or `daddr`", "match")
    : c.expectOneOf(direction ? directed : ctKeys, expected(direction !== undefined), "match");
  return { kind: "ct", start, end: key.end, direction, family, key };
}

function expected(afterDirection: boolean): string {
  return afterDirection
    ? "what is asked of that direction, such as `saddr`, `proto-dst` or `bytes`"
    : "a key of `ct` such as `state`, `mark` or `original`";
}
