import { expect, test } from "vitest";
import { performRulesetCall } from "../../client/rulesets/calls.js";
import type { Item } from "../../client/sidebar/item.js";
import { hooks, type InferHooks, type NameChains, readHooks } from "../../client/sidebar/sections/hooks.js";
import { recording } from "../observe/recordings.js";
import { asking, ends, lines, type Said } from "./sidebarAsk.js";

const unasked: InferHooks = () => Promise.reject(new Error("nothing is to be inferred here"));
const asTheyAre: NameChains = async (list) => list;

/** As the extension does: chains are named by the router's ruleset. */
function namedBy(path: string): NameChains {
  const ruleset = { language: "nftables", text: recording(path) } as const;
  return async (list) => performRulesetCall("nameChains", { list, ruleset });
}

async function shown(answers: Readonly<Record<string, Said>>, name: NameChains = asTheyAre) {
  return lines(await hooks(asking(answers), unasked, name));
}

/** The lines below one hook of IPv4. */
function below(all: readonly string[], hook: string): string[] {
  const ip = all.indexOf("ip");
  const from = all.findIndex((line, index) => index > ip && line.startsWith(`  ${hook} |`));
  const rest = all.slice(from + 1);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith("    ")),
    )
    .map((line) => line.trim());
}

test("story 002: a drop chain behind conntrack's confirmation, as nft tells it", async () => {
  const all = await shown({ "nft.hooks": recording("vm/bw612/b2-nft-list-hooks.txt") });
  expect(below(all, "input")).toEqual([
    "0  chain ip filter INPUT | [nf_tables]",
    "2147483647  nf_confirm | conntrack's confirmation  [nf_conntrack]",
    "2147483647  chain ip last in | [nf_tables]",
  ]);
});

test("a kernel that tells nft nothing (Debian 12) is read by bpftrace, its chains named by the ruleset", async () => {
  const ask = asking({
    "nft.hooks": recording("vm/bw61/nft-list-hooks.txt"),
    "bpftrace.hooks": recording("vm/bw61/hooks-bpftrace-plain.txt"),
    "bpftrace.deviceHooks": recording("vm/bw61/hooks-bpftrace-dev.txt"),
  });
  const { outcome, notes } = await readHooks(ask, unasked, namedBy("vm/bw61/nft-a-list-ruleset.txt"));
  expect(outcome).toMatchObject({ ok: true, value: { source: "bpftrace" } });
  expect(notes).toEqual([]);
  expect(ask.asked).toEqual(["nft.hooks", "bpftrace.hooks", "bpftrace.deviceHooks"]);
  const all = await lines(await hooks(ask, unasked, namedBy("vm/bw61/nft-a-list-ruleset.txt")));
  expect(below(all, "input")).toMatchInlineSnapshot(`
    [
      "-5  chain inet odd in_mid | [nf_tables]  nft_do_chain_inet",
      "0  chain ip filter INPUT | [nf_tables]  nft_do_chain_ipv4",
      "100  nf_nat_ipv4_local_in | source NAT  [nf_nat]",
      "2147483647  ipv4_confirm | conntrack's confirmation  [nf_conntrack]",
    ]
  `);
  expect(all.join("\n")).toContain("netdev");
});

test("a kernel that tells nft is not asked by bpftrace, and ARP is asked for by itself", async () => {
  const ask = asking({
    "nft.hooks": recording("vm/tx612/nft-list-hooks.txt"),
    "nft.arpHooks": recording("vm/tx612/nft-list-hooks-arp.txt"),
  });
  const { outcome } = await readHooks(ask, unasked, asTheyAre);
  expect(outcome).toMatchObject({ ok: true, value: { source: "nft" }, warnings: [] });
  expect(ask.asked).toEqual(["nft.hooks", "nft.arpHooks"]);
  const all = await lines(await hooks(ask, unasked, asTheyAre));
  expect(below(all, "prerouting").slice(0, 4)).toMatchInlineSnapshot(`
    [
      "-2147483648  chain inet odd pre_first | [nf_tables]",
      "-2147483648  ip_sabotage_in | bridge's guard against a second pass  [br_netfilter]",
      "-401  chain inet odd pre_early | [nf_tables]",
      "-400  ipv4_conntrack_defrag | defragmentation  [nf_defrag_ipv4]",
    ]
  `);
  for (const family of ["ip", "ip6", "arp", "bridge", "netdev"]) expect(all).toContain(family);
});

test("an order that nothing tells is inferred, and says so and why", async () => {
  const inferred: InferHooks = async () => ({
    ok: true,
    value: performRulesetCall("inferHooks", {
      rulesets: [
        { language: "nftables", text: "table ip t {\n chain c {\n type filter hook input priority 5\n }\n}\n" },
      ],
      modules: [],
    }),
    warnings: [],
  });
  const items = await hooks(asking({ "nft.hooks": "" }), inferred, asTheyAre);
  expect(await lines(items)).toEqual([
    "! Inferred, not read from the kernel | from rulesets, modules and settings",
    "ip",
    "  input | 1",
    "    5  chain ip t c | [nf_tables]  inferred",
  ]);
  expect(items[0]?.tooltip?.join(" ")).toMatch(/does not tell nft its hooks.*`bpftrace`.*not installed/);
});

test.each(["notPermitted", "failed", "cut", "garbled"] as const)("%s everywhere: a line that says so", async (how) => {
  const answers = { "nft.hooks": ends[how], "bpftrace.hooks": ends[how] };
  const none: InferHooks = async () => ({ ok: false, failure: { reason: "notPermitted", message: "No rules." } });
  const items = await hooks(asking(answers), none, asTheyAre);
  expect(await lines(items)).toEqual(["! Not permitted | No rules."]);
  expect(items[0]?.tooltip).toHaveLength(3);
});

test.each([
  "bw61/hooks-bpftrace-plain.txt",
  "bw612/e-nft-list-hooks-mixed.txt",
  "bw612/hooks-nft.txt",
  "tx612/hooks-nft.txt",
])("every callback of %s has a hover that tells what it does", async (path) => {
  const id = path.includes("bpftrace") ? "bpftrace.hooks" : "nft.hooks";
  const families = await hooks(asking({ "nft.hooks": "", [id]: recording(`vm/${path}`) }), unasked, asTheyAre);
  const below = (item: Item) => (Array.isArray(item.children) ? (item.children as readonly Item[]) : []);
  const callbacks = families.flatMap(below).flatMap(below);
  expect(callbacks.length).toBeGreaterThan(15);
  const unknown = callbacks.filter(({ tooltip }) => tooltip?.join().includes("Nothing is known"));
  expect(unknown.map(({ label }) => label)).toEqual([]);
});
