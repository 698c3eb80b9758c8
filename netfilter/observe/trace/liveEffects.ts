import type { TraceLimits, TracePattern } from "./livePattern.js";
import { traceChains, tracesReplies } from "./liveRules.js";

/** What a live trace does on a router, in sentences, for a person who is asked before. */
export function traceEffects(pattern: TracePattern, limits: TraceLimits): string[] {
  const { seconds, packetsPerSecond, burst } = limits;
  return [
    "A table of its own, inet hookscope_trace_ and eight letters and digits, is added to the router's rules for as long as the trace runs. It marks packets so that the kernel tells their way; it accepts, drops and changes none, and no other rule is touched.",
    ...traceChains(pattern).map(
      ({ hook, priority, conditions }) =>
        `In the hook ${hook}, priority ${priority}, it marks ${conditions.map(marked).join(" and ")}.`,
    ),
    "At the very end of the hooks input and postrouting it has chains without rules: what comes there was not dropped on its way.",
    ...missing(pattern),
    `At most ${packetsPerSecond} packets a second are marked, ${burst} at once.`,
    `It ends after ${seconds} s, when you stop it, and by itself when the connection or the editor goes away.`,
    "The kernel removes the table as soon as the process that made it ends. Where nft or the kernel is too old for that, a process on the router removes it within a second or two. Where there is no nft, rules with the target TRACE at the top of old iptables' table raw, each with that rate, take the table's place and are removed in the same way.",
    "Nothing stays: no table, no rule, no file, no process and no setting. Only where old iptables has tables the kernel writes of marked packets in its log, and those lines stay there; a logger that is missing for that is set meanwhile.",
  ];
}

function marked(condition: string): string {
  return condition === "" ? "every packet" : `packets with ${condition}`;
}

function missing(pattern: TracePattern): string[] {
  const said: string[] = [];
  if (pattern.replies && !tracesReplies(pattern))
    said.push("Answers are not marked: without an address or a port nothing tells them from other packets.");
  else if (pattern.replies && !pattern.replyTuple)
    said.push(
      "Answers are found by the same addresses and ports the other way round, so those that NAT changes are not.",
    );
  if (pattern.mark !== undefined)
    said.push("Marks are compared behind the mangle rules, which set them, so rules before that do not show.");
  return said;
}
