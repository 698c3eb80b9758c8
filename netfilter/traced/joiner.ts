import type { Hook } from "../facts/hooks.js";
import type { Chain, Rule } from "../model/ruleset.js";
import {
  endOf,
  endPriority,
  type TracedConnection,
  type TracedPacket,
  type TraceEvent,
  traceName,
} from "../observe/trace/event.js";
import type { PacketTrace } from "../observe/trace/group.js";
import type { StepVerdict } from "../simulate/trace.js";
import { Between } from "./between.js";
import { endingOf, type LastSeen } from "./ending.js";
import { Marks } from "./marks.js";
import type { Observed, Telling } from "./observed.js";
import { toldPacketOf, tracedTitle } from "./packet.js";
import { placeOf, placeText, type TracedRules } from "./rules.js";
import { type Draft, StepList } from "./stepList.js";
import { calledChain, setsMark, setsTrace, verdictOf } from "./told.js";
import { ChainWalk, type Frame } from "./walk.js";

type RuleEvent = Extract<TraceEvent, { kind: "rule" }>;
type EndEvent = Extract<TraceEvent, { kind: "return" | "policy" }>;
type PacketEvent = Extract<TraceEvent, { kind: "packet" }>;

/** Joins the events of one packet, one after the other, to the rules. */
export class Joiner {
  private readonly list: StepList;
  private readonly between: Between;
  private readonly marks = new Marks();
  private readonly tellings: Telling[] = [];
  private readonly notes = new Set<string>();
  private walk: ChainWalk | undefined;
  private last: LastSeen | undefined;
  /** The rule that has just handed the packet to a program. */
  private queued: Draft | undefined;
  /** Something of the packet was told already. */
  private isTraced = false;
  /** Whether its end would be told, as long as that was not. */
  private ends: PacketEvent["ends"];
  /** Told before the packet itself, at the same place. */
  private connection: TracedConnection | undefined;
  /** Shown with the event that comes next, and as it is behind it. */
  private shown: { readonly packet: TracedPacket; readonly mark?: number } | undefined;

  constructor(
    private readonly rules: TracedRules,
    private readonly gaps: boolean,
  ) {
    this.list = new StepList(gaps);
    this.between = new Between(this.list);
  }

  /** The next event of the packet. */
  take(event: TraceEvent): void {
    if (endOf(event)) this.cameToEnd(event);
    else if (event.table.startsWith(traceName)) this.arrive(event, event.kind === "packet" ? event.packet : undefined);
    else if (event.kind === "packet") this.see(event);
    else if (event.kind === "conntrack") this.connection = event.connection;
    else if (event.kind === "rule") this.rule(event);
    else if (this.isRule(event)) this.rule({ ...event, kind: "rule" });
    else if (event.kind === "return") this.returned(event);
    else this.policy(event);
  }

  /** All that came of it. */
  end({ packet, events, isOver }: PacketTrace): Observed {
    const { gaps, tellings } = this;
    const { steps } = this.list;
    if (gaps)
      this.notes.add("The tool lost events while this packet was on its way: some of its steps may be missing.");
    const isIp6 = packet?.source?.includes(":") ?? events.some(({ family }) => family === "ip6");
    const unseen = this.rules.unseenBy(events[0]?.by);
    const family = isIp6 ? "ip6" : "ip";
    const ends = isOver && !gaps && !isMulticast(packet) ? this.ends : undefined;
    const known = { gaps, family, oif: this.between.oif, step: steps.length - 1, unseen, ends } as const;
    const { note, ...ending } = endingOf(this.last, this.rules, known);
    if (note !== undefined) this.notes.add(note);
    return {
      ...{ packet: toldPacketOf(packet, isIp6), title: tracedTitle(packet), steps, gaps, tellings },
      ...ending,
      notes: [...this.notes],
      unseen,
    };
  }

  // ------------------------------------------------------------------------------------------ where it is

