import { expect, test } from "vitest";
import { allTargets } from "../../netfilter/facts/iptables/index.js";
import type { NatRequest, Outcome } from "../../netfilter/simulate/context.js";
import { makeDeed } from "../../netfilter/simulate/iptables/targets.js";
import { load, runRule, walk } from "./iptables.js";
import { address, device, type Given, passage, type RecordedPassage } from "./passage.js";

const ipv6: Given = { saddr: "2001:db8::1", daddr: "2001:db8:1::1" };

const outcomes: readonly (readonly [rule: string, outcome: Outcome, given?: Given])[] = [
  ["-j ACCEPT", "accept"],
  ["-j DROP", "drop"],
  ["-j RETURN", "return"],
  ["-j QUEUE", { do: "queue", numbers: { from: 0, to: 0 }, bypass: false }],
  ["-j NFQUEUE --queue-num 5 --queue-bypass", { do: "queue", numbers: { from: 5, to: 5 }, bypass: true }],
  ["-j NFQUEUE --queue-balance 1:4", { do: "queue", numbers: { from: 1, to: 4 }, bypass: false }],
  ["-j REJECT", { do: "reject", with: { tcpReset: false, type: 3, code: 3 } }],
  ["-j REJECT --reject-with icmp-admin-prohibited", { do: "reject", with: { tcpReset: false, type: 3, code: 13 } }],
  ["-j REJECT --reject-with host-prohib", { do: "reject", with: { tcpReset: false, type: 3, code: 10 } }],
  ["-p tcp -j REJECT --reject-with tcp-reset", { do: "reject", with: { tcpReset: true } }],
  ["-j REJECT", { do: "reject", with: { tcpReset: false, type: 1, code: 4 } }, ipv6],
  ["-j REJECT --reject-with icmp6-no-route", { do: "reject", with: { tcpReset: false, type: 1, code: 0 } }, ipv6],
  ["-j LOG --log-prefix x", "continue"],
  ["-j NFLOG", "continue"],
  ["-j AUDIT --type drop", "continue"],
  ["-p tcp -j SYNPROXY --mss 1460", "stolen"],
  ["-p tcp -j SYNPROXY --mss 1460", "continue", { headers: { tcpFlags: 17 } }],
  ["-p tcp -j SYNPROXY --mss 1460", "drop", { headers: { tcpFlags: 16 } }],
  ["-p tcp -j SYNPROXY --mss 1460", "stolen", { headers: { tcpFlags: 16 }, guesses: true }],
];

test.each(outcomes.map(([rule, outcome, given = {}]) => [rule, outcome, given] as const))(
  "%s (%#)",
  (rule, outcome, given) => {
    expect(runRule(rule, passage(given))).toEqual(outcome);
  },
);

