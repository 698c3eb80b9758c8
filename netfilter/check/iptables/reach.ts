import type { BuiltinChain } from "../../facts/iptables/extension.js";
import { rulesWith } from "../../model/glance.js";
import type { Chain, Reference, Ruleset } from "../../model/ruleset.js";
import { error } from "../../syntax/iptables/messages.js";
import { traits } from "../../syntax/traits.js";
import type { Finding } from "../../text/finding.js";

/** Which built-in chains a chain is reached from, with the jump by which it first was. */
export type Reach = ReadonlyMap<Chain, ReadonlyMap<BuiltinChain, Reference | undefined>>;

type Jumps = ReadonlyMap<Chain, readonly Reference[]>;

/** The jumps and gotos out of every chain in order of place, by the rules that are left in it at the end. */
export function jumpsOf({ tables }: Ruleset): Jumps {
  const chains = tables.flatMap((table) => table.chains);
  return new Map(chains.map((chain) => [chain, jumpsIn(chain)]));
}

function jumpsIn(chain: Chain): Reference[] {
  const jumps: Reference[] = [];
  for (const rule of rulesWith(chain, { wanted: traits.leads })) {
    for (const action of rule.actions) if (action.do === "jump" || action.do === "goto") jumps.push(action.target);
  }
  return jumps.sort((a, b) => a.start - b.start);
}

/** Walks from every built-in chain over all jumps. */
export function reachOf(ruleset: Ruleset, jumps: Jumps): Reach {
  const reach = new Map<Chain, Map<BuiltinChain, Reference | undefined>>();
  for (const { chains } of ruleset.tables) {
    for (const chain of chains) if (chain.builtin) walk(chain, chain.name as BuiltinChain, jumps, reach);
  }
  return reach;
}

function walk(
  base: Chain,
  name: BuiltinChain,
  jumps: Jumps,
  reach: Map<Chain, Map<BuiltinChain, Reference | undefined>>,
) {
  const open: [Chain, Reference | undefined][] = [[base, undefined]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [chain, by] = next;
    const known = reach.get(chain) ?? new Map<BuiltinChain, Reference | undefined>();
    if (known.has(name)) continue;
    reach.set(chain, known.set(name, by));
    for (const jump of jumps.get(chain) ?? []) {
      if (jump.definition?.kind === "chain") open.push([jump.definition, by ?? jump]);
    }
  }
}

/** Jumps that lead back to a chain the packet is already in, told where they can be reached. */
export function jumpLoops(ruleset: Ruleset, jumps: Jumps): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<Chain>();
  for (const { chains } of ruleset.tables) {
    for (const chain of chains) if (chain.builtin && !done.has(chain)) searchLoops(chain, jumps, done, findings);
  }
  return findings;
}

/** Depth first with its own stack: chains may be nested deeper than calls. */
function searchLoops(start: Chain, jumps: Jumps, done: Set<Chain>, findings: Finding[]): void {
  const path = new Set([start]);
  const stack = [{ chain: start, next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const jump = jumps.get(top.chain)?.[top.next++];
    if (!jump) {
      done.add(top.chain);
      path.delete(top.chain);
      stack.pop();
      continue;
    }
    const target = jump.definition;
    if (target?.kind !== "chain" || done.has(target)) continue;
    if (path.has(target)) findings.push(loop(jump, target, [...path]));
    else {
      path.add(target);
      stack.push({ chain: target, next: 0 });
    }
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
