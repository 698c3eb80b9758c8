import { readFile } from "node:fs/promises";
import ssh2, {
  type BaseAgent,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";
import type { Host } from "../hosts/host.js";
import type { Log } from "../person.js";
import type { Wallet } from "./secrets.js";
import { Trouble } from "./trouble.js";

const maxPassphrases = 3;

/** The private key of a file, its passphrase asked for if it has one; undefined when there is no usable key in it. */
export async function privateKey(path: string, host: Host, wallet: Wallet, log: Log, signal: AbortSignal) {
  const text = await readFile(path).catch(() => undefined);
  if (!text) return undefined;
  const parsed = parse(text);
  if (!(parsed instanceof Error)) return parsed;
  if (!/encrypted|passphrase/i.test(parsed.message)) {
    log.warn(`${host.name}: ${path} is no private key that can be used: ${parsed.message}`);
    return undefined;
  }
  return decrypted(text, path, host, wallet, signal);
}

async function decrypted(text: Buffer, path: string, host: Host, wallet: Wallet, signal: AbortSignal) {
  const key = `passphrase ${path}`;
  for (let tries = 0; tries < maxPassphrases; tries++) {
    const question = { router: host.name, title: `Passphrase of ${path}`, echo: false, mayRemember: true };
    const passphrase = await wallet.secret(key, question, signal);
    if (passphrase === undefined) return undefined;
    const parsed = parse(text, passphrase);
    if (!(parsed instanceof Error)) {
      await wallet.right(key);
      return parsed;
    }
    await wallet.wrong(key);
  }
  throw new Trouble("authentication", `The passphrase of ${path} was wrong ${maxPassphrases} times.`, "Connect again.");
}

function parse(text: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase);
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  if (first instanceof Error) return first;
  return first?.isPrivateKey() ? first : new Error("it holds no private key");
}

/** The agent of a host, with `IdentitiesOnly` cut down to the keys whose public halves lie beside the identity files. */
export async function agentFor(host: Host): Promise<BaseAgent | undefined> {
  if (!host.agent) return undefined;
  const agent = ssh2.createAgent(host.agent);
  return host.identitiesOnly ? new ChosenKeys(agent, await publicKeys(host)) : agent;
}

async function publicKeys({ identityFiles }: Host): Promise<readonly string[]> {
  const texts = await Promise.all(
    identityFiles.map((path) => readFile(path.endsWith(".pub") ? path : `${path}.pub`, "utf8").catch(() => "")),
  );
  return texts.flatMap((text) => text.split(/\s+/)[1] ?? []);
}

class ChosenKeys extends ssh2.BaseAgent<ParsedKey> {
  constructor(
    private readonly agent: BaseAgent,
    private readonly chosen: readonly string[],
  ) {
    super();
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    this.agent.getIdentities((error, keys) => {
      const parsed = (keys ?? []).filter(isParsed);
      done(
        error,
        parsed.filter((key) => this.chosen.includes(key.getPublicSSH().toString("base64"))),
      );
    });
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === "function") this.agent.sign(key, data, options);
    else this.agent.sign(key, data, options, done);
  }
}

function isParsed(key: unknown): key is ParsedKey {
  return typeof key === "object" && key !== null && "getPublicSSH" in key;
}
