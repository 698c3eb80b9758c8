import type { Hook } from "../../facts/hooks.js";
import type { Command } from "../command.js";
import { type Read, textCommand } from "../reading.js";
import { Unread } from "../warnings.js";
import { type HookCallback, type HookFamily, type HookList, type HookPoint, inOrder, legacyChain } from "./hookList.js";
import { deviceHooksProgram, hooksProgram } from "./program.js";

const hints = {
  absent: "bpftrace found neither BTF nor kernel headers on this router, so it cannot read the kernel's hook lists.",
};

/** The hooks of ip, ip6, arp and bridge read from the kernel's memory through BTF; takes some seconds. */
export const bpftraceHooks = command("bpftrace.hooks", hooksProgram());
/** The ingress and egress hooks of the devices, by the same way. */
export const bpftraceDeviceHooks = command("bpftrace.deviceHooks", deviceHooksProgram());

function command(id: string, program: string): Command<HookList> {
  return textCommand({
    id,
    title: "netfilter's hooks",
    argv: ["bpftrace", "-e", program],
    root: true,
    parse: parseHooks,
    hints,
  });
}

/** Protocol families and hook numbers are the kernel's. */
const families: Readonly<Record<string, HookFamily>> = { 2: "ip", 10: "ip6", 3: "arp", 7: "bridge", 5: "netdev" };
const inetHooks: readonly Hook[] = ["prerouting", "input", "forward", "output", "postrouting"];
const hooksOf: Readonly<Record<HookFamily, readonly Hook[]>> = {
  ip: inetHooks,
  ip6: inetHooks,
  bridge: inetHooks,
  arp: ["input", "output", "forward"],
  netdev: ["ingress", "egress"],
};

function parseHooks(text: string): Read<HookList> | undefined {
  const points = new Map<string, HookPoint & { readonly callbacks: HookCallback[] }>();
  const unread = new Unread();
  const warnings: string[] = [];
  for (const line of text.split("\n")) {
    const [, pf = "", number = "", priority, name = "", device] =
      /^HOOK (\d+) (\d+) \d+ (-?\d+) (\S+)(?: dev \d+ (\S+))?/.exec(line) ?? [];
    const family = families[pf];
    const hook = family && hooksOf[family][Number(number)];
    if (family && hook) pointOf(points, family, hook, device).callbacks.push(callback(Number(priority), name, hook));
    else if (line.startsWith("MORE ")) warnings.push(more(line));
    else if (!/^\s*$|^Attach|^NETNS \d+$/.test(line)) unread.add(line);
  }
  if (!/^NETNS \d+$/m.test(text)) return undefined;
  const value = { source: "bpftrace", points: inOrder(points.values()) } as const;
  return { value, warnings: [...warnings, ...unread.warnings("hooks")] };
}

function pointOf(
  points: Map<string, HookPoint & { readonly callbacks: HookCallback[] }>,
  family: HookFamily,
  hook: Hook,
  device: string | undefined,
) {
  const key = `${family} ${hook} ${device ?? ""}`;
  const point = points.get(key) ?? { family, hook, ...(device && { device }), callbacks: [] };
  points.set(key, point);
  return point;
}

function callback(priority: number, name: string, hook: Hook): HookCallback {
  const module = moduleOf(name);
  const chain = legacyChain(name, hook, priority);
  return { priority, function: name, ...(module && { module }), ...(chain && { chain }), inferred: false };
}

/** bpftrace gives symbols without their modules; these are certain. */
function moduleOf(name: string): string | undefined {
  if (/^nft_do_chain|^nf_route_table/.test(name)) return "nf_tables";
  if (/^nf_nat_/.test(name)) return "nf_nat";
  if (/^ipv4_conntrack_defrag$/.test(name)) return "nf_defrag_ipv4";
  if (/^ipv6_defrag$/.test(name)) return "nf_defrag_ipv6";
  if (/^ipv[46]_(conntrack|confirm|helper)|^nf_confirm$/.test(name)) return "nf_conntrack";
  const [, legacy] = /^(ip6?table_\w+)_hook$/.exec(name) ?? [];
  if (legacy) return legacy;
  return /^br_nf_|^ip_sabotage_in$/.test(name) ? "br_netfilter" : undefined;
}

function more(line: string): string {
  const [, pf = "", number = ""] = /^MORE (\d+) (\d+)/.exec(line) ?? [];
  const family = families[pf];
  const hook = family && hooksOf[family][Number(number)];
  return `${family} ${hook} has more callbacks than the program reads; the last ones are left out.`;
}
