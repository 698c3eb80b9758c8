import {
  type Disposable,
  EventEmitter,
  type FileStat,
  FileSystemError,
  type FileSystemProvider,
  FileType,
  Uri,
} from "vscode";
import type { Outcome } from "../../netfilter/observe/command.js";
import type { RulesetText } from "../../netfilter/observe/rulesets.js";
import type { Router } from "../routers/router.js";
import { rulesetFile, rulesetFiles } from "./files.js";
import { liveState } from "./liveState.js";

/** The scheme of a router's live rulesets: `hookscope-router:/NAME/ruleset.nft`. */
export const routerScheme = "hookscope-router";

/** Beside a router's rulesets: its addresses, routes and settings as the simulator reads them. */
export const stateFile = "router.state.json";

/** The address of a router's live ruleset. */
export function rulesetUri(router: string, file: string): Uri {
  return Uri.from({ scheme: routerScheme, path: `/${encodeURIComponent(router)}/${file}` });
}

/** The address of all live rulesets of a router together. */
export function routerUri(router: string): Uri {
  return rulesetUri(router, "");
}

/** Whose ruleset an address means, and which: the opposite of `rulesetUri`. */
export function placeOf({ path }: Uri): { readonly router: string; readonly file: string } {
  const [, name = "", ...file] = path.split("/");
  return { router: decodeURIComponent(name), file: file.join("/") };
}

/** A ruleset as it was at some time, in milliseconds. */
export interface Reading {
  readonly text: string;
  readonly at: number;
}

/**
 * Routers' rulesets as read-only files, read when they are opened or refreshed. A file system and no content provider, so that
 * the editor shows them as files that cannot be written, and says why one could not be read.
 */
export class RulesetDocuments implements FileSystemProvider, Disposable {
  private readonly changes = new EventEmitter<{ type: 1; uri: Uri }[]>();
  readonly onDidChangeFile = this.changes.event;
  private readonly read = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>();
  private readonly before = new Map<string, Reading>();

  constructor(
    private readonly routerOf: (name: string) => Router | undefined,
    private readonly warn: (warning: string) => void,
  ) {}

  /** Reads the ruleset anew; open documents show what it says now. */
  async refresh(uri: Uri): Promise<void> {
    await this.fetch(uri);
    this.changes.fire([{ type: 1, uri }]);
  }

  /** What was read last, and the reading before it. */
  readings(uri: Uri): { readonly now: { readonly at: number } | undefined; readonly before: Reading | undefined } {
    return { now: this.read.get(uri.toString()), before: this.before.get(uri.toString()) };
  }

  watch(): Disposable {
    return { dispose: () => undefined };
  }

  stat(uri: Uri): FileStat {
    const { file } = this.place(uri);
    const known = this.read.get(uri.toString());
    const type = file === "" ? FileType.Directory : FileType.File;
    return { type, ctime: 0, mtime: known?.at ?? 0, size: known?.bytes.length ?? 0, permissions: 1 };
  }

  readDirectory(): [string, FileType][] {
    return rulesetFiles.map(({ name }) => [name, FileType.File]);
  }

  /** As it was read last; the router's state beside its rulesets is read anew each time, and a ruleset with `?now` behind its address. */
  async readFile(uri: Uri): Promise<Uint8Array> {
    const plain = uri.with({ query: "" });
    if (uri.query === "now") await this.refresh(plain);
    return this.read.get(plain.toString())?.bytes ?? this.fetch(plain);
  }

  writeFile(): void {
    throw FileSystemError.NoPermissions("A live ruleset can only be read: change the file that the router loads.");
  }

  createDirectory(): void {
    this.writeFile();
  }

  delete(): void {
    this.writeFile();
  }

  rename(): void {
    this.writeFile();
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async fetch(uri: Uri): Promise<Uint8Array> {
    const { router, file } = this.place(uri);
    if (router && file === stateFile) {
      return new TextEncoder().encode(await liveState((command) => router.run(command)));
    }
    const ruleset = rulesetFile(file);
    if (!router || !ruleset) throw FileSystemError.FileNotFound(uri);
    const outcome: Outcome<RulesetText> = await router.run(ruleset.command);
    if (!outcome.ok) throw FileSystemError.Unavailable(outcome.failure.message);
    for (const warning of outcome.warnings) this.warn(warning);
    const bytes = new TextEncoder().encode(outcome.value.text);
    const last = this.read.get(uri.toString());
    if (last) this.before.set(uri.toString(), { text: new TextDecoder().decode(last.bytes), at: last.at });
    this.read.set(uri.toString(), { bytes, at: Date.now() });
    return bytes;
  }

  private place(uri: Uri): { readonly router: Router | undefined; readonly file: string } {
    const { router, file } = placeOf(uri);
    return { router: this.routerOf(router), file };
  }
}
