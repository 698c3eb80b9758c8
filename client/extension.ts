import { commands, type ExtensionContext, type Uri, window, workspace } from "vscode";
import { Demo } from "./demoRouter.js";
import { LanguageService } from "./languageService.js";
import { packetTests } from "./packetTests/packetTests.js";
import { followText } from "./path/fillCommand.js";
import { PacketPaths } from "./path/packetPaths.js";
import { personAtEditor } from "./person.js";
import { RouterList } from "./routerList.js";
import { RoutersView } from "./routersView.js";
import { WorkspaceCheck } from "./workspaceCheck.js";

let language: LanguageService | undefined;

/** Called by the editor when a rules file is opened, the sidebar is looked at or a command is run; nothing happens before. */
export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Hookscope", { log: true });
  const service = new LanguageService(context, log);
  language = service;
  const workspaceCheck = new WorkspaceCheck(service, context.extension.packageJSON.contributes.languages);
  const surroundings = { person: personAtEditor, secrets: context.secrets, log };
  const routers = new RouterList(surroundings, log);
  const demo = new Demo(context.asAbsolutePath("demo/home-router"), routers, log);
  const paths = new PacketPaths(context, (name) => routers.find(name));
  context.subscriptions.push(
    log,
    paths,
    service,
    workspaceCheck,
    routers,
    demo,
    new RoutersView(context, routers, paths, () => log.show()),
    ...packetTests(context.asAbsolutePath("out/server.mjs"), log),
    commands.registerCommand("hookscope.showPath", () => paths.showForEditor()),
    commands.registerCommand("hookscope.pathFromText", () => followText(paths)),
    commands.registerCommand("hookscope.openTrace", (file?: Uri) => paths.openTrace(file)),
    commands.registerCommand("hookscope.checkWorkspace", () => workspaceCheck.run()),
    commands.registerCommand("hookscope.startDemo", () => demo.start()),
    commands.registerCommand("hookscope.stopDemo", () => demo.stop()),
    commands.registerCommand("hookscope.showLog", () => log.show()),
    commands.registerCommand("hookscope.restartServer", () => service.restart()),
  );
  if (workspace.getConfiguration("hookscope").get("demo.autoStart")) await showDemo(demo);
}

async function showDemo(demo: Demo): Promise<void> {
  await demo.start();
  await commands.executeCommand("hookscope.routers.focus");
}

/** Called by the editor when it closes or switches the extension off. */
export function deactivate(): Promise<void> | undefined {
  return language?.stop();
}
