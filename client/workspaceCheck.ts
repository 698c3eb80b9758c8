import {
  type CancellationToken,
  commands,
  type Disposable,
  languages,
  ProgressLocation,
  type Uri,
  window,
  workspace,
} from "vscode";
import type { Diagnostic as SentDiagnostic } from "vscode-languageclient/node";
import { type CheckTextParams, checkTextMethod } from "../server/protocol.js";
import { countedAs, findingsAmong } from "./findings.js";
import type { LanguageService } from "./languageService.js";

/** A language as the manifest declares it: what its files are called. */
export interface DeclaredLanguage {
  readonly id: CheckTextParams["languageId"];
  readonly extensions: readonly string[];
  readonly filenames: readonly string[];
  readonly filenamePatterns: readonly string[];
}

/** Fills Problems with what is wrong in the workspace's rules files, those that are not open included. */
export class WorkspaceCheck implements Disposable {
  private readonly found = languages.createDiagnosticCollection("hookscope workspace");
  // An opened file's diagnostics come from the server as it is edited.
  private readonly opened = workspace.onDidOpenTextDocument(({ uri }) => this.found.delete(uri));

  constructor(
    private readonly service: LanguageService,
    private readonly declared: readonly DeclaredLanguage[],
  ) {}

  dispose(): void {
    this.found.dispose();
    this.opened.dispose();
  }

  /** Asks about one file after the other, with progress, until all are done or the person cancels. */
  async run(): Promise<void> {
    const options = { location: ProgressLocation.Notification, title: "Checking rules files", cancellable: true };
    const checked = await window.withProgress(options, async (progress, token) => {
      this.found.clear();
      const files = await this.files(token);
      for (const [index, file] of files.entries()) {
        if (token.isCancellationRequested) return index;
        progress.report({ message: workspace.asRelativePath(file.uri), increment: 100 / files.length });
        await this.check(file);
      }
      return files.length;
    });
    await tellResult(checked);
  }

  private async check({ uri, languageId }: RulesFile): Promise<void> {
    if (workspace.textDocuments.some((open) => open.uri.toString() === uri.toString())) return;
    const client = await this.service.started();
    try {
      const text = new TextDecoder().decode(await workspace.fs.readFile(uri));
      const params: CheckTextParams = { uri: uri.toString(), languageId, text };
      const sent = await client.sendRequest<SentDiagnostic[]>(checkTextMethod, params);
      this.found.set(uri, await client.protocol2CodeConverter.asDiagnostics(sent));
    } catch (error) {
      client.error(`${uri} could not be checked`, error, false);
    }
  }

  private async files(token: CancellationToken): Promise<RulesFile[]> {
    const found = this.declared.map(async ({ id: languageId, extensions, filenames, filenamePatterns }) => {
      const globs = [...extensions.map((end) => `**/*${end}`), ...filenames.map((name) => `**/${name}`)];
      const uris = await workspace.findFiles(`{${[...globs, ...filenamePatterns]}}`, undefined, undefined, token);
      return uris.map((uri) => ({ uri, languageId }));
    });
    return (await Promise.all(found)).flat();
  }
}

interface RulesFile {
  readonly uri: Uri;
  readonly languageId: CheckTextParams["languageId"];
}

/** Says how many findings Problems shows now, and shows them. */
async function tellResult(checked: number): Promise<void> {
  const all = languages.getDiagnostics().flatMap(([, diagnostics]) => diagnostics);
  const findings = countedAs(findingsAmong(all), "finding");
  void window.showInformationMessage(`${findings} in ${countedAs(checked, "rules file")}.`);
  await commands.executeCommand("workbench.panel.markers.view.focus");
}
