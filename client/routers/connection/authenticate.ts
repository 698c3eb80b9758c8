import type { AnyAuthMethod, AuthenticationType, Prompt } from "ssh2";
import type { Host } from "../hosts/host.js";
import type { Log } from "../person.js";
import { agentFor, privateKey } from "./identities.js";
import type { Wallet } from "./secrets.js";
import { authenticationTrouble, type Trouble } from "./trouble.js";

/** Offers one way in after the other, as ssh does: agent, key files, what the server asks, password. */
export interface Authentication {
  /**
   * The next way that the server still takes; undefined when there is none left, or the person gives none. `partial` says that
   * the last one was right and the server wants another as well.
   */
  next(allowed: readonly string[] | null, partial: boolean): Promise<AnyAuthMethod | undefined>;
  /** To be called when the server let us in. */
  accepted(): Promise<void>;
  /** Why nothing was let in, naming what was tried. */
  trouble(): Trouble;
}

interface Way {
  readonly type: AuthenticationType;
  readonly label: string;
  /** The secret that this way stands on. */
  readonly secret?: string;
  readonly method: AnyAuthMethod;
}

const maxPasswords = 3;

/** What one attempt to log in stands on. */
export interface LoginWorld {
  readonly host: Host;
  readonly wallet: Wallet;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Holds the clock while the server waits for the person's answer. */
  whileAsking<Value>(asking: Promise<Value>): Promise<Value>;
}

/** Made for each attempt to connect. */
export function authentication(world: LoginWorld): Authentication {
  const { host, wallet, log } = world;
  const tried: string[] = [];
  let allowed: readonly string[] | null = null;
  let current: Way | undefined;
  const isAllowed = (type: string) => allowed === null || allowed.includes(type);
  const ways = waysIn(world, isAllowed);
  return {
    next: async (left, partial) => {
      allowed = left;
      if (current?.secret) await (partial ? wallet.right(current.secret) : wallet.wrong(current.secret));
      current = (await ways.next()).value ?? undefined;
      if (!current) return undefined;
      tried.push(current.label);
      log.debug(`${host.name}: tries ${current.label}`);
      return current.method;
    },
    accepted: async () => {
      if (current) log.info(`${host.name}: logged in as ${host.user} by ${current.label}`);
      if (current?.secret) await wallet.right(current.secret);
    },
    trouble: () => authenticationTrouble(`${host.user}@${host.name}`, [...new Set(tried)].join(", ")),
  };
}

async function* waysIn(world: LoginWorld, isAllowed: (type: string) => boolean): AsyncGenerator<Way, undefined> {
  const { host, wallet, signal } = world;
  const username = host.user;
  const secret = `password ${username}@${host.hostName}:${host.port}`;
  const question = { router: host.name, title: `Password of ${username}@${host.name}`, echo: false, mayRemember: true };
  const left = { keys: 1, interactive: maxPasswords, password: maxPasswords };
  // The server answers this with the ways that it takes; what it takes may change with every answer.
  yield { type: "none", label: "none", method: { type: "none", username } };
  for (;;) {
    if (left.keys > 0 && isAllowed("publickey")) {
      left.keys--;
      yield* keys(world, isAllowed);
    } else if (left.interactive > 0 && isAllowed("keyboard-interactive")) {
      left.interactive--;
      yield interactive(world, secret);
    } else if (left.password > 0 && isAllowed("password")) {
      left.password--;
      const password = await wallet.secret(secret, question, signal);
      if (password === undefined) return undefined;
      yield { type: "password", label: "password", secret, method: { type: "password", username, password } };
    } else return undefined;
  }
}

async function* keys(world: LoginWorld, isAllowed: (type: string) => boolean): AsyncGenerator<Way, undefined> {
  const { host, wallet, log, signal } = world;
  const username = host.user;
  const agent = await agentFor(host);
  if (agent) yield { type: "agent", label: "agent", method: { type: "agent", username, agent } };
  for (const path of host.identityFiles) {
    if (!isAllowed("publickey")) return undefined;
    const key = await privateKey(path, host, wallet, log, signal);
    if (key) yield { type: "publickey", label: path, method: { type: "publickey", username, key } };
  }
  return undefined;
}

/** What the server asks goes to the person; a single hidden question is a password like any other. */
function interactive({ host, wallet, signal, whileAsking }: LoginWorld, secret: string): Way {
  const ask = async (instructions: string, prompts: readonly Prompt[]): Promise<string[]> => {
    const answers: string[] = [];
    for (const [index, { prompt, echo = false }] of prompts.entries()) {
      const key = prompts.length === 1 && /password/i.test(prompt) ? secret : `${secret} ${index} ${prompt}`;
      const detail = [instructions, prompt].filter(Boolean).join(" ").trim();
      const title = `${host.user}@${host.name} asks`;
      const answer = await wallet.secret(
        key,
        { router: host.name, title, detail, echo, mayRemember: key === secret },
        signal,
      );
      // Declined: an answer with nothing in it, after which the server goes on.
      if (answer === undefined) return [];
      answers.push(answer);
    }
    return answers;
  };
  return {
    type: "keyboard-interactive",
    label: "keyboard-interactive",
    secret,
    method: {
      type: "keyboard-interactive",
      username: host.user,
      prompt: (_name, instructions, _language, prompts, finish) => {
        whileAsking(ask(instructions, prompts)).then(finish, () => finish([]));
      },
    },
  };
}
