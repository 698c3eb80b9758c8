import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ipsetSave } from "../../netfilter/observe/ipsets.js";
import { Router } from "../../netfilter/simulate/router.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { load, packet } from "../simulate/world.js";

// The sets as this machine's ipset and kernel have them.

const name = `hs-ipsets-${process.pid}`;

function inside(...argv: string[]): string {
  const { stdout, stderr, status } = spawnSync("ip", ["netns", "exec", name, ...argv], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}. It needs root, ipset and a kernel with ip_set.`);
  return stdout;
}

beforeAll(() => {
  expect(spawnSync("ip", ["netns", "add", name]).status).toBe(0);
});
afterAll(() => {
  spawnSync("ip", ["netns", "del", name]);
});

test("elements that came while the rules ran decide about packets", () => {
  inside(
    "nft",
    `add table ip t
add set ip t seen { type ipv4_addr; flags dynamic,timeout; timeout 10m; }
add map ip t marks { type ipv4_addr : mark; flags timeout; }
add chain ip t c { type filter hook input priority 0; }
add rule ip t c ip saddr @seen drop
add rule ip t c meta mark set ip saddr map @marks
add element ip t seen { 192.0.2.7 timeout 5m }
add element ip t marks { 192.0.2.8 timeout 5m : 0x7 }`,
  );
  const router = new Router([load(inside("nft", "-a", "list", "ruleset"))]);
  const sent = (saddr: string) =>
    router.send(packet({ iif: "lan0", saddr, daddr: "10.9.9.9", sport: 1000, dport: 80, tcpFlags: 2 }));
  expect(sent("192.0.2.7").disposition.end).toBe("dropped");
  const { disposition, last } = sent("192.0.2.8");
  expect([disposition.end, last.mark]).toEqual(["delivered", 7]);
});

test("what is in a router's sets decides about packets", () => {
  inside("ipset", "create", "blocked", "hash:ip", "timeout", "600", "comment");
  inside("ipset", "add", "blocked", "192.0.2.7", "timeout", "300", "comment", "knocked, twice");
  inside("ipset", "create", "web", "hash:net,port", "counters");
  inside("ipset", "add", "web", "10.0.0.0/8,tcp:80");
  inside("ipset", "add", "web", "10.1.0.0/16,tcp:80", "nomatch");
  inside("ipset", "create", "all", "list:set");
  inside("ipset", "add", "all", "blocked");
  inside("ipset", "create", "six", "hash:ip", "family", "inet6");
  const reader = ipsetSave.reader();
  reader.push(new TextEncoder().encode(inside(...ipsetSave.argv)));
  const outcome = reader.end({ code: 0, stderr: "", cut: false });
  const sets = outcome.ok ? outcome.value : [];
  expect(sets.map((set) => [set.name, set.type])).toEqual([
    ["blocked", "hash:ip"],
    ["web", "hash:net,port"],
    ["six", "hash:ip"],
    ["all", "list:set"],
  ]);
  const problems: never[] = [];
  const state = readState(JSON.parse(JSON.stringify({ ipsets: sets })), problems);
  expect(problems).toEqual([]);
  const ends = (rule: string, saddr: string, daddr = "10.9.9.9") => {
    const router = new Router([load(`*filter\n-A INPUT ${rule} -j DROP\nCOMMIT\n`, "iptables")], state);
    return router.send(packet({ iif: "lan0", saddr, daddr, sport: 1000, dport: 80, tcpFlags: 2 })).disposition.end;
  };
  expect(ends("-m set --match-set blocked src", "192.0.2.7")).toBe("dropped");
  expect(ends("-m set --match-set blocked src", "192.0.2.8")).toBe("delivered");
  expect(ends("-m set --match-set all src", "192.0.2.7")).toBe("dropped");
  expect(ends("-m set --match-set web dst,dst", "192.0.2.8")).toBe("dropped");
  expect(ends("-m set --match-set web dst,dst", "192.0.2.8", "10.1.2.3")).toBe("delivered");
});
