import type { Files } from "../../../text/files.js";
import { folderOf, joined } from "../../../text/paths.js";
import { glob, isPattern } from "./glob.js";

/** Where an `include` leads. */
export type Resolution =
  /** To these files, in this order; `complete` is false where others may belong to them. */
  | { readonly kind: "files"; readonly paths: readonly string[]; readonly complete: boolean }
  /** To a file that is not there, which nft refuses. */
  | { readonly kind: "missing"; readonly sought: string }
  /** To a place that is not known here: another machine's folder, or nft's own choice. */
  | { readonly kind: "unknown" };

/** A place to look in. */
interface Candidate {
  readonly path: string;
  /** True where nft would look there too, so that what is not there is missing. */
  readonly certain: boolean;
}

/** Where nft looks for a name without `/`, `./` or `../` at its start. */
const includeFolder = "/etc/";

/**
 * Finds what `include "asked"` reads when nft is given the file `root`. Paths with `./` hang on the folder in which nft is
 * started: it is taken to be that of `root`, or else one of the workspace's.
 */
export function resolveInclude(asked: string, root: string, files: Files): Resolution {
  const candidates = candidatesFor(asked, root, files);
  return isPattern(asked) ? resolvePattern(candidates, files) : resolveFile(asked, candidates, files);
}

function candidatesFor(asked: string, root: string, files: Files): Candidate[] {
  if (asked.startsWith("/")) return mirrored(asked, root);
  const relative = /^\.\.?\//.test(asked);
  const beside = [folderOf(root), ...files.folders].map((folder) => ({
    path: joined(folder, asked),
    certain: relative,
  }));
  return relative ? beside : [...mirrored(includeFolder + asked, root), ...beside];
}

/**
 * An absolute path belongs to the machine for which the file is made. A file below a folder of the same first name lies in an
 * image of that machine: `/etc/a` asked for from `router/etc/nftables.conf` is `router/etc/a`.
 */
function mirrored(path: string, root: string): Candidate[] {
  const first = `/${path.split("/")[1]}/`;
  const at = root.lastIndexOf(first);
  return at === -1 ? [] : [{ path: joined(root.slice(0, at), path), certain: at === 0 }];
}

function resolvePattern(candidates: readonly Candidate[], files: Files): Resolution {
  let empty = false;
  for (const { path, certain } of candidates) {
    const { paths, complete } = glob(path, files);
    if (paths.length > 0) return { kind: "files", paths, complete };
    const folder = folderOf(path.slice(0, path.search(/[*?[]/)));
    empty ||= certain && files.list(folder)?.complete === true;
  }
  return empty ? { kind: "files", paths: [], complete: true } : { kind: "unknown" };
}

function resolveFile(asked: string, candidates: readonly Candidate[], files: Files): Resolution {
  for (const { path } of candidates) {
    if (files.read(path) !== undefined) return { kind: "files", paths: [path], complete: true };
    // nft passes over a folder without a word.
    if (files.list(path)) return { kind: "files", paths: [], complete: true };
  }
  const sought = candidates.find(({ certain }) => certain)?.path;
  const folder = sought && (asked.startsWith("/") ? folderOf(sought) : nearestFolder(sought, files));
  if (!sought || !folder || !files.list(folder)?.complete) return { kind: "unknown" };
  return { kind: "missing", sought };
}

function nearestFolder(path: string, files: Files): string {
  let folder = folderOf(path);
  while (folder !== "/" && !files.list(folder)) folder = folderOf(folder);
  return folder;
}
