import { parseArgs } from "node:util";
import { differential, report, summary } from "./differential.js";
import { KernelLab } from "./kernel.js";
import { routerOf } from "./simulator.js";

/**
 * `npm run differential -- --pairs N --seed S [--packets P] [--failures F] [--no-shrink]`: compares the simulator with this
 * machine's kernel and prints what it came to. Without a seed it takes one of the clock. Returns the exit code.
 */
export async function run(program: string, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options, allowNegative: true });
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  console.log(`seed ${seed}`);
  const lab = new KernelLab(program);
  try {
    const wanted = {
      seed,
      pairs: Number(values.pairs),
      packets: Number(values.packets),
      failures: Number(values.failures),
    };
    const begun = performance.now();
    const tally = await differential(lab, routerOf, { ...wanted, shrinks: values.shrink });
    for (const failure of tally.failures) console.log(`\n${report(failure)}\n`);
    console.log(`${summary(tally)}; ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return tally.failures.length > 0 ? 1 : 0;
  } finally {
    lab.close();
  }
}

const options = {
  pairs: { type: "string", default: "1000" },
  seed: { type: "string" },
  packets: { type: "string", default: "100" },
  failures: { type: "string", default: "1" },
  shrink: { type: "boolean", default: true },
} as const;
