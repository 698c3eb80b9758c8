import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Editor } from "./editor.js";

// A packet out of somebody's notes: a capture and an entry of conntrack, followed through the sample's rules.

const notes = `10:00:00.000000 lan0  In  IP 172.17.0.2.40000 > 198.51.100.20.443: Flags [S], seq 1, win 64240, length 0
tcp      6 431990 ESTABLISHED src=172.17.0.2 dst=198.51.100.20 sport=40000 dport=443 src=198.51.100.20 dst=10.250.193.4 sport=443 dport=40000 [ASSURED] mark=48 use=1
`;
const followSelected = "Hookscope: Follow Packet from Selected Text";
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  writeFileSync(join(editor.folder, "notes.log"), notes);
  await editor.open("home-router/rules.v4");
  await editor.page.keyboard.press("Control+p");
  await editor.page.locator(".quick-input-widget input").fill("notes.log");
  await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "notes.log" }).first().click();
  await editor.text("Flags").waitFor();
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(() => editor?.stop());

/** Of several rules files, that one. */
async function pickRules(file: string): Promise<void> {
  await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: file }).first().click({ timeout: 60_000 });
}

test("the cursor's line of tcpdump becomes the packet", async () => {
  await editor.goTo(1);
  await editor.command(followSelected);
  await pickRules("home-router/rules.v4");
  const view = editor.webview();
  const whole = view.locator(".whole-packet", { hasText: "lan0 tcp 172.17.0.2:40000 > 198.51.100.20:443 syn" });
  await whole.waitFor({ timeout: 60_000 });
  expect(await view.locator(".read").textContent()).toContain("tcpdump saw coming in by lan0");
});

test("a line of conntrack: its next packet, and what conntrack knew before", async () => {
  await editor.page.locator(".editor-group-container .view-line").first().click();
  await editor.goTo(2);
  await editor.command(followSelected);
  await pickRules("home-router/rules.v4");
  const view = editor.webview();
  await view.locator("h1", { hasText: "outgoing interface changed" }).waitFor();
  await view.locator(".more li", { hasText: "conntrack had an entry" }).waitFor();
  expect(await view.locator("#connection").inputValue()).toBe("original");
});

test("the clipboard's text is read, too", async () => {
  await editor.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await editor.page.locator(".editor-group-container .view-line").first().click();
  await editor.goTo(1);
  await editor.page.keyboard.press("Control+c"); // without a selection, the line
  const view = editor.webview();
  await view.locator(".packet-part summary").click();
  await view.locator("button", { hasText: "Paste a packet's line" }).click();
  await view.locator(".read", { hasText: "tcpdump saw" }).waitFor();
  await view.locator("h1", { hasText: "Sent by ppp0" }).waitFor();
});

test("the cursor's rule, which the packet never met, says why", async () => {
  await editor.page.keyboard.press("Control+b"); // the room of the sidebar
  await editor.page.locator(".editor-group-container .tab", { hasText: "rules.v4" }).first().click();
  await editor.text("nat").waitFor();
  await editor.goTo(38);
  const view = editor.webview();
  await view.locator("#exchange").check();
  await view.locator("button.main").click();
  await view.locator("[role=tab][aria-selected=true]", { hasText: "3: " }).waitFor();
  await view.locator(".packet-part summary").click();
  await view.locator(".cursor-rule", { hasText: "The rule at line 38 (ip mangle VIA_PPPOE): not reached" }).waitFor();
  await view.locator(".hs-row.hs-cursor", { hasText: "mangle PREROUTING" }).waitFor();
  await editor.page.locator(".squiggly-warning").first().waitFor({ timeout: 60_000 });
  await editor.screenshots("rules-and-path");
});
