import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { bundle } from "./bundle.js";

let script: string;
beforeAll(async () => {
  script = await bundle("cli");
}, 60_000);

const samples = fileURLToPath(new URL("../../samples/", import.meta.url));

const rules = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established accept
    iifname "lan0" tcp dport 80 accept # handle 7
  }
}
`;
const state = {
  interfaces: [
    { ifname: "lan0", addr_info: [{ local: "192.168.1.1", prefixlen: 24 }] },
    { ifname: "wan1", addr_info: [{ local: "10.0.1.2", prefixlen: 24 }] },
  ],
  routes: [
    { dst: "192.168.1.0/24", dev: "lan0" },
    { dst: "10.0.1.0/24", dev: "wan1" },
    { dst: "default", gateway: "10.0.1.1", dev: "wan1" },
  ],
  sysctls: "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n",
};
const syn = {
  iif: "lan0",
  saddr: "192.168.1.10",
  daddr: "8.8.8.8",
  protocol: "tcp",
  sport: 5,
  dport: 80,
  flags: "syn",
};
const synAck = {
  iif: "wan1",
  saddr: "8.8.8.8",
  daddr: "192.168.1.10",
  protocol: "tcp",
  sport: 80,
  dport: 5,
  flags: "syn,ack",
};

/** A folder with these files. */
function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), "hookscope-path-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

function run(cwd: string, args: readonly string[], input = "") {
  const child = spawn(process.execPath, [script, ...args], { cwd });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  child.stdin.on("error", () => undefined).end(input);
  return new Promise<{ status: number | null; out: string; err: string }>((resolve) =>
    child.on("close", (status) => resolve({ status, out, err })),
  );
}

const files = { "r.nft": rules, "state.json": JSON.stringify(state) };
const call = ["path", "--ruleset", "r.nft", "--state", "state.json"];

test("one line of JSON for each packet of a sequence", async () => {
  const lines = `# two packets\n${JSON.stringify(syn)}\n\n${JSON.stringify(synAck)}\n`;
  const { status, out } = await run(folder(files), [...call, "--packets", "-", "--format", "json"], lines);
  const [first, second, ...others] = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([status, others]).toEqual([0, []]);
  expect(first.disposition).toEqual({ end: "sent", oif: "wan1", nexthop: "10.0.1.1" });
  expect(first.steps.find((step: { kind: string; matched?: boolean }) => step.kind === "rule" && step.matched)).toEqual(
    {
      kind: "rule",
      hook: "forward",
      priority: 0,
      family: "inet",
      table: "filter",
      chain: "forward",
      rule: { file: "r.nft", line: 5, text: 'iifname "lan0" tcp dport 80 accept', handle: 7 },
      matched: true,
      verdict: "accept",
      changes: [],
    },
  );
  expect(first.entry).toMatchObject({ protocol: 6, original: { saddr: "192.168.1.10" } });
  expect([second.disposition.oif, second.packet.flags, second.unknown]).toEqual(["lan0", "syn,ack", []]);
});

test("for people: the end first, then the steps", async () => {
  const { out } = await run(folder(files), [
    ...call,
    "--packet",
    JSON.stringify({ ...syn, dport: 22 }),
    "--steps",
    "matched",
  ]);
  expect(out).toMatchInlineSnapshot(`
    "lan0 tcp 192.168.1.10:5 > 8.8.8.8:22 syn: dropped: inet filter forward: policy drop
      prerouting
        -200 ipv4_conntrack_in: makes a new entry, not confirmed yet; ct state becomes new
      routing
        default via 10.0.1.1 dev wan1 (table 254, rule 32766)
      forward
        0 inet filter forward: ends, drop

    "
  `);
});

