import { createHash, createHmac } from "node:crypto";
import { matchesPatterns } from "../hosts/patterns.js";

/** A host key as the server shows it. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string;
  /** The whole key in SSH's own form. */
  readonly blob: Buffer;
}

/** A file of known hosts: where it is and what it holds. */
export interface KnownHostsFile {
  readonly path: string;
  readonly text: string;
}

/** A line that speaks of the host that was asked for. */
export interface KnownLine {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly type: string;
  readonly key: string;
}

/** What the files say of a host's key. */
export type Verdict =
  | { readonly is: "known"; readonly line: KnownLine }
  | { readonly is: "revoked"; readonly line: KnownLine }
  /** Another key of the same type is known: somebody may be in between. */
  | { readonly is: "changed"; readonly line: KnownLine }
  /** Nothing speaks of this key. */
  | {
      readonly is: "new";
      /** Keys of other types that are known for the host. */
      readonly otherTypes: readonly KnownLine[];
      /** Certificate authorities for the host, whose certificates cannot be checked here. */
      readonly authorities: readonly KnownLine[];
    };

interface Entry extends KnownLine {
  readonly marker: string | undefined;
  readonly hosts: string;
}

/** Looks a host's key up. `name` is as known_hosts writes it: see `knownName`. */
export function lookUp(files: readonly KnownHostsFile[], name: string, key: HostKey): Verdict {
  const entries = entriesFor(files, name);
  const blob = key.blob.toString("base64");
  const revoked = entries.find((entry) => entry.marker === "@revoked" && sameKey(entry.key, blob));
  if (revoked) return { is: "revoked", line: revoked };
  const plain = entries.filter(({ marker }) => marker === undefined);
  const known = plain.find((entry) => sameKey(entry.key, blob));
  if (known) return { is: "known", line: known };
  const changed = plain.find(({ type }) => type === key.type);
  if (changed) return { is: "changed", line: changed };
  return { is: "new", otherTypes: plain, authorities: entries.filter(({ marker }) => marker === "@cert-authority") };
}

/** The types of the keys that are known for a host: what the server is asked for first, so that it shows one of them. */
export function knownTypes(files: readonly KnownHostsFile[], name: string): readonly string[] {
  return [...new Set(entriesFor(files, name).flatMap(({ marker, type }) => (marker === undefined ? [type] : [])))];
}

/** How known_hosts names a host: with its port only where that is not 22. */
export function knownName(hostName: string, port: number): string {
  const lowered = hostName.toLowerCase();
  return port === 22 ? lowered : `[${lowered}]:${port}`;
}

/** `SHA256:` and the key's digest in base64, as ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The line that makes a key known, with the name hidden if `salt` is given (20 bytes). */
export function knownHostsLine(name: string, { type, blob }: HostKey, salt?: Buffer): string {
  const hosts = salt ? `|1|${salt.toString("base64")}|${hashed(salt, name).toString("base64")}` : name;
  return `${hosts} ${type} ${blob.toString("base64")}`;
}

/** The type that stands at the start of a key's own form. */
export function keyType(blob: Buffer): string {
  return blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
}

function entriesFor(files: readonly KnownHostsFile[], name: string): readonly Entry[] {
  return files.flatMap(({ path, text }) =>
    text.split(/\r?\n/).flatMap((line, index) => {
      const entry = readLine(line, path, index + 1);
      return entry && isFor(entry.hosts, name) ? [entry] : [];
    }),
  );
}

function readLine(text: string, path: string, line: number): Entry | undefined {
  if (/^\s*(#|$)/.test(text)) return undefined;
  const words = text.trim().split(/\s+/);
  const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
  const [hosts, type, key] = words;
  return hosts && type && key ? { path, line, marker, hosts, type, key } : undefined;
}

function isFor(hosts: string, name: string): boolean {
  if (!hosts.startsWith("|")) return matchesPatterns(hosts.split(","), name);
  const [, kind, salt, hash] = hosts.split("|");
  return kind === "1" && hash === hashed(Buffer.from(salt ?? "", "base64"), name).toString("base64");
}

function hashed(salt: Buffer, name: string): Buffer {
  return createHmac("sha1", salt).update(name).digest();
}

function sameKey(written: string, blob: string): boolean {
  return written.replace(/=+$/, "") === blob.replace(/=+$/, "");
}
