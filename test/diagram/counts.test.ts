import { expect, test } from "vitest";
import { gapsOf, shortNumber, withCounts } from "../../netfilter/diagram/counts.js";
import type { Box, Diagram } from "../../netfilter/diagram/diagram.js";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfList, stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { toSvg } from "../../netfilter/diagram/svg.js";
import type { ChainCount } from "../../netfilter/observe/counted/series.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { Router } from "../../netfilter/simulate/router.js";
import { house, load, packet } from "../simulate/world.js";

type Bounds = ChainCount["came"];

interface Said {
  readonly came?: Bounds;
  readonly dropped?: Bounds;
  readonly passed?: number;
  readonly most?: number;
  readonly nat?: boolean;
  readonly mayLose?: boolean;
}

/** `ip raw PREROUTING` with what is known of it. */
function count(name: string, said: Said = {}): ChainCount {
  const [family, table = "", chain = ""] = name.split(" ");
  const { came = exactly(0), dropped = exactly(0), passed, most, nat = false, mayLose = false } = said;
  return {
    chain: { family: family as ChainCount["chain"]["family"], table, name: chain },
    ...{ isOld: false, isNat: nat, came, dropped, forMs: 34_000, isCounting: true },
    ...((passed !== undefined || most !== undefined) && {
      certain: { passedAtLeast: passed ?? 0, ...(most !== undefined && { cameAtMost: most }), mayLose },
    }),
  };
}

const exactly = (low: number): Bounds => ({ low, high: low });
const atLeast = (low: number): Bounds => ({ low });

const story = load(
  `*raw
:PREROUTING ACCEPT [0:0]
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m conntrack --ctstate NEW -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
COMMIT
`,
  "iptables",
);
const plain = layout(stacksOfRules([story]));
const box = ({ boxes }: Diagram, id: string) => boxes.find((one) => one.id === id) as Box;
const rowTexts = (diagram: Diagram) =>
  box(diagram, "prerouting").rows.map(({ text, count, gap }) => [text, count?.short, gap?.short].filter(Boolean));

test("the story: 10 packets in raw, 7 in mangle, and conntrack between them", () => {
  const diagram = withCounts(plain, [
    count("ip raw PREROUTING", { came: exactly(10), passed: 10 }),
    count("ip mangle PREROUTING", { came: exactly(7), most: 7 }),
    count("ip nat PREROUTING", { came: exactly(2), nat: true }),
  ]);
  expect(rowTexts(diagram)).toEqual([
    ["defragmentation"],
    ["ip raw PREROUTING", "10 in"],
    ["conntrack's lookup"],
    ["ip mangle PREROUTING", "7 in", "−3"],
    ["destination NAT"],
    ["ip nat PREROUTING", "2 new"],
  ]);
  expect(gapsOf(diagram)).toEqual([
    "prerouting: at least 3 packets that ip raw PREROUTING passed did not come to ip mangle PREROUTING. Between them stands conntrack's lookup.",
  ]);
  expect(box(diagram, "prerouting").label).toMatch(
    /; in 34 s: at least 10 packets came here: so many came to ip raw PREROUTING$/,
  );
});

test("what is said of numbers", () => {
  const check = (said: Said, short: string, told: string) => {
    const row = box(withCounts(plain, [count("ip raw PREROUTING", said)]), "prerouting").rows[1];
    expect([row?.count?.short, row?.count?.told]).toEqual([short, told]);
  };
  check({ came: exactly(1) }, "1 in", "in 34 s: exactly 1 packet came in; exactly 0 dropped");
  check(
    { came: atLeast(12_345), dropped: atLeast(4) },
    "≥ 12.3k in, ≥ 4 dropped",
    "in 34 s: at least 12,345 packets came in, as not every way out of it is counted; at least 4 dropped",
  );
  check({ came: atLeast(0), dropped: atLeast(0) }, "not known", "no counter tells how many packets came in");
  check(
    { came: exactly(2), dropped: atLeast(0), nat: true },
    "2 new",
    "in 34 s: exactly 2 first packets of connections came in; drops are not all counted",
  );
});

