import type { TextDocument } from "vscode-languageserver-textdocument";
import type { TextPlace } from "../netfilter/analyze.js";
import { Disk } from "./disk.js";
import { splitUri } from "./uris.js";
import { WorkspaceFiles } from "./workspaceFiles.js";

/** URIs of files that this machine can read. */
const localPrefix = "file://";

/** What lies around the open documents: the folders that the editor shows, and the disk as far as the person trusts them. */
export class Workspace {
  private folders: readonly string[] = [];
  private readonly disk = new Disk();
  private readonly byPrefix = new Map<string, WorkspaceFiles>();
  private indexed: Promise<void> | undefined;

  constructor(
    private readonly open: () => readonly TextDocument[],
    private trusted = false,
  ) {}

  /** Before this is called, and while the person does not trust the workspace, only open documents are read. */
  enter(folders: readonly string[], trusted: boolean): void {
    this.folders = folders;
    this.trusted = trusted;
    this.indexed = undefined;
  }

  trust(): void {
    this.enter(this.folders, true);
  }

  setFolders(folders: readonly string[]): void {
    this.enter(folders, this.trusted);
  }

  /** Undefined for a document that has no path: an untitled one. */
  placeOf(uri: string): (TextPlace & { readonly files: WorkspaceFiles }) | undefined {
    const parts = splitUri(uri);
    return parts && { path: parts.path, files: this.filesOf(parts.prefix) };
  }

  /** Looks through the folders for files with `include` lines, once. */
  index(): Promise<void> {
    const { index, folders } = this.filesOf(localPrefix);
    this.indexed ??= this.trusted ? index.build(folders) : Promise.resolve();
    return this.indexed;
  }

  /** A file has changed on the disk. */
  changed(uri: string): void {
    const place = this.placeOf(uri);
    place?.files.index.update(place.path);
  }

  private filesOf(prefix: string): WorkspaceFiles {
    let files = this.byPrefix.get(prefix);
    if (!files) {
      const disk = () => (prefix === localPrefix && this.trusted ? this.disk : undefined);
      files = new WorkspaceFiles(prefix, this.open, () => this.folders, disk);
      this.byPrefix.set(prefix, files);
    }
    return files;
  }
}
