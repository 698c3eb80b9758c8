import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startDemo } from "../../client/demo/server.js";
import { closeRouters, hostOf, raw, routerAt } from "./fixture.js";
import { type Lab, startLab } from "./lab.js";
import { record } from "./record.js";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterEach(closeRouters);
afterAll(() => lab?.stop());

test("a demo router answers what the real one did", async () => {
  const real = routerAt(hostOf(lab));
  const listed = record(real, { argv: ["conntrack", "-L", "-o", "extended"], root: true });
  const events = record(real, { argv: ["conntrack", "-E"], root: true, forMs: 2000, afterwards: "repeat" });
  lab.lan.start("for port in $(seq 6001 6100); do sleep 0.05; echo x >/dev/udp/203.0.113.10/$port; done");
  const missing = await record(real, { argv: ["bpftrace-not-here"], root: true });
  const commands = [await listed, await events, missing];
  expect(commands[1]?.answers[0]?.timing.length).toBeGreaterThan(1);

  const demo = await startDemo("demo", { title: "the lab", commands });
  try {
    const router = routerAt(demo.host);
    for (const { argv, answers } of commands) {
      const [recorded] = answers;
      const bytes = recorded?.stdout.length ?? 0;
      const outcome = await router.run(raw(argv), { limitBytes: Math.max(bytes, 1) });
      const text = Buffer.from(recorded?.stdout ?? []).toString("utf8");
      expect(outcome).toMatchObject({
        value: { text, exit: recorded?.afterwards === "exit" ? { code: recorded.code } : {} },
      });
    }
  } finally {
    await demo.stop();
  }
});
