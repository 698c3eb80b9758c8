import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Editor } from "./editor.js";

// One editor and one story, told in order: a person opens story 000's rules, understands the mistake, and mends it.

const file = "home-router/rules.v4";
const nftables = "home-router/router.nft";
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  writeFileSync(join(editor.folder, "late-drop/iptables.rules"), "*filter\n-A INPUT -j NOWHERE\nCOMMIT\n");
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(() => editor?.stop());

test("nothing of ours runs while no rules file is open", async () => {
  await editor.open("README.md");
  await editor.page.waitForTimeout(3_000);
  expect(editor.serverProcesses()).toEqual([]);
});

test("the language server starts with the first rules file", async () => {
  await editor.open(file, lineOf("-A VIA_PPPOE -j ACCEPT"));
  await vi.waitFor(() => expect(editor.serverProcesses()).toHaveLength(1), { timeout: 30_000, interval: 250 });
});

test("the ACCEPT that skips the save-mark is underlined", async () => {
  await editor.page.locator(".squiggly-warning").first().waitFor({ timeout: 45_000 });
  await editor.screenshots("rules-file");
});

test("Problems shows the message with both related rules", async () => {
  await editor.command("View: Toggle Problems");
  const row = editor.page.locator(".markers-panel-container .monaco-list-row", { hasText: "noUnsavedMark" }).first();
  await row.waitFor();
  expect(await row.textContent()).toMatch(/mark/i);
  await editor.screenshots("problems");
  await editor.command("View: Toggle Problems");
});

test("hovering a word tells what the kernel does", async () => {
  await editor.goTo(lineOf("-j CONNMARK --save-mark"));
  await editor.hover("save-mark", "connection");
  await editor.screenshots("hover");
});

test("a jump leads to its chain's definition", async () => {
  const jump = "-A FROM_HOUSE -s 172.17.0.2/32 -j VIA_PPPOE";
  await editor.goTo(lineOf(jump), jump.length - 1);
  await editor.page.keyboard.press("F12");
  await editor.cursorAt(lineOf(":VIA_PPPOE"));
});

test("the quick fix makes the warning go", async () => {
  await editor.goTo(lineOf("-A VIA_PPPOE -j ACCEPT"), 20);
  await editor.page.keyboard.press("Control+.");
  const menu = editor.page.locator(".action-widget .monaco-list-row");
  await menu.first().waitFor();
  await editor.screenshots("quick-fix");
  await editor.page.keyboard.press("Enter");
  await editor.page.locator(".squiggly-warning").first().waitFor({ state: "detached" });
});

test("the server can be started anew", async () => {
  const before = editor.serverProcesses();
  await editor.command("Hookscope: Restart Language Server");
  await vi.waitFor(() => expect(editor.serverProcesses()).not.toEqual(before), { timeout: 20_000, interval: 250 });
});

test("the same mistake is underlined in nftables", async () => {
  await editor.open(nftables, lineOf("| 0x36", nftables) + 1);
  await editor.page.locator(".squiggly-warning").first().waitFor({ timeout: 45_000 });
  await editor.hover("saddr", "source");
  await editor.screenshots("nftables");
});

test("the chains that jump to a chain are listed", async () => {
  await editor.goTo(lineOf("chain via_line_a", nftables), "\tchain via_l".length);
  await editor.command("Calls: Show Call Hierarchy");
  await editor.row("from_lines").waitFor();
  await editor.screenshots("calls");
  await editor.command("View: Show Explorer");
});

test("formatting puts a line back to its place", async () => {
  const before = readFileSync(join(editor.folder, nftables), "utf8");
  await editor.goTo(lineOf("ct mark set meta mark", nftables));
  await editor.page.keyboard.type("   ");
  await editor.command("File: Save");
  const saved = () => readFileSync(join(editor.folder, nftables), "utf8");
  await expect.poll(saved).not.toBe(before);
  await editor.command("Format Document");
  await expect
    .poll(async () => {
      await editor.command("File: Save");
      return saved();
    })
    .toBe(before);
});

test("the whole workspace is checked, files that are not open included", async () => {
  await editor.command("Hookscope: Check All Rules Files of the Workspace");
  const rows = editor.page.locator(".markers-panel-container .monaco-list-row");
  await rows.filter({ hasText: "router.nft" }).first().waitFor();
  await rows.filter({ hasText: "iptables.rules" }).first().waitFor();
  await editor.screenshots("workspace");
});

function lineOf(text: string, path = file): number {
  const lines = readFileSync(join(editor.folder, path), "utf8").split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}