  /** The walk that an event belongs to; a new one where it comes to a base chain. */
  private enter(event: TraceEvent): ChainWalk {
    const chain = this.chainOf(event);
    const { walk } = this;
    const isNew = !walk || walk.ended || (chain?.base ? walk.base !== chain : this.isElsewhere(event, chain, walk));
    if (walk && !isNew) return walk;
    this.walk = this.newWalk(event, chain);
    this.between.goOn(walk, this.walk, event.kind === "packet" ? event.packet : undefined, this.queued);
    this.queued = undefined;
    return this.walk;
  }

  private chainOf(event: TraceEvent): Chain | undefined {
    return this.walk?.named.get(placeText(event)) ?? this.rules.chainOf(event);
  }

  /** A chain that is called belongs to the walk that is under way, if that may have called it. */
  private isElsewhere(event: TraceEvent, chain: Chain | undefined, walk: ChainWalk): boolean {
    if (!chain) return walk.place !== placeText(event);
    return walk.base !== undefined && walk.base.table !== chain.table;
  }

  private newWalk(event: TraceEvent, chain: Chain | undefined): ChainWalk {
    const place = placeText(event);
    const bases = chain && !chain.base ? this.rules.basesOf(chain) : [];
    const base = chain?.base ? chain : bases.length === 1 ? bases[0] : undefined;
    const known = base?.base ?? this.rules.base(place);
    const hook = known?.hook ?? possibleHook(event, this.walk?.hook);
    const walk = new ChainWalk(base, place, hook, known?.priority ?? 0, event.family, known !== undefined);
    if (chain && chain === base) walk.frames.push(this.isTraced ? { chain, next: 0 } : { chain, isFirst: true });
    else if (chain) walk.frames.push({ chain });
    if (!known) this.notes.add(`${place} is not in the rules at hand: at which hook it stands is not known.`);
    if (!this.isTraced && hook !== "prerouting" && hook !== "ingress" && hook !== "output")
      this.notes.add(`The trace begins only in ${place}: what was before is not told.`);
    this.isTraced = true;
    return walk;
  }

  // ------------------------------------------------------------------------------------------ what is told

  /** Our own live trace saw it before all chains of the rules. */
  private arrive(event: TraceEvent, packet: TracedPacket | undefined): void {
    this.isTraced = true;
    if (this.walk || !packet) return;
    const hook = packet.iif === undefined ? "output" : "prerouting";
    this.walk = new ChainWalk(undefined, placeText(event), hook, beforeRules, event.family, true);
    this.walk.ended = true;
    this.between.goOn(undefined, this.walk, packet);
    this.between.see(packet, this.walk);
  }

  /** Our own live trace saw it behind all chains of the hook. */
  private cameToEnd(event: TraceEvent): void {
    const hook = endOf(event);
    if (event.kind !== "packet" || !hook) return;
    if (event.arrived) this.arrive(event, event.arrived);
    const walk = new ChainWalk(undefined, placeText(event), hook, endPriority, event.family, true);
    walk.ended = true;
    this.between.goOn(this.walk, walk, event.packet, this.queued);
    this.between.see(event.packet, walk);
    this.walk = walk;
    this.queued = undefined;
    this.isTraced = true;
    this.ends = undefined;
    this.last = { kind: "end", walk, verdict: "accept", event };
  }

  private see(event: PacketEvent): void {
    const { packet, by, arrived, ends } = event;
    if (arrived) this.arrive(event, arrived);
    this.ends ??= ends;
    const before = this.walk;
    // All but the log show a packet only when it comes to a base chain.
    if (by !== "log" && before) before.ended = true;
    const walk = this.enter(event);
    if (walk === before) this.between.seeAgain(packet, walk);
    else this.between.see(packet, walk);
    if (this.connection) this.between.track(this.connection, walk);
    this.connection = undefined;
    const mark = by === "nft" ? packet.mark : (packet.mark ?? 0);
    if (by === "log" && mark !== undefined) this.marks.told(mark, { changes: this.list.pending });
    this.shown = { packet, ...(mark !== undefined && { mark }) };
  }

