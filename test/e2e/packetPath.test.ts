import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { storyRules, storyState } from "../client/path/story.js";
import { Editor } from "./editor.js";
import { seriousFindings } from "./views/accessibility.js";

// Story 000 in a real VS Code: why does the device's second packet never leave?

const file = "home-router/story.v4";
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  const folder = join(editor.folder, "home-router");
  writeFileSync(join(folder, "story.v4"), storyRules);
  writeFileSync(join(folder, "story.state.json"), JSON.stringify(storyState));
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(() => editor?.stop());

const line = (words: string) => storyRules.split("\n").findIndex((text) => text.startsWith(words)) + 1;

test("the path of a packet that the rule under the cursor matches", async () => {
  await editor.open(file, line("-A PREROUTING -s 172.17.0.2/32"));
  await editor.cursorAt(line("-A PREROUTING -s 172.17.0.2/32"));
  await editor.page.locator(".squiggly-warning").first().waitFor({ timeout: 60_000 }); // the extension is there
  await editor.command("Hookscope: Show Packet Path");
  const view = editor.webview();
  await view.locator("h1", { hasText: "Sent by ppp0" }).waitFor({ timeout: 60_000 });
  expect(await view.locator(".about").textContent()).toContain("story.state.json");
  expect(await view.locator(".whole-packet").textContent()).toContain("lan0 tcp 172.17.0.2:40000");
});

test("its second packet ends at nat POSTROUTING: the outgoing interface changed", async () => {
  const view = editor.webview();
  await view.locator("summary", { hasText: "Change the packet" }).click();
  await view.locator("#exchange").check();
  await view.locator("button", { hasText: "Send" }).click();
  await view.locator("h1", { hasText: "nat at postrouting: outgoing interface changed" }).waitFor();
  expect(await view.locator(".hs-end.hs-lit").first().getAttribute("aria-label")).toBe("postrouting");
  await view.locator("summary", { hasText: "Change the packet" }).click();
  await editor.screenshots("packet-path");
});

test("a click on the ACCEPT in iBugOptimized leads to its line", async () => {
  const view = editor.webview();
  await view.locator("[role=tab]").first().click();
  await view.locator(".hs-row", { hasText: "ip mangle PREROUTING" }).click();
  await view.locator(".step", { hasText: "-A iBugOptimized -j ACCEPT" }).click();
  await editor.cursorAt(line("-A iBugOptimized -j ACCEPT"));
  await view.locator("li.cursor", { hasText: "-A iBugOptimized -j ACCEPT" }).waitFor();
  await editor.screenshots("packet-path-rules");
});

test("words of the rule say what the language server says of them in the editor", async () => {
  const view = editor.webview();
  const step = view.locator(".step", { hasText: "-A iBugOptimized -j ACCEPT" });
  await step.focus();
  for (let word = 0; word < 4; word++) await step.press("ArrowRight");
  await view.locator(".word-hover", { hasText: /accept/i }).waitFor();
  await editor.screenshot("packet-path-hover");
  await step.press("Escape");
  await step.press("Enter");
  await editor.cursorAt(line("-A iBugOptimized -j ACCEPT"));
});

test("the cursor's rule lights up in the picture", async () => {
  await editor.goTo(line("-A FORWARD -i lan0"));
  await editor.webview().locator(".hs-row.hs-cursor", { hasText: "ip filter FORWARD" }).waitFor();
});

test("mended in the editor, the exchange goes through", async () => {
  await editor.goTo(line("-A iBugOptimized -j ACCEPT"));
  await editor.page.keyboard.press("Control+Shift+k");
  const view = editor.webview();
  await view.locator("summary", { hasText: "Change the packet" }).click();
  await view.locator("button", { hasText: "Send" }).click();
  await view.locator("[role=tab][aria-selected=true].passed", { hasText: "3: " }).waitFor();
  await view.locator("h1", { hasText: "Sent by ppp0" }).waitFor();
});

test("the picture is exported", async () => {
  await editor.webview().locator("[aria-label='Export as SVG']").click();
  // The dialog proposes a name a moment after it has opened: what is typed before is lost.
  const name = editor.page.locator(".quick-input-widget input");
  await expect.poll(() => name.inputValue()).toMatch(/packet-path\.svg$/);
  await editor.page.keyboard.press("Enter");
  const file = join(editor.folder, "packet-path.svg");
  const written = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
  await expect.poll(written, { timeout: 20_000 }).toMatch(/^<svg [\s\S]*Sent by ppp0/);
});

test("axe finds nothing serious in the editor's own colours", async () => {
  const body = await editor.webview().locator("body").elementHandle();
  const inner = await body?.ownerFrame();
  if (!inner) throw new Error("the view has no frame");
  expect(await seriousFindings(inner)).toEqual([]);
});
