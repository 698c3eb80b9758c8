import { type Disposable, FileSystemError, RelativePattern, type TextDocument, Uri, workspace } from "vscode";
import type { TestFile } from "../../server/packetTests/protocol.js";

/** A test file as the editor has it, with what else is unsaved; undefined where the file is gone. */
export async function testFileAt(uri: Uri): Promise<TestFile | undefined> {
  const text = await textAt(uri);
  if (text === undefined) return undefined;
  const within = workspace.isTrusted ? {} : { within: folders() };
  return { path: uri.path, text, unsaved: unsavedTexts(), ...within };
}

/** What an open editor shows, else what the file holds. */
export async function textAt(uri: Uri): Promise<string | undefined> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder().decode(await workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof FileSystemError) return undefined;
    throw error;
  }
}

function unsavedTexts(): Record<string, string> {
  const unsaved = workspace.textDocuments.filter(({ isDirty, uri }) => isDirty && uri.scheme === "file");
  return Object.fromEntries(unsaved.map((document) => [document.uri.path, document.getText()]));
}

function folders(): string[] {
  return (workspace.workspaceFolders ?? []).map(({ uri }) => uri.path);
}

/** Hears of changes of files, on the disk and in editors, wherever they lie. */
export class FileChanges implements Disposable {
  private readonly watchers = new Map<string, Disposable>();
  private readonly edits: readonly Disposable[];

  constructor(private readonly changed: (path: string) => void) {
    const look = ({ uri }: TextDocument) => {
      if (uri.scheme === "file" && this.watchers.has(uri.path)) changed(uri.path);
    };
    this.edits = [
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) look(document);
      }),
      workspace.onDidCloseTextDocument(look), // what was unsaved there no longer counts
    ];
  }

  /** From now on these files are watched, and no others. */
  watch(paths: ReadonlySet<string>): void {
    for (const [path, watcher] of this.watchers)
      if (!paths.has(path)) {
        watcher.dispose();
        this.watchers.delete(path);
      }
    for (const path of paths) if (!this.watchers.has(path)) this.watchers.set(path, this.watcherOf(path));
  }

  dispose(): void {
    this.watch(new Set());
    for (const one of this.edits) one.dispose();
  }

  private watcherOf(path: string): Disposable {
    const at = path.lastIndexOf("/");
    const folder = Uri.from({ scheme: "file", path: path.slice(0, Math.max(at, 1)) });
    const name = path.slice(at + 1).replaceAll(/[[\]{}*?]/g, "[$&]");
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, name));
    const tell = () => this.changed(path);
    watcher.onDidChange(tell);
    watcher.onDidCreate(tell);
    watcher.onDidDelete(tell);
    return watcher;
  }
}
