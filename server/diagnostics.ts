import type { Diagnostic } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Documents } from "./documents.js";

/** Pushes what is wrong with a document: at once or, while somebody types, a moment after the last change. */
export class DiagnosticsPush {
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly documents: Documents,
    private readonly diagnose: (document: TextDocument) => Diagnostic[] | undefined,
    private readonly send: (uri: string, version: number | undefined, diagnostics: Diagnostic[]) => void,
  ) {}

  /** Now; when the document could not be read, what was last told about it stays. */
  push(document: TextDocument): void {
    this.cancel(document.uri);
    const diagnostics = this.diagnose(document);
    if (diagnostics) this.send(document.uri, document.version, diagnostics);
  }

  /** After a pause in typing, longer for a document that takes long to read, so that typing in it stays smooth. */
  pushSoon(document: TextDocument): void {
    this.cancel(document.uri);
    const pause = Math.min(Math.max(shortestPause, this.documents.lastTook(document)), longestPause);
    this.waiting.set(
      document.uri,
      setTimeout(() => this.push(document), pause),
    );
  }

  /** Takes back what was told. */
  clear(uri: string): void {
    this.cancel(uri);
    this.send(uri, undefined, []);
  }

  private cancel(uri: string): void {
    clearTimeout(this.waiting.get(uri));
    this.waiting.delete(uri);
  }
}

const shortestPause = 100;
const longestPause = 1000;
