import type { Chain } from "../model/ruleset.js";
import type { Disposition, Step } from "../simulate/trace.js";
import type { Diagram, Row, Stop, Way } from "./diagram.js";
import type { DrawnTrace } from "./layout.js";

/** Whether a chain is one of the kernel interface before nftables: another of the same name may stand beside it. */
export type IsOld = (chain: Chain) => boolean;

/** Where in a diagram a packet comes by, step by step. */
export function wayOf(diagram: Diagram, { packet, steps, disposition }: DrawnTrace, isOld: IsOld): Way {
  const walk = new Walk(diagram, packet.iif === undefined ? "process" : "ingress", isOld);
  steps.forEach((step, index) => {
    walk.take(step, index, steps);
  });
  return walk.end(disposition);
}

/** Functions of the kernel by which base chains are called. */
const evaluatesChain = /^(nft_do_chain|nf_route_table)_/;

class Walk {
  private readonly rows = new Map<string, Row>();
  private readonly next = new Map<string, string[]>();
  private readonly stops: Stop[] = [];
  private readonly reached: Record<string, number> = {};
  private readonly met: Record<string, { met: number; matched: number }> = {};
  private last: Stop;

  constructor(
    diagram: Diagram,
    private current: string,
    private readonly isOld: IsOld,
  ) {
    for (const { id, rows } of diagram.boxes) for (const row of rows) this.index(id, row);
    for (const { from, to } of diagram.arrows) this.next.set(from, [...(this.next.get(from) ?? []), to]);
    this.last = { box: current };
    this.reach(current, 0);
  }

  /** Goes to where the step happens. */
  take(step: Step, index: number, steps: readonly Step[]): void {
    const box = step.kind === "route" ? this.decision() : boxOf(step);
    if (!isAside(this.current, box, step, index, steps)) this.moveTo(box, index);
    this.reach(box, index);
    const row = step.kind === "route" ? undefined : this.rowOf(step, box);
    const stop = { box, ...(row !== undefined && { row }) };
    if (row !== undefined) this.reach(row, index);
    if (step.kind === "rule" && row !== undefined) this.count(row, step.matched === true);
    this.stops.push(stop);
    this.last = stop;
  }

  /** Goes from the last step to where the packet ended. */
  end(disposition: Disposition): Way {
    const { stops, reached, met } = this;
    const target = { sent: "egress", delivered: "process" }[disposition.end as "sent" | "delivered"];
    if (target !== undefined) this.moveTo(target, stops.length);
    const tone = target !== undefined ? "passed" : disposition.end === "unknown" ? "unknown" : "stopped";
    const at = target !== undefined ? { box: target } : ("step" in disposition && stops[disposition.step]) || this.last;
    return { stops, reached, met, end: { ...at, tone } };
  }

  private index(box: string, row: Row): void {
    if (row.chain) {
      const { family, table, name } = row.chain;
      this.rows.set(`${box} ${row.isOld ? "old " : ""}${family} ${table} ${name}`, row);
    } else if (row.function !== undefined) {
      this.rows.set(`${box} ${row.function}`, row);
      this.rows.set(`${box} at ${row.priority}`, row);
      if (evaluatesChain.test(row.function)) this.rows.set(`${box} chain at ${row.priority}`, row);
    }
  }

  /** A routing step says no hook: it belongs to where the packet is. */
  private decision(): string {
    if (this.current === "process") return "route out";
    return this.current === "output" || this.current === "route out" || this.current === "reroute"
      ? "reroute"
      : "routing";
  }

  /**
   * A chain that was jumped to belongs to the base chain's row, which is the one before. The kernel's functions have other names
   * in other releases, but the same priority; where a hook list does not say which chain one evaluates, its priority tells.
   */
  private rowOf(step: Exclude<Step, { kind: "route" }>, box: string): string | undefined {
    if (step.kind === "callback")
      return (this.rows.get(`${box} ${step.function}`) ?? this.rows.get(`${box} at ${step.priority}`))?.id;
    const { table, name } = step.chain;
    const named = `${table.family} ${table.name} ${name}`;
    const own = this.rows.get(`${box} ${this.isOld(step.chain) ? "old " : ""}${named}`);
    const found = own ?? (step.chain.base && this.rows.get(`${box} chain at ${step.priority}`));
    return found?.id ?? (this.last.box === box ? this.last.row : undefined);
  }

  private count(row: string, matched: boolean): void {
    const counted = this.met[row] ?? { met: 0, matched: 0 };
    counted.met += 1;
    if (matched) counted.matched += 1;
    this.met[row] = counted;
  }

  /** Lights what lies between, too: hooks at which nothing is called leave no step. */
  private moveTo(box: string, index: number): void {
    const between = this.path(this.current, box);
    for (const [from, to] of between) {
      this.reach(`${from} > ${to}`, index);
      this.reach(to, index);
    }
    this.current = box;
    this.reach(box, index);
  }

  private path(from: string, to: string): readonly (readonly [string, string])[] {
    const before = new Map<string, string>();
    const queue = [from];
    for (let at = queue.shift(); at !== undefined && at !== to; at = queue.shift())
      for (const next of this.next.get(at) ?? []) {
        if (before.has(next) || next === from) continue;
        before.set(next, at);
        queue.push(next);
      }
    const links: (readonly [string, string])[] = [];
    for (let at = to; at !== from; at = before.get(at) as string) {
      if (!before.has(at)) return [];
      links.unshift([before.get(at) as string, at]);
    }
    return links;
  }

  private reach(id: string, index: number): void {
    this.reached[id] ??= index;
  }
}

function boxOf({ family, hook }: Exclude<Step, { kind: "route" }>): string {
  return family === "bridge" ? `bridge ${hook}` : hook;
}

/**
 * `br_netfilter` calls IP's hooks from those of the bridge: the packet is then not on IP's way. After prerouting only what
 * follows tells that from a packet that the bridge handed up.
 */
function isAside(current: string, box: string, step: Step, index: number, steps: readonly Step[]): boolean {
  if (step.kind === "route" || box.startsWith("bridge ")) return false;
  if (current.startsWith("bridge ") && (box === "forward" || box === "postrouting")) return true;
  if (box !== "prerouting" || (current !== "bridge prerouting" && current !== "ingress")) return false;
  const later = steps.slice(index).find((one) => one.kind === "route" || one.family === "bridge");
  return later?.kind !== "route" && (later?.hook === "forward" || later?.hook === "input");
}
