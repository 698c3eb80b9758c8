import type { InThread } from "../rulesets/inThread.js";
import type { Ask, Item } from "./item.js";
import { type CountEntries, conntrack } from "./sections/conntrack.js";
import { hooks, type InferHooks, type NameChains } from "./sections/hooks.js";
import { interfaces } from "./sections/interfaces.js";
import { logLines } from "./sections/kernelLog.js";
import { routing } from "./sections/routing.js";
import { type CounterMemory, rulesets } from "./sections/rulesets.js";
import { kernelSettings } from "./sections/sysctls.js";
import { traces } from "./sections/traces.js";

/** What the sections need of a router and of the extension. */
export interface Means {
  readonly ask: Ask;
  readonly inThread: InThread;
  readonly memory: CounterMemory;
  readonly count: CountEntries;
  readonly inferHooks: InferHooks;
  readonly nameChains: NameChains;
}

/** All that the sidebar shows of a connected router, each part read when it is opened. */
export function sections(means: Means): readonly Item[] {
  const { ask, inThread, memory } = means;
  return [
    section("interfaces", "Interfaces", "plug", () => interfaces(ask)),
    section("rulesets", "Rulesets", "law", async () => rulesets(ask, inThread, memory)),
    section("hooks", "Hooks", "git-commit", () => hooks(ask, means.inferHooks, means.nameChains)),
    section("conntrack", "Conntrack", "table", () => conntrack(ask, means.count)),
    section("routing", "Policy routing", "list-ordered", () => routing(ask)),
    section("settings", "Kernel settings", "settings", () => kernelSettings(ask)),
    section("log", "Kernel log", "output", () => logLines(ask)),
    section("traces", "Traces", "eye", () => traces(ask, inThread)),
  ];
}

function section(id: string, label: string, icon: string, children: () => Promise<readonly Item[]>): Item {
  return { id, label, icon, children, context: `section.${id}` };
}
