import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { conntrackList } from "../../netfilter/observe/conntrack/list.js";
import { closeRouters, eventually, hostOf, raw, reaches, routerAt } from "./fixture.js";
import { type Lab, ports, startLab } from "./lab.js";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterEach(closeRouters);
afterAll(() => lab?.stop());

const noneLeft = (ms?: number) =>
  eventually(
    () => lab.router.processes(),
    (left) => left.length === 0,
    ms,
  );
const isAsleep = (lines: readonly string[]) => lines.some((line) => line.endsWith("sleep 1000"));
const servers = Object.entries(ports);

const stall = `table inet stall {
  chain in { type filter hook prerouting priority -400; iifname "mgmt" drop
  }
  chain out { type filter hook postrouting priority 400; oifname "mgmt" drop
  }
}
`;

test.each(servers)("a link that stalls is noticed, waited for, and used again (%s)", async (_server, port) => {
  const router = routerAt(hostOf(lab, { port }));
  const running = router.run(raw(["sleep", "1000"]));
  await eventually(() => lab.router.processes(), isAsleep);
  const stays = router.use();
  lab.router.run("nft -f -", stall);
  try {
    expect(await running).toMatchObject({ value: { exit: { cut: true } } });
    expect(await reaches(router, "waiting")).toMatchObject({ trouble: { kind: "lost" } });
  } finally {
    lab.router.run("nft delete table inet stall");
  }
  await reaches(router, "connected");
  expect(await router.run(raw(["echo", "back"]))).toMatchObject({ value: { text: "back\n" } });
  stays.dispose();
  expect(await noneLeft()).toEqual([]);
});

test.each(servers)("a link that never comes back leaves nothing behind for long (%s)", async (_server, port) => {
  const router = routerAt(hostOf(lab, { port }));
  const running = router.run(raw(["sleep", "1000"]));
  await eventually(() => lab.router.processes(), isAsleep);
  lab.router.run("nft -f -", stall);
  try {
    expect(await running).toMatchObject({ value: { exit: { cut: true } } });
    expect(lab.router.processes()).toSatisfy(isAsleep);
    expect(await noneLeft(60_000)).toEqual([]);
  } finally {
    lab.router.run("nft delete table inet stall");
  }
});

test("a server that is stopped dead is noticed", async () => {
  const router = routerAt(hostOf(lab));
  const stays = router.use();
  await reaches(router, "connected");
  const [pid] = lab.router.run("pgrep -n -f '^sshd: root'").trim().split("\n");
  lab.router.run(`kill -STOP ${pid}`);
  expect(await reaches(router, "waiting")).toMatchObject({ trouble: { kind: "lost" } });
  lab.router.run(`kill -9 ${pid}`);
  await reaches(router, "connected");
  stays.dispose();
});

test.each(servers)("a link that is cut in the middle of a stream leaves nothing behind (%s)", async (server, port) => {
  const router = routerAt(hostOf(lab, { port }));
  let seen = 0;
  const running = router.run(raw(["cat", "/dev/zero"]), { onProgress: (bytes) => (seen = bytes) });
  await eventually(
    () => seen,
    (bytes) => bytes > 1_000_000,
  );
  lab.router.run(server === "openssh" ? "pkill -9 -f '^sshd: root@notty'" : "pkill -9 -n -x dropbear");
  expect(await running).toMatchObject({ ok: true, value: { exit: { cut: true } } });
  expect(await noneLeft()).toEqual([]);
});

test.each(servers)("100 MB come through, and a limit cuts them (%s)", async (_server, port) => {
  const router = routerAt(hostOf(lab, { port }));
  const hundred = raw(["head", "-c", "100000000", "/dev/zero"]);
  expect(await router.run(hundred)).toMatchObject({ value: { bytes: 100_000_000, exit: { code: 0, cut: false } } });
  const limited = await router.run(hundred, { limitBytes: 1_000_000 });
  expect(limited).toMatchObject({ value: { bytes: 1_000_000, exit: { cut: true } } });
  expect(await noneLeft()).toEqual([]);
});

test.each(["/dev/urandom", "/dev/zero"])("100 MB of garbage from %s are told from a list", async (file) => {
  const garbage = { ...conntrackList, argv: ["head", "-c", "100000000", file] };
  const outcome = await routerAt(hostOf(lab)).run(garbage);
  expect(outcome).toMatchObject({ ok: false, failure: { reason: "garbled" } });
  expect(await noneLeft()).toEqual([]);
});

test("a command that takes too long is ended", async () => {
  const outcome = await routerAt(hostOf(lab)).run(raw(["sleep", "1000"]), { timeoutMs: 500 });
  expect(outcome).toMatchObject({ value: { exit: { cut: true } }, warnings: [expect.stringContaining("took longer")] });
  expect(await noneLeft()).toEqual([]);
});

const words = ["a b", "it's", "$HOME", "`id`", "\\", '"', "*", "line\nline", "!x", "ü", ""];

test("arguments arrive as they are, and standard input too", async () => {
  const router = routerAt(hostOf(lab));
  const printed = await router.run(raw(["printf", "<%s>", ...words]));
  expect(printed).toMatchObject({ value: { text: words.map((word) => `<${word}>`).join("") } });
  const copied = await router.run(raw(["cat"], { stdin: words.join(" ") }));
  expect(copied).toMatchObject({ value: { text: words.join(" ") } });
});

test("several at once share one connection", async () => {
  const connections = () => lab.router.run("ss -Htn state established '( sport = :22 )'").split("\n").length;
  const before = connections();
  const router = routerAt(hostOf(lab));
  const many = [...words, ...words, ...words];
  const all = await Promise.all(many.map((word) => router.run(raw(["printf", "%s", word]))));
  expect(all.map((outcome) => outcome.ok && outcome.value.text)).toEqual(many);
  expect(connections()).toBe(before + 1);
});
