import { randomBytes } from "node:crypto";
import { Uri, type Webview } from "vscode";

/**
 * The page of a webview: one script and one style sheet of our own from `out/webview/`, nothing else. What a router sent only
 * ever reaches it as messages and is shown as text.
 */
export function webviewPage(webview: Webview, out: Uri, name: string, title: string): string {
  const nonce = randomBytes(16).toString("base64url");
  const file = (ending: string) => webview.asWebviewUri(Uri.joinPath(out, "webview", `${name}.${ending}`));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`, // the toolkit's components adopt style sheets; no markup of ours has any
    `font-src ${webview.cspSource}`,
    "img-src data:",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${file("css")}">
</head>
<body>
<main id="root"></main>
<script nonce="${nonce}" src="${file("js")}"></script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