/** What targets that go on leave behind on the packet. */
const changes: readonly (readonly [rule: string, given: Given, changes: readonly string[]])[] = [
  ["-j MARK --set-mark 0x5", {}, ["meta mark 0x00000000 -> 0x00000005"]],
  ["-j MARK --set-mark 0x5", { meta: { mark: 5 } }, []],
  ["-j MARK --set-mark 0x10/0xf0", { meta: { mark: 0xff } }, ["meta mark 0x000000ff -> 0x0000001f"]],
  ["-j MARK --set-mark 0x100/0xf0", { meta: { mark: 0x1ff } }, ["meta mark 0x000001ff -> 0x0000010f"]],
  ["-j MARK --set-xmark 0x10f/0xf0", { meta: { mark: 0x1ff } }, ["meta mark 0x000001ff -> 0x00000000"]],
  ["-j MARK --or-mark 0x80000000", { meta: { mark: 1 } }, ["meta mark 0x00000001 -> 0x80000001"]],
  ["-j MARK --and-mark 0xfffffff0", { meta: { mark: 0xff } }, ["meta mark 0x000000ff -> 0x000000f0"]],
  ["-j MARK --xor-mark 0x3", { meta: { mark: 1 } }, ["meta mark 0x00000001 -> 0x00000002"]],
  ["-j CONNMARK --set-mark 7", { connection: { mark: 1 } }, ["ct mark 0x00000001 -> 0x00000007"]],
  ["-j CONNMARK --set-xmark 0x10/0xf0", { connection: { mark: 0xff } }, ["ct mark 0x000000ff -> 0x0000001f"]],
  ["-j CONNMARK --set-mark 7", { connection: { state: "untracked" } }, []],
  ["-j CONNMARK --save-mark", { meta: { mark: 3 }, connection: { mark: 1 } }, ["ct mark 0x00000001 -> 0x00000003"]],
  [
    "-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xff",
    { meta: { mark: 0x33 }, connection: { mark: 0x111 } },
    ["ct mark 0x00000111 -> 0x00000103"],
  ],
  [
    "-j CONNMARK --restore-mark",
    { meta: { mark: 3 }, connection: { mark: 9 } },
    ["meta mark 0x00000003 -> 0x00000009"],
  ],
  [
    "-j CONNMARK --restore-mark --mask 0xff",
    { meta: { mark: 0x303 }, connection: { mark: 0x909 } },
    ["meta mark 0x00000303 -> 0x00000309"],
  ],
  [
    "-j CONNMARK --restore-mark --left-shift-mark 4",
    { connection: { mark: 9 } },
    ["meta mark 0x00000000 -> 0x00000090"],
  ],
  ["-j CONNMARK --restore-mark", { meta: { mark: 3 }, connection: null }, []],
  ["-j CLASSIFY --set-class 1:10", {}, ["meta priority 0:0 -> 1:10"]],
  ["-j DSCP --set-dscp-class EF", {}, ["ip dscp 0 -> 46"]],
  ["-j DSCP --set-dscp 8", ipv6, ["ip6 dscp 0 -> 8"]],
  ["-j TOS --set-tos 0xb8/0xfc", { headers: { ecn: 1 } }, ["ip dscp 0 -> 46"]],
  ["-j TOS --set-tos 0x03", {}, ["ip ecn 0 -> 3"]],
  ["-j TOS --or-tos 0x10", {}, ["ip dscp 0 -> 4"]],
  ["-j TOS --set-tos Minimize-Delay", { headers: { dscp: 48 } }, ["ip dscp 48 -> 52"]],
  ["-p tcp -j ECN --ecn-tcp-remove", { headers: { tcpFlags: 0xc2 } }, ["tcp flags 194 -> 2"]],
  ["-j TTL --ttl-set 20", {}, ["ip ttl 64 -> 20"]],
  ["-j TTL --ttl-inc 1", { headers: { ttl: 255 } }, []],
  ["-j TTL --ttl-dec 3", { headers: { ttl: 2 } }, ["ip ttl 2 -> 0"]],
  ["-j HL --hl-dec 1", ipv6, ["ip6 hoplimit 64 -> 63"]],
  ["-p tcp --syn -j TCPMSS --set-mss 1200", { headers: { tcpMss: 1460 } }, ["tcp option maxseg size 1460 -> 1200"]],
  ["-p tcp --syn -j TCPMSS --set-mss 1500", { headers: { tcpMss: 1460 } }, []],
  [
    "-p tcp --syn -j TCPMSS --set-mss 1200",
    { headers: { length: 40 } },
    ["ip length 40 -> 44", "tcp option maxseg size  -> 536"],
  ],
  [
    "-p tcp -j TCPOPTSTRIP --strip-options mss",
    { headers: { tcpMss: 1460 } },
    ["tcp option maxseg size 1460 -> missing"],
  ],
  ["-j SNPT --src-pfx 2001:db8::/32 --dst-pfx fd00:1::/32", ipv6, ["ip6 saddr 2001:db8::1 -> fd00:1:0:30b7::1"]],
];

