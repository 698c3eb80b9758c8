import type { Hook } from "../facts/hooks.js";
import { implies, negated } from "./compare.js";
import type { Action, Chain, Condition, Reference, Ruleset, Verdict } from "./ruleset.js";
import { endsChain, isChain } from "./walk.js";

/** A place where a packet's fate may be decided, with all that had to hold on the way to it. */
export interface Decision {
  readonly action: Action;
  readonly conditions: readonly Condition[];
  /** Unknown where a map is filled elsewhere, a program decides, or a chain is not there: it may accept or drop. */
  readonly verdict: "accept" | "drop" | "unknown";
}

const cache = new WeakMap<Chain, LazyList<Decision>>();

/**
 * Every such place that a packet in a base chain can get to, in the order of the walk, which goes only as far as somebody
 * reads. When there are too many, the last one is not known and asks for nothing, so that nothing is certain.
 */
export function decisionsOf(base: Chain): Iterable<Decision> {
  let found = cache.get(base);
  if (!found) {
    found = new LazyList(new Walk().follow(base, [], 0));
    cache.set(base, found);
  }
  return found;
}

/** What a generator gives, kept for the next reader. */
class LazyList<T> implements Iterable<T> {
  private readonly read: T[] = [];

  constructor(private readonly rest: Iterator<T>) {}

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; ; index++) {
      if (index === this.read.length) {
        const next = this.rest.next();
        if (next.done) return;
        this.read.push(next.value);
      }
      yield this.read[index] as T;
    }
  }
}

/** The base chains at a hook that drop what no rule accepts, as far as the file can tell it. */
export function droppingBases({ tables, incomplete }: Ruleset, hooks: ReadonlySet<string>): Chain[] {
  if (incomplete) return [];
  return tables.flatMap(({ dormant, family, chains }) =>
    dormant || !ipFamilies.has(family)
      ? []
      : chains.filter(({ base }) => base?.policy === "drop" && base.policySpan && hooks.has(base.hook)),
  );
}

const ipFamilies: ReadonlySet<string> = new Set(["ip", "ip6", "inet"]);

/** Whether a policy drops at this hook what some rule of the same version of IP does not accept. */
export function isClosed({ tables }: Ruleset, hook: Hook, { table: { family } }: Chain): boolean {
  return tables
    .filter((table) => table.family === family || table.family === "inet" || family === "inet")
    .some(({ chains }) => chains.some(({ base }) => base?.hook === hook && base.policy === "drop"));
}

/** A kind of packet: what is known of it. */
export type Probe = readonly Condition[];

/** What is known of a number: it is this one, or one from it to another. */
export function known(field: string, from: number | bigint, to = from): Condition {
  const ranges = [{ from: BigInt(from), to: BigInt(to) }];
  return { kind: "condition", start: 0, end: 0, field, op: "==", values: { kind: "ranges", ranges } };
}

/** What is known of a name: it is this one. */
export function knownName(field: string, name: string): Condition {
  return { kind: "condition", start: 0, end: 0, field, op: "==", values: { kind: "names", names: [name] } };
}

/** What is known of a name: it is any but this one. */
export function knownNot(field: string, name: string): Condition {
  return { ...knownName(field, name), op: "!=" };
}

/** Whether such a packet may pass all of the conditions: true unless it is certain that it cannot. */
export function mayPass(conditions: readonly Condition[], packet: Probe): boolean {
  if (conditions.length === 0) return true;
  const failed = failedBy(packet);
  return !conditions.some((asked) => failed.get(asked.field)?.some((other) => implies(asked, other)));
}

const failures = new WeakMap<Probe, ReadonlyMap<string, readonly Condition[]>>();

/** The conditions that such a packet is certain to fail, by field: what implies one of them is out of its reach. */
function failedBy(packet: Probe): ReadonlyMap<string, readonly Condition[]> {
  let found = failures.get(packet);
  if (!found) {
    const byField = new Map<string, Condition[]>();
    for (const fact of packet) byField.set(fact.field, [...(byField.get(fact.field) ?? []), negated(fact)]);
    found = byField;
    failures.set(packet, found);
  }
  return found;
}

/** Whether such a packet may be accepted in this place. */
export function mayAccept({ verdict, conditions }: Decision, packet: Probe): boolean {
  return verdict !== "drop" && mayPass(conditions, packet);
}

class Walk {
  /** Bounds the walk where many chains jump to each other, and what is worked out of long ones at every keystroke. */
  private budget = 300;

  *follow(chain: Chain, before: readonly Condition[], depth: number): Generator<Decision> {
    for (const rule of chain.rules) {
      if (--this.budget < 0 || depth > 16) {
        yield {
          action: { kind: "action", do: "other", effect: "unmodelled", start: rule.start, end: rule.end },
          conditions: [],
          verdict: "unknown",
        };
        return;
      }
      let conditions = before;
      for (const part of rule.parts) {
        if (part.kind === "condition") conditions = [...conditions, part];
        else yield* this.meet(part, conditions, depth);
      }
      if (conditions === before && rule.parts.some(endsChain)) return;
    }
  }

  private *meet(action: Action, conditions: readonly Condition[], depth: number): Generator<Decision> {
    if (action.do === "verdict") yield* this.lead(action, action.verdict, conditions, depth);
    else if (action.do === "jump" || action.do === "goto") yield* this.lead(action, action.target, conditions, depth);
    else if (action.do !== "verdictMap") return;
    else if (!action.entries) yield { action, conditions, verdict: "unknown" };
    else for (const { key, leads } of action.entries) yield* this.lead(action, leads, [...conditions, key], depth);
  }

  private *lead(
    action: Action,
    to: Verdict | Reference,
    conditions: readonly Condition[],
    depth: number,
  ): Generator<Decision> {
    if (typeof to !== "string") {
      if (isChain(to.definition)) yield* this.follow(to.definition, conditions, depth + 1);
      else yield { action, conditions, verdict: "unknown" };
      return;
    }
    const verdict = verdicts[to];
    if (verdict) yield { action, conditions, verdict };
  }
}

const verdicts: Partial<Record<Verdict, Decision["verdict"]>> = {
  accept: "accept",
  drop: "drop",
  reject: "drop",
  queue: "unknown",
  stolen: "drop",
};
