import { type ChildProcess, spawn } from "node:child_process";
import {
  type ClientCapabilities,
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  LogMessageNotification,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";

/** An editor as far as the server can tell: it opens documents, asks, and keeps the diagnostics that it is sent. */
export class Client {
  readonly published: PublishDiagnosticsParams[] = [];
  readonly logged: string[] = [];
  initialized: InitializeResult | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(
    readonly connection: ProtocolConnection,
    settings: () => unknown = () => null,
  ) {
    connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.published.push(params);
      for (const check of this.waiting) check();
    });
    connection.onNotification(LogMessageNotification.type, ({ message }) => void this.logged.push(message));
    connection.onRequest("workspace/configuration", ({ items }: { items: unknown[] }) => items.map(settings));
    connection.onRequest("client/registerCapability", () => null);
    connection.listen();
  }

  /** With `folder`, the URI of one, as its workspace. */
  async initialize(capabilities: ClientCapabilities, folder?: string, options?: object): Promise<void> {
    this.initialized = await this.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities,
      ...(folder !== undefined && { workspaceFolders: [{ uri: folder, name: "workspace" }] }),
      initializationOptions: options,
    });
    await this.connection.sendNotification(InitializedNotification.type, {});
  }

  async open(uri: string, languageId: string, text: string): Promise<void> {
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /** The first diagnostics that fit, those already sent included. */
  diagnostics(uri: string, fits: (params: PublishDiagnosticsParams) => boolean): Promise<PublishDiagnosticsParams> {
    return new Promise((resolve) => {
      const check = () => {
        const found = this.published.find((params) => params.uri === uri && fits(params));
        if (!found) return;
        this.waiting.delete(check);
        resolve(found);
      };
      this.waiting.add(check);
      check();
    });
  }

  async shutdown(): Promise<void> {
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
  }
}

/** Starts the server's process and connects to it over its standard input and output. */
export function startServer(script: string, settings?: () => unknown): { client: Client; server: ChildProcess } {
  const server = spawn(process.execPath, [script, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const reader = new StreamMessageReader(server.stdout);
  const connection = createProtocolConnection(reader, new StreamMessageWriter(server.stdin));
  return { client: new Client(connection, settings), server };
}

/** The position behind the first `before` in `text`, as the protocol says it. */
export function positionBehind(text: string, before: string): Position {
  const offset = text.indexOf(before) + before.length;
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}