test.each(changes)("%s (%#)", (rule, given, expected) => {
  const seen = passage(given);
  expect(runRule(rule, seen, "mangle")).toBe("continue");
  expect([seen.changes, seen.asked]).toEqual([expected, []]);
});

test("the segment size is clamped to the narrower interface", () => {
  const narrow = { ...passage({ headers: { tcpMss: 1460 } }), oif: { ...device("wan0"), mtu: 1492 } };
  runRule("-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu", narrow, "mangle");
  expect(narrow.changes).toEqual(["tcp option maxseg size 1460 -> 1452"]);
  const open = passage({ headers: { tcpMss: 1460 } });
  runRule("-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu", open, "mangle");
  expect([open.changes, open.assumed.length]).toEqual([[], 1]);
});

const one = (text: string) => ({ from: address(text), to: address(text) });

const requests: readonly (readonly [rule: string, request: NatRequest, given?: Given])[] = [
  ["-j SNAT --to-source 192.0.2.1", { kind: "source", address: one("192.0.2.1") }],
  [
    "-p tcp -j SNAT --to-source 192.0.2.1-192.0.2.9:1000-2000 --persistent --random-fully",
    {
      kind: "source",
      address: { from: address("192.0.2.1"), to: address("192.0.2.9") },
      port: { from: 1000, to: 2000 },
      persistent: true,
      fullyRandom: true,
    },
  ],
  [
    "-p tcp -j DNAT --to-destination 10.0.0.2:8080",
    { kind: "destination", address: one("10.0.0.2"), port: { from: 8080, to: 8080 } },
  ],
  ["-p tcp -j DNAT --to-destination :8080", { kind: "destination", port: { from: 8080, to: 8080 } }],
  [
    "-p tcp -j DNAT --to-destination 10.0.0.2:3000-3010/5000",
    { kind: "destination", address: one("10.0.0.2"), port: { from: 3000, to: 3010 }, base: 5000 },
  ],
  [
    "-p tcp -j DNAT --to-destination [fd00::2]:80",
    { kind: "destination", address: one("fd00::2"), port: { from: 80, to: 80 } },
    ipv6,
  ],
  ["-j MASQUERADE --random", { kind: "source", own: true, masquerade: true, random: true }],
  [
    "-p udp -j MASQUERADE --to-ports 1000-2000",
    { kind: "source", own: true, masquerade: true, port: { from: 1000, to: 2000 } },
    { headers: { protocol: 17 } },
  ],
  ["-p tcp -j REDIRECT --to-ports 3128", { kind: "destination", own: true, port: { from: 3128, to: 3128 } }],
  [
    "-j NETMAP --to 10.9.0.0/16",
    { kind: "destination", netmap: true, address: { from: address("10.9.0.0"), to: address("10.9.255.255") } },
    { hook: "prerouting" },
  ],
  [
    "-j NETMAP --to 10.9.0.0/16",
    { kind: "source", netmap: true, address: { from: address("10.9.0.0"), to: address("10.9.255.255") } },
    { hook: "postrouting" },
  ],
];

test.each(requests.map(([rule, request, given = {}]) => [rule, request, given] as const))(
  "%s (%#)",
  (rule, request, given) => {
    const seen = passage(given);
    expect(runRule(rule, seen, "nat")).toBe("accept");
    expect(seen.requests).toEqual([request]);
  },
);

/** Targets that turn to the passage. */
const calls: readonly (readonly [
  rule: string,
  table: string,
  said: (seen: RecordedPassage) => unknown,
  what: unknown,
])[] = [
  ["-j CT --notrack", "raw", ({ untracked }) => untracked.yes, true],
  ["-j NOTRACK", "raw", ({ untracked }) => untracked.yes, true],
  ["-j CT --zone 5", "raw", ({ templates }) => templates, [{ zone: 5 }]],
  ["-j CT --zone-orig mark", "raw", ({ templates }) => templates, [{ zone: 7, direction: "original" }]],
  ["-p tcp -j CT --helper ftp", "raw", ({ templates }) => templates, [{ helper: "ftp" }]],
  [
    "-j TEE --gateway 10.0.0.9 --oif eth1",
    "mangle",
    ({ copies }) => copies,
    [{ address: 0x0a00_0009, device: "eth1" }],
  ],
  ["-j TRACE", "raw", ({ meta }) => meta.nftrace, true],
];

