import { formatAddress } from "../packet/address.js";
import { packetJson } from "../packet/packetJson.js";
import type { Places } from "./places.js";
import type { ConntrackEntry, Tuple } from "./state.js";
import type { Step, Trace } from "./trace.js";

/** A trace as data that JSON can hold, in the form that `docs/path.md` describes. */
export function traceJson(trace: Trace, places: Places): Record<string, unknown> {
  const { disposition, steps, last, entry, assumptions, unknown, caused } = trace;
  return {
    disposition,
    steps: steps.map((step) => stepJson(step, places)),
    assumptions,
    unknown: unknown.map(({ why, rule }) => ({ why, ...(rule && { rule: places.of(rule) }) })),
    packet: packetJson(last),
    ...(entry && { entry: entryJson(entry) }),
    ...(caused.length > 0 && { caused: caused.map((one) => traceJson(one, places)) }),
  };
}

/** One step of a trace. */
export function stepJson(step: Step, places: Places): Record<string, unknown> {
  if (step.kind === "route") {
    const { says, oif, table } = step;
    return { kind: "route", says, ...(oif !== undefined && { oif }), ...(table !== undefined && { table }) };
  }
  const { kind, hook, priority, family, changes, verdict } = step;
  const place = { kind, hook, priority, family };
  const outcome = { ...(verdict !== undefined && { verdict }), changes };
  switch (step.kind) {
    case "callback":
      return { ...place, function: step.function, says: step.says, ...outcome };
    case "rule": {
      const { chain, rule, matched } = step;
      return { ...place, table: chain.table.name, chain: chain.name, rule: places.of(rule), matched, ...outcome };
    }
    case "end":
      return { ...place, table: step.chain.table.name, chain: step.chain.name, ...outcome };
  }
}

/** A connection as `readEntry` reads it. */
export function entryJson({ original, reply, labels, ...entry }: ConntrackEntry): Record<string, unknown> {
  const { protocol } = original;
  const label = labels === undefined ? {} : { labels: `0x${labels.toString(16)}` };
  return { protocol, original: tupleJson(original), reply: tupleJson(reply), ...entry, ...label };
}

function tupleJson({ saddr, daddr, protocol: _, ...ends }: Tuple): Record<string, unknown> {
  return { saddr: formatAddress(saddr), daddr: formatAddress(daddr), ...ends };
}
