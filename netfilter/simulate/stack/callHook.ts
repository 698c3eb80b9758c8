import type { Family, Hook } from "../../facts/hooks.js";
import type { Chain, Rule } from "../../model/ruleset.js";
import type { Passage } from "../context.js";
import type { Callback, ChainCallback } from "../hooks.js";
import type { Disposition, StepVerdict } from "../trace.js";
import { type ChainEnd, type WalkRecord, walkChain } from "../walk.js";
import { rejected } from "./answers.js";
import { sendCopy } from "./copies.js";
import type { Flight } from "./flight.js";
import { callKernel } from "./kernelCallbacks.js";
import { FlightPassage } from "./passage.js";
import { queued } from "./queues.js";
import { reroutedAfter } from "./reroute.js";

/** Takes a packet through everything that is called at a hook. How it ended there; undefined when it goes on. */
export function callHook(
  flight: Flight,
  family: Exclude<Family, "inet" | "arp">,
  hook: Hook,
  callbacks: readonly Callback[],
): Disposition | undefined {
  if (callbacks.length === 0) return undefined;
  const passage = new FlightPassage(flight, hook, family, sendCopy);
  for (const callback of callbacks) {
    const end =
      callback.kind === "chain"
        ? callChain(flight, passage, callback)
        : callKernel(flight, callback, passage, (chain) => walk(flight, passage, chain));
    if (end) return end;
  }
  return undefined;
}

/** What a chain did to the packet; undefined when it goes on. */
function callChain(flight: Flight, passage: Passage, callback: ChainCallback): Disposition | undefined {
  const { base, table } = callback.chain;
  if ((passage.family === "ip" || passage.family === "ip6") && isForOther(table.family, passage.family))
    return undefined;
  const routed = base?.type === "route" ? reroutedAfter(flight) : undefined;
  return walk(flight, passage, callback) ?? routed?.();
}

/** A hook's list is the family's own already, but for devices, where inet chains see IP only. */
function isForOther(family: Family, own: Family): boolean {
  return family !== own && family !== "inet" && family !== "netdev";
}

function walk(flight: Flight, passage: Passage, callback: ChainCallback): Disposition | undefined {
  const record = flight.wishes.record === "none" ? undefined : recordOf(flight, passage, callback);
  const end = walkChain(callback.program, callback.chain, passage, record);
  if (!record) flight.pending = [];
  return judge(flight, passage, callback, end);
}

function judge(
  flight: Flight,
  passage: Passage,
  callback: ChainCallback,
  { outcome, rule }: ChainEnd,
): Disposition | undefined {
  if (outcome === "accept") return undefined;
  const why = `${placeText(callback.chain)}: ${rule ? ruleText(callback, rule) : `policy ${String(outcome)}`}`;
  if (outcome === "drop") return flight.dropped(why);
  if (outcome === "stolen") return { end: "stolen", why, step: flight.lastStep };
  if (outcome.do === "reject") return rejected(flight, passage.hook, outcome.with, why);
  if (outcome.do === "queue") return queued(flight, outcome);
  flight.tproxied = true;
  return undefined;
}

/** `ip filter FORWARD`. */
export function placeText({ table, name }: Chain): string {
  return `${table.family} ${table.name} ${name}`;
}

function ruleText({ loaded }: ChainCallback, { start, end }: Rule): string {
  return loaded.text.slice(start, end).replaceAll(/\s+/g, " ");
}

function recordOf(flight: Flight, { hook }: Passage, { chain: base, priority }: ChainCallback): WalkRecord {
  const { family } = base.table;
  const { answers } = flight;
  let asked = answers.asked.length;
  return {
    unmatched: flight.wishes.record === "all",
    rule(rule: Rule, matched: boolean, verdict: StepVerdict | undefined) {
      const unsure = answers.asked.length > asked;
      if (unsure) answers.attribute(asked, rule);
      asked = answers.asked.length;
      const changes = flight.takeChanges();
      const known = unsure ? "unknown" : matched;
      flight.note({ kind: "rule", hook, priority, family, chain: rule.chain, rule, matched: known, verdict, changes });
    },
    end(chain: Chain, verdict: StepVerdict) {
      flight.note({ kind: "end", hook, priority, family, chain, verdict, changes: flight.takeChanges() });
    },
  };
}
