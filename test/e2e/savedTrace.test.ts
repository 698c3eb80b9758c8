import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { storyRules, storyState } from "../client/path/story.js";
import { Editor } from "./editor.js";

// A trace that somebody saved, beside the rules that were loaded then.

const saved = readFileSync(new URL("../client/path/traces/story.xtables.txt", import.meta.url), "utf8");
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  const folder = join(editor.folder, "home-router");
  writeFileSync(join(folder, "story.v4.iptables"), storyRules);
  writeFileSync(join(folder, "story.v4.state.json"), JSON.stringify(storyState));
  writeFileSync(join(folder, "saved.log"), saved);
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(() => editor?.stop());

const pick = (words: string) =>
  editor.page.locator(".quick-input-list .monaco-list-row", { hasText: words }).first().click({ timeout: 60_000 });

test("the file in the editor, joined to rules that are picked", async () => {
  await editor.open("home-router/story.v4.iptables");
  await editor.page.locator(".squiggly-warning").first().waitFor({ timeout: 60_000 }); // the extension is there
  await editor.page.keyboard.press("Control+p");
  await editor.page.locator(".quick-input-widget input").fill("saved.log");
  await pick("saved.log");
  await editor.page.locator(".tab.active", { hasText: "saved.log" }).waitFor();
  await editor.command("Hookscope: Open Packet Trace...");
  await pick("saved.log");
  await pick("story.v4.iptables");
  const view = editor.webview();
  await view.locator(".traced h2", { hasText: "Traced: home-router/saved.log" }).waitFor({ timeout: 60_000 });
  await view.locator(".row.stopped", { hasText: "outgoing interface changed" }).first().click();
  await view.locator(".comparison", { hasText: "outgoing interface changed" }).waitFor();
  await editor.screenshots("saved-trace");
});

test("a traced packet is simulated by itself", async () => {
  const view = editor.webview();
  await view.locator("button", { hasText: "Simulate this packet" }).click();
  await view.locator("[role=tab]", { hasText: "1: lan0 ack" }).waitFor();
  expect(await view.locator("#saddr").inputValue()).toBe("172.17.0.2");
});

test("without rules the steps are those that the trace tells", async () => {
  await editor.page.locator(".tab", { hasText: "saved.log" }).click();
  await editor.command("Hookscope: Open Packet Trace...");
  await pick("saved.log");
  await pick("Without rules");
  const view = editor.webview();
  await view.locator(".comparison.unknown", { hasText: "open the trace with the rules" }).waitFor({ timeout: 60_000 });
  await view.locator(".step", { hasText: "iBugOptimized" }).or(view.locator(".steps")).first().waitFor();
  await editor.screenshot("trace-without-rules");
});
