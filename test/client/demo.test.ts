import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Answer, type Recording, readRecording, writeRecording } from "../../client/demo/recording.js";
import { type DemoRouter, startDemo } from "../../client/demo/server.js";
import type { Host } from "../../client/routers/hosts/host.js";
import { closeRouters, raw, reaches, routerAt, testPerson } from "../routers/fixture.js";

const answer = (text: string, rest: Partial<Answer> = {}): Answer => ({
  ...{ stdout: Buffer.from(text), stderr: "", code: 0, timing: [], afterwards: "exit", ...rest },
});

const recording: Recording = {
  title: "a test",
  commands: [
    { argv: ["conntrack", "-C"], answers: [answer("1\n"), answer("2\n")] },
    {
      argv: ["conntrack", "-E"],
      answers: [
        answer("one\ntwo\n", {
          timing: [
            [0, 4],
            [30, 8],
          ],
          afterwards: "repeat",
        }),
      ],
    },
    { argv: ["nft", "list", "ruleset"], answers: [answer("", { stderr: "Operation not permitted\n", code: 1 })] },
    { argv: ["dmesg", "-w"], answers: [answer("x\n", { afterwards: "stay" })] },
    { argv: ["cat", "it's \\ a\nfile"], answers: [answer("y\n")] },
  ],
};

let demo: DemoRouter | undefined;
afterEach(async () => {
  closeRouters();
  await demo?.stop();
});

async function router(changes: Partial<Host> = {}) {
  demo = await startDemo("demo", recording);
  return routerAt({ ...demo.host, ...changes }, testPerson({ trust: false }));
}

test("answers come in turn, as they were recorded", async () => {
  const demo = await router();
  const run = async (...argv: string[]) => {
    const outcome = await demo.run(raw(argv));
    return outcome.ok && [outcome.value.text, outcome.value.exit.code, outcome.value.exit.stderr];
  };
  expect(await run("conntrack", "-C")).toEqual(["1\n", 0, ""]);
  expect(await run("conntrack", "-C")).toEqual(["2\n", 0, ""]);
  expect(await run("conntrack", "-C")).toEqual(["1\n", 0, ""]);
  expect(await run("nft", "list", "ruleset")).toEqual(["", 1, "Operation not permitted\n"]);
  expect(await run("rm", "-rf", "/")).toEqual(["", 127, "sh: rm: not found\n"]);
  expect(await run("cat", "it's \\ a\nfile")).toEqual(["y\n", 0, ""]);
});

test("a long answer comes whole", async () => {
  demo = await startDemo("demo", {
    title: "long",
    commands: [{ argv: ["cat"], answers: [answer("y".repeat(5_000_000))] }],
  });
  const outcome = await routerAt(demo.host, testPerson()).run(raw(["cat"]));
  expect(outcome).toMatchObject({ value: { bytes: 5_000_000, exit: { code: 0, cut: false } } });
});

test.each([
  ["conntrack", "-E"],
  ["dmesg", "-w"],
])("%s %s goes on until it is cancelled", async (...argv) => {
  const cancel = new AbortController();
  let bytes = 0;
  const demo = await router();
  const running = demo.run(raw(argv), {
    signal: cancel.signal,
    onProgress: (count) => {
      bytes = count;
      if (argv[0] === "dmesg" || count > 20) cancel.abort();
    },
  });
  expect(await running).toMatchObject({ value: { exit: { code: 143, cut: true } } });
  expect(bytes).toBeGreaterThan(1);
});

test("another key on its port, and another name, are refused", async () => {
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKkXuqHGVxTkeHzQ6oqkLZ9vKXTvXrBBGvEUHIWj9Q5e";
  const other = await router({ knownHostsLines: `* ${key}` });
  other.connect();
  expect(await reaches(other, "failed")).toMatchObject({ trouble: { kind: "hostKeyChanged" } });
  const stranger = await router({ user: "root" });
  stranger.connect();
  expect(await reaches(stranger, "failed")).toMatchObject({ trouble: { kind: "authentication" } });
});

test("a recording is read as it was written", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hookscope-recording-"));
  try {
    await writeRecording(folder, recording);
    expect(await readRecording(folder)).toEqual(recording);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
