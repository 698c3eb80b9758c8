import { relative, resolve, sep } from "node:path";
import type { TextPlace } from "../../netfilter/analyze.js";
import type { Files, Listing } from "../../netfilter/text/files.js";
import { Disk } from "../disk.js";
import { IncludeIndex } from "../includeIndex.js";

/** The disk as one call of the command sees it: nothing changes meanwhile. */
class LocalFiles implements Files {
  readonly folders = [absolute(".")];
  private readonly disk = new Disk();
  private readonly index = new IncludeIndex(this.disk, Number.POSITIVE_INFINITY);

  read(path: string): string | undefined {
    return this.disk.read(path);
  }

  list(folder: string): Listing | undefined {
    return this.disk.list(folder);
  }

  includers(path: string): readonly string[] {
    return this.index.includers(path);
  }
}

const files = new LocalFiles();

/** Where a file that was named on the command line lies, and what lies beside it. */
export function placeOf(file: string): TextPlace {
  return { path: absolute(file), files };
}

/** Another file that was read, its name as a person in this folder would write it. */
export function otherFile(path: string): { file: string; text: string } {
  const name = relative(resolve("."), path);
  return { file: name.startsWith(`..${sep}`) ? path : name, text: files.read(path) ?? "" };
}

/** With `/` between its parts and at its start. */
function absolute(file: string): string {
  const path = resolve(file).split(sep).join("/");
  return path.startsWith("/") ? path : `/${path}`;
}
