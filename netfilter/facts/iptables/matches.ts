import type { Extension } from "./extension.js";
import { addressMatches } from "./matches/addresses.js";
import { conntrackMatches } from "./matches/conntrack.js";
import { contentMatches } from "./matches/content.js";
import { icmpMatches } from "./matches/icmp.js";
import { ipsecMatches } from "./matches/ipsec.js";
import { ipv6Matches } from "./matches/ipv6headers.js";
import { localMatches } from "./matches/local.js";
import { markMatches } from "./matches/marks.js";
import { portMatches } from "./matches/ports.js";
import { rateMatches } from "./matches/rates.js";

/** Every match module of iptables 1.8.9 to 1.8.13. A name stands twice where the families differ. */
export const allMatches: readonly Extension[] = [
  ...portMatches,
  ...icmpMatches,
  ...conntrackMatches,
  ...markMatches,
  ...addressMatches,
  ...rateMatches,
  ...contentMatches,
  ...localMatches,
  ...ipsecMatches,
  ...ipv6Matches,
];
