import { builtinCallbacks } from "../facts/builtinCallbacks.js";
import type { Family, Hook } from "../facts/hooks.js";
import type { TracedPacket } from "../observe/trace/event.js";

/** The place of a function of the kernel's own that only shows by what it did. */
export function kernelStep(hook: Hook, priority: number, of: Family, packet: TracedPacket | undefined) {
  const isIp6 = of === "ip6" || (of !== "ip" && (packet?.source?.includes(":") ?? false));
  const family: Family = isIp6 ? "ip6" : "ip";
  const fact = builtinCallbacks.find(
    (one) => one.hook === hook && one.priority === priority && one.families.includes(family),
  );
  const names = fact?.functions ?? [];
  const name = names.find((one) => one.includes(isIp6 ? "v6" : "v4")) ?? names[0] ?? "";
  return { kind: "callback", hook, priority, family, function: name, verdict: "accept" } as const;
}