test.each(calls)("%s", (rule, table, said, what) => {
  const seen = passage({ meta: { mark: 7 }, connection: null });
  expect(runRule(rule, seen, table)).toBe("continue");
  expect(said(seen)).toEqual(what);
});

test("of several words to conntrack the first counts", () => {
  const raw = (...rules: string[]) =>
    ["*raw", ...rules.map((rule) => `-A PREROUTING ${rule}`), "COMMIT", ""].join("\n");
  const zoned = passage({ connection: null, hook: "prerouting" });
  walk(raw("-j CT --zone 5", "-j CT --notrack", "-j CT --zone 6"), "PREROUTING", zoned);
  expect([zoned.templates, zoned.untracked.yes]).toEqual([[{ zone: 5 }], false]);
  const known = passage({ connection: { state: "established" }, hook: "prerouting" });
  walk(raw("-j NOTRACK", "-j CT --zone 6"), "PREROUTING", known);
  expect([known.templates, known.untracked.yes]).toEqual([[], false]);
});

test("HMARK's mark is one of several", () => {
  const seen = passage({ guesses: false });
  const rule = "-j HMARK --hmark-tuple src,dst --hmark-mod 3 --hmark-offset 10 --hmark-rnd 1";
  expect(runRule(rule, seen, "mangle")).toBe("continue");
  expect([seen.asked.length, seen.meta.mark]).toEqual([2, 12]);
});

test("TPROXY marks the packet and names the socket", () => {
  const seen = passage({ hook: "prerouting" });
  const rule = "-p tcp -j TPROXY --on-port 50080 --on-ip 127.0.0.1 --tproxy-mark 0x1/0x1";
  expect(runRule(rule, seen, "mangle")).toEqual({ do: "tproxy", address: 0x7f00_0001, port: 50080 });
  expect(seen.changes).toEqual(["meta mark 0x00000000 -> 0x00000001"]);
});

test("a set that a rule has changed is asked for", () => {
  const seen = passage({ ipset: () => true });
  const rules = ["-A FORWARD -j SET --add-set seen src", "-A FORWARD -m set --match-set seen src -j DROP"];
  walk(["*filter", ...rules, "COMMIT", ""].join("\n"), "FORWARD", seen);
  expect(seen.asked).toEqual(["A rule has changed the ipset seen."]);
});

test("every target of the catalogue is worked out but the removed one", () => {
  expect(allTargets.map(({ word }) => word).filter((word) => !makeDeed.has(word))).toEqual(["CLUSTERIP"]);
});

/** Four tries of one client within a minute, and what the list makes of them. */
test("recent remembers, and a snapshot takes it back", () => {
  const text = [
    "*filter",
    "-A FORWARD -m recent --name ssh --update --seconds 60 --hitcount 3 -j DROP",
    "-A FORWARD -m recent --name ssh --set -j ACCEPT",
    "COMMIT",
    "",
  ].join("\n");
  const { ruleset, program } = load(text);
  const [chain] = ruleset.tables[0]?.chains ?? [];
  const tryAt = (now: number) =>
    program
      .rulesOf(chain as NonNullable<typeof chain>)
      .map((rule) => rule.run(passage({ now })))
      .find(Boolean);
  expect([0, 10, 20].map(tryAt)).toEqual(["accept", "accept", "accept"]);
  const restore = program.snapshot();
  expect([30, 65].map(tryAt)).toEqual(["drop", "drop"]);
  restore();
  expect([100].map(tryAt)).toEqual(["accept"]);
});
