import type { Files } from "../../../text/files.js";

/** What a pattern found; `complete` is false where a folder could not be read as a whole. */
export interface Globbed {
  readonly paths: readonly string[];
  readonly complete: boolean;
}

/** True for a path in which `*`, `?` or `[` asks for several files. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/** The files that an absolute pattern names, in order of their bytes; folders are left out, as nft does. */
export function glob(pattern: string, files: Files): Globbed {
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  let folders = [""];
  let complete = true;
  const found: string[] = [];
  for (const [depth, part] of parts.entries()) {
    const last = depth === parts.length - 1;
    if (!last && !isPattern(part)) {
      folders = folders.map((folder) => `${folder}/${part}`);
      continue;
    }
    const fits = partMatcher(part);
    const next: string[] = [];
    for (const folder of folders) {
      const listing = files.list(folder || "/");
      if (!listing) continue;
      complete &&= listing.complete;
      const names = last ? listing.files : listing.folders;
      for (const name of names) if (fits(name)) (last ? found : next).push(`${folder}/${name}`);
    }
    folders = next;
  }
  return { paths: found.sort(byBytes), complete };
}

/** Tells which names one part of a pattern stands for. A name that begins with a dot must be asked for with one. */
export function partMatcher(part: string): (name: string) => boolean {
  let source = "";
  for (let at = 0; at < part.length; at++) {
    const char = part[at] as string;
    const set = char === "[" ? /^\[[!^]?\]?[^\]]*\]/.exec(part.slice(at))?.[0] : undefined;
    if (set) {
      source += characterSet(set);
      at += set.length - 1;
    } else if (char === "*") source += source.endsWith("[^/]*") ? "" : "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "\\" && at + 1 < part.length) source += escaped(part[++at] as string);
    else source += escaped(char);
  }
  const pattern = new RegExp(`^${source}$`, "su");
  return (name) => (name[0] !== "." || part[0] === ".") && pattern.test(name);
}

/** `[!a-c]` as a class of a regular expression; one that is none, such as `[b-a]`, fits nothing. */
function characterSet(set: string): string {
  const negated = /^\[[!^]/.test(set);
  const inner = set.slice(negated ? 2 : 1, -1).replace(/[\\\][^]/g, "\\$&");
  try {
    const source = `[${negated ? "^" : ""}${inner}]`;
    new RegExp(source, "u");
    return source;
  } catch {
    return "(?!)";
  }
}

function escaped(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/u, "\\$&");
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
