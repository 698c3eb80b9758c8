import type { Chain, Reference, Ruleset } from "../../model/ruleset.js";
import { isChain, leadsIn } from "../../model/walk.js";
import { error } from "../../syntax/iptables/messages.js";
import type { Finding } from "../../text/finding.js";

/** Which built-in chains every chain is reached from. */
export class Reach {
  private readonly bases: readonly Chain[];
  /** For every chain a bit for each of `bases`. */
  private readonly bits = new Map<Chain, number>();
  private readonly ways = new Map<Chain, ReadonlyMap<Chain, Reference | undefined>>();

  constructor({ tables }: Ruleset) {
    this.bases = tables.flatMap(({ chains }) => chains.filter(({ builtin }) => builtin));
    for (const [index, base] of this.bases.entries()) this.mark(base, 1 << index);
  }

  private mark(base: Chain, bit: number): void {
    const open = [base];
    for (let chain = open.pop(); chain; chain = open.pop()) {
      const known = this.bitsOf(chain);
      if ((known & bit) !== 0) continue;
      this.bits.set(chain, known | bit);
      for (const { definition } of leadsIn(chain)) if (isChain(definition)) open.push(definition);
    }
  }

  /** The same number for chains that are reached from the same built-in ones. */
  bitsOf(chain: Chain): number {
    return this.bits.get(chain) ?? 0;
  }

  /** The built-in chains that a chain is reached from. */
  basesOf(chain: Chain): readonly Chain[] {
    const bits = this.bitsOf(chain);
    return this.bases.filter((_, index) => (bits & (1 << index)) !== 0);
  }

  /** The jump by which a built-in chain first comes to a chain; none where it is the built-in chain itself. */
  wayTo(chain: Chain, base: Chain): Reference | undefined {
    return this.waysFrom(base).get(chain);
  }

  private waysFrom(base: Chain): ReadonlyMap<Chain, Reference | undefined> {
    const known = this.ways.get(base);
    if (known) return known;
    const ways = waysFrom(base);
    this.ways.set(base, ways);
    return ways;
  }
}

/** The chains that a built-in chain leads to, itself included, with that jump of its own by which each is first met. */
function waysFrom(base: Chain): ReadonlyMap<Chain, Reference | undefined> {
  const met = new Map<Chain, Reference | undefined>();
  const open: [Chain, Reference | undefined][] = [[base, undefined]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [chain, by] = next;
    if (met.has(chain)) continue;
    met.set(chain, by);
    for (const jump of leadsIn(chain)) if (isChain(jump.definition)) open.push([jump.definition, by ?? jump]);
  }
  return met;
}

/** Jumps that lead back to a chain the packet is already in, told where they can be reached. */
export function jumpLoops({ tables }: Ruleset): Finding[] {
  const search = new LoopSearch();
  for (const { chains } of tables) for (const chain of chains) if (chain.builtin) search.from(chain);
  return search.findings;
}

/** Depth first with its own stack: chains may be nested deeper than calls. */
class LoopSearch {
  readonly findings: Finding[] = [];
  /** The chains that have been met, and whether the packet is still in them. */
  private readonly met = new Map<Chain, "in" | "done">();
  private readonly path: Chain[] = [];
  /** The next jump of each chain of the path. */
  private readonly next: number[] = [];

  from(start: Chain): void {
    if (this.met.has(start)) return;
    this.enter(start);
    for (let chain = this.path.at(-1); chain; chain = this.path.at(-1)) {
      const place = this.next.length - 1;
      const jump = leadsIn(chain)[this.next[place] as number];
      this.next[place] = (this.next[place] as number) + 1;
      if (jump) this.follow(jump);
      else this.leave(chain);
    }
  }

  private enter(chain: Chain): void {
    this.met.set(chain, "in");
    this.path.push(chain);
    this.next.push(0);
  }

  private leave(chain: Chain): void {
    this.met.set(chain, "done");
    this.path.pop();
    this.next.pop();
  }

  private follow(jump: Reference): void {
    const target = jump.definition;
    if (!isChain(target)) return;
    const met = this.met.get(target);
    if (met === "in") this.findings.push(loop(jump, target, this.path));
    else if (!met) this.enter(target);
  }
}

function loop(jump: Reference, target: Chain, path: readonly Chain[]): Finding {
  const round = [...path.slice(path.indexOf(target)), target].map(({ name }) => name).join(" → ");
  return error(
    "jumpLoop",
    jump,
    `This jump closes a loop, which the kernel refuses: ${round}. Take one of its jumps out.`,
    {
      related: [{ span: target.nameSpan, message: `The loop comes back to \`${target.name}\`.` }],
    },
  );
}
