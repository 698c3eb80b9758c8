import { readdirSync, readFileSync } from "node:fs";
import type { Files } from "../../netfilter/text/files.js";

/** The disk as a comparison's includes see it; `folders` are the workspace's. */
export function diskFiles(folders: readonly string[]): Files {
  return {
    folders,
    read: (path) => attempt(() => readFileSync(nativePath(path), "utf8")),
    list: (folder) =>
      attempt(() => {
        const entries = readdirSync(nativePath(folder), { withFileTypes: true });
        const namesOf = (wanted: boolean) =>
          entries.filter((one) => one.isDirectory() === wanted).map(({ name }) => name);
        return { files: namesOf(false), folders: namesOf(true), complete: true };
      }),
    includers: () => [],
  };
}

/** `/c:/rules` is `c:/rules` where disks have letters. */
function nativePath(path: string): string {
  return path.replace(/^\/([a-z]:\/)/i, "$1");
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
