import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { rulesReader } from "../../netfilter/simulate/load.js";
import { performer } from "../../server/packetTests/perform.js";
import type { TestFile, TestOutcome, TestOutline } from "../../server/packetTests/protocol.js";

const samples = fileURLToPath(new URL("../../samples/", import.meta.url));

const rules = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    tcp dport { 80, 443 } accept
    tcp dport 22 jump inside
  }
  chain inside {
    iifname "lan0" reject
  }
}
`;
const syn = (dport: number) =>
  `{ iif: lan0, oif: wan1, saddr: 10.0.0.2, daddr: 10.0.1.2, protocol: tcp, sport: 5, dport: ${dport}, flags: syn }`;
const oneTest = (expectation: string, dport = 80) =>
  `rules: r.nft\ntests:\n  - name: web\n    packet: ${syn(dport)}\n    expect: ${expectation}\n`;

/** A test file in a folder with these files. */
function fileOf(
  text: string,
  files: Readonly<Record<string, string>> = { "r.nft": rules },
  more: Partial<TestFile> = {},
): TestFile {
  const folder = mkdtempSync(join(tmpdir(), "hookscope-packet-tests-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return { path: join(folder, "r.packets.yaml"), text, unsaved: {}, ...more };
}

function outline(file: TestFile): TestOutline {
  return performer(rulesReader(), () => undefined).outline(file);
}

function run(file: TestFile, readRules = rulesReader()): TestOutcome[] {
  const outcomes: TestOutcome[] = [];
  const perform = performer(readRules, (outcome) => outcomes.push(outcome));
  perform.run({ ...file, tests: perform.outline(file).tests.map((_, index) => index) });
  return outcomes;
}

test("a file's tests and the packets of its sequences, each where it stands", () => {
  const path = `${samples}home-router/rules.packets.yaml`;
  const text = readFileSync(path, "utf8");
  const { tests, problems, uses } = outline({ path, text, unsaved: {} });
  const lines = text.split("\n");
  expect(problems).toEqual([]);
  expect(uses).toEqual(["rules.v4", "rules.state.json"].map((name) => `${samples}home-router/${name}`));
  for (const { name, range } of tests) {
    expect(lines[range.start.line]).toContain(`name: ${name}`);
    expect(lines[range.end.line]?.length).toBe(range.end.column);
  }
  expect(tests.at(-1)?.packets.map(({ text }) => text)).toEqual([
    "lan0 tcp 172.17.0.2:3 > 203.0.113.9:443 syn",
    "ppp0 tcp 203.0.113.9:443 > 10.250.193.4:3 syn,ack",
    "lan0 tcp 172.17.0.2:3 > 203.0.113.9:443 ack",
  ]);
});

test("the samples' tests pass as they are; with the early ACCEPT taken out, story 000's connection lives", () => {
  const path = `${samples}home-router/rules.packets.yaml`;
  const file = { path, text: readFileSync(path, "utf8"), unsaved: {} };
  const failing = (outcomes: TestOutcome[]) =>
    outcomes.flatMap(({ packets }) => packets.flatMap(({ failures }) => failures.map(({ actual }) => actual)));
  expect(failing(run(file))).toEqual([]);
  const rulesFile = `${samples}home-router/rules.v4`;
  const mended = readFileSync(rulesFile, "utf8").replace("-A VIA_PPPOE -j ACCEPT\n", "");
  expect(failing(run({ ...file, unsaved: { [rulesFile]: mended } }))).toEqual(["end: sent by ppp0"]);
});

test.each([
  ["dropped", 80, "end: dropped", "end: sent by wan1", ["tcp dport { 80, 443 } accept:4"]],
  ["sent", 25, "end: sent", "end: dropped: inet filter forward: policy drop", ["filter forward: policy drop:3"]],
  ["{ oif: wan2 }", 80, "oif: wan2", "oif: wan1", ["tcp dport { 80, 443 } accept:4"]],
  ["{ packet: { dport: 81 } }", 80, "packet.dport: 81", "packet.dport: 80", ["tcp dport { 80, 443 } accept:4"]],
  ["{ rule: dport 22 }", 80, 'rule: "dport 22" matches', "rule: the packet meets no such rule", undefined],
])("what was expected beside what came: %s at port %i", (expectation, dport, expected, actual, decisions) => {
  const file = fileOf(oneTest(expectation, dport));
  const [outcome] = run(file);
  const [packet] = outcome?.packets ?? [];
  expect(packet?.failures).toMatchObject([{ expected, actual }]);
  const told = packet?.decisions.map(({ text, line }) => `${text}:${line}`);
  if (decisions) expect(told).toEqual(decisions);
  for (const { path } of packet?.decisions ?? []) expect(path).toBe(file.path.replace("packets.yaml", "nft"));
});

test("the output leaves out rules that did not match, and tells what is taken for granted", () => {
  const [outcome] = run(fileOf(oneTest("{ end: rejected }", 22)));
  const way = outcome?.packets[0]?.way ?? "";
  expect(way).toContain('r.nft:8 matches, reject: iifname "lan0" reject');
  expect(way).not.toContain("dport { 80");
  expect(way).toContain("assumed: ");
});

test.each([
  ["rules: r.nft\ntests: [ { name: x, paket: {} } ]\n", 1, /no field paket: did you mean packet/],
  ["rules: gone.nft\ntests: []\n", 0, /^gone\.nft: there is no such file/],
  ["rules: [r.nft, gone.v4]\ntests: []\n", 0, /^gone\.v4: there is no such file/],
  ["rules: what\ntests: []\n", 0, /^what: cannot tell nftables from iptables/],
  ["rules: r.nft\nstate: s.json\ntests: []\n", 1, /^s\.json: routes\[0\]\.dst: dst is a network/],
  ["rules: r.nft\nstate: broken.json\ntests: []\n", 1, /^broken\.json: this is not JSON/],
  [
    "rules: r.nft\ntests:\n  - packet: { saddr: 10.0.0.300, daddr: 10.0.0.1, protocol: tcp }\n",
    2,
    /saddr is an IP address/,
  ],
  ["rules: r.nft\ntests: [\n", 2, /./],
  ["rules: r.nft\ntests: *gone\n", 0, /alias/],
  ["", 0, /./],
])("what is wrong stands where it is: %j", (text, line, message) => {
  const files = { "r.nft": rules, what: "hello\n", "s.json": '{"routes":[{"dst":"net"}]}', "broken.json": "{" };
  const { problems } = outline(fileOf(text, files));
  const found = problems.find((problem) => message.test(problem.message));
  expect([found?.severity, found?.range.start.line]).toEqual(["error", line]);
});

test("a broken test does not keep the others from being run", () => {
  const text = `${oneTest("sent")}  - { name: broken, packet: { saddr: 1 } }\n`;
  const [good, bad] = run(fileOf(text));
  expect([good?.error, good?.packets.length]).toEqual([undefined, 1]);
  expect(bad?.error).toMatch(/saddr/);
});

test("rules that would not load are warned of", () => {
  const { problems } = outline(fileOf(oneTest("sent"), { "r.nft": rules.replace("accept", "acept") }));
  expect(problems).toMatchObject([
    { severity: "warning", message: expect.stringMatching(/^r\.nft would not load.*line 4/) },
  ]);
});

test("outside of the workspace nothing is read while it is not trusted", () => {
  const file = fileOf(oneTest("sent"));
  const folder = file.path.slice(0, file.path.lastIndexOf("/"));
  expect(outline({ ...file, within: [folder] }).problems).toEqual([]);
  expect(outline({ ...file, within: [`${folder}/inner`] }).problems).toHaveLength(1);
});

test("rules are read again when they or what they include have changed", () => {
  const readRules = rulesReader();
  const text = oneTest("sent");
  const file = fileOf(text, { "r.nft": 'include "i.nft"\n', "i.nft": rules });
  const ends = () => run(file, readRules)[0]?.packets[0]?.way.split("\n")[0];
  expect(ends()).toMatch(/sent by wan1/);
  writeFileSync(file.path.replace("r.packets.yaml", "i.nft"), rules.replace("80, 443", "81"));
  expect(ends()).toMatch(/dropped/);
});

test.each([
  ["home-router/rules.v4", "tcp port 22 from lan0 is delivered"],
  ["home-router/rules.v6", "tcp port 22 from lan0 is delivered"],
  ["home-router/router.nft", "tcp port 22 from lan0 is delivered"],
  ["late-drop/late-drop.nft", undefined],
  ["redirect-and-queue/rules.v4", undefined],
  ["vpn-gateway/rules.v4", undefined],
])("a first test for %s passes as the rules are", (name, wanted) => {
  const text = readFileSync(samples + name, "utf8");
  const draft = performer(rulesReader(), () => undefined).draft({ path: samples + name, text }) ?? "";
  const file: TestFile = { path: `${samples + name}.packets.yaml`, text: draft, unsaved: {} };
  const { tests, problems } = outline(file);
  expect([tests.length, problems]).toEqual([1, []]);
  if (wanted) expect(tests[0]?.name).toBe(wanted);
  expect(run(file)[0]?.packets[0]?.failures).toEqual([]);
});

test("a text that is no rules has no first test", () => {
  expect(performer(rulesReader(), () => undefined).draft({ path: "/a/notes.txt", text: "hello" })).toBeUndefined();
});
