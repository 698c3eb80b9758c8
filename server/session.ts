import { setImmediate } from "node:timers/promises";
import {
  type CancellationToken,
  type ClientCapabilities,
  CodeActionKind,
  type Connection,
  type Diagnostic,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type FileEvent,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Analysis } from "../netfilter/analyze.js";
import { tokenModifiers, tokenTypes } from "../netfilter/ide/semanticTokens.js";
import { Convert, fixAllKind } from "./convert.js";
import { DiagnosticsPush } from "./diagnostics.js";
import { type Analyze, Documents, describe } from "./documents.js";
import { register } from "./features.js";
import {
  type CheckTextParams,
  checkTextMethod,
  defaultSettings,
  type InitializationOptions,
  readSettings,
  type Settings,
  serverName,
  trustedMethod,
  version,
} from "./protocol.js";
import { Workspace } from "./workspace.js";

/** One request's document as it stands: what is known about it and how its offsets are said in the protocol. */
export interface Subject {
  /** The same object as long as the document is open. */
  readonly document: object;
  readonly analysis: Analysis;
  readonly convert: Convert;
}

/** Wraps what answers a request about a document; `nothing` is the answer for a document that is not open. */
export type Answer = <P extends { textDocument: { uri: string } }, R>(
  feature: (subject: Subject, params: P) => R,
  nothing: R,
) => (params: P, token: CancellationToken) => Promise<R>;

/** Files whose changes outside of the editor matter to those that are open. */
const watchers = [{ globPattern: "**/*.{nft,nftables,conf,rules}" }, { globPattern: "**/nftables.d/*" }];

const capabilities: InitializeResult["capabilities"] = {
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  documentLinkProvider: {},
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  callHierarchyProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
  completionProvider: { triggerCharacters: ["-", " ", "*", ":", "@", "$"] },
  semanticTokensProvider: {
    legend: { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] },
    full: { delta: true },
    range: true,
  },
};

/** Serves one editor over `connection` until it goes. */
export function startSession(connection: Connection, read?: Analyze): void {
  new Session(connection, read).start();
}

class Session {
  private client: ClientCapabilities = {};
  private settings: Settings = defaultSettings;
  /** Done once the settings are known with which the first documents are to be read. */
  private settled: Promise<void> = Promise.resolve();
  private readonly open = new TextDocuments(TextDocument);
  private readonly told = new Set<string>();
  private readonly workspace: Workspace;
  private readonly documents: Documents;
  private readonly diagnostics: DiagnosticsPush;

  constructor(
    private readonly connection: Connection,
    read?: Analyze,
  ) {
    this.workspace = new Workspace(() => this.open.all());
    this.documents = new Documents(
      () => this.settings,
      this.log,
      (uri) => this.workspace.placeOf(uri),
      read,
    );
    this.diagnostics = new DiagnosticsPush(this.documents, this.diagnose, (uri, version, diagnostics) => {
      void connection.sendDiagnostics({ uri, diagnostics, ...(version !== undefined && { version }) });
    });
  }

  start(): void {
    const { connection, open } = this;
    connection.onInitialize((params) => {
      this.client = params.capabilities;
      this.settings = readSettings(params.initializationOptions);
      this.enterWorkspace(params);
      return { capabilities, serverInfo: { name: serverName, version } };
    });
    connection.onInitialized(this.initialized);
    connection.onDidChangeConfiguration(({ settings }) => this.takeSettings(settings));
    open.onDidChangeContent(({ document }) => this.changed(document));
    open.onDidClose(({ document }) => this.closed(document));
    connection.onDidChangeWatchedFiles(({ changes }) => this.changedOutside(changes));
    connection.onNotification(trustedMethod, () => {
      this.workspace.trust();
      this.readAgain();
    });
    connection.onRequest(checkTextMethod, (params: CheckTextParams) => this.checkText(params));
    register(connection, this.answer);
    open.listen(connection);
    connection.listen();
  }

  private enterWorkspace({ workspaceFolders, rootUri, initializationOptions }: InitializeParams): void {
    const folders = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    const { trusted = true }: InitializationOptions = initializationOptions ?? {};
    this.workspace.enter(folders, trusted);
  }

  private readonly log = (message: string): void => this.connection.console.error(message);

  private readonly diagnose = (document: TextDocument): Diagnostic[] | undefined => {
    const convert = this.convertFor(document);
    return this.documents.analysisOf(document)?.findings.map((finding) => convert.diagnostic(finding));
  };

  /** The first time at once, later after a pause in typing. */
  private async changed(document: TextDocument): Promise<void> {
    const first = !this.told.has(document.uri);
    this.told.add(document.uri);
    await this.settled;
    if (this.open.get(document.uri) !== document) return;
    if (first) this.diagnostics.push(document);
    else this.diagnostics.pushSoon(document);
    if (document.languageId !== "nftables") return;
    this.checkDependents(document.uri);
    if (first) await this.findParents();
  }