  /** Old iptables calls a last rule that always decides an end, too. */
  private isRule(event: EndEvent): boolean {
    const chain = this.chainOf(event);
    return event.position !== undefined && chain !== undefined && event.position <= chain.rules.length;
  }

  private rule(event: RuleEvent): void {
    const walk = this.enter(event);
    const chain = this.chainOf(event);
    if (!chain) {
      this.unplaced(event, walk, "its chain is not in the rules at hand");
      return;
    }
    const frame = this.list.reach(chain, walk);
    const found = this.rules.find(event, chain, frame.next ?? 0);
    if ("problem" in found) {
      delete frame.next;
      delete frame.isFirst;
      if (!isOfTrace(event)) this.unplaced(event, walk, found.problem, found.missing);
      return;
    }
    const rule = chain.rules[found.index] as Rule;
    if (!setsTrace(rule)) knowBeginning(frame, event);
    this.list.passed(frame, found.index, walk);
    frame.next = found.index + 1;
    this.matched(event, rule, walk);
  }

  private matched(event: RuleEvent, rule: Rule, walk: ChainWalk): void {
    const decided = verdictOf(event, rule);
    const verdict = decided && asModelled(decided, rule);
    const { chain } = rule;
    const step = this.list.push(walk, { kind: "rule", chain, rule, matched: true, verdict: stepVerdict(verdict) });
    if (setsMark(rule)) this.marks.wrote(step);
    this.between.takeOwn(rule, step);
    if (verdict === "queue") this.queued = step;
    this.tell(event, step, verdict, { rule, chain });
    this.follow(event, walk, decided, rule);
  }

  private unplaced(event: RuleEvent, walk: ChainWalk, problem: string, missing?: true): void {
    const verdict = verdictOf(event, undefined);
    const text = event.rule ?? `rule ${event.handle ?? event.position ?? ""}`.trim();
    const step = this.callback(event, walk, `${text} (its place is not known: ${problem})`, verdict ?? "continue");
    if (walk.isKnown) this.notes.add(`${placeText(event)}: ${problem}.`);
    // A rule that only has the packet traced comes and goes with the trace.
    const isDifference = missing && !/nftrace set|-j TRACE/.test(text);
    this.tell(event, step, verdict, { problem, ...(isDifference && { missing }) });
    this.follow(event, walk, verdict, undefined);
  }

  private callback(event: TraceEvent, walk: ChainWalk, says: string, verdict: StepVerdict): Draft {
    return this.list.push(walk, { kind: "callback", function: placeText(event), says, verdict });
  }

  private follow(event: RuleEvent, walk: ChainWalk, verdict: StepVerdict | undefined, rule: Rule | undefined): void {
    this.last = { kind: "rule", walk, verdict, ...(rule && { rule }), event };
    if (verdict !== undefined && ending.has(verdict)) walk.ended = true;
    else if (verdict === "return") walk.frames.pop();
    else if (verdict?.startsWith("jump ") || verdict?.startsWith("goto ")) this.call(event, walk, verdict, rule);
  }

  private call(event: RuleEvent, walk: ChainWalk, verdict: StepVerdict, rule: Rule | undefined): void {
    const [how, target = ""] = verdict.split(" ");
    const called = { ...event, chain: target };
    const chain = rule ? calledChain(verdict, rule) : this.rules.chainOf(called);
    if (how === "goto") walk.frames.pop();
    if (!chain) return;
    walk.named.set(placeText(called), chain);
    walk.frames.push({ chain, next: 0 });
  }

  private returned(event: EndEvent): void {
    const walk = this.enter(event);
    const chain = this.chainOf(event);
    if (chain && chain !== walk.base) this.list.leave(this.list.reach(chain, walk), walk);
    this.tellMark(event, { changes: this.list.pending });
  }

