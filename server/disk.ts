import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import type { Listing } from "../netfilter/text/files.js";

/** Larger files hold no rules that somebody wrote. */
const largestFile = 2_000_000;
/** Of larger folders only so many names are looked at. */
const mostNames = 20_000;

/** So many characters are kept before all are forgotten. */
const mostKept = 1 << 26;

interface Known<T> {
  readonly changed: number;
  readonly size: number;
  readonly value: T;
}

/** Reads files and folders, again only when they have changed. Paths have `/` between their parts, a drive's letter behind one. */
export class Disk {
  private readonly texts = new Map<string, Known<string>>();
  private readonly listings = new Map<string, Known<Listing>>();
  private kept = 0;

  read(path: string): string | undefined {
    return this.fresh(this.texts, path, (stats) => {
      if (!stats.isFile() || stats.size > largestFile) return undefined;
      this.keep(stats.size);
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(nativePath(path)));
    });
  }

  list(folder: string): Listing | undefined {
    return this.fresh(this.listings, folder, (stats) => (stats.isDirectory() ? listed(folder) : undefined));
  }

  private keep(size: number): void {
    this.kept += size;
    if (this.kept < mostKept) return;
    this.texts.clear();
    this.kept = size;
  }

  /** What is known of `path` if it is as it was, else what `read` gives; undefined where it cannot be read. */
  private fresh<T>(known: Map<string, Known<T>>, path: string, read: (stats: Stats) => T | undefined): T | undefined {
    try {
      const stats = statSync(nativePath(path), { throwIfNoEntry: false });
      if (!stats) return undefined;
      const last = known.get(path);
      if (last?.changed === stats.mtimeMs && last.size === stats.size) return last.value;
      const value = read(stats);
      if (known.size > mostNames) known.clear();
      if (value !== undefined) known.set(path, { changed: stats.mtimeMs, size: stats.size, value });
      return value;
    } catch {
      return undefined;
    }
  }
}

function listed(folder: string): Listing {
  const entries = readdirSync(nativePath(folder), { withFileTypes: true });
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries.slice(0, mostNames)) {
    const isFolder = entry.isSymbolicLink() ? leadsToFolder(`${folder}/${entry.name}`) : entry.isDirectory();
    (isFolder ? folders : files).push(entry.name);
  }
  return { files, folders, complete: entries.length <= mostNames };
}

function leadsToFolder(path: string): boolean {
  return statSync(nativePath(path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** `/c:/rules` as Windows wants it. */
function nativePath(path: string): string {
  return path.replace(/^\/(?=[A-Za-z]:)/, "");
}
