import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Box, Diagram } from "../../netfilter/diagram/diagram.js";
import { type LayoutOptions, layout } from "../../netfilter/diagram/layout.js";
import { stacksOfList, stacksOfRules } from "../../netfilter/diagram/stacks.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { Router } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { device, house, load, packet, route } from "../simulate/world.js";

const sample = (name: string) => readFileSync(new URL(`../../samples/${name}`, import.meta.url), "utf8");
const ports = (text: string) => load(`table ip t { chain c { type filter hook ${text}; } }`);

/** The boxes that a packet passes, in order, and where it ended. */
function passed({ way, boxes }: Diagram): string {
  const ids = boxes.map(({ id }) => id);
  const lit = Object.keys(way?.reached ?? {}).filter((id) => ids.includes(id));
  return `${lit.join(", ")} | ${way?.end.tone} ${way?.end.box}`;
}

function drawn(rules: string, sent: Parameters<typeof packet>[0], state = house, language = "nftables" as const) {
  const loaded = [load(rules, language)];
  const trace = new Router(loaded, state).send(packet(sent));
  return { trace, diagram: layout(stacksOfRules(loaded), trace) };
}

const forwarded = { iif: "lan0", saddr: "192.168.1.10", daddr: "203.0.113.9", sport: 4, dport: 443, tcpFlags: 2 };

test("the places that packets pass", () => {
  const check = (rules: string, sent: Partial<typeof forwarded>, expected: string, state = house) =>
    expect(passed(drawn(rules, { ...forwarded, ...sent }, state).diagram)).toBe(expected);
  const through = "ingress, prerouting, routing, forward, postrouting, egress | passed egress";
  const local = { iif: undefined, saddr: "10.0.1.2" } as unknown as Partial<typeof forwarded>;
  check("", {}, through);
  check("table ip t { chain c { type filter hook forward priority 0; tcp dport 1 drop } }", {}, through);
  check(
    "table ip t { chain c { type filter hook forward priority 0; drop } }",
    {},
    "ingress, prerouting, routing, forward | stopped forward",
  );
  check("", { daddr: "192.168.1.1" }, "ingress, prerouting, routing, input, process | passed process");
  check("", local, "process, route out, output, reroute, postrouting, egress | passed egress");
  check(
    "table ip t { chain c { type route hook output priority 0; meta mark set 0x36 } }",
    local,
    "process, route out, output, reroute, postrouting, egress | passed egress",
  );
  check(
    'table netdev t { chain c { type filter hook ingress device "lan0" priority 0; drop } }',
    {},
    "ingress | stopped ingress",
  );
});

const bridged: RouterState = {
  interfaces: [
    { ...device("br0", 1, "10.1.0.1/24"), type: "bridge" },
    { ...device("p1", 2), master: "br0" },
    { ...device("p2", 3), master: "br0" },
    device("wan", 4, "10.0.0.2/24"),
  ],
  routes: [route("10.1.0.0/24 dev br0"), route("default via 10.0.0.1 dev wan")],
  sysctls: { "net.ipv4.ip_forward": "1", "net.ipv4.conf.all.rp_filter": "0" },
};
const bridgeChain = "table bridge b { chain f { type filter hook forward priority 0; accept } }";
const ipChain =
  "table ip t { chain c { type filter hook prerouting priority 0; }; chain d { type filter hook forward priority 0; } }";
const switched = { ...forwarded, iif: "p1", saddr: "10.1.0.5", daddr: "10.1.0.6" };

test("the bridge's layer", () => {
  const check = (rules: string, sent: typeof forwarded, state: RouterState, expected: string) =>
    expect(passed(drawn(rules, sent, state).diagram)).toBe(expected);
  const layer2 = "bridge prerouting, bridging, bridge forward, bridge postrouting, egress | passed egress";
  check(bridgeChain, switched, bridged, `ingress, ${layer2}`);
  const called = { ...bridged, sysctls: { ...bridged.sysctls, "net.bridge.bridge-nf-call-iptables": "1" } };
  const loaded = drawn(`${bridgeChain}\n${ipChain}`, switched, called as RouterState).diagram;
  const lit = Object.keys(loaded.way?.reached ?? {});
  expect(lit).toEqual(expect.arrayContaining(["prerouting", "forward", "bridge forward"]));
  expect(lit).not.toContain("routing");
  expect(drawn(ipChain, forwarded).diagram.boxes.map(({ id }) => id)).not.toContain("bridge forward");
});

