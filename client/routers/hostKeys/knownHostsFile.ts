import { randomBytes } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { KnownHostsFile } from "./knownHosts.js";

/** The files that exist, in the order given. Rejects when one is there but may not be read: a host in it must not look new. */
export async function readKnownHosts(paths: readonly string[]): Promise<readonly KnownHostsFile[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, "utf8").catch(undefinedIfMissing);
      return text === undefined ? [] : [{ path, text }];
    }),
  );
  return found.flat();
}

/** Appends one line. The file is replaced in one step, keeps its mode and owner's link, and is made (0600) if it is not there. */
export function appendKnownHost(path: string, line: string): Promise<void> {
  const appended = appending.then(() => append(path, line));
  appending = appended.catch(() => undefined);
  return appended;
}

/** One after the other: two routers that are met at the same time must not write over each other's line. */
let appending: Promise<void> = Promise.resolve();

async function append(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = (await realpath(path).catch(undefinedIfMissing)) ?? path;
  const text = (await readFile(file, "utf8").catch(undefinedIfMissing)) ?? "";
  const mode = (await stat(file).catch(undefinedIfMissing))?.mode ?? 0o600;
  const beside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    const separator = text === "" || text.endsWith("\n") ? "" : "\n";
    await writeFile(beside, `${text}${separator}${line}\n`, { mode: mode & 0o777, flag: "wx" });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}