test("a chain that was counted for a shorter time than the others says so", () => {
  const counts = [
    count("ip raw PREROUTING", { came: exactly(10) }),
    { ...count("ip mangle PREROUTING", { came: exactly(7), dropped: exactly(3) }), forMs: 4_200 },
  ];
  expect(rowTexts(withCounts(plain, counts))).toContainEqual(["ip raw PREROUTING", "10 in"]);
  expect(rowTexts(withCounts(plain, counts))).toContainEqual(["ip mangle PREROUTING", "7 in, 3 dropped, for 4.2 s"]);
});

test("a chain that nothing counts, and one that no listing shows", () => {
  const silent = { ...count("ip raw PREROUTING"), isCounting: false };
  expect(rowTexts(withCounts(plain, [silent]))).toContainEqual(["ip raw PREROUTING", "no counters"]);
  expect(rowTexts(withCounts(plain, [silent]))).toContainEqual(["ip mangle PREROUTING", "no count"]);
});

test("where nothing is said to be missing", () => {
  const rules = (second: string) =>
    layout(
      stacksOfRules([
        load(
          `table ip a { chain c { type filter hook prerouting priority -250; } }
           table ${second}`,
        ),
      ]),
    );
  const check = (diagram: Diagram, counts: readonly ChainCount[], expected: number) =>
    expect(gapsOf(withCounts(diagram, counts))).toHaveLength(expected);
  const first = count("ip a c", { came: exactly(10), passed: 10 });
  const later = "ip b { chain c { type filter hook prerouting priority -150; } }";
  check(rules(later), [first, count("ip b c", { most: 7 })], 1);
  check(rules(later), [first, count("ip b c", { most: 10 })], 0);
  check(rules(later), [first, count("ip b c", { came: exactly(7) })], 0);
  check(rules(later), [first, count("ip b c", { passed: 3 })], 0);
  // A chain of both versions of IP may count more than came from the other, never less.
  check(rules(later.replace("ip b", "inet b")), [first, count("inet b c", { most: 7 })], 1);
  const both = layout(
    stacksOfRules([load(`table inet a { chain c { type filter hook prerouting priority -250; } }\ntable ${later}`)]),
  );
  check(both, [count("inet a c", { passed: 10 }), count("ip b c", { most: 7 })], 0);
  // Fragments become one packet; of two chains with one priority it is not known which is first; NAT sees first packets only.
  const early = later.replace("-150", "-250");
  check(rules(early), [first, count("ip b c", { most: 7 }), count("ip a c", { most: 7 })], 0);
  check(rules(later.replace("type filter", "type nat")), [first, count("ip b c", { most: 1, nat: true })], 0);
  const fragments = layout(
    stacksOfRules([
      load(
        `table ip a { chain c { type filter hook prerouting priority -450; } }
         table ip b { chain c { type filter hook prerouting priority -150; ct state new accept; } }`,
      ),
    ]),
  );
  check(fragments, [first, count("ip b c", { most: 7 })], 0);
});

test("a match that may have dropped them unread is named", () => {
  const counts = [
    count("ip raw PREROUTING", { passed: 10 }),
    count("ip mangle PREROUTING", { most: 7, mayLose: true }),
  ];
  expect(gapsOf(withCounts(plain, counts))[0]).toContain("or were dropped there by a match that could not read them");
});

test("the compact form has the sums of the full one", () => {
  const compact = layout(stacksOfRules([story]), undefined, { form: "compact" });
  const counts = [count("ip raw PREROUTING", { came: exactly(10) })];
  expect(box(withCounts(compact, counts, plain), "prerouting").total?.short).toBe("≥ 10 in");
  expect(box(withCounts(compact, counts, plain), "forward").total).toBeUndefined();
});

test("the head of a hook: exact only where the first callback is a chain that knows, and of one device never", () => {
  const check = (rules: string, id: string, counts: readonly ChainCount[], expected: string | undefined) => {
    const drawn = withCounts(layout(stacksOfRules([load(rules)])), counts);
    expect(box(drawn, id).total?.short).toBe(expected);
  };
  const chain = (family: string, table: string, type: string, hook = "input") =>
    `table ${family} ${table} { chain c { type ${type} hook ${hook} priority 0; } }\n`;
  const twelve = { came: exactly(12) };
  check(chain("ip", "a", "filter"), "input", [count("ip a c", twelve)], "12 in");
  check(chain("ip", "a", "filter"), "input", [count("ip a c", { came: atLeast(12) })], "≥ 12 in");
  check(chain("ip", "a", "filter"), "input", [count("ip a c", { came: atLeast(0) })], undefined);
  check(chain("ip", "a", "nat"), "input", [count("ip a c", { ...twelve, nat: true })], undefined);
  check(chain("inet", "a", "filter"), "input", [count("inet a c", twelve)], "12 in");
  const both = chain("inet", "a", "filter") + chain("ip", "b", "filter");
  check(both, "input", [count("inet a c", { came: exactly(30) }), count("ip b c", twelve)], "12 in");
  const device = 'table netdev n { chain c { type filter hook ingress device "lan0" priority 0; } }';
  check(device, "ingress", [count("netdev n c", twelve)], "≥ 12 in");
});

