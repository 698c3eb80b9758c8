import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { conntrackList } from "../../netfilter/observe/conntrack/list.js";
import { closeRouters, eventually, hostOf, publicKey, raw, reaches, routerAt, testPerson } from "./fixture.js";
import { type Lab, ports, startLab } from "./lab.js";

let lab: Lab;
let knownHosts: string;
beforeAll(async () => {
  lab = await startLab({ without: ["conntrack"] });
  knownHosts = join(lab.folder, "known_hosts");
});
afterEach(() => {
  closeRouters();
  rmSync(knownHosts, { force: true });
});
afterAll(() => lab?.stop());

const noneLeft = () =>
  eventually(
    () => lab.router.processes(),
    (left) => left.length === 0,
  );

test("through a jump host, each with its own key asked for once", async () => {
  const person = testPerson();
  const jumps = [hostOf(lab, { name: "door", hostName: lab.jumpAddress, user: "none" })];
  const router = routerAt(hostOf(lab, { hostName: lab.addressBehindJump, jumps }), person);
  expect(await router.run(raw(["ip", "-o", "-4", "addr", "show", "dev", "inner"]))).toMatchObject({
    value: { text: expect.stringContaining(lab.addressBehindJump), exit: { code: 0 } },
  });
  expect(person.keys.map(({ router }) => router)).toEqual(["door", "edge"]);
  expect(await noneLeft()).toEqual([]);
});

test("a jump host that is cut off takes the connection with it", async () => {
  const jumps = [hostOf(lab, { name: "door", hostName: lab.jumpAddress })];
  const router = routerAt(hostOf(lab, { hostName: lab.addressBehindJump, jumps }));
  const running = router.run(raw(["sleep", "1000"]));
  await eventually(
    () => lab.router.processes(),
    (left) => left.some((line) => line.endsWith("sleep 1000")),
  );
  lab.jump.run("pkill -f '^sshd: root'");
  expect(await running).toMatchObject({ value: { exit: { cut: true } } });
  expect(await noneLeft()).toEqual([]);
});

test("a new key is written once, and the file keeps its mode", async () => {
  writeFileSync(knownHosts, "# mine");
  chmodSync(knownHosts, 0o640);
  const person = testPerson();
  const router = routerAt(hostOf(lab), person);
  await router.run(raw(["true"]));
  const line = `${lab.address} ${publicKey(join(lab.router.folder, "host_ed25519.pub"))}`;
  expect(readFileSync(knownHosts, "utf8")).toBe(`# mine\n${line}\n`);
  expect(statSync(knownHosts).mode & 0o777).toBe(0o640);
  closeRouters();
  await routerAt(hostOf(lab), person).run(raw(["true"]));
  expect(person.keys).toHaveLength(1);
  expect(execFileSync("ssh-keygen", ["-lf", knownHosts], { encoding: "utf8" })).toContain(person.keys[0]?.fingerprint);
});

test("a key that ssh-keygen has hashed is known", async () => {
  writeFileSync(knownHosts, `${lab.address} ${publicKey(join(lab.router.folder, "host_ecdsa.pub"))}\n`);
  execFileSync("ssh-keygen", ["-q", "-H", "-f", knownHosts], { stdio: "ignore" });
  const person = testPerson({ trust: false });
  const outcome = await routerAt(hostOf(lab), person).run(raw(["true"]));
  expect([outcome.ok, person.keys]).toEqual([true, []]);
});

const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKkXuqHGVxTkeHzQ6oqkLZ9vKXTvXrBBGvEUHIWj9Q5e";

test("a changed host key is refused, naming the line that says otherwise", async () => {
  writeFileSync(knownHosts, `# one\n${lab.address} ${otherKey}\n`);
  const router = routerAt(hostOf(lab));
  const outcome = await router.run(raw(["true"]));
  expect(router.state).toMatchObject({ is: "failed", trouble: { kind: "hostKeyChanged" } });
  expect(outcome).toMatchObject({ ok: false, failure: { message: expect.stringContaining(`${knownHosts}, line 2`) } });
  expect(readFileSync(knownHosts, "utf8")).toContain(otherKey);
});

test("a revoked host key is refused", async () => {
  appendFileSync(knownHosts, `@revoked * ${publicKey(join(lab.router.folder, "host_ed25519.pub"))}\n`);
  const router = routerAt(hostOf(lab));
  await router.run(raw(["true"]));
  expect(router.state).toMatchObject({ is: "failed", trouble: { kind: "hostKeyRevoked" } });
});

test("a host key that the person does not trust ends the attempt", async () => {
  const router = routerAt(hostOf(lab), testPerson({ trust: false }));
  await router.run(raw(["true"]));
  expect(router.state).toMatchObject({ is: "failed", trouble: { kind: "hostKeyUnknown" } });
});

