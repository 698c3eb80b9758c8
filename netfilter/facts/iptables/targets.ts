import type { Extension } from "./extension.js";
import { connectionTargets } from "./targets/connections.js";
import { headerTargets } from "./targets/headers.js";
import { markTargets } from "./targets/marks.js";
import { natTargets } from "./targets/nat.js";
import { reportTargets } from "./targets/reports.js";
import { verdictTargets } from "./targets/verdicts.js";

/** Every target of iptables 1.8, the built-in verdicts among them. A name may stand twice, once for each family. */
export const allTargets: readonly Extension[] = [
  ...verdictTargets,
  ...natTargets,
  ...markTargets,
  ...connectionTargets,
  ...headerTargets,
  ...reportTargets,
];
