import type { Family, Hook } from "../../facts/hooks.js";
import type { Command } from "../command.js";
import { type Read, textCommand } from "../reading.js";
import { Unread } from "../warnings.js";
import { type HookCallback, type HookFamily, type HookList, type HookPoint, inOrder, legacyChain } from "./hookList.js";

/** All hooks as nft lists them; a failure with `unsupported` where the kernel does not tell nft. */
export const nftHooks = hooks("nft.hooks", ["nft", "list", "hooks"], true);
/** Those of ARP, which nft 1.0.6 leaves out of its full list. No hooks is an answer here. */
export const nftArpHooks = hooks("nft.arpHooks", ["nft", "list", "hooks", "arp"], false);

const silent =
  "This router's kernel does not tell nft its hooks (it was built without CONFIG_NETFILTER_NETLINK_HOOK, as Debian 12's is): nft then prints nothing and calls it a success. bpftrace on the router can read them, or they are inferred from the rules.";

function hooks(id: string, argv: readonly string[], emptyMeansUnsupported: boolean): Command<HookList> {
  return textCommand({
    id,
    title: "netfilter's hooks",
    argv,
    root: true,
    parse: parseHooks,
    judge: ({ value }) =>
      emptyMeansUnsupported && value.points.length === 0
        ? { ok: false, failure: { reason: "unsupported", message: silent } }
        : undefined,
  });
}

interface Reading {
  family?: HookFamily;
  point?: HookPoint & { readonly callbacks: HookCallback[] };
  readonly points: HookPoint[];
  readonly unread: Unread;
}

function parseHooks(text: string): Read<HookList> | undefined {
  const reading: Reading = { points: [], unread: new Unread() };
  for (const line of text.split("\n")) readLine(line, reading);
  const { points, unread } = reading;
  if (points.length === 0 && unread.count > 0) return undefined;
  return { value: { source: "nft", points: inOrder(points) }, warnings: unread.warnings("hooks") };
}

function readLine(line: string, reading: Reading): void {
  const word = line.trim();
  const family = /^family (ip|ip6|arp|bridge|netdev|inet) \{$/.exec(word);
  const hook = /^hook (\w+)(?: device (\S+))? \{$/.exec(word);
  const callback = /^([+-]?\d+) (.+?)(?: \[(\w+)\])?$/.exec(word);
  if (family) reading.family = family[1] as HookFamily;
  else if (hook && reading.family) open(reading, reading.family, hook[1] as Hook, hook[2]);
  else if (callback && reading.point) reading.point.callbacks.push(readCallback(callback, reading.point.hook));
  else if (word !== "" && word !== "}") reading.unread.add(line);
}

function open(reading: Reading, family: HookFamily, hook: Hook, device: string | undefined): void {
  reading.point = { family, hook, ...(device && { device: device.replaceAll('"', "") }), callbacks: [] };
  reading.points.push(reading.point);
}

function readCallback([, priority, what = "", module]: RegExpExecArray, hook: Hook): HookCallback {
  const [, family, table = "", name = ""] = /^chain (\w+) (\S+) (\S+)$/.exec(what) ?? [];
  const chain = family ? { family: family as Family, table, name } : legacyChain(what, hook, Number(priority));
  return {
    priority: Number(priority),
    ...(!family && { function: what }),
    ...(chain && { chain }),
    ...(module && { module }),
    inferred: false,
  };
}