test("a picture of the last packet's way", async () => {
  const lines = `${JSON.stringify({ ...syn, dport: 80 })}\n${JSON.stringify({ ...syn, dport: 22 })}\n`;
  const { status, out } = await run(folder(files), [...call, "--packets", "-", "--format", "svg"], lines);
  expect([status, out.match(/<svg /g)?.length]).toEqual([0, 1]);
  expect(out).toMatch(/dropped: inet filter forward: policy drop/);
  expect(out).toMatch(/hs-end hs-stopped hs-lit" role="group" aria-label="forward"/);
});

test.each([
  [["path"], /needs --ruleset/],
  [["path", "--ruleset", "r.nft"], /needs a packet/],
  [["path", "--ruleset", "no.nft", "--packet", "{}"], /a packet needs daddr/],
  [["path", "--ruleset", "no.nft", "--packet", JSON.stringify(syn)], /no\.nft: there is no such file/],
  [["path", "--ruleset", "r.nft", "--packet", "{"], /--packet: this is not JSON/],
  [
    ["path", "--ruleset", "r.nft", "--packet", JSON.stringify(syn), "--format", "xml"],
    /--format is one of text, json, svg/,
  ],
  [["path", "--ruleset", "r.nft", "--packets", "p.jsonl"], /p\.jsonl:2: protocol: .*did you mean tcp/],
  [["path", "--ruleset", "r.nft", "--state", "s.json", "--packet", JSON.stringify(syn)], /s\.json: routes\[0\]\.dst/],
  [["path", "--wrong"], /--wrong/],
  [["test", "."], /no \*\.packets\.yaml here/],
  [["test", "gone.packets.yaml"], /no such file or folder/],
  [["test", "b.packets.yml"], /b\.packets\.yml:3: end is one of/],
])("a wrong call %j ends with 2", async (args, message) => {
  const more = {
    "p.jsonl": `${JSON.stringify(syn)}\n${JSON.stringify({ ...syn, protocol: "tpc" })}\n`,
    "s.json": '{"routes":[{"dst":"net"}]}',
  };
  const bad = args.includes("b.packets.yml")
    ? { "b.packets.yml": `rules: r.nft\ntests:\n  - { name: x, packet: ${JSON.stringify(syn)}, expect: gone }\n` }
    : {};
  const { status, err } = await run(folder({ ...files, ...more, ...bad }), args);
  expect([status, err]).toEqual([2, expect.stringMatching(message)]);
});

test("the samples' packet tests pass", async () => {
  const { status, out } = await run(samples, ["test"]);
  expect([status, out.match(/^ok/gm)?.length, out.match(/^not ok/gm)]).toEqual([0, 4, null]);
});

test("a failed packet test says what came instead, and where it stands", async () => {
  const tests = `rules: r.nft
state: state.json
tests:
  - name: web
    packets:
      - { iif: lan0, saddr: 192.168.1.10, daddr: 8.8.8.8, protocol: tcp, sport: 5, dport: 80, flags: syn, expect: dropped }
      - { iif: wan1, saddr: 8.8.8.8, daddr: 192.168.1.10, protocol: tcp, sport: 80, dport: 5, flags: "syn,ack", expect: { end: sent, oif: wan1 } }
  - name: ssh
    packet: { iif: lan0, saddr: 192.168.1.10, daddr: 8.8.8.8, protocol: tcp, sport: 5, dport: 22, flags: syn }
    expect: { end: dropped, why: policy, rule: tcp dport 80, packet: { dport: 0x16, ttl: 9 } }
  - name: state
    packet: { iif: lan0, saddr: 192.168.1.10, daddr: 8.8.8.8, protocol: tcp, sport: 5, dport: 80, flags: syn }
    expect: { oif: wan1, nexthop: 10.0.1.1, rule: "dport 80" }
`;
  const cwd = folder({ ...files, "a.packets.yaml": tests });
  const { status, out } = await run(cwd, ["test"]);
  expect(status).toBe(1);
  expect(out).toMatchInlineSnapshot(`
    "TAP version 14
    1..3
    not ok 1 - a.packets.yaml: web
      # a.packets.yaml:6: expected dropped, but it is sent by wan1 to 10.0.1.1
      # a.packets.yaml:7: expected to be sent by wan1, but it is sent by lan0
    not ok 2 - a.packets.yaml: ssh
      # a.packets.yaml:9: expected a rule with "tcp dport 80" to match, but the one at r.nft:5 does not match
      # a.packets.yaml:9: expected ttl 9 at the end, but it is not there
    ok 3 - a.packets.yaml: state
    # 1 passed, 2 failed
    "
  `);
  const json = JSON.parse((await run(cwd, ["test", "--format", "json", "a.packets.yaml"])).out);
  expect(json.files[0].tests.map(({ name, line, passed }: Record<string, unknown>) => [name, line, passed])).toEqual([
    ["web", 4, false],
    ["ssh", 8, false],
    ["state", 11, true],
  ]);
});
