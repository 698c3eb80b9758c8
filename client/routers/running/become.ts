import { randomBytes } from "node:crypto";
import type { Client } from "ssh2";
import type { Wallet } from "../connection/secrets.js";
import type { Host } from "../hosts/host.js";
import type { Log } from "../person.js";
import { type Ended, exchange } from "./channel.js";
import { bootstrap, watchedScript } from "./script.js";

/** How commands that need root are run on a router. */
export type Root =
  /** As they are: the account is root, or nothing better is to be had. */
  | { readonly is: "login" }
  /** `sudo` may start a shell, which can end the command again. */
  | { readonly is: "shell"; readonly password?: string }
  /** `sudo` may start only some commands: each is started by it alone. */
  | { readonly is: "each"; readonly password?: string }
  /** `sudo` is missing or refuses; why, in a sentence. */
  | { readonly is: "refused"; readonly message: string };

const maxPasswords = 3;
const probeMs = 20_000;

/** Finds out, by asking sudo alone, how root is to be had; asks the person for a password only where sudo wants one. */
export async function findRoot(
  client: Client,
  host: Host,
  wallet: Wallet,
  log: Log,
  signal: AbortSignal,
): Promise<Root> {
  if (host.become === "none" || host.user === "root") return { is: "login" };
  const probe = (argv: readonly string[], stdin?: string) => quietly(client, log, host, argv, signal, stdin);
  const user = await probe(["id", "-u"]);
  if (user.output.trim() === "0") return { is: "login" };
  const allowed = await probe(["sudo", "-n", "-l", "sh"]);
  if (allowed.code === 0) return { is: "shell" };
  if (allowed.code === 127) return refused(`sudo is not installed on ${host.name}. Log in as root, or install sudo.`);
  if (!/password/i.test(allowed.stderr)) return { is: "each" };
  return withPassword(host, wallet, probe, signal);
}

type Probe = (argv: readonly string[], stdin?: string) => Promise<Ended & { readonly output: string }>;

async function withPassword(host: Host, wallet: Wallet, probe: Probe, signal: AbortSignal): Promise<Root> {
  const key = `sudo ${host.user}@${host.hostName}:${host.port}`;
  const question = {
    router: host.name,
    title: `sudo password of ${host.user}@${host.name}`,
    echo: false,
    mayRemember: true,
  };
  for (let tries = 0; tries < maxPasswords; tries++) {
    const password = await wallet.secret(key, question, signal);
    if (password === undefined) return refused(`No sudo password was given for ${host.user}@${host.name}. ${again}`);
    const valid = await probe(["sudo", "-S", "-p", "", "-v"], `${password}\n`);
    if (valid.cut) return refused(`sudo on ${host.name} did not answer. ${again}`);
    if (/not allowed|may not run|not in the sudoers/i.test(valid.stderr)) return refused(mayNot(host));
    if (valid.code === 0) {
      await wallet.right(key);
      const allowed = await probe(["sudo", "-S", "-p", "", "-l", "sh"], `${password}\n`);
      if (/not allowed|may not run/i.test(allowed.stderr)) return refused(mayNot(host));
      return { is: allowed.code === 0 ? "shell" : "each", password };
    }
    await wallet.wrong(key);
  }
  return refused(`sudo on ${host.name} took none of the passwords. ${again}`);
}

const again = "Disconnect and connect to try again.";

function mayNot({ user, name }: Host): string {
  return `${user} may not use sudo on ${name}. Give that account a rule in /etc/sudoers, or log in as root.`;
}

function refused(message: string): Root {
  return { is: "refused", message };
}

/** Runs one of the questions above. Its input is a password or nothing, and is never logged. */
async function quietly(
  client: Client,
  log: Log,
  host: Host,
  argv: readonly string[],
  signal: AbortSignal,
  stdin?: string,
) {
  const mark = newMark();
  const script = watchedScript({ argv, mark, ...(stdin !== undefined && { stdin }) });
  let output = "";
  log.info(`${host.name}$ ${argv.join(" ")}`);
  const ended = await exchange(client, {
    ...{ line: bootstrap(script), input: script, mark, signal, timeoutMs: probeMs, limitBytes: 4096 },
    onOutput: (bytes) => {
      output += bytes.toString("utf8");
    },
  });
  return { ...ended, output };
}

/** A line that no program prints by chance. */
export function newMark(): string {
  return `hookscope-${randomBytes(12).toString("hex")}`;
}
