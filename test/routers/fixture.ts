import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectionState } from "../../client/routers/connection/state.js";
import type { Host } from "../../client/routers/hosts/host.js";
import type { NewHostKey, SecretQuestion, Surroundings } from "../../client/routers/person.js";
import { createRouter, type Router } from "../../client/routers/router.js";
import type { Command, Exit } from "../../netfilter/observe/command.js";
import type { Lab } from "./lab.js";

/** What a person would answer, and what was asked of them and written about them. */
export interface TestPerson extends Surroundings {
  readonly keys: NewHostKey[];
  readonly questions: SecretQuestion[];
  readonly lines: string[];
  readonly stored: Map<string, string>;
}

export interface Answers {
  readonly trust?: boolean;
  /** One after the other; none means that the person declines. */
  readonly secrets?: readonly string[];
  readonly remember?: boolean;
}

export function testPerson({ trust = true, secrets = [], remember = false }: Answers = {}): TestPerson {
  const left = [...secrets];
  const keys: NewHostKey[] = [];
  const questions: SecretQuestion[] = [];
  const lines: string[] = [];
  const stored = new Map<string, string>();
  const write = (line: string) => void lines.push(line);
  return {
    ...{ keys, questions, lines, stored },
    person: {
      trustsKey: async (key) => {
        keys.push(key);
        return trust;
      },
      secret: async (question) => {
        questions.push(question);
        const value = left.shift();
        return value === undefined ? undefined : { value, remember };
      },
    },
    secrets: {
      get: async (key) => stored.get(key),
      store: async (key, value) => void stored.set(key, value),
      delete: async (key) => void stored.delete(key),
    },
    log: { info: write, warn: write, error: write, debug: write },
  };
}

/** How the lab's router is reached, in the words of a worked-out host. */
export function hostOf(lab: Pick<Lab, "address" | "folder" | "key">, changes: Partial<Host> = {}): Host {
  return {
    ...{ name: "edge", hostName: lab.address, port: 22, user: "root", identityFiles: [lab.key], identitiesOnly: true },
    ...{ knownHostsFiles: [join(lab.folder, "known_hosts")], globalKnownHostsFiles: [], unknownKey: "ask" },
    ...{ hashKnownHosts: false, aliveInterval: 1, aliveCountMax: 3, connectTimeout: 5, jumps: [], notes: [] },
    become: changes.user && changes.user !== "root" ? "sudo" : "none",
    ...changes,
  };
}

const routers: Router[] = [];

/** A router that runs any command, and is closed by `closeRouters`. */
export function routerAt(host: Host, person: TestPerson = testPerson()): Router {
  const router = createRouter(host.name, () => host, person, {
    isPermitted: () => true,
    firstDelayMs: 200,
    lingerMs: 0,
  });
  routers.push(router);
  return router;
}

export function closeRouters(): void {
  for (const router of routers.splice(0)) router.dispose();
}

/** What came of a run, for tests: all output, and the exit as it was handed to the reader. */
export interface Raw {
  readonly text: string;
  readonly bytes: number;
  readonly exit: Exit;
}

export function raw(
  argv: readonly string[],
  { root = false, stdin }: { root?: boolean; stdin?: string } = {},
): Command<Raw> {
  return {
    ...{ id: "test.raw", title: "A test", argv, root, ...(stdin !== undefined && { stdin }) },
    reader: () => {
      let text = "";
      let bytes = 0;
      return {
        push: (piece) => {
          bytes += piece.length;
          if (text.length < 1_000_000) text += Buffer.from(piece).toString("utf8");
        },
        end: (exit) => ({ ok: true, value: { text, bytes, exit }, warnings: [] }),
      };
    },
  };
}

/** Resolves when the router is in one of the states. */
export function reaches(router: Router, ...wanted: readonly ConnectionState["is"][]): Promise<ConnectionState> {
  return new Promise((resolve) => {
    const look = (state: ConnectionState) => {
      if (!wanted.includes(state.is)) return;
      listener.dispose();
      resolve(state);
    };
    const listener = router.onStateChange(look);
    look(router.state);
  });
}

/** Waits until a condition holds; gives the last value that it was asked about. */
export async function eventually<Value>(
  ask: () => Value,
  holds: (value: Value) => boolean,
  ms = 10_000,
): Promise<Value> {
  const end = Date.now() + ms;
  for (;;) {
    const value = ask();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The public key in a file of OpenSSH's form, as known_hosts has it. */
export function publicKey(path: string): string {
  return readFileSync(path, "utf8").split(" ").slice(0, 2).join(" ").trim();
}
