import type { Hook } from "../facts/hooks.js";
import type { Chain, Rule } from "../model/ruleset.js";
import type { TraceEvent } from "../observe/trace/event.js";
import type { Disposition, StepVerdict } from "../simulate/trace.js";
import { dispositionText } from "../simulate/traceText.js";
import { placeOf, placeText, type TracedRules } from "./rules.js";
import type { ChainWalk } from "./walk.js";

/** The last that was told of a packet; `end`: that it came to the end of a hook. */
export interface LastSeen {
  readonly kind: "rule" | "policy" | "end";
  readonly walk: ChainWalk;
  readonly verdict: StepVerdict | undefined;
  readonly rule?: Rule;
  readonly event: TraceEvent;
}

/** What else is known at the end of a trace. */
export interface Circumstances {
  readonly gaps: boolean;
  readonly family: "ip" | "ip6";
  /** The interface by which it was to leave when it was seen last. */
  readonly oif: string | undefined;
  /** Index of the last step. */
  readonly step: number;
  /** Places of chains that the tool never shows. */
  readonly unseen: ReadonlySet<string>;
  /** The end of its way would have been told, by now. `besideOld`: rules of old iptables that nft does not show may have dropped it. */
  readonly ends: "told" | "besideOld" | undefined;
}

export interface Ending {
  readonly disposition: Disposition;
  /** In one sentence. */
  readonly sentence: string;
  /** What else has to be said of it. */
  readonly note?: string;
}

/** How a packet ended, as far as a trace can tell it. */
export function endingOf(last: LastSeen | undefined, rules: TracedRules, known: Circumstances): Ending {
  if (!last) return unknown("The trace shows no rule and no chain that it came to.");
  const decided = decision(last, rules, known.step);
  if (decided) return ended(decided);
  if (last.kind === "end") return passed(last, rules, known) ?? unknown(`It came to the end of ${last.walk.hook}.`);
  const lost = known.gaps ? ", or the tool lost what it told" : "";
  if (last.verdict !== "accept")
    return unknown(`${seenIn(last)}; nothing came after that: the trace ends there${lost}.`);
  if (known.ends && !behindEnd.has(last.walk.hook)) return lostBetween(last, known, known.ends);
  const missing = last.walk.isKnown ? nextChain(last.walk, rules, known) : undefined;
  const through = missing ? undefined : passed(last, rules, known);
  if (through) return through;
  const why = missing
    ? `${placeOf(missing)}, which comes next, did not see it: the kernel dropped it between the two (kfree_skb)`
    : `nothing came after that: ${further(last.walk, known)}`;
  return unknown(`${seenIn(last)}; ${why}${lost}.`);
}

/** It is through, where nothing of the kernel's behind the last chain drops what it does not like. */
function passed(
  { walk, kind }: LastSeen,
  rules: TracedRules,
  { family, oif, unseen }: Circumstances,
): Ending | undefined {
  const { hook, priority, isKnown } = walk;
  const isHidden = rules.surelyThere.some((chain) => chain.base?.hook === hook && unseen.has(placeOf(chain)));
  if (!isKnown || (isHidden && kind !== "end")) return undefined;
  if (hook === "input") return ended({ end: "delivered" });
  const isBehindNat =
    hook === "egress" || (hook === "postrouting" && (priority > natPriority || !rules.translates(family)));
  return isBehindNat && oif !== undefined ? ended({ end: "sent", oif }) : undefined;
}

/** Hooks that the ends of input and postrouting tell nothing of. */
const behindEnd: ReadonlySet<Hook> = new Set(["ingress", "egress"]);

/** It was accepted, and did not come to the end of its way, where it would have been seen. */
function lostBetween(last: LastSeen, { step, unseen }: Circumstances, ends: "told" | "besideOld"): Ending {
  const { walk } = last;
  const who =
    ends === "besideOld" || unseen.size > 0
      ? "A rule of old iptables that nft does not show, or the kernel,"
      : "The kernel";
  const seen = sightOf[walk.hook] ?? "nothing saw it leave";
  const sentence = `${who} dropped it between the hooks, behind ${placeText(last.event)}: ${seen}.`;
  const why = `between the hooks behind ${placeText(last.event)} (${seen})`;
  return { disposition: { end: "dropped", why, step }, sentence, note: takenOver };
}

