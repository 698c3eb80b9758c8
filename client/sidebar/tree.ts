import {
  type Disposable,
  EventEmitter,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
} from "vscode";
import type { Router } from "../routers/router.js";
import { failureItem, type Item } from "./item.js";
import { belowUnconnected, standingOf } from "./standing.js";

/** A line of the tree with the way to it; a router's own line has no item. */
export interface Node {
  readonly router: Router;
  readonly item?: Item;
  readonly parent?: Node;
}

/** A router of the list with what is to be shown below it once it is connected. */
export interface Listed {
  readonly router: Router;
  /** `demo`, `settings`, `ssh`: which commands its context menu has. */
  readonly origin: string;
  readonly detail: string;
  sections(): readonly Item[];
}

/** The routers and what they say, in the editor's tree. Keeps a router connected while its line is open. */
export class RouterTree implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private routers = new Map<string, { listed: Listed; node: Node; listener: Disposable }>();
  private children = new WeakMap<Node, readonly Node[]>();

  /** Shows these routers; those that were there before keep their lines. */
  show(listed: readonly Listed[]): void {
    for (const { listener } of this.routers.values()) listener.dispose();
    this.routers = new Map(listed.map((one) => [one.router.name, this.entry(one)]));
    this.changed.fire(undefined);
  }

  private entry(listed: Listed) {
    const node: Node = this.routers.get(listed.router.name)?.node ?? { router: listed.router };
    return { listed, node, listener: listed.router.onStateChange(() => this.refresh(node)) };
  }

  /** Reads a line's children anew; everything where none is named. */
  refresh(node?: Node): void {
    if (node) this.children.delete(node);
    else this.children = new WeakMap();
    this.changed.fire(node);
  }

  /** The line of a router, or of one of its sections. */
  find(router: string, section?: string): Node | undefined {
    const node = this.routers.get(router)?.node;
    if (!node || section === undefined) return node;
    return this.children.get(node)?.find(({ item }) => item?.id === section);
  }

  getParent({ parent }: Node): Node | undefined {
    return parent;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) return [...this.routers.values()].map((entry) => entry.node);
    const known = this.children.get(node);
    if (known) return [...known];
    const items = await this.itemsBelow(node);
    const made = items.map((item): Node => ({ router: node.router, item, parent: node }));
    this.children.set(node, made);
    return made;
  }

  private async itemsBelow({ router, item }: Node): Promise<readonly Item[]> {
    if (!item) return belowUnconnected(router.state) ?? this.routers.get(router.name)?.listed.sections() ?? [];
    const { children = [] } = item;
    if (typeof children !== "function") return children;
    return children().catch((error: Error) => [
      failureItem({ reason: "failed", message: `Hookscope itself failed here: ${error.message}` }),
    ]);
  }

  getTreeItem(node: Node): TreeItem {
    return node.item ? itemLine(node.item, node) : this.routerLine(node);
  }

  private routerLine(node: Node): TreeItem {
    const { router } = node;
    const { origin = "", detail = "" } = this.routers.get(router.name)?.listed ?? {};
    const { description, icon, tone, tooltip } = standingOf(router.state);
    const line = new TreeItem(router.name, TreeItemCollapsibleState.Collapsed);
    line.id = router.name;
    if (description) line.description = description;
    line.tooltip = plain([detail, ...tooltip].filter(Boolean));
    line.iconPath = themeIcon(icon ?? "server", tone);
    line.contextValue = `router.${origin}.${router.state.is}`;
    line.accessibilityInformation = { label: `Router ${router.name}, ${tooltip.join(" ")}` };
    return line;
  }

  dispose(): void {
    for (const { listener } of this.routers.values()) listener.dispose();
    this.changed.dispose();
  }
}

function itemLine(item: Item, node: Node): TreeItem {
  const { label, description, tooltip, icon, tone, opens, context, children } = item;
  const below = typeof children === "function" || (children && children.length > 0);
  const open = item.expanded ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
  const line = new TreeItem(label, below ? open : TreeItemCollapsibleState.None);
  line.id = pathOf(node);
  if (description) line.description = description;
  if (tooltip) line.tooltip = plain(tooltip);
  if (icon) line.iconPath = themeIcon(icon, tone);
  if (context) line.contextValue = context;
  if (opens) line.command = { command: "hookscope.open", title: "Open", arguments: [node] };
  return line;
}

function pathOf({ router, item, parent }: Node): string {
  return item ? `${parent ? pathOf(parent) : router.name}\n${item.id}` : router.name;
}

/** Text as paragraphs; what looks like markup in it stays text. */
function plain(paragraphs: readonly string[]): MarkdownString {
  const markdown = new MarkdownString();
  for (const paragraph of paragraphs) markdown.appendText(paragraph).appendMarkdown("\n\n");
  return markdown;
}

const colours: Readonly<Record<NonNullable<Item["tone"]>, string>> = {
  warning: "list.warningForeground",
  error: "list.errorForeground",
  good: "testing.iconPassed",
  quiet: "descriptionForeground",
};

function themeIcon(name: string, tone: Item["tone"]): ThemeIcon {
  return tone ? new ThemeIcon(name, new ThemeColor(colours[tone])) : new ThemeIcon(name);
}
