import { readFileSync, statSync } from "node:fs";
import type { Files, Listing } from "../../netfilter/text/files.js";
import { Disk } from "../disk.js";
import type { TestFile } from "./protocol.js";

/** Rules files that somebody's program wrote are large; beyond this nobody waits for them. */
const largest = 1 << 26;

/** The files that a test may read: what the editor has unsaved, then the disk. */
export class TestFiles implements Files {
  readonly folders: readonly string[];
  private readonly disk = new Disk();

  constructor(private readonly file: Pick<TestFile, "unsaved" | "within">) {
    this.folders = file.within ?? [];
  }

  read(path: string): string | undefined {
    if (!this.isWithin(path)) return undefined;
    return this.file.unsaved[path] ?? fileText(path);
  }

  list(folder: string): Listing | undefined {
    return this.isWithin(folder) ? this.disk.list(folder) : undefined;
  }

  /** Tests name the file that is loaded; who else includes it has no part in it. */
  includers(): readonly string[] {
    return [];
  }

  private isWithin(path: string): boolean {
    const { within } = this.file;
    return !within || within.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`));
  }
}

function fileText(path: string): string | undefined {
  try {
    const native = path.replace(/^\/(?=[A-Za-z]:)/, "");
    const stats = statSync(native);
    if (!stats.isFile() || stats.size > largest) return undefined;
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(native));
  } catch {
    return undefined;
  }
}
