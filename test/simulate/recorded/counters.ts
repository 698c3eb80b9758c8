import type { Loaded } from "../../../netfilter/simulate/router.js";
import type { Trace } from "../../../netfilter/simulate/trace.js";

/** What `iptables -t TABLE -nvL` printed: packets and bytes of every rule and policy. */
export function countersIn(text: string): string[] {
  let chain = "";
  let position = 0;
  return text.split("\n").flatMap((line) => {
    const [, name, packets, bytes] =
      /^Chain (\S+) \((?:policy \w+ (\d+) packets, (\d+) bytes|\d+ ref)/.exec(line) ?? [];
    if (name !== undefined) {
      chain = name;
      position = 0;
      return packets === undefined ? [] : [`${chain} policy ${packets} ${bytes}`];
    }
    const [, own, size] = /^ *(\d+) +(\d+) /.exec(line) ?? [];
    return own === undefined ? [] : [`${chain} #${++position} ${own} ${size}`];
  });
}

/** The same of packets that were simulated through one table. */
export function simulatedCounters(traces: readonly Trace[], { ruleset }: Loaded, table: string): string[] {
  const counts = new Map<object, { packets: number; bytes: number }>();
  for (const { packet, steps } of traces)
    for (const step of steps) {
      const counter = step.kind === "end" ? step.chain : step.kind === "rule" && step.matched ? step.rule : undefined;
      if (!counter) continue;
      const { packets, bytes } = counts.get(counter) ?? { packets: 0, bytes: 0 };
      counts.set(counter, { packets: packets + 1, bytes: bytes + (packet.length ?? 0) });
    }
  const count = (counter: object) => {
    const { packets, bytes } = counts.get(counter) ?? { packets: 0, bytes: 0 };
    return `${packets} ${bytes}`;
  };
  const chains = ruleset.tables.find(({ name }) => name === table)?.chains ?? [];
  return chains.flatMap((chain) => [
    ...(chain.base ? [`${chain.name} policy ${count(chain)}`] : []),
    ...chain.rules.map((rule, index) => `${chain.name} #${index + 1} ${count(rule)}`),
  ]);
}
