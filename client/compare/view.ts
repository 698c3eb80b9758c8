import {
  commands,
  type Disposable,
  EventEmitter,
  MarkdownString,
  Range,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import type { ComparisonReport, ReportedDifference } from "./report.js";
import { hoverOf, kinds, lineOf, summaryOf } from "./words.js";

/** The scheme of the two texts that the editor compares: `hookscope-compare:/NAME/file.rules`. */
export const compareScheme = "hookscope-compare";

/** A comparison with what it compared. */
export interface Compared {
  readonly report: ComparisonReport;
  readonly router: string;
  readonly file: Uri;
  readonly live: Uri;
}

/** A chain or set with its differences, or one of those. */
type Line =
  | { readonly what: "group"; readonly name: string; readonly differences: readonly ReportedDifference[] }
  | { readonly what: "difference"; readonly difference: ReportedDifference };

/** The list of differences in the sidebar and, as an editor of two texts, both rulesets written alike. */
export class DifferencesView implements TreeDataProvider<Line>, Disposable {
  private readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly sheetsChanged = new EventEmitter<Uri>();
  private readonly tree = window.createTreeView("hookscope.differences", { treeDataProvider: this });
  private readonly sheets = workspace.registerTextDocumentContentProvider(compareScheme, {
    onDidChange: this.sheetsChanged.event,
    provideTextDocumentContent: ({ path }) =>
      this.compared?.report.sheets[path.endsWith("/file") ? "file" : "live"] ?? "",
  });
  private compared: Compared | undefined;

  /** Shows a comparison in place of the one before. */
  async show(compared: Compared): Promise<void> {
    this.compared = compared;
    this.tree.message = summaryOf(compared.report, nameOf(compared.file), compared.router);
    this.changed.fire(undefined);
    for (const side of ["file", "live"]) this.sheetsChanged.fire(this.sheetUri(side));
    await commands.executeCommand("setContext", "hookscope.compared", true);
    await commands.executeCommand("hookscope.differences.focus");
  }

  /** What was compared last. */
  get shown(): Compared | undefined {
    return this.compared;
  }

  /** Both rulesets side by side, each rule that does the same in the same words. */
  async openSheets(): Promise<void> {
    if (!this.compared) return;
    const { file, router } = this.compared;
    const title = `${nameOf(file)} ↔ ${router} (as rules)`;
    await commands.executeCommand("vscode.diff", this.sheetUri("file"), this.sheetUri("live"), title);
  }

  /** Both places of a difference, the file's beside the router's. */
  async jump(line: Line | undefined): Promise<void> {
    if (line?.what !== "difference" || !this.compared) return;
    const { filePlace, livePlace } = line.difference;
    const { file, live } = this.compared;
    const both = filePlace !== undefined && livePlace !== undefined;
    if (filePlace) await openAt(filePlace.path ? Uri.file(filePlace.path) : file, filePlace.line, ViewColumn.One);
    if (livePlace) await openAt(live, livePlace.line, both ? ViewColumn.Two : ViewColumn.One);
  }

  getChildren(line?: Line): Line[] {
    if (!line) return groupsOf(this.compared?.report.differences ?? []);
    return line.what === "group" ? line.differences.map((difference) => ({ what: "difference", difference })) : [];
  }

  getTreeItem(line: Line): TreeItem {
    return line.what === "group"
      ? groupItem(line.name, line.differences.length)
      : differenceItem(line.difference, line);
  }

  dispose(): void {
    for (const one of [this.changed, this.sheetsChanged, this.tree, this.sheets]) one.dispose();
  }

  private sheetUri(side: string): Uri {
    const router = encodeURIComponent(this.compared?.router ?? "");
    return Uri.from({ scheme: compareScheme, path: `/${router}/${side}` });
  }
}

function groupsOf(differences: readonly ReportedDifference[]): Line[] {
  const groups = new Map<string, ReportedDifference[]>();
  for (const difference of differences) {
    const name = [difference.table, difference.part].filter(Boolean).join("  ");
    const known = groups.get(name);
    if (known) known.push(difference);
    else groups.set(name, [difference]);
  }
  return [...groups].map(([name, found]) => ({ what: "group", name, differences: found }));
}

function groupItem(name: string, count: number): TreeItem {
  const item = new TreeItem(name, TreeItemCollapsibleState.Expanded);
  item.id = name;
  item.description = `${count}`;
  return item;
}

const colours: Readonly<Record<ReportedDifference["kind"], string>> = {
  missing: "gitDecoration.deletedResourceForeground",
  extra: "gitDecoration.addedResourceForeground",
  changed: "gitDecoration.modifiedResourceForeground",
  moved: "gitDecoration.modifiedResourceForeground",
  comment: "descriptionForeground",
};

function differenceItem(difference: ReportedDifference, line: Line): TreeItem {
  const { icon, label } = kinds[difference.kind];
  const item = new TreeItem(lineOf(difference));
  item.description = difference.certain ? label : `${label} (perhaps)`;
  item.iconPath = new ThemeIcon(icon, new ThemeColor(colours[difference.kind]));
  item.tooltip = new MarkdownString();
  for (const paragraph of hoverOf(difference)) item.tooltip.appendText(paragraph).appendMarkdown("\n\n");
  item.accessibilityInformation = { label: `${lineOf(difference)}, ${label}` };
  item.command = { command: "hookscope.showDifference", title: "Show Both Places", arguments: [line] };
  return item;
}

async function openAt(uri: Uri, line: number, viewColumn: ViewColumn): Promise<void> {
  await window.showTextDocument(uri, { selection: new Range(line, 0, line, 0), viewColumn, preview: true });
}

/** The last part of a file's path. */
export function nameOf({ path }: Uri): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
