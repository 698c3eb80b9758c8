import { element } from "../element.js";
import type { FromPathView, PathSource, PathSources } from "../protocol.js";
import { iconButton, textButton } from "./controls.js";

/** The documents whose rules packets meet, in a line; opened, each can be shown or left out, and what is not known is told. */
export class SourceList {
  readonly root = element("details", { class: "sources" });

  constructor(private readonly ask: (message: FromPathView) => void) {
    this.root.hidden = true;
  }

  /** Shows them in place of those before. */
  show({ sources, notes, canAdd, isLive }: PathSources): void {
    const add = textButton("Add rules...", () => this.ask({ ask: "addRules" }));
    const again = textButton("Read again", () => this.ask({ ask: "readRules" }));
    again.title = "Reads the router's rules, addresses and routes anew, and sends the packet again";
    const tools = [...(canAdd ? [add] : []), ...(isLive ? [again] : [])];
    this.root.replaceChildren(
      element("summary", {}, summaryOf(sources, notes)),
      element("ul", {}, ...sources.map((source) => this.line(source, sources.length > 1))),
      ...notes.map((text) => element("p", { class: "source-note" }, text)),
      element("div", { class: "source-tools" }, ...tools),
    );
    this.root.hidden = false;
  }

  private line({ file, title, text, is }: PathSource, canLeaveOut: boolean): HTMLElement {
    const open = textButton(title, () => this.ask({ ask: "reveal", file, line: 1 }));
    open.className = "source-name";
    const name = is === "missing" ? element("span", { class: "source-name" }, title) : open;
    const leave = iconButton("\u00d7", `Leave out ${title}`, () => this.ask({ ask: "leaveOutRules", file }));
    const what = element("span", { class: "source-text" }, text);
    return element("li", { class: is }, name, what, ...(canLeaveOut ? [leave] : []));
  }
}

/** `Rules of nftables: inet guard; iptables: ip filter (1 note)`. */
function summaryOf(sources: readonly PathSource[], notes: readonly string[]): string {
  const followed = sources.filter(({ is }) => is === "followed").map(({ title, text }) => `${title}: ${text}`);
  const missing = sources.filter(({ is }) => is === "missing").length;
  const open = [
    ...(missing > 0 ? [`${missing} could not be read`] : []),
    ...(notes.length > 0 ? [notes.length === 1 ? "1 note" : `${notes.length} notes`] : []),
  ];
  return `Rules of ${followed.join("; ")}${open.length > 0 ? ` (${open.join(", ")})` : ""}`;
}
