import { describe, expect, test } from "vitest";
import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import { nftRuleset as nftModel } from "../../netfilter/model/nft.js";
import { bpftraceDeviceHooks, bpftraceHooks } from "../../netfilter/observe/hooks/bpftrace.js";
import { withChains } from "../../netfilter/observe/hooks/chains.js";
import {
  builtinOf,
  type HookCallback,
  type HookList,
  type HookPoint,
  mergeHookLists,
} from "../../netfilter/observe/hooks/hookList.js";
import { inferredHooks } from "../../netfilter/observe/hooks/inferred.js";
import { nftArpHooks, nftHooks } from "../../netfilter/observe/hooks/nft.js";
import { modules } from "../../netfilter/observe/kernel/modules.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import { read, recording, value } from "./recordings.js";

/** One hook as story 002 shows it: priority and what is called. */
function shown(list: HookList, family: string, hook: string, device?: string): string[] {
  const point = list.points.find(
    (each) => each.family === family && each.hook === hook && (!device || each.device === device),
  );
  return (point?.callbacks ?? []).map(({ priority, chain, function: name }) => {
    return `${priority} ${chain ? `${chain.family} ${chain.table} ${chain.name}` : name}`;
  });
}

/** What both ways of reading a kernel have in common: priorities and, for the kernel's own, functions. */
function common({ points }: HookList): string[] {
  const name = ({ chain, function: own = "" }: HookCallback) =>
    chain || /^nft?_(do_chain|route_table)/.test(own) ? "chain" : own;
  return points
    .filter(({ family }) => family !== "netdev")
    .map(({ family, hook, callbacks }) =>
      [family, hook, ...callbacks.map((callback) => `${callback.priority} ${name(callback)}`)].join(" "),
    )
    .sort();
}

describe("nft's list", () => {
  test("of nft 1.1.3", () => {
    const list = value(nftHooks, recording("vm/tx612/nft-list-hooks.txt"));
    expect(shown(list, "ip", "prerouting")).toMatchInlineSnapshot(`
      [
        "-2147483648 inet odd pre_first",
        "-2147483648 ip_sabotage_in",
        "-401 inet odd pre_early",
        "-400 ipv4_conntrack_defrag",
        "-300 ip raw PREROUTING",
        "-200 ipv4_conntrack_in",
        "-175 inet odd pre_mid",
        "-150 ip mangle PREROUTING",
        "-100 nf_nat_ipv4_pre_routing",
      ]
    `);
    expect(shown(list, "netdev", "ingress", "wan2")).toEqual([
      "0 nf_flow_offload_inet_hook",
      "10 netdev ing ingress_many",
    ]);
    expect(list.points.flatMap(({ callbacks }) => callbacks).every(({ inferred }) => !inferred)).toBe(true);
    expect(list.points.map(({ family }) => family).indexOf("arp")).toBeGreaterThan(0);
  });

  test("of nft 1.0.6 leaves ARP out; it is asked for by itself", () => {
    const list = value(nftHooks, recording("vm/bw612/nft-list-hooks.txt"));
    expect(shown(list, "arp", "input")).toEqual([]);
    const arp = value(nftArpHooks, recording("vm/bw612/nft-list-hooks-arp.txt"));
    expect(shown(mergeHookLists(list, arp), "arp", "input")).toEqual(["0 arp af in", "0 arp filter INPUT"]);
    expect(mergeHookLists(list, list)).toEqual(list);
  });

  test("that is empty says nothing about hooks", () => {
    expect(read(nftHooks, recording("vm/bw61/nft-list-hooks.txt"))).toMatchObject({
      ok: false,
      failure: { reason: "unsupported" },
    });
    expect(value(nftArpHooks, "").points).toEqual([]);
  });

  test("that is none is garbage", () => {
    expect(read(nftHooks, "Last login: today\n")).toMatchObject({ failure: { reason: "garbled" } });
  });
});