const sightOf: Partial<Readonly<Record<Hook, string>>> = {
  input: "it did not come to the end of input",
  prerouting: "nothing saw it delivered or leave",
};

const takenOver =
  "What the kernel takes over between the hooks without dropping it (IPVS, a VRF, fragments that wait for others) looks the same.";

/** Where NAT translates behind the nat chains of postrouting, and kills what it cannot. */
const natPriority = 100;

/** What may have become of a packet that no chain saw any more. */
function further({ hook, isKnown }: ChainWalk, { oif }: Circumstances): string {
  const dropped = "the kernel dropped it between the hooks (kfree_skb)";
  if (oif !== undefined) return `it left by ${oif}, or ${dropped}`;
  if (isKnown && (hook === "prerouting" || hook === "ingress"))
    return "it was delivered or sent on where no chain sees it, or the routing decision dropped it (kfree_skb)";
  return `it went on where no chain sees it, or ${dropped}`;
}

function decision(
  { verdict, walk, rule, event, kind }: LastSeen,
  rules: TracedRules,
  step: number,
): Disposition | undefined {
  const what = rule ? rules.textOf(rule) : ((event.kind === "rule" ? event.rule : undefined) ?? "a rule");
  const why = `${walk.place}: ${kind === "policy" ? `policy ${verdict}` : what}`;
  if (verdict === "drop") return { end: "dropped", why, step };
  if (verdict === "reject") return { end: "rejected", why, step };
  if (verdict === "stolen") return { end: "stolen", why, step };
  if (verdict !== "queue") return undefined;
  const told = event.kind === "rule" ? event.verdict?.queue : undefined;
  return { end: "queued", queue: String(told ?? queueIn(what) ?? 0), step };
}

/** Both languages queue to 0 where nothing else is said. */
function queueIn(text: string): string | undefined {
  return /(?:--queue-num|\bqueue(?: flags \S+)?(?: num| to)?) (\d+)/.exec(text)?.[1];
}

/** The next base chain that every packet has to come to; none where the packet may have taken another way. */
function nextChain(
  { hook, priority }: ChainWalk,
  rules: TracedRules,
  { family, unseen }: Circumstances,
): Chain | undefined {
  const at = (wanted: Hook) =>
    rules.surelyThere
      .filter(({ base, table }) => base?.hook === wanted && base.type !== "nat" && !table.dormant)
      .filter(({ table }) => table.family === family || table.family === "inet")
      .filter((chain) => !unseen.has(placeOf(chain)))
      .sort((a, b) => priorityOf(a) - priorityOf(b));
  const own = at(hook).find((chain) => priorityOf(chain) > priority);
  if (own || hook === "input" || hook === "postrouting") return own;
  if (hook === "forward" || hook === "output") return at("postrouting")[0];
  const [input, forward] = [at("input")[0], at("forward")[0] ?? at("postrouting")[0]];
  return hook === "prerouting" && input && forward ? forward : undefined;
}

function priorityOf({ base }: Chain): number {
  return base?.priority ?? 0;
}

function seenIn({ kind, walk, verdict, event }: LastSeen): string {
  if (kind === "policy") return `Last seen at the end of ${walk.place}, whose policy is ${verdict ?? "not told"}`;
  const inner = placeText(event);
  const place = inner === walk.place ? inner : `${inner}, called from ${walk.place}`;
  return verdict === "accept" ? `Last seen in ${place}, where a rule accepts it` : `Last seen in ${place}`;
}

function unknown(why: string): Ending {
  return { disposition: { end: "unknown", why }, sentence: why };
}

function ended(disposition: Disposition): Ending {
  const text = dispositionText(disposition);
  const sentence = text.slice(0, 1).toUpperCase() + text.slice(1);
  return { disposition, sentence: /[.!?]$/.test(sentence) ? sentence : `${sentence}.` };
}
