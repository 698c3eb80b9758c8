import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { own } from "../observe/recordings.js";
import { bundle } from "./bundle.js";

let script: string;
beforeAll(async () => {
  script = await bundle("cli");
}, 60_000);

const state = {
  interfaces: [
    { ifname: "lan0", addr_info: [{ local: "10.77.1.1", prefixlen: 24 }] },
    {
      ifname: "wan0",
      addr_info: [
        { local: "10.77.2.1", prefixlen: 24 },
        { local: "10.77.2.77", prefixlen: 24 },
      ],
    },
  ],
  routes: [
    { dst: "10.77.1.0/24", dev: "lan0" },
    { dst: "10.77.2.0/24", dev: "wan0" },
  ],
  sysctls: "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n",
};

const files = {
  "trace.txt": own("trace-nft.txt"),
  "live.nft": own("ruleset.nft.txt"),
  "edited.nft": own("ruleset.nft.txt").replace("tcp dport 81 accept", "tcp dport 82 accept"),
  "state.json": JSON.stringify(state),
  "empty.txt": "nothing of a packet\n",
};

/** Runs `hookscope trace` in a folder with these files. */
function run(args: readonly string[], input = "") {
  const folder = mkdtempSync(join(tmpdir(), "hookscope-trace-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const child = spawn(process.execPath, [script, "trace", ...args], { cwd: folder });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  child.stdin.on("error", () => undefined).end(input);
  return new Promise<{ status: number | null; out: string; err: string }>((resolve) =>
    child.on("close", (status) => resolve({ status, out, err })),
  );
}

const live = ["--ruleset", "live.nft", "--state", "state.json"];

test("the packets, each with how it ended", async () => {
  const { status, out } = await run(["trace.txt"]);
  expect(status).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "   1  lan0 icmp 10.77.1.2 > 10.77.2.2 type echo-request: Last seen in ip nat post, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
       2  wan0 icmp 10.77.2.2 > 10.77.2.77 type echo-reply: Last seen in inet fw forward, where a rule accepts it; nothing came after that: it left by lan0, or the kernel dropped it between the hooks (kfree_skb).
       3  lan0 udp 10.77.1.2:50069 > 10.77.2.2:5353: Dropped: inet fw services: udp dport 5353 counter packets 0 bytes 0 drop comment "no (more) names".
       4  lan0 tcp 10.77.1.2:55644 > 10.77.2.2:81 syn: Last seen in ip nat post, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
       5  lan0 tcp 10.77.1.2:55644 > 10.77.2.2:81 ack: Last seen in inet fw forward, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
       6  lan0 tcp 10.77.1.2:55644 > 10.77.2.2:81 psh,ack: Last seen in inet fw forward, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
       7  lan0 tcp 10.77.1.2:55644 > 10.77.2.2:81 ack: Last seen in inet fw forward, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
       8  lan0 tcp 10.77.1.2:55644 > 10.77.2.2:81 fin,ack: Last seen in inet fw forward, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
       9  lan0 tcp 10.77.1.2:42788 > 10.77.2.2:82 syn: Rejected: inet fw services: tcp dport 82 reject with tcp reset.
      10  lan0 tcp 10.77.1.2:55644 > 10.77.2.2:81 ack: Last seen in inet fw forward, where a rule accepts it; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).
    "
  `);
});

test("held against the simulation nothing differs from rules that were the same", async () => {
  const { status, out, err } = await run(["-", ...live], files["trace.txt"]);
  expect([status, err]).toEqual([0, ""]);
  expect(out.match(/^ +\d+ {2}/gm)).toHaveLength(10);
  expect(out).not.toMatch(/differs|not simulated/);
});

test("the first difference to rules that were edited", async () => {
  const { out } = await run(["trace.txt", "--ruleset", "edited.nft", "--state", "state.json"]);
  expect(out).toContain("differs from the simulation: ");
});

test("all of one packet", async () => {
  const { out } = await run(["trace.txt", ...live, "--packet", "3"]);
  expect(out).toMatchInlineSnapshot(`
    "lan0 udp 10.77.1.2:50069 > 10.77.2.2:5353: Dropped: inet fw forward: udp dport 5353 counter drop comment "no (more) names".
      prerouting
        -350 inet fw pre live.nft:4 matches: ip daddr 10.77.2.2 meta nftrace set 1
        -350 inet fw pre: ends, accept
        -300 ip raw PREROUTING live.nft:35 does not match: meta l4proto icmp counter packets 2 bytes 168 meta nftrace set 1
        -300 ip raw PREROUTING: ends, accept
        -150 inet fw marks live.nft:9 does not match: tcp dport 81 meta mark set 0x00000030 ct mark set meta mark
        -150 inet fw marks: ends, accept
      routing
        is forwarded by wan0, as the trace shows
      forward
        0 inet fw forward live.nft:14 does not match: ct state established,related accept
        0 inet fw forward live.nft:15 matches, jump services: jump services
        0 inet fw services live.nft:19 does not match: ip protocol icmp accept
        0 inet fw services live.nft:20 matches, drop: udp dport 5353 counter packets 1 bytes 30 drop comment "no (more) names"
    Simulated:
      lan0 udp 10.77.1.2:50069 > 10.77.2.2:5353: dropped: inet fw forward: udp dport 5353 counter packets 1 bytes 30 drop comment "no (more) names"
        prerouting
          -350 inet fw pre live.nft:4 matches: ip daddr 10.77.2.2 meta nftrace set 1
          -350 inet fw pre: ends, accept
          -300 ip raw PREROUTING live.nft:35 does not match: meta l4proto icmp counter packets 2 bytes 168 meta nftrace set 1
          -300 ip raw PREROUTING: ends, accept
          -200 ipv4_conntrack_in: makes a new entry, not confirmed yet; ct state becomes new
          -150 inet fw marks live.nft:9 does not match: tcp dport 81 meta mark set 0x00000030 ct mark set meta mark
          -150 inet fw marks: ends, accept
          -100 nf_nat_ipv4_pre_routing: the connection has no translation here
        routing
          10.77.2.0/24 dev wan0 (table 254, rule 32766)
        forward
          0 inet fw forward live.nft:14 does not match: ct state established,related accept
          0 inet fw forward live.nft:15 matches, jump services: jump services
          0 inet fw services live.nft:19 does not match: ip protocol icmp accept
          0 inet fw services live.nft:20 matches, drop: udp dport 5353 counter packets 1 bytes 30 drop comment "no (more) names"
    No difference.
    "
  `);
});

test("as data", async () => {
  const { out } = await run(["trace.txt", ...live, "--format", "json"]);
  const packets = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(packets).toHaveLength(10);
  expect(packets.map(({ connection }) => connection)).toEqual([1, 1, 3, 4, 4, 4, 4, 4, 9, 4]);
  expect(packets[2]).toMatchObject({
    number: 3,
    packet: { iif: "lan0", protocol: "udp", dport: "5353" },
    disposition: { end: "dropped" },
    gaps: false,
    notes: [],
    simulated: { disposition: { end: "dropped" } },
  });
  const rules = packets[2].steps.filter(
    (step: { kind: string; matched?: boolean }) => step.kind === "rule" && step.matched,
  );
  expect(rules.map(({ rule }: { rule: { line: number; handle: number } }) => [rule.line, rule.handle])).toEqual([
    [4, 5],
    [15, 8],
    [20, 10],
  ]);
});

test("as a picture", async () => {
  const { out } = await run(["trace.txt", ...live, "--packet", "3", "--format", "svg"]);
  expect(out).toMatch(/^<svg [\s\S]*Dropped: inet fw forward[\s\S]*<\/svg>\s*$/);
});

describe("what is of no use is said", () => {
  test.each([
    [["trace.txt", "--packet", "11"], "there is no packet 11: the trace shows 10"],
    [["trace.txt", "--packet", "x"], "--packet is a packet's number"],
    [["trace.txt", "--format", "svg"], "--packet N says whose"],
    [["empty.txt"], "empty.txt: there is no trace in it"],
    [["absent.txt"], "absent.txt: cannot be read"],
    [[], "trace needs one file"],
    [["trace.txt", "--ruleset", "absent.nft"], "absent.nft"],
  ])("%s", async (args, message) => {
    const { status, err } = await run(args);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });

  test("and how it is called", async () => {
    const { status, out } = await run(["--help"]);
    expect([status, out.startsWith("Usage: hookscope trace")]).toEqual([0, true]);
  });
});
