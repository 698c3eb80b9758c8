import { type Disposable, LanguageStatusSeverity, languages, window } from "vscode";
import { languageIds } from "../server/protocol.js";
import { countedAs, findingsAmong } from "./findings.js";

/** Every document in one of our languages, wherever it lies. */
export const rulesFiles = languageIds.map((language) => ({ language }));

/** The entry in the editor's language status: how many findings the shown file has. */
export interface Status extends Disposable {
  /** Called when the server answers; before that the entry shows that it is starting. */
  ready(): void;
}

export function createStatus(): Status {
  const item = languages.createLanguageStatusItem("hookscope", rulesFiles);
  item.name = "Hookscope";
  item.command = { title: "Show Problems", command: "workbench.actions.view.problems" };
  item.busy = true;
  const update = () => {
    const shown = window.activeTextEditor?.document.uri;
    const count = shown ? findingsAmong(languages.getDiagnostics(shown)) : 0;
    item.text = `Hookscope: ${countedAs(count, "finding")}`;
    item.severity = count === 0 ? LanguageStatusSeverity.Information : LanguageStatusSeverity.Warning;
  };
  const listeners = [languages.onDidChangeDiagnostics(update), window.onDidChangeActiveTextEditor(update)];
  update();
  return {
    ready: () => {
      item.busy = false;
    },
    dispose: () => {
      for (const listener of [item, ...listeners]) listener.dispose();
    },
  };
}
