import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { closeRouters, eventually, hostOf, raw, routerAt, testPerson } from "./fixture.js";
import { type Lab, password, ports, startLab } from "./lab.js";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ busybox: true });
});
afterEach(closeRouters);
afterAll(() => lab?.stop());

const servers = Object.entries(ports);
const users = ["root", "all", "ask", "few", "askfew"];
const ways = servers.flatMap(([server, port]) => users.map((user) => ({ server, port, user })));

test.each(ways)("$user on $server reads the connections of the lab", async ({ port, user }) => {
  const person = testPerson({ secrets: [password] });
  const router = routerAt(hostOf(lab, { port, user }), person);
  const outcome = await router.run(raw(["conntrack", "-L"], { root: true }));
  expect(outcome).toMatchObject({ ok: true, value: { exit: { code: 0, cut: false } }, warnings: [] });
  expect(outcome.ok && outcome.value.text).toMatch(/^tcp .*ESTABLISHED.* dport=80 /m);
  expect(person.lines.join("\n")).not.toContain(password);
  expect(
    await eventually(
      () => lab.router.processes(),
      (left) => left.length === 0,
    ),
  ).toEqual([]);
});

test("sudo that gives its commands a terminal of their own ends them too", async () => {
  const other = await startLab({ usePty: true });
  try {
    for (const user of users) expect([user, await cancelled(other, { user })]).toEqual([user, []]);
  } finally {
    closeRouters();
    other.stop();
  }
});

test.each(ways)("what $user on $server cancels ends there", async ({ port, user }) => {
  expect(await cancelled(lab, { port, user })).toEqual([]);
});

/** What is left on the router of a long command that is cancelled. */
async function cancelled(where: Lab, changes: { port?: number; user: string }): Promise<readonly string[]> {
  const connection = routerAt(hostOf(where, changes), testPerson({ secrets: [password] }));
  const cancel = new AbortController();
  const running = connection.run(raw(["sleep", "1000"], { root: true }), { signal: cancel.signal });
  const isAsleep = (args: readonly string[]) => args.some((line) => line.endsWith("sleep 1000"));
  expect(await eventually(() => where.router.processes(), isAsleep)).toSatisfy(isAsleep);
  cancel.abort();
  expect(await running).toMatchObject({ ok: true, value: { exit: { cut: true } }, warnings: ["It was cancelled."] });
  return eventually(
    () => where.router.processes(),
    (left) => left.length === 0,
  );
}