  private policy(event: EndEvent): void {
    const walk = this.enter(event);
    const chain = this.chainOf(event);
    const verdict = verdictOf(event, undefined) ?? chain?.base?.policy;
    while (walk.top && walk.top.chain !== chain) this.list.leave(walk.top, walk);
    if (walk.top) {
      knowBeginning(walk.top, event);
      this.list.passed(walk.top, walk.top.chain.rules.length, walk);
    }
    const step = chain
      ? this.list.push(walk, { kind: "end", chain, verdict: verdict ?? "accept" })
      : this.callback(event, walk, "the end of the chain", verdict ?? "accept");
    this.tell(event, step, verdict, chain ? { chain } : { problem: "its chain is not in the rules at hand" });
    this.last = { kind: "policy", walk, verdict, event };
    walk.ended = true;
  }

  private tell(event: TraceEvent, step: Draft, verdict: StepVerdict | undefined, more: Partial<Telling>): void {
    const { shown } = this;
    this.shown = undefined;
    if (event.by === "xtables" && shown?.mark !== undefined) this.marks.told(shown.mark, step);
    const mark = this.tellMark(event, step) ?? shown?.mark;
    this.tellings.push({
      step: this.list.steps.indexOf(step),
      kind: event.kind === "rule" ? "rule" : "policy",
      place: more.rule ? placeOf(more.rule.chain) : placeText(event),
      ...(event.kind === "rule" && event.rule !== undefined && { text: event.rule }),
      ...(verdict !== undefined && { verdict }),
      ...(mark !== undefined && { mark: { value: mark, when: event.by === "log" ? "before" : "behind" } as const }),
      ...(shown && { packet: shown.packet }),
      ...more,
    });
  }

  /** nft tells the mark where chains end, and leaves out 0. */
  private tellMark(event: TraceEvent, step: Pick<Draft, "changes">): number | undefined {
    if (event.by !== "nft" || (event.kind !== "return" && event.kind !== "policy")) return undefined;
    const mark = event.mark ?? 0;
    this.marks.told(mark, step);
    return mark;
  }
}

/** Verdicts behind which no rule of the base chain is met. */
const ending: ReadonlySet<StepVerdict> = new Set(["accept", "drop", "reject", "stolen", "queue"]);

/** Where our own live trace stands, or near it. */
const beforeRules = -350;

/** The router sends copies of these, each with an id of its own. */
function isMulticast({ destination = "" }: Partial<TracedPacket> = {}): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff/i.test(destination);
}

/** What our own live trace has put among iptables' rules. */
function isOfTrace({ rule = "" }: RuleEvent): boolean {
  return rule.includes(traceName);
}

/** The packet was traced before it came to the chain: nothing before the first that is told has matched. */
function knowBeginning(frame: Frame, { by }: TraceEvent): void {
  if (frame.isFirst && by !== undefined && by !== "log") frame.next ??= 0;
}

/** The kernel gives a chain without a name one that changes from load to load. */
function asModelled(verdict: StepVerdict, rule: Rule): StepVerdict {
  if (calledChain(verdict, rule)?.name !== "") return verdict;
  return verdict.startsWith("goto") ? "goto " : "jump ";
}

/** The simulator leaves out the verdict of a rule that only goes on. */
function stepVerdict(verdict: StepVerdict | undefined): StepVerdict | undefined {
  return verdict === "continue" ? undefined : verdict;
}

/** Where a packet can be that comes to a chain which no rules tell of: as early as its interfaces allow, but not further back. */
function possibleHook(event: TraceEvent, before: Hook | undefined): Hook {
  if (event.kind !== "packet") return before ?? "prerouting";
  const { iif, oif } = event.packet;
  if (oif === undefined) return before === "input" ? "input" : "prerouting";
  if (before === "postrouting" || before === "egress") return before;
  return iif === undefined ? "output" : "forward";
}