test.each(Object.entries(ports))("%s does not let a wrong key in", async (_server, port) => {
  const wrong = join(lab.folder, `wrong-${port}`);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", wrong]);
  const router = routerAt(hostOf(lab, { port, identityFiles: [wrong] }));
  await router.run(raw(["true"]));
  expect(router.state).toMatchObject({ is: "failed", trouble: { kind: "authentication" } });
});

test("a key with a passphrase is asked for it until it is right, and remembers it on request", async () => {
  const key = join(lab.folder, "locked");
  execFileSync("cp", [lab.key, key]);
  execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "open sesame", "-f", key], { stdio: "ignore" });
  const person = testPerson({ secrets: ["wrong", "open sesame"], remember: true });
  expect(await routerAt(hostOf(lab, { identityFiles: [key] }), person).run(raw(["true"]))).toMatchObject({ ok: true });
  expect(person.questions.map(({ again }) => again)).toEqual([false, true]);
  expect([...person.stored.values()]).toEqual(["open sesame"]);
  expect(person.lines.join("\n")).not.toContain("open sesame");
});

test("a password lets in, after one that does not", async () => {
  const person = testPerson({ secrets: ["wrong", "correct horse"] });
  const router = routerAt(hostOf(lab, { user: "none", identityFiles: [] }), person);
  expect(await router.run(raw(["id", "-un"]))).toMatchObject({ value: { text: "none\n" } });
  expect(person.lines.join("\n")).not.toContain("correct horse");
});

test("an agent lets in with the chosen key only", async () => {
  const socket = join(lab.folder, "agent");
  const agent = execFileSync("ssh-agent", ["-a", socket], { encoding: "utf8" });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(agent)?.[1]);
  try {
    execFileSync("ssh-add", ["-q", lab.key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    const chosen = routerAt(hostOf(lab, { agent: socket, identityFiles: [`${lab.key}.pub`] }));
    expect(await chosen.run(raw(["true"]))).toMatchObject({ ok: true });
    const other = routerAt(hostOf(lab, { agent: socket, identityFiles: ["/nonexistent"] }));
    await other.run(raw(["true"]));
    expect(other.state).toMatchObject({ is: "failed", trouble: { kind: "authentication" } });
  } finally {
    process.kill(pid);
  }
});

test.each(["none", "ask"])("sudo refused to %s is a failure that says so", async (user) => {
  const person = testPerson({ secrets: user === "none" ? ["correct horse"] : [] });
  const router = routerAt(hostOf(lab, { user }), person);
  const outcome = await router.run(raw(["nft", "list", "ruleset"], { root: true }));
  expect(outcome).toMatchObject({ ok: false, failure: { reason: "notPermitted" } });
  expect(await router.run(raw(["id", "-un"]))).toMatchObject({ value: { text: `${user}\n` } });
  expect(await noneLeft()).toEqual([]);
});

test("an account without a shell is told apart from a command that fails", async () => {
  const outcome = await routerAt(hostOf(lab, { user: "barred", become: "none" })).run(raw(["true"]));
  const message = expect.stringMatching(
    /barred on edge did not run the command: "This account is currently not available/,
  );
  expect(outcome).toMatchObject({ ok: false, failure: { reason: "failed", message } });
});

test.each(["root", "few"])("a missing conntrack is found missing by %s", async (user) => {
  const outcome = await routerAt(hostOf(lab, { user })).run(conntrackList);
  expect(outcome).toMatchObject({ ok: false, failure: { reason: "missing" } });
});

test("a port where nothing listens, and an address where nobody is", async () => {
  const refused = routerAt(hostOf(lab, { port: 9 }));
  await refused.run(raw(["true"]));
  expect(refused.state).toMatchObject({ is: "failed", trouble: { kind: "refused" } });
  const silent = routerAt(hostOf(lab, { hostName: lab.address.replace(/2$/, "77"), connectTimeout: 1 }));
  await silent.run(raw(["true"]));
  expect(silent.state).toMatchObject({ is: "failed", trouble: { kind: "unreachable" } });
});

test("a server that takes connections and says nothing", async () => {
  lab.router.run("kill -STOP $(cat /run/sshd.pid)");
  try {
    const router = routerAt(hostOf(lab, { connectTimeout: 1 }));
    await router.run(raw(["true"]));
    expect(router.state).toMatchObject({ is: "failed", trouble: { kind: "silent" } });
  } finally {
    lab.router.run("kill -CONT $(cat /run/sshd.pid)");
  }
});

test("cancelled while it connects", async () => {
  const router = routerAt(hostOf(lab, { port: 9998, hostName: lab.address.replace(/2$/, "77") }));
  const running = router.run(raw(["true"]));
  await reaches(router, "connecting");
  router.disconnect();
  expect(await running).toMatchObject({ ok: false, failure: { reason: "cut" } });
  expect(router.state).toEqual({ is: "disconnected" });
});
