import { addressMatches } from "./matches/addresses.js";
import { conntrackMatches } from "./matches/conntrack.js";
import { contentMatches } from "./matches/content.js";
import type { MakeTest } from "./matches/define.js";
import { icmpMatches } from "./matches/icmp.js";
import { extensionMatches } from "./matches/ipv6.js";
import { localMatches } from "./matches/local.js";
import { markMatches } from "./matches/marks.js";
import { portMatches } from "./matches/ports.js";
import { rateMatches } from "./matches/rates.js";
import { recentTest } from "./matches/recent.js";
import { routeMatches } from "./matches/routes.js";
import { timeTest } from "./matches/time.js";

/** How each match of the catalogue is made ready, by its word. */
export const makeTest: ReadonlyMap<string, MakeTest> = new Map(
  Object.entries({
    ...portMatches,
    ...icmpMatches,
    ...conntrackMatches,
    ...addressMatches,
    ...routeMatches,
    ...markMatches,
    ...rateMatches,
    recent: recentTest,
    ...localMatches,
    time: timeTest,
    ...contentMatches,
    ...extensionMatches,
  }),
);
