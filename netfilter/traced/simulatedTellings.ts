import type { Chain, Rule } from "../model/ruleset.js";
import { formatAddress } from "../packet/address.js";
import type { Packet } from "../packet/packet.js";
import type { Step, StepVerdict, Trace } from "../simulate/trace.js";
import { placeOf } from "./rules.js";

/** What a tracer would have told of a simulated packet, with what the packet was like there. */
export interface SimulatedTelling {
  /** Index in the trace's steps. */
  readonly step: number;
  readonly kind: "rule" | "policy";
  readonly place: string;
  readonly chain: Chain;
  readonly rule?: Rule;
  /** The simulation does not know whether the rule matches. */
  readonly unsure: boolean;
  readonly verdict: StepVerdict;
  readonly before: Likeness;
  readonly behind: Likeness;
}

/** What a tracer shows of a packet. A port that the kernel picks at random, or an address that routing picks, is not known. */
export interface Likeness {
  readonly mark: number;
  readonly oif: string | undefined;
  readonly saddr: string | undefined;
  readonly daddr: string;
  readonly sport: string | undefined;
  readonly dport: string | undefined;
}

/** All that a tracer would tell of the packet, in order. */
export function simulatedTellings({ packet, steps }: Trace): SimulatedTelling[] {
  let like = likenessOf(packet);
  return steps.flatMap((step, index) => {
    const before = like;
    like = after(like, step);
    return toldOf(step, { step: index, before, behind: like });
  });
}

type Moment = Pick<SimulatedTelling, "step" | "before" | "behind">;

function toldOf(step: Step, moment: Moment): SimulatedTelling[] {
  if (step.kind === "rule" && step.matched !== false) {
    const { chain, rule, matched, verdict = "continue" } = step;
    return [{ ...moment, kind: "rule", place: placeOf(chain), chain, rule, unsure: matched === "unknown", verdict }];
  }
  if (step.kind !== "end" || !step.chain.base) return [];
  const { chain, verdict } = step;
  return [{ ...moment, kind: "policy", place: placeOf(chain), chain, unsure: false, verdict }];
}

function likenessOf({ saddr, daddr, sport, dport, mark = 0 }: Packet): Likeness {
  const text = (port: number | undefined) => (port === undefined ? undefined : String(port));
  return {
    mark,
    oif: undefined,
    saddr: saddr.value === 0n ? undefined : formatAddress(saddr),
    daddr: formatAddress(daddr),
    sport: text(sport),
    dport: text(dport),
  };
}

function after(like: Likeness, step: Step): Likeness {
  if (step.changes.length === 0 && step.kind !== "route") return like;
  const now: { -readonly [Key in keyof Likeness]: Likeness[Key] } = { ...like };
  if (step.kind === "route" && step.oif !== undefined) now.oif = step.oif;
  for (const change of step.changes) {
    if (change.field === "meta mark") now.mark = Number(change.after);
    const [, end] = /^\w+ ([sd](?:addr|port))$/.exec(change.field) ?? [];
    if (end !== undefined) now[end as "saddr"] = change.after;
  }
  return now;
}