test("story 002: conntrack was registered after the drop chain, stands in front of it and confirms the entry first", () => {
  const list = value(nftHooks, recording("vm/bw612/b2-nft-list-hooks.txt"));
  expect(shown(list, "ip", "input")).toEqual(["0 ip filter INPUT", "2147483647 nf_confirm", "2147483647 ip last in"]);
  const after = value(nftHooks, recording("vm/bw612/b3-nft-list-hooks.txt"));
  expect(shown(after, "ip", "input")).toEqual(["0 ip filter INPUT", "2147483647 ip last in", "2147483647 nf_confirm"]);
});

describe("story 002's own list", () => {
  /** What its script saw, in the words of our program: an older kernel with all of old iptables' tables. */
  const lines = [
    "2 0 0 -400 ipv4_conntrack_defrag",
    "2 0 1 -300 iptable_raw_hook",
    "2 0 2 -200 ipv4_conntrack_in",
    "2 0 3 -150 iptable_mangle_hook",
    "2 0 4 -100 nf_nat_ipv4_in",
    "2 1 0 -150 iptable_mangle_hook",
    "2 1 1 0 iptable_filter_hook",
    "2 1 2 50 iptable_security_hook",
    "2 1 3 100 nf_nat_ipv4_fn",
    "2 1 4 2147483647 ipv4_confirm",
    "2 1 5 2147483647 nft_do_chain_ipv4",
  ];
  const list = value(bpftraceHooks, `NETNS 1\n${lines.map((line) => `HOOK ${line}\n`).join("")}`);

  test("comes out in its order, tables named", () => {
    const rules = "table ip my_table {\n chain my_input {\n type filter hook input priority 2147483647\n }\n}\n";
    const named = withChains(list, nftModel(parseNft(rules)));
    expect(shown(named, "ip", "prerouting")).toEqual([
      "-400 ipv4_conntrack_defrag",
      "-300 ip raw PREROUTING",
      "-200 ipv4_conntrack_in",
      "-150 ip mangle PREROUTING",
      "-100 nf_nat_ipv4_in",
    ]);
    expect(shown(named, "ip", "input")).toEqual([
      "-150 ip mangle INPUT",
      "0 ip filter INPUT",
      "50 ip security INPUT",
      "100 nf_nat_ipv4_fn",
      "2147483647 ipv4_confirm",
      "2147483647 ip my_table my_input",
    ]);
  });

  test("has what each of the kernel's own does, for a hover", () => {
    const labels = list.points.map((point) =>
      point.callbacks.flatMap((callback) => builtinOf(point, callback)?.label ?? []),
    );
    expect(labels).toEqual([
      ["defragmentation", "conntrack's lookup", "destination NAT"],
      ["source NAT", "conntrack's confirmation"],
    ]);
    const point: HookPoint = { family: "ip", hook: "input", callbacks: [] };
    expect(builtinOf(point, { priority: 0, function: "surprise", inferred: false })).toBeUndefined();
  });
});

test("old and new iptables side by side: every function of a table is named by it", () => {
  const list = value(nftHooks, recording("vm/bw612/e-nft-list-hooks-mixed.txt"));
  expect(shown(list, "ip", "forward")).toEqual([
    "-150 ip mangle FORWARD",
    "0 ip filter FORWARD",
    "0 ip filter FORWARD",
  ]);
  const forward = list.points.find(({ family, hook }) => family === "ip" && hook === "forward");
  expect(forward?.callbacks.map(({ module }) => module)).toEqual(["iptable_mangle", "ip_tables", "nf_tables"]);
});

