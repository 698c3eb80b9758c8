import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Files, Listing } from "../netfilter/text/files.js";
import { folderOf, nameOf } from "../netfilter/text/paths.js";
import type { Disk } from "./disk.js";
import { IncludeIndex } from "./includeIndex.js";
import { joinUri, splitUri } from "./uris.js";

/** So long a folder is taken to hold the same rules files, unless the editor tells otherwise. */
const trust = 2000;

/** The files of one scheme and host as the editor shows them: open documents first, then the disk where there is one. */
export class WorkspaceFiles implements Files {
  readonly index = new IncludeIndex(this, trust);

  constructor(
    private readonly prefix: string,
    private readonly open: () => readonly TextDocument[],
    private readonly workspace: () => readonly string[],
    private readonly disk: () => Disk | undefined,
  ) {}

  get folders(): readonly string[] {
    return this.workspace().flatMap((uri) => this.pathOf(uri) ?? []);
  }

  read(path: string): string | undefined {
    const document = this.open().find(({ uri }) => this.pathOf(uri) === path);
    return document?.getText() ?? this.disk()?.read(path);
  }

  /** Without a disk only what is open is known, and perhaps not all. */
  list(folder: string): Listing | undefined {
    const listing = this.disk()?.list(folder);
    const names = this.openPaths()
      .filter((path) => folderOf(path) === folder)
      .map(nameOf);
    if (!listing && names.length === 0) return undefined;
    const { files = [], folders = [], complete = false } = listing ?? {};
    return { files: [...new Set([...files, ...names])], folders, complete };
  }

  includers(path: string): string[] {
    return this.index.includers(path, this.openPaths());
  }

  /** As the editor writes it where it has the file open. */
  uriOf(path: string): string {
    return this.open().find(({ uri }) => this.pathOf(uri) === path)?.uri ?? joinUri(this.prefix, path);
  }

  private openPaths(): string[] {
    return this.open().flatMap(({ uri }) => this.pathOf(uri) ?? []);
  }

  private pathOf(uri: string): string | undefined {
    const parts = splitUri(uri);
    return parts?.prefix === this.prefix ? parts.path : undefined;
  }
}
