import { connectionTargets } from "./targets/connections.js";
import type { MakeDeed } from "./targets/define.js";
import { headerTargets } from "./targets/headers.js";
import { markTargets } from "./targets/marks.js";
import { natTargets } from "./targets/nat.js";
import { prefixTargets } from "./targets/npt.js";
import { reportTargets } from "./targets/reports.js";
import { verdictTargets } from "./targets/verdicts.js";

/** How each target of the catalogue is made ready, by its word. */
export const makeDeed: ReadonlyMap<string, MakeDeed> = new Map(
  Object.entries({
    ...verdictTargets,
    ...natTargets,
    ...prefixTargets,
    ...markTargets,
    ...connectionTargets,
    ...headerTargets,
    ...reportTargets,
  }),
);