describe("bpftrace's list", () => {
  test.each(["bw612", "tx612"])("agrees with nft's on %s in every hook", (machine) => {
    const own = value(bpftraceHooks, recording(`vm/${machine}/hooks-bpftrace-plain.txt`));
    const nft = mergeHookLists(
      value(nftHooks, recording(`vm/${machine}/hooks-nft.txt`)),
      value(nftArpHooks, recording(`vm/${machine}/hooks-nft-arp.txt`)),
    );
    expect(common(own)).toEqual(common(nft));
  });

  test("reads a kernel that does not tell nft", () => {
    const list = value(bpftraceHooks, recording("vm/bw61/hooks-bpftrace-plain.txt"));
    expect(shown(list, "ip", "input")).toEqual([
      "-5 nft_do_chain_inet",
      "0 nft_do_chain_ipv4",
      "100 nf_nat_ipv4_local_in",
      "2147483647 ipv4_confirm",
    ]);
    const confirm = list.points.find(({ family, hook }) => family === "ip" && hook === "input")?.callbacks.at(-1);
    expect(confirm?.module).toBe("nf_conntrack");
  });

  test("names its chains by the ruleset where just one fits", () => {
    const list = value(bpftraceHooks, recording("vm/bw61/hooks-bpftrace-plain.txt"));
    const named = withChains(list, nftModel(parseNft(recording("vm/bw61/nft-a-list-ruleset.txt"))));
    expect(shown(named, "ip", "prerouting")).toMatchInlineSnapshot(`
      [
        "-2147483648 inet odd pre_first",
        "-2147483648 ip_sabotage_in",
        "-401 inet odd pre_early",
        "-400 ipv4_conntrack_defrag",
        "-300 ip raw PREROUTING",
        "-200 ipv4_conntrack_in",
        "-175 inet odd pre_mid",
        "-150 ip mangle PREROUTING",
        "-100 nf_nat_ipv4_pre_routing",
      ]
    `);
    expect(shown(named, "arp", "input")).toEqual(["0 nft_do_chain_arp", "0 nft_do_chain_arp"]);
  });

  test("of the devices", () => {
    const list = value(bpftraceDeviceHooks, recording("vm/tx612/hooks-bpftrace-dev.txt"));
    expect(shown(list, "netdev", "ingress", "wan2")).toEqual(["0 nf_flow_offload_inet_hook", "10 nft_do_chain_netdev"]);
    expect(shown(list, "netdev", "egress", "wan1")).toEqual(["5 nft_do_chain_netdev"]);
  });

  test("that is not whole says so, and what is none is a failure", () => {
    const outcome = read(bpftraceHooks, "Attaching 1 probe...\nNETNS 1\nHOOK 2 0 0 -5 x\nMORE 2 0: 30\n");
    expect(outcome).toMatchObject({ ok: true, warnings: [expect.stringContaining("ip prerouting has more")] });
    expect(read(bpftraceHooks, "hello\n")).toMatchObject({ failure: { reason: "garbled" } });
    const exit = { code: 1, stderr: "ERROR: Could not resolve symbol: Operation not permitted", cut: false };
    expect(read(bpftraceHooks, "", { exit })).toMatchObject({ failure: { reason: "notPermitted" } });
  });
});

describe("what is inferred", () => {
  test.each(["bw612", "tx612"])("from rules and modules of %s is what the kernel said", (machine) => {
    const rules = nftModel(parseNft(recording(`vm/${machine}/nft-a-list-ruleset.txt`)));
    const loaded = value(modules, recording(`vm/${machine}/proc-modules.txt`)).map(({ name }) => name);
    const inferred = inferredHooks({ rulesets: [rules], modules: loaded });
    const real = value(nftHooks, recording(`vm/${machine}/nft-list-hooks.txt`));
    for (const hook of ["prerouting", "input", "forward", "output", "postrouting"] as const) {
      // AppArmor's callback hangs on nothing that rules or modules tell.
      const told = shown(real, "ip", hook).filter((line) => !line.includes("apparmor"));
      expect(shown(inferred, "ip", hook).sort(), hook).toEqual(told.sort());
    }
    expect(inferred.points.flatMap(({ callbacks }) => callbacks).every((each) => each.inferred)).toBe(true);
  });

  test("from old iptables' rules", () => {
    const text = "*filter\n:INPUT ACCEPT\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n";
    const list = inferredHooks({ rulesets: [iptablesRuleset(parseIptables(text, { family: "ipv4" }))], modules: [] });
    expect(shown(list, "ip", "input")).toEqual(["0 ip filter INPUT", "2147483647 nf_confirm"]);
    expect(list.points.find(({ hook }) => hook === "input")?.callbacks[0]?.module).toBe("iptable_filter");
  });

  test("nothing comes of nothing", () => {
    expect(inferredHooks({ rulesets: [], modules: ["nf_conntrack", "nf_tables"] }).points).toEqual([]);
  });
});
