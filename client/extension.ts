import { commands, type ExtensionContext, window, workspace } from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { type InitializationOptions, serverName, trustedMethod } from "../server/protocol.js";
import { createStatus, rulesFiles } from "./status.js";
import { WorkspaceCheck } from "./workspaceCheck.js";

let client: LanguageClient | undefined;

/** Called by the editor when the first rules file is opened or a command is run; nothing happens before. */
export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Hookscope", { log: true });
  const status = createStatus();
  const server = { module: context.asAbsolutePath("out/server.cjs"), transport: TransportKind.ipc };
  const started = new LanguageClient(
    serverName,
    "Hookscope",
    { run: server, debug: { ...server, options: { execArgv: ["--inspect=6009"] } } },
    {
      documentSelector: rulesFiles,
      outputChannel: log,
      initializationOptions: (): InitializationOptions => ({ trusted: workspace.isTrusted }),
    },
  );
  client = started;
  const workspaceCheck = new WorkspaceCheck(started, context.extension.packageJSON.contributes.languages);
  context.subscriptions.push(
    log,
    status,
    workspaceCheck,
    workspace.onDidGrantWorkspaceTrust(() => started.sendNotification(trustedMethod)),
    commands.registerCommand("hookscope.checkWorkspace", () => workspaceCheck.run()),
    commands.registerCommand("hookscope.showLog", () => log.show()),
    commands.registerCommand("hookscope.restartServer", () => started.restart()),
  );
  await started.start();
  status.ready();
}

/** Called by the editor when it closes or switches the extension off. */
export function deactivate(): Promise<void> | undefined {
  return client?.stop();
}