test("room is made: no two boxes overlap, rows follow each other within their box", () => {
  const many = Array.from(
    { length: 200 },
    (_, index) =>
      `table inet t${index} { chain c { type filter hook ${["prerouting", "forward", "output"][index % 3]} priority ${index}; } }`,
  );
  const diagram = layout(stacksOfRules([load(many.join("\n"))]));
  const counts = many.map((_, index) => count(`inet t${index} c`, { came: atLeast(index) }));
  const { boxes, height, way } = withCounts(diagram, counts);
  expect(way).toBe(diagram.way);
  for (const one of boxes) {
    let below = one.y;
    for (const row of one.rows) {
      expect(row.y).toBeGreaterThanOrEqual(below);
      below = row.y + row.height;
    }
    expect(below).toBeLessThanOrEqual(one.y + one.height);
    expect(one.y + one.height).toBeLessThan(height);
    for (const other of boxes)
      if (other.x === one.x && other.y > one.y) expect(other.y).toBeGreaterThan(one.y + one.height);
  }
});

test("in the drawing: numbers, the gap's edge, and all of it in words", () => {
  const diagram = withCounts(plain, [
    count("ip raw PREROUTING", { came: exactly(10), passed: 10 }),
    count("ip mangle PREROUTING", { came: exactly(7), most: 7 }),
  ]);
  const text = toSvg(diagram);
  expect(text).toMatch(/<text class="hs-traffic"[^>]*>10 in<\/text>/);
  expect(text).toMatch(/<text class="hs-total"[^>]*>≥ 10 in<\/text>/);
  expect(text).toMatch(/hs-row hs-chain hs-gap"><title>priority -150: chain ip mangle PREROUTING; in 34 s: exactly 7 /);
  expect(text).toMatch(/<text class="hs-count"[^>]*>−3<\/text><path class="hs-edge"/);
  expect(toSvg(plain)).not.toMatch(/<text class="hs-(traffic|total)"|<path class="hs-edge"/);
});

test.each([
  [0, "0"],
  [9_999, "9,999"],
  [10_000, "10.0k"],
  [99_949, "99.9k"],
  [99_950, "100k"],
  [999_499, "999k"],
  [999_500, "1.0M"],
  [123_456_789, "123M"],
  [1_500_000_000, "1.5G"],
])("%d is %s", (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test("a hook list that names no chains: the steps of a base chain find its row by their priority", () => {
  const rules = load("table ip f { chain c { type filter hook input priority 5; tcp dport 22 drop } }");
  const sent = { iif: "lan0", saddr: "192.168.1.10", daddr: "192.168.1.1", sport: 4, dport: 22, tcpFlags: 2 };
  const trace = new Router([rules], house).send(packet(sent));
  const callbacks = [
    { priority: 0, function: "someones_hook", inferred: false },
    { priority: 5, function: "nft_do_chain_ipv4", inferred: false },
  ];
  const list: HookList = { source: "bpftrace", points: [{ family: "ip", hook: "input", callbacks }] };
  const diagram = layout(stacksOfList(list, stacksOfRules([rules])), trace);
  expect(diagram.way?.end).toEqual({ box: "input", row: "input 1", tone: "stopped" });
});

test("chains of devices, which old releases of nft do not list, come from the rules", () => {
  const rules = stacksOfRules([
    load('table netdev n { chain c { type filter hook ingress device "lan0" priority 0; } }'),
  ]);
  const empty: HookList = { source: "nft", points: [] };
  expect(box(layout(stacksOfList(empty, rules)), "ingress").rows.map(({ text }) => text)).toEqual([
    "netdev n c on lan0",
  ]);
});
