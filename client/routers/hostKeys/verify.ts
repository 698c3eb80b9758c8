import { randomBytes } from "node:crypto";
import { Trouble } from "../connection/trouble.js";
import type { Host } from "../hosts/host.js";
import type { Log, Person } from "../person.js";
import {
  fingerprint,
  type HostKey,
  type KnownHostsFile,
  keyType,
  knownHostsLine,
  knownName,
  knownTypes,
  lookUp,
  type Verdict,
} from "./knownHosts.js";
import { appendKnownHost, readKnownHosts } from "./knownHostsFile.js";

/** What decides about one host's key during one connection. */
export interface KeyCheck {
  /** Types of the keys that are known, to be asked for first. */
  readonly types: readonly string[];
  /** Resolves when the key may be trusted; else rejects with a Trouble that says why not. */
  verify(blob: Buffer, signal: AbortSignal): Promise<void>;
}

/** Reads the host's files of known hosts. Rejects with a Trouble when one of them cannot be read. */
export async function keyCheck(host: Host, person: Person, log: Log): Promise<KeyCheck> {
  const files = await readFiles(host);
  const name = host.hostKeyAlias ?? knownName(host.hostName, host.port);
  const trusted = new Set<string>();
  return {
    types: knownTypes(files, name),
    verify: async (blob, signal) => {
      // ssh2 asks again whenever the session's keys are renewed.
      if (trusted.has(fingerprint(blob))) return;
      const key: HostKey = { type: keyType(blob), blob };
      await decide(host, name, key, lookedUp(files, host, name, key), { person, log, signal });
      trusted.add(fingerprint(blob));
    },
  };
}

async function readFiles(host: Host): Promise<readonly KnownHostsFile[]> {
  try {
    const own = host.knownHostsLines ? [{ path: host.name, text: host.knownHostsLines }] : [];
    return [...own, ...(await readKnownHosts([...host.knownHostsFiles, ...host.globalKnownHostsFiles]))];
  } catch (error) {
    throw new Trouble(
      "configuration",
      `The known hosts could not be read: ${(error as Error).message}.`,
      "Make the file readable, or name another with UserKnownHostsFile.",
    );
  }
}

/** A key known for the plain name counts on every port, as in ssh. */
function lookedUp(files: readonly KnownHostsFile[], host: Host, name: string, key: HostKey): Verdict {
  const verdict = lookUp(files, name, key);
  if (verdict.is !== "new" || host.hostKeyAlias || host.port === 22) return verdict;
  const plain = lookUp(files, knownName(host.hostName, 22), key);
  return plain.is === "known" || plain.is === "revoked" ? plain : verdict;
}

interface Deciding {
  readonly person: Person;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function decide(host: Host, name: string, key: HostKey, verdict: Verdict, deciding: Deciding): Promise<void> {
  const shown = `${key.type} ${fingerprint(key.blob)}`;
  if (verdict.is === "known") {
    deciding.log.debug(`${host.name}: host key ${shown} is known from ${verdict.line.path}:${verdict.line.line}`);
    return;
  }
  if (verdict.is === "revoked")
    throw new Trouble(
      "hostKeyRevoked",
      `${host.name} shows a host key that is marked @revoked in ${verdict.line.path}, line ${verdict.line.line} (${shown}).`,
      "Somebody else may hold this key. Do not connect before the router has a new one.",
    );
  if (verdict.is === "changed") throw changedTrouble(host, name, shown, verdict.line);
  await acceptNew(host, name, key, verdict, deciding);
}

function changedTrouble(
  host: Host,
  name: string,
  shown: string,
  { path, line, key }: { path: string; line: number; key: string },
): Trouble {
  return new Trouble(
    "hostKeyChanged",
    `The host key of ${host.name} has changed: it shows ${shown}, but ${path}, line ${line}, has ` +
      `${fingerprint(Buffer.from(key, "base64"))} for ${name}. Somebody may be in between, or the router was set up anew.`,
    `Compare the fingerprint on the router itself (ssh-keygen -lf, dropbearkey -y). Only if it is right, remove that line: ssh-keygen -f "${path}" -R "${name}".`,
  );
}

async function acceptNew(
  host: Host,
  name: string,
  key: HostKey,
  verdict: Extract<Verdict, { is: "new" }>,
  { person, log, signal }: Deciding,
): Promise<void> {
  const [file] = host.knownHostsFiles;
  const shown = fingerprint(key.blob);
  if (host.unknownKey === "refuse")
    throw new Trouble(
      "hostKeyUnknown",
      `The host key of ${host.name} is not known (${key.type} ${shown}), and StrictHostKeyChecking forbids to ask.`,
      `Compare the fingerprint and add the key to ${file ?? "a file of known hosts"}.`,
    );
  const asked = host.unknownKey === "ask";
  const question = { router: host.name, address: name, type: key.type, fingerprint: shown, remarks: remarks(verdict) };
  if (asked && !(await person.trustsKey({ ...question, ...(file && { file }) }, signal)))
    throw new Trouble(
      "hostKeyUnknown",
      `The host key of ${host.name} (${key.type} ${shown}) was not accepted.`,
      "Compare the fingerprint on the router itself, then connect again.",
    );
  if (!file) return;
  const line = knownHostsLine(name, key, host.hashKnownHosts ? randomBytes(20) : undefined);
  await appendKnownHost(file, line).then(
    () => log.info(`${host.name}: host key ${shown} was added to ${file}`),
    (error: Error) => log.warn(`${host.name}: the host key could not be written to ${file}: ${error.message}`),
  );
}

function remarks({ otherTypes, authorities }: Extract<Verdict, { is: "new" }>): readonly string[] {
  const others = [...new Set(otherTypes.map(({ type, path, line }) => `${type} (${path}, line ${line})`))];
  return [
    ...others.map((other) => `Another key of this host is known: ${other}. A router rarely loses a key of its own.`),
    ...authorities.map(
      ({ path, line }) =>
        `${path}, line ${line}, trusts a certificate authority for this host. Hookscope cannot check host certificates, so the key itself must be compared.`,
    ),
  ];
}
