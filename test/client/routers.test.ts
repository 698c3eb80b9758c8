import { afterEach, expect, test } from "vitest";
import { startDemo } from "../../client/demo/server.js";
import type { Machine } from "../../client/routers/hosts/files.js";
import { createRouters } from "../../client/routers/routers.js";
import { conntrackList } from "../../netfilter/observe/conntrack/list.js";
import { raw, reaches, testPerson } from "../routers/fixture.js";

const config = "Host edge\n HostName 127.0.0.1\n Port 1\nHost lab *.x\nHost edge\n User me\n";
const machine: Machine = {
  ...{ home: "/home/me", user: "me", env: {} },
  read: (path) => (path === "/home/me/.ssh/config" ? config : undefined),
  list: () => [],
};

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

function routers(setting?: unknown) {
  const made = createRouters(
    { ...testPerson(), machine, setting: () => setting },
    { isPermitted: () => true, lingerMs: 0 },
  );
  cleanUps.push(() => made.dispose());
  return made;
}

async function demo() {
  const started = await startDemo("demo", { title: "", commands: [{ argv: ["true"], answers: [] }] });
  cleanUps.push(() => started.stop());
  return started.host;
}

test("each name is listed once, the settings before ssh's configuration", () => {
  const all = routers([{ host: "10.0.0.1" }, { name: "edge", host: "10.0.0.2" }, { port: 3 }]);
  expect(all.entries()).toEqual([
    { name: "10.0.0.1", origin: "settings" },
    { name: "edge", origin: "settings" },
    { name: "lab", origin: "ssh" },
  ]);
  expect(all.mistakes()).toEqual([expect.stringContaining('Router 3 of "hookscope.routers"')]);
});

test("a router of the program is shared, and gone when it is taken away", async () => {
  const all = routers();
  const added = all.add(await demo());
  expect(all.entries()[0]).toEqual({ name: "demo", origin: "program" });
  const router = all.get("demo");
  expect(all.get("demo")).toBe(router);
  const use = router.use();
  await reaches(router, "connected");
  added.dispose();
  expect(router.state).toEqual({ is: "disconnected" });
  expect(all.entries().map(({ name }) => name)).toEqual(["edge", "lab"]);
  use.dispose();
});

test("the connection is kept while one of its users is left", async () => {
  const all = routers();
  all.add(await demo());
  const router = all.get("demo");
  const [one, other] = [router.use(), router.use()];
  await reaches(router, "connected");
  one.dispose();
  one.dispose();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(router.state.is).toBe("connected");
  other.dispose();
  expect(await reaches(router, "disconnected")).toEqual({ is: "disconnected" });
});

test("a router that cannot be reached says why, and can be tried again", async () => {
  const router = routers().get("edge");
  expect(await router.run(raw(["true"]))).toMatchObject({ ok: false, failure: { reason: "failed" } });
  expect(router.state).toMatchObject({ is: "failed", trouble: { kind: "refused" } });
  router.connect();
  expect(router.state.is).toBe("connecting");
  expect(await reaches(router, "failed")).toMatchObject({ trouble: { kind: "refused" } });
});

test("only permitted commands are run", async () => {
  const all = createRouters({ ...testPerson(), machine, setting: () => [] });
  cleanUps.push(() => all.dispose());
  all.add(await demo());
  const refused = await all.get("demo").run({ ...conntrackList, argv: [...conntrackList.argv, "-d"] });
  expect(refused).toMatchObject({
    ok: false,
    failure: { reason: "notPermitted", message: expect.stringContaining("not among") },
  });
  expect(all.get("demo").state.is).toBe("disconnected");
});
