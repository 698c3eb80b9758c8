import { type Disposable, type ExtensionContext, type LogOutputChannel, type TextDocument, workspace } from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { type InitializationOptions, serverName, trustedMethod } from "../server/protocol.js";
import { createStatus, rulesFiles, type Status } from "./status.js";

/** The language server, started when the first rules file is open or something is asked of it, and not before. */
export class LanguageService implements Disposable {
  private readonly client: LanguageClient;
  private status: Status | undefined;
  private starting: Promise<LanguageClient> | undefined;
  private readonly listeners: Disposable[];

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    const server = { module: context.asAbsolutePath("out/server.mjs"), transport: TransportKind.ipc };
    this.client = new LanguageClient(
      serverName,
      "Hookscope",
      { run: server, debug: { ...server, options: { execArgv: ["--inspect=6009"] } } },
      {
        documentSelector: rulesFiles,
        outputChannel: log,
        initializationOptions: (): InitializationOptions => ({ trusted: workspace.isTrusted }),
      },
    );
    const look = (document: TextDocument) => {
      if (rulesFiles.some(({ language }) => language === document.languageId)) void this.started();
    };
    this.listeners = [
      workspace.onDidOpenTextDocument(look),
      workspace.onDidGrantWorkspaceTrust(
        () => void this.starting?.then((client) => client.sendNotification(trustedMethod)),
      ),
    ];
    for (const document of workspace.textDocuments) look(document);
  }

  /** The running server. */
  started(): Promise<LanguageClient> {
    this.starting ??= this.start();
    return this.starting;
  }

  /** Starts it anew. */
  async restart(): Promise<void> {
    await (await this.started()).restart();
  }

  async stop(): Promise<void> {
    await this.starting?.then((client) => client.stop());
  }

  dispose(): void {
    for (const listener of this.listeners) listener.dispose();
    this.status?.dispose();
  }

  private async start(): Promise<LanguageClient> {
    this.status = createStatus();
    await this.client.start();
    this.status.ready();
    return this.client;
  }
}
