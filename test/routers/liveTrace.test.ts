import { dirname } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createRouter } from "../../client/routers/router.js";
import { liveTrace } from "../../netfilter/observe/trace/live.js";
import { type TracePattern, usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import { closeRouters, hostOf, routerAt, testPerson } from "./fixture.js";
import { type Lab, password, ports, startLab } from "./lab.js";
import { startStoryLab } from "./storyLab.js";
import {
  addIpv6,
  becomes,
  begin,
  endAfter,
  endsOf,
  makeOld,
  network,
  type Standing,
  sendUdp,
  standing,
  talkTcp,
} from "./traceFixture.js";

let lab: Lab;
let before: Standing;
beforeAll(async () => {
  lab = await startLab({ busybox: true, noLegacy: true });
  addIpv6(lab);
  before = standing(lab.router);
});
afterEach(closeRouters);
afterAll(() => lab?.stop());

const asBefore = () => becomes(lab.router, before, 5000);
const ways = Object.entries(ports).flatMap(([server, port]) =>
  ["root", "all", "ask"].map((user) => ({ server, port, user })),
);

test.each(ways)("$user on $server sees packets and leaves nothing", async ({ port, user }) => {
  const person = testPerson({ secrets: [password] });
  const begun = await begin(routerAt(hostOf(lab, { port, user }), person), {
    protocol: 17,
    dport: 7001,
    replies: true,
  });
  expect(begun.trace.state).toBe("listening");
  sendUdp(lab.lan, "203.0.113.10", 7001, 7002);
  expect(await endAfter(begun, 1)).toMatchObject({ how: "stopped", left: "nothing", warnings: [] });
  expect(begun.packets()).toEqual(["lan0 udp 192.168.1.10 > 203.0.113.10:7001"]);
  expect(begun.chains()).toEqual(["inet filter forward", "ip nat postrouting", "the end of postrouting"]);
  expect(await asBefore()).toEqual(before);
  expect(begun.notes).toEqual([expect.stringContaining("the kernel removes it")]);
});

const wan = network("203.0.113.10");
const lan = network("192.168.1.10");
/** As they come in: where the lab's rules see them first, NAT has changed answers back. */
const seen = {
  syn: "lan0 tcp 192.168.1.10 > 203.0.113.10:80",
  answer: "wan0 tcp 203.0.113.10 > 203.0.113.1",
  one: "lan0 udp 192.168.1.10 > 203.0.113.10:7001",
  two: "lan0 udp 192.168.1.10 > 203.0.113.10:7002",
  six: "lan0 udp fd00:1::10 > fd00:2::10:7001",
  ping: "lan0 icmp 192.168.1.10 > 203.0.113.10",
  pong: "wan0 icmp 203.0.113.10 > 203.0.113.1",
  ping6: "lan0 icmpv6 fd00:1::10 > fd00:2::10",
  pong6: "wan0 icmpv6 fd00:2::10 > fd00:1::10",
  own: "- udp 203.0.113.1 > 203.0.113.10:7001",
};

/** The lab's usual traffic, of which each pattern is to find its part. */
function traffic(): void {
  sendUdp(lab.lan, "203.0.113.10", 7001, 7002);
  sendUdp(lab.lan, "fd00:2::10", 7001);
  sendUdp(lab.router, "203.0.113.10", 7001);
  talkTcp(lab.lan);
  lab.lan.run("busybox ping -c 1 203.0.113.10; busybox ping -c 1 fd00:2::10");
}

const patterns: readonly (readonly [string, TracePattern, readonly string[]])[] = [
  ["a port, in both families", { protocol: 17, dport: 7001, replies: false }, [seen.one, seen.six, seen.own]],
  ["a port of any protocol", { dport: 7002, replies: false }, [seen.two]],
  ["an interface", { iif: "lan0", dport: 7001, replies: false }, [seen.one, seen.six]],
  ["a sender's network", { saddr: network("192.168.1.0/24"), protocol: 17, replies: false }, [seen.one, seen.two]],
  ["IPv6", { daddr: network("fd00:2::/64"), protocol: 17, replies: false }, [seen.six]],
  ["one direction", { protocol: 6, daddr: wan, dport: 80, replies: false }, [seen.syn]],
  ["both directions", { protocol: 6, daddr: wan, dport: 80, replies: true }, [seen.syn, seen.answer]],
  ["answers that NAT hides", { protocol: 6, saddr: lan, daddr: wan, dport: 80, replies: true }, [seen.syn]],
  [
    "answers by the entry's reply tuple",
    {
      ...{ protocol: 6, saddr: lan, daddr: wan, dport: 80, replies: true },
      replyTuple: { saddr: wan, sport: 80, daddr: network("203.0.113.1") },
    },
    [seen.syn, seen.answer],
  ],
  ["a ping and its answer", { protocol: 1, icmpType: 8, daddr: wan, replies: true }, [seen.ping, seen.pong]],
  [
    "a ping of IPv6 and its answer",
    { protocol: 58, icmpType: 128, daddr: network("fd00:2::10"), replies: true },
    [seen.ping6, seen.pong6],
  ],
];

test.each(patterns)("only packets of the pattern are traced: %s", async (_name, pattern, expected) => {
  const begun = await begin(routerAt(hostOf(lab)), pattern, { packetsPerSecond: 200, burst: 200 });
  traffic();
  expect(await endAfter(begun, expected.length)).toMatchObject({ how: "stopped", left: "nothing" });
  expect([...new Set(begun.packets())].sort()).toEqual([...expected].sort());
});

test("a mark is compared behind the rules that set it", async () => {
  lab.router.run(
    "nft 'add table ip marks; add chain ip marks pre { type filter hook prerouting priority -150; }; add rule ip marks pre udp dport 7002 meta mark set 0x36'",
  );
  try {
    const begun = await begin(routerAt(hostOf(lab)), { mark: 0x36, replies: false });
    traffic();
    await endAfter(begun, 1);
    expect(begun.packets()).toEqual([seen.two]);
    expect(begun.chains()).toEqual(["inet filter forward", "ip nat postrouting", "the end of postrouting"]);
  } finally {
    lab.router.run("nft delete table ip marks");
  }
});

test("no more packets are traced than were asked for", async () => {
  const begun = await begin(routerAt(hostOf(lab)), { protocol: 17, replies: false }, { packetsPerSecond: 1, burst: 5 });
  const many = Array.from({ length: 200 }, (_, index) => 8000 + index);
  lab.lan.run(`bash -c 'for port in ${many.join(" ")}; do echo x >/dev/udp/203.0.113.10/$port; done'`);
  await endAfter(begun, 5);
  expect(begun.packets().length).toBeGreaterThanOrEqual(5);
  expect(begun.packets().length).toBeLessThan(12);
});

test("a trace ends when its time is up", async () => {
  const begun = await begin(routerAt(hostOf(lab)), { protocol: 17, replies: false }, { seconds: 2 });
  sendUdp(lab.lan, "203.0.113.10", 7001);
  const end = await begun.trace.ended;
  expect(end).toMatchObject({ how: "time", left: "nothing", message: "The trace ended after 2 s, as it was to." });
  expect(end.count).toBeGreaterThan(3);
  expect(await asBefore()).toEqual(before);
});

test("two traces at once do not disturb each other", async () => {
  const router = routerAt(hostOf(lab));
  const [one, two] = await Promise.all([
    begin(router, { protocol: 17, dport: 7001, iif: "lan0", replies: false }),
    begin(router, { protocol: 17, dport: 7002, replies: false }),
  ]);
  one.trace.stop();
  expect(await one.trace.ended).toMatchObject({ how: "stopped", left: "nothing" });
  sendUdp(lab.lan, "203.0.113.10", 7002);
  expect(await endAfter(two, 1)).toMatchObject({ how: "stopped", left: "nothing" });
  expect(two.packets()).toEqual([seen.two]);
});

test("a flush of the ruleset by somebody else harms neither the trace nor the router", async () => {
  const ruleset = lab.router.run("nft list ruleset");
  const begun = await begin(routerAt(hostOf(lab)), { protocol: 17, replies: false });
  lab.router.run("nft -f -", `flush ruleset\n${ruleset}`);
  sendUdp(lab.lan, "203.0.113.10", 7001);
  expect(await endAfter(begun, 1)).toMatchObject({ how: "stopped", left: "nothing" });
  expect(begun.packets()).toEqual([seen.one]);
  expect(await asBefore()).toEqual(before);
});

test("what cannot be traced fails in words, and nothing reaches the router", async () => {
  const person = testPerson();
  const router = routerAt(hostOf(lab), person);
  const { trace } = await begin(router, { iif: "lan0; reboot", protocol: 300, replies: false });
  expect(await trace.ended).toMatchObject({ how: "failed", left: "nothing", count: 0 });
  expect((await trace.ended).message).toMatch(/interface's name.*protocol is a number/);
  expect(person.lines).toEqual([]);
});

test("an account that may not become root is told so", async () => {
  for (const user of ["none", "few"]) {
    const router = routerAt(hostOf(lab, { user }), testPerson({ secrets: [password, password, password] }));
    const { trace } = await begin(router, { protocol: 17, replies: false });
    expect(await trace.ended).toMatchObject({ how: "failed", message: expect.stringMatching(/sudo/) });
  }
});

test("without nft the router is told to need it", async () => {
  const bare = await startLab({ without: [], noLegacy: true });
  try {
    bare.router.run("rm /usr/sbin/nft");
    const { trace } = await begin(routerAt(hostOf(bare)), { protocol: 17, replies: false });
    const message = expect.stringMatching(/There is no `nft` on the router.*Install nftables/);
    expect(await trace.ended).toMatchObject({ how: "failed", left: "nothing", message });
  } finally {
    closeRouters();
    bare.stop();
  }
});

test("a router runs nothing that changes it unless that is asked for, and logs what it ran", async () => {
  const person = testPerson();
  const router = createRouter("edge", () => hostOf(lab), person, { lingerMs: 0 });
  const order = {
    name: "hookscope_trace_00000001",
    pattern: { protocol: 17, replies: false },
    limits: usualTraceLimits,
  };
  const command = liveTrace(order);
  if (!command) throw new Error("no command was made");
  const refused = { ok: false, failure: { reason: "notPermitted" } };
  expect(await router.run(command)).toMatchObject(refused);
  expect(await router.run({ ...command, stdin: "reboot" }, { mayChange: true })).toMatchObject(refused);
  const stop = new AbortController();
  const running = router.run(command, { mayChange: true, signal: stop.signal, onProgress: () => stop.abort() });
  expect(await running).toMatchObject({ failure: { reason: "cut" } });
  expect(person.lines.join("\n")).toContain(`trace.live changes the router while it runs:\n${command.stdin}`);
  router.dispose();
});

test("an older nft is found out, and a process of ours removes the table", async () => {
  const older = await startLab({ without: [], noLegacy: true });
  try {
    makeOld(older.router);
    const first = standing(older.router);
    const begun = await begin(routerAt(hostOf(older)), { protocol: 17, replies: false });
    sendUdp(older.lan, "203.0.113.10", 7001);
    expect(await endAfter(begun, 1)).toMatchObject({ how: "stopped", left: "nothing" });
    expect(begun.notes).toEqual([expect.stringContaining("another process on the router removes")]);
    expect(begun.packets()).toEqual([seen.one]);
    expect(await becomes(older.router, first, 5000)).toEqual(first);
    const flushed = await begin(routerAt(hostOf(older)), { protocol: 17, replies: false });
    older.router.run("nft delete table inet $(nft list tables | grep -o 'hookscope_trace_.*')");
    const message = expect.stringMatching(/Somebody removed the trace's table or rules.*Start again/);
    expect(await flushed.trace.ended).toMatchObject({ how: "failed", left: "nothing", message });
    expect(await becomes(older.router, first, 5000)).toEqual(first);
  } finally {
    closeRouters();
    older.stop();
  }
});

test("sudo that gives its commands a terminal of their own traces too", async () => {
  const other = await startLab({ usePty: true, noLegacy: true });
  try {
    const first = standing(other.router);
    for (const user of ["all", "ask"]) {
      const person = testPerson({ secrets: [password] });
      const begun = await begin(routerAt(hostOf(other, { user }), person), { protocol: 17, replies: false });
      sendUdp(other.lan, "203.0.113.10", 7001);
      expect(await endAfter(begun, 1)).toMatchObject({ how: "stopped", left: "nothing" });
      expect(begun.packets()).toEqual([seen.one]);
      expect(await becomes(other.router, first, 5000)).toEqual(first);
    }
  } finally {
    closeRouters();
    other.stop();
  }
});

test("an end is told from a drop between the hooks: a device's first packets leave, and the third dies in NAT", async () => {
  const story = await startStoryLab();
  try {
    const { address, key } = story;
    const router = routerAt(hostOf({ address, key, folder: dirname(key) }));
    story.router.run("iptables-nft -I INPUT -i lan0 -p icmp -j ACCEPT");
    const begun = await begin(
      router,
      { saddr: network("172.17.0.2"), replies: true },
      { packetsPerSecond: 200, burst: 200 },
    );
    story.connect("172.17.0.2");
    story.lan.run("busybox ping -c 1 172.17.0.1");
    expect(await endAfter(begun, 4)).toMatchObject({ how: "stopped", left: "nothing" });
    const died = "outgoing interface changed: the connection was masqueraded for ppp0 and leaves by eth0";
    expect(endsOf(begun.items, story.router.run("nft -a list ruleset"))).toEqual(
      expect.arrayContaining([
        "lan0 tcp 172.17.0.2 > 198.51.100.20:443 syn: passed, Sent by ppp0. same, sent by ppp0",
        `lan0 tcp 172.17.0.2 > 198.51.100.20:443 ack: stopped, The kernel dropped it between the hooks, behind ip filter FORWARD: nothing saw it leave. same, dropped: nat at postrouting: ${died}, so it is deleted and the packet dropped`,
        "lan0 icmp 172.17.0.2 > 172.17.0.1 type echo-request: passed, Delivered to this machine's programs. same, delivered to this machine's programs",
        " icmp 172.17.0.1 > 172.17.0.2 type echo-reply: passed, Sent by lan0. same, sent by lan0",
      ]),
    );
  } finally {
    closeRouters();
    story.stop();
  }
});