  /** Documents that are read together with others are read again when one of those changes. */
  private checkDependents(changed?: string): void {
    for (const document of this.open.all()) {
      if (document.uri === changed || !this.documents.hangsOnOthers(document)) continue;
      this.documents.forget(document.uri);
      this.diagnostics.pushSoon(document);
    }
  }

  /** A file that includes an open one may lie anywhere in the workspace. */
  private async findParents(): Promise<void> {
    const before = new Map(this.open.all().map((document) => [document.uri, this.parentsOf(document)]));
    await this.workspace.index();
    for (const document of this.open.all()) {
      if (before.get(document.uri) === this.parentsOf(document)) continue;
      this.documents.forget(document.uri);
      this.diagnostics.pushSoon(document);
    }
  }

  private parentsOf({ uri }: TextDocument): string {
    const place = this.workspace.placeOf(uri);
    return [...(place?.files.includers(place.path) ?? [])].sort().join("\n");
  }

  private changedOutside(changes: readonly FileEvent[]): void {
    const open = this.open.all().filter(({ languageId }) => languageId === "nftables");
    const before = open.map((document) => this.parentsOf(document));
    for (const { uri } of changes) this.workspace.changed(uri);
    for (const [index, document] of open.entries()) {
      if (before[index] === this.parentsOf(document) && !this.documents.hangsOnOthers(document)) continue;
      this.documents.forget(document.uri);
      this.diagnostics.pushSoon(document);
    }
  }

  private convertFor(document: TextDocument): Convert {
    return new Convert(document, this.client, this.workspace.placeOf(document.uri)?.files);
  }

  /** A file that is not open: read once and not kept. */
  private async checkText({ uri, languageId, text }: CheckTextParams): Promise<Diagnostic[]> {
    await this.settled;
    const found = this.diagnose(TextDocument.create(uri, languageId, 0, text)) ?? [];
    this.documents.forget(uri);
    return found;
  }

  private closed({ uri }: TextDocument): void {
    this.told.delete(uri);
    this.documents.forget(uri);
    this.diagnostics.clear(uri);
    this.checkDependents();
  }

  private readonly initialized = (): void => {
    this.askForSettings();
    const { didChangeWatchedFiles, workspaceFolders } = this.client.workspace ?? {};
    if (didChangeWatchedFiles?.dynamicRegistration) {
      void this.connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (!workspaceFolders) return;
    this.connection.workspace.onDidChangeWorkspaceFolders(async () => {
      const folders = (await this.connection.workspace.getWorkspaceFolders()) ?? [];
      this.workspace.setFolders(folders.map(({ uri }) => uri));
      this.readAgain();
    });
  };

  private readonly askForSettings = (): void => {
    if (!this.client.workspace?.configuration) return;
    this.settled = this.readConfiguration();
    if (this.client.workspace.didChangeConfiguration?.dynamicRegistration) {
      void this.connection.client.register(DidChangeConfigurationNotification.type, { section: serverName });
    }
  };

  private async takeSettings(sent: unknown): Promise<void> {
    if (this.client.workspace?.configuration) await this.readConfiguration();
    else this.settings = readSettings((sent as Record<string, unknown> | null)?.[serverName]);
    this.readAgain();
  }

  private readAgain(): void {
    this.documents.forgetAll();
    for (const document of this.open.all()) this.diagnostics.push(document);
  }

  private async readConfiguration(): Promise<void> {
    try {
      this.settings = readSettings(await this.connection.workspace.getConfiguration(serverName));
    } catch (error) {
      this.log(`The settings could not be read: ${describe(error)}`);
    }
  }

  private readonly answer: Answer = (feature, nothing) => async (params, token) => {
    const { uri } = params.textDocument;
    const asked = this.open.get(uri)?.version;
    await this.letWaitingMessagesIn(uri);
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, "cancelled");
    const document = this.open.get(uri);
    if (!document) return nothing;
    if (document.version !== asked) throw outdated();
    try {
      const analysis = this.documents.analysisOf(document);
      // The client keeps what it shows when told that the content was modified; an error it would put before the person.
      if (!analysis) throw outdated();
      return feature({ document, analysis, convert: this.convertFor(document) }, params);
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      this.log(`A request about ${uri} failed: ${describe(error)}`);
      throw outdated();
    }
  };

  /** Changes and cancellations may be queued already: they come first, so that no outdated text is read at length. */
  private async letWaitingMessagesIn(uri: string): Promise<void> {
    const document = this.open.get(uri);
    const turns = document && this.documents.isRead(document) ? 1 : 10;
    for (let turn = 0; turn < turns; turn++) await setImmediate();
  }
}

function outdated(): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.ContentModified, "the document has changed meanwhile");
}
