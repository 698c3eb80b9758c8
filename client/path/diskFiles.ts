import { readdirSync, readFileSync } from "node:fs";
import type { Files, Listing } from "../../netfilter/text/files.js";

/** The disk for what a rules file includes, as it is at the moment. Nothing but files that somebody wrote is large. */
export const diskFiles: Files = {
  folders: [],
  read: (path) => attempt(() => readFileSync(path, "utf8")),
  list: (folder) => attempt(() => listingOf(folder)),
  includers: () => [],
};

function listingOf(folder: string): Listing {
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = (wanted: boolean) => entries.filter((one) => one.isDirectory() === wanted).map(({ name }) => name);
  return { files: names(false), folders: names(true), complete: true };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