test("callbacks stand in the kernel's order, NAT's chains behind NAT", () => {
  const { boxes } = layout(stacksOfRules([load(sample("home-router/rules.v4"), "iptables")]));
  const rows = (id: string) =>
    boxes.find((box) => box.id === id)?.rows.map(({ priority, text }) => `${priority} ${text}`);
  expect(rows("prerouting")).toEqual([
    "-400 defragmentation",
    "-200 conntrack's lookup",
    "-150 ip mangle PREROUTING",
    "-100 destination NAT",
    "-100 ip nat PREROUTING",
  ]);
  expect(rows("ingress")).toEqual([]);
});

test("a router's own list is drawn with the chains behind its NAT", () => {
  const rules = stacksOfRules([load(sample("home-router/rules.v4"), "iptables")]);
  const chain = { family: "ip", table: "mangle", name: "PREROUTING" } as const;
  const callbacks = [
    { priority: -200, function: "ipv4_conntrack_in", inferred: false },
    { priority: -150, function: "nft_do_chain_ipv4", chain, inferred: false },
    { priority: -100, function: "nf_nat_ipv4_pre_routing", inferred: false },
    { priority: 5, function: "someones_hook", inferred: false },
  ];
  const list: HookList = { source: "nft", points: [{ family: "ip", hook: "prerouting", callbacks }] };
  const { boxes } = layout(stacksOfList(list, rules));
  expect(boxes.find(({ id }) => id === "prerouting")?.rows.map(({ text }) => text)).toEqual([
    "conntrack's lookup",
    "ip mangle PREROUTING",
    "destination NAT",
    "ip nat PREROUTING",
    "someones_hook",
  ]);
});

test("every step of a chain that was jumped to lies in its base chain's row", () => {
  const { trace, diagram } = drawn(
    `table inet b { chain c { type filter hook forward priority 0; tcp dport 443 drop } }
     table inet a { chain u { ct state new tcp dport 443 meta mark set 1 }; chain c { type filter hook forward priority 0; jump u; } }`,
    forwarded,
  );
  const rows = new Map(diagram.boxes.flatMap((box) => box.rows.map((row) => [row.id, row.text] as const)));
  const stops = trace.steps.map((step, index) => [
    step.kind === "rule" ? step.chain.table.name : step.kind,
    rows.get(diagram.way?.stops[index]?.row ?? "")?.split(" ")[1],
  ]);
  for (const [own, drawnAs] of stops) if (own === "a" || own === "b") expect(drawnAs).toBe(own);
  expect(stops.filter(([own]) => own === "a")).toHaveLength(2);
  expect(rows.get(diagram.way?.end.row ?? "")).toBe("inet b c");
});

test("no two boxes overlap, every row lies in its box, every arrow ends at its boxes", () => {
  const check = (rules: Parameters<typeof stacksOfRules>[0], options: LayoutOptions) => {
    const { boxes, arrows, width, height } = layout(stacksOfRules(rules), undefined, options);
    boxes.forEach((box, index) => {
      for (const other of boxes.slice(index + 1)) expect([box.id, other.id, overlap(box, other)]).toContain(false);
      for (const row of box.rows) expect(row.y >= box.y && row.y + row.height <= box.y + box.height).toBe(true);
      expect(box.x + box.width <= width && box.y + box.height <= height).toBe(true);
    });
    for (const { from, to, points } of arrows) {
      const ends = [boxes.find(({ id }) => id === from), boxes.find(({ id }) => id === to)];
      expect([touches(ends[0] as Box, points[0]), touches(ends[1] as Box, points.at(-1))]).toEqual([true, true]);
    }
  };
  const many = load(
    Array.from(
      { length: 200 },
      (_, index) =>
        `table inet t${index} { chain c { type filter hook ${["prerouting", "forward", "output"][index % 3]} priority ${index}; } }`,
    ).join("\n"),
  );
  for (const form of ["full", "compact"] as const)
    for (const bridge of [false, true])
      for (const rules of [[], [many], [load(sample("home-router/router.nft"))]]) check(rules, { form, bridge });
});

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function touches({ x, y, width, height }: Box, point: readonly [number, number] | undefined): boolean {
  const [px, py] = point ?? [-1, -1];
  const isWithin = px >= x && px <= x + width && py >= y && py <= y + height;
  return isWithin && (px === x || px === x + width || py === y || py === y + height);
}

test("the compact form only counts", () => {
  const { boxes } = layout(stacksOfRules([ports("input priority 0")]), undefined, { form: "compact" });
  expect(boxes.flatMap(({ rows }) => rows)).toEqual([]);
  expect(boxes.find(({ id }) => id === "input")?.note).toBe("1 chain");
});
