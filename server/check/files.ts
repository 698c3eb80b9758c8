import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { detectLanguage, type Language } from "../../netfilter/language.js";

/** A file to check. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly language: Language;
}

/** A file that cannot be checked, and why. */
export interface Problem {
  readonly file: string;
  readonly problem: string;
}

/** `auto` tells the language by path and content. */
export type Dialect = Language | "auto";

/** Folders in which nobody keeps rules of their own. */
const passedOver = new Set([".git", ".hg", ".svn", "node_modules"]);

/** As much of a file as is looked at to tell its language. */
const headSize = 65_536;

/**
 * The rules files that `paths` name, read one at a time: a file in whatever dialect it must be, of a folder those files
 * that are recognised. With a dialect given, a folder's files of other languages are left out. `-` names `stdin`.
 */
export function* inputs(paths: readonly string[], dialect: Dialect, stdin: Uint8Array): Generator<Source | Problem> {
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === "-") yield named("<stdin>", dialect, () => stdin);
    else if (isFolder(path)) yield* walk(path, dialect, seen);
    else yield named(path, dialect, () => readFileSync(path));
  }
}

function isFolder(path: string): boolean {
  return kindOf(path) === "folder";
}

/** What a path leads to; undefined for a link that leads nowhere and for devices and the like. */
function kindOf(path: string): "folder" | "file" | undefined {
  try {
    const stats = statSync(path);
    return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : undefined;
  } catch {
    return undefined;
  }
}

function named(file: string, dialect: Dialect, read: () => Uint8Array): Source | Problem {
  try {
    const text = decode(read());
    const language = dialect === "auto" ? detectLanguage(file, text) : dialect;
    if (language) return { file, text, language };
    return { file, problem: "cannot tell nftables from iptables here; say which with --dialect" };
  } catch (error) {
    return { file, problem: reason(error) };
  }
}

/** `seen` holds the folders already walked by device and inode, so that links in a circle come to an end. */
function* walk(folder: string, dialect: Dialect, seen: Set<string>): Generator<Source | Problem> {
  let names: string[];
  try {
    const { dev, ino } = statSync(folder);
    if (seen.has(`${dev}:${ino}`)) return;
    seen.add(`${dev}:${ino}`);
    names = readdirSync(folder).sort();
  } catch (error) {
    yield { file: folder, problem: reason(error) };
    return;
  }
  for (const name of names) if (!passedOver.has(name)) yield* entry(join(folder, name), dialect, seen);
}

function* entry(path: string, dialect: Dialect, seen: Set<string>): Generator<Source | Problem> {
  const kind = kindOf(path);
  if (kind === "folder") yield* walk(path, dialect, seen);
  else if (kind === "file") yield* found(path, dialect);
}

function* found(path: string, dialect: Dialect): Generator<Source | Problem> {
  try {
    const language = detectLanguage(path, "") ?? detectLanguage(path, head(path));
    if (!language || (dialect !== "auto" && dialect !== language)) return;
    yield { file: path, text: decode(readFileSync(path)), language };
  } catch (error) {
    yield { file: path, problem: reason(error) };
  }
}

function head(path: string): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(headSize);
    return decode(buffer.subarray(0, readSync(file, buffer, 0, headSize, 0)));
  } finally {
    closeSync(file);
  }
}

/** Bytes that are not UTF-8 become U+FFFD; a byte order mark stays, for the tools do not take one either. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: "there is no such file or folder",
    EACCES: "reading it is not permitted",
    EPERM: "reading it is not permitted",
    ELOOP: "its links go in a circle",
  };
  return (code && known[code]) ?? message;
}
