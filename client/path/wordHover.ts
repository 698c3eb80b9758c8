import { commands, type Hover, MarkdownString, Position, workspace } from "vscode";
import type { WordPlace } from "../../webview/protocol.js";
import { uriOf } from "./rules.js";
import { placeOfWord } from "./wordPlace.js";

/** What the language server says of a word of a rule, as HTML; empty where it says nothing. */
export async function hoverOf({ file, line, lastLine, word, nth }: WordPlace): Promise<string> {
  const document = await workspace.openTextDocument(uriOf(file));
  const last = Math.min(lastLine, document.lineCount);
  const lines = Array.from({ length: last - line + 1 }, (_, index) => document.lineAt(line - 1 + index).text);
  const at = placeOfWord(lines, word, nth);
  if (!at) return "";
  const position = new Position(line - 1 + at.line, at.character);
  const hovers = await commands.executeCommand<Hover[]>("vscode.executeHoverProvider", document.uri, position);
  const markdown = hovers.flatMap(({ contents }) => contents.map(markdownOf)).join("\n\n");
  return markdown === "" ? "" : commands.executeCommand<string>("markdown.api.render", markdown);
}

function markdownOf(content: Hover["contents"][number]): string {
  if (typeof content === "string") return content;
  return content instanceof MarkdownString ? content.value : `\`\`\`${content.language}\n${content.value}\n\`\`\``;
}
