import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type AuthContext, type KeyboardAuthContext } from "ssh2";
import { afterEach, expect, test } from "vitest";
import { newKeyPair } from "../../client/demo/keys.js";
import type { Host } from "../../client/routers/hosts/host.js";
import { type Answers, closeRouters, reaches, routerAt, testPerson } from "../routers/fixture.js";

// What a server may ask beyond what those of the router lab do: ssh2's own server stands in for it.

const server: { close?: () => void } = {};
afterEach(() => {
  closeRouters();
  server.close?.();
});

/** A server that lets in whom `decide` accepts. */
async function serverThat(decide: (context: AuthContext) => void): Promise<Host> {
  const keys = newKeyPair();
  const made = new ssh2.Server({ hostKeys: [keys.private] }, (connection) => {
    connection.on("authentication", decide);
    connection.on("error", () => connection.end());
  });
  made.listen(0, "127.0.0.1");
  await once(made, "listening");
  server.close = () => made.close();
  const { port } = made.address() as AddressInfo;
  return {
    ...{
      name: "edge",
      hostName: "127.0.0.1",
      port,
      user: "me",
      identityFiles: [],
      identitiesOnly: true,
      jumps: [],
      notes: [],
    },
    ...{ knownHostsFiles: [], globalKnownHostsFiles: [], unknownKey: "accept", hashKnownHosts: false, become: "none" },
    ...{ aliveInterval: 5, aliveCountMax: 3, connectTimeout: 5 },
  };
}

test("a person may take longer than the server", async () => {
  const person = testPerson({ secrets: ["p", "123456"] });
  const slow = async (...asked: Parameters<typeof person.person.secret>) => {
    await new Promise((resolve) => setTimeout(resolve, 700));
    return person.person.secret(...asked);
  };
  const host = { ...(await serverThat(codeAndPassword)), connectTimeout: 0.5 };
  const router = routerAt(host, { ...person, person: { ...person.person, secret: slow } });
  router.connect();
  expect((await reaches(router, "connected", "failed")).is).toBe("connected");
});

/** Asks for a code as well as for the password, as one-time password modules do. */
function codeAndPassword(context: AuthContext): void {
  if (context.method !== "keyboard-interactive") context.reject(["keyboard-interactive"]);
  else askBoth(context);
}

function askBoth(context: KeyboardAuthContext): void {
  context.prompt(
    [
      { prompt: "Password: ", echo: false },
      { prompt: "Code: ", echo: true },
    ],
    "Welcome",
    (answers) => {
      if (answers?.join() === "p,123456") context.accept();
      else context.reject(["keyboard-interactive"]);
    },
  );
}

/** Wants a password first and then a code. */
function passwordThenCode(): (context: AuthContext) => void {
  let known = false;
  return (context) => {
    if (context.method === "password" && !known) {
      known = context.password === "p";
      return known ? context.reject(["keyboard-interactive"], true) : context.reject(["password"]);
    }
    if (context.method !== "keyboard-interactive" || !known) return context.reject(["password"]);
    context.prompt([{ prompt: "Code: ", echo: true }], (answers) =>
      answers?.[0] === "123456" ? context.accept() : context.reject(),
    );
  };
}

const cases: readonly (readonly [string, (context: AuthContext) => void, Answers, string, number])[] = [
  ["password and code", codeAndPassword, { secrets: ["p", "123456"] }, "connected", 2],
  ["a wrong code once", codeAndPassword, { secrets: ["p", "1", "p", "123456"] }, "connected", 4],
  ["a declined code", codeAndPassword, { secrets: ["p"] }, "failed", 4],
  ["a password, then a code", passwordThenCode(), { secrets: ["p", "123456"], remember: true }, "connected", 2],
  ["a wrong password, then both", passwordThenCode(), { secrets: ["q", "p", "123456"] }, "connected", 3],
];

test.each(cases)("%s", async (_name, decide, answers, expected, questions) => {
  const person = testPerson(answers);
  const router = routerAt(await serverThat(decide), person);
  router.connect();
  expect((await reaches(router, "connected", "failed")).is).toBe(expected);
  expect(person.questions).toHaveLength(questions);
  expect([...person.stored.values()]).not.toContain("123456");
});
