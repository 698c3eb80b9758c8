import {
  type Disposable,
  type ExtensionContext,
  ProgressLocation,
  type QuickPickItem,
  Uri,
  window,
  workspace,
} from "vscode";
import type { Router } from "../routers/router.js";
import { type RulesetDocuments, rulesetUri } from "../rulesets/documents.js";
import type { RulesetFile } from "../rulesets/files.js";
import type { InThread } from "../rulesets/inThread.js";
import { keepingPlace } from "../rulesets/keepingPlace.js";
import { rankedFiles } from "./choices.js";
import type { ComparisonReport } from "./report.js";
import { DifferencesView, nameOf } from "./view.js";
import { summaryOf } from "./words.js";

/** Compares what a router runs with a rules file of the workspace. */
export class Comparing implements Disposable {
  readonly view = new DifferencesView();

  constructor(
    private readonly context: ExtensionContext,
    private readonly documents: RulesetDocuments,
    private readonly inThread: InThread,
  ) {}

  /** Asks for the file, reads the router's ruleset anew and shows the differences. */
  async run(router: Router, ruleset: RulesetFile): Promise<void> {
    const file = await this.pickFile(router, ruleset);
    if (!file) return;
    try {
      const live = rulesetUri(router.name, ruleset.name);
      const report = await this.compare(file, live, ruleset, router.name);
      if (!report) return;
      await this.view.show({ report, router: router.name, file, live });
      if (report.differences.length === 0)
        void window.showInformationMessage(summaryOf(report, nameOf(file), router.name));
    } catch (error) {
      const message = `${nameOf(file)} could not be compared with ${router.name}: ${(error as Error).message}`;
      void window.showErrorMessage(message);
    }
  }

  dispose(): void {
    this.view.dispose();
  }

  /** Undefined where the person has cancelled. */
  private compare(
    file: Uri,
    live: Uri,
    { language }: RulesetFile,
    router: string,
  ): Thenable<ComparisonReport | undefined> {
    const title = `Comparing ${nameOf(file)} with ${router}`;
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    return window.withProgress(options, async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      progress.report({ message: "reading the router's ruleset" });
      await keepingPlace(live, () => this.documents.refresh(live));
      const [ours, theirs] = await Promise.all([workspace.openTextDocument(file), workspace.fs.readFile(live)]);
      if (token.isCancellationRequested) return undefined;
      progress.report({ message: "comparing" });
      const input = {
        language,
        file: ours.getText(),
        live: new TextDecoder().decode(theirs),
        folders: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.path),
        ...(file.scheme === "file" && { path: file.path }),
      };
      return this.inThread("compare", input, abort.signal).catch((error: Error) => {
        if (token.isCancellationRequested) return undefined;
        throw error;
      });
    });
  }

  private async pickFile(router: Router, ruleset: RulesetFile): Promise<Uri | undefined> {
    const key = `hookscope.compare.${router.name}.${ruleset.name}`;
    const last = this.context.workspaceState.get<string>(key);
    const found = await workspace.findFiles("**/*", "**/node_modules/**", 20_000);
    const paths = rankedFiles(
      found.map((uri) => uri.toString()),
      { language: ruleset.language, router: router.name, last },
    );
    const picks: (QuickPickItem & { readonly uri?: Uri })[] = paths.map((path) => {
      const uri = Uri.parse(path);
      return { label: workspace.asRelativePath(uri), ...(path === last && { description: "compared last" }), uri };
    });
    const browse: QuickPickItem & { readonly uri?: Uri } = { label: "$(folder-opened) Another file..." };
    const placeHolder = `Which file should ${router.name} run? (${ruleset.title})`;
    const picked = await window.showQuickPick([...picks, browse], { placeHolder });
    const uri = picked === browse ? (await window.showOpenDialog({ title: placeHolder }))?.[0] : picked?.uri;
    if (uri) await this.context.workspaceState.update(key, uri.toString());
    return uri;
  }
}
