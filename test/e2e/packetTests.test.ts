import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Editor } from "./editor.js";

// One editor and one story: the packet tests of story 000's router pass, its rules are mended, and the test that told of the
// mistake fails.

const file = "home-router/rules.packets.yaml";
const rules = "home-router/rules.v4";
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(() => editor?.stop());

const glyphs = (state = "") => editor.page.locator(`.testing-run-glyph${state}`);
const row = (words: string) => editor.page.locator(".test-explorer .monaco-list-row", { hasText: words }).first();

test("each test has its icon beside the line where it stands", async () => {
  await editor.open(file, lineOf(file, "nobody comes in"));
  await glyphs().first().waitFor({ timeout: 60_000 });
  expect(await glyphs().count()).toBeGreaterThanOrEqual(4);
});

test("the test view shows files, tests and the packets of a sequence", async () => {
  await editor.command("Testing: Focus on Test Explorer View");
  await row("rules.packets.yaml").waitFor();
  await editor.command("Test: Run All Tests");
  await glyphs(".codicon-testing-passed-icon").first().waitFor({ timeout: 30_000 });
  await row("rules.packets.yaml").locator(".codicon-testing-passed-icon").waitFor();
  await row("rules.packets.yaml").click();
  await editor.page.keyboard.press("ArrowRight");
  await row("the web server's own").click();
  await editor.page.keyboard.press("ArrowRight");
  await row("lan0 tcp 172.17.0.2:3 > 203.0.113.9:443 ack").waitFor();
  expect(await row("rules.packets.yaml").textContent()).toContain("home-router");
  await editor.screenshots("packet-tests");
});

test("mended rules make the test fail that told of the mistake", async () => {
  const path = join(editor.folder, rules);
  writeFileSync(path, readFileSync(path, "utf8").replace("-A VIA_PPPOE -j ACCEPT\n", ""));
  await editor.command("Test: Run All Tests");
  await row("the web server's own").locator(".codicon-testing-failed-icon").waitFor({ timeout: 30_000 });
  await editor.goTo(lineOf(file, "flags: ack"));
  await glyphs(".codicon-testing-failed-icon").first().waitFor();
  await editor.screenshots("packet-tests-failed");
});

test("the failure lays expected and came side by side, and names the rules", async () => {
  await row("lan0 tcp 172.17.0.2:3 > 203.0.113.9:443 ack").click();
  await editor.command("Test: Peek Output");
  await editor.page.locator(".test-output-peek", { hasText: "end: sent by ppp0" }).first().waitFor();
  await editor.screenshots("packet-tests-peek");
});

test("with continuous run on, what is typed into the rules counts before it is saved", async () => {
  await editor.command("Test: Start Continuous Run");
  await editor.page.keyboard.press("Control+p");
  await editor.page.keyboard.type("home-router/rules.v4");
  await editor.row("rules.v4", ".quick-input-list .monaco-list-row").waitFor();
  await editor.page.keyboard.press("Enter");
  await editor.text("VIA_PPPOE").waitFor();
  await editor.goTo(lineOf(rules, "-A VIA_PPPOE"), 99);
  await editor.page.keyboard.press("Enter");
  await editor.page.keyboard.type("-A VIA_PPPOE -j ACCEPT");
  await row("the web server's own").locator(".codicon-testing-passed-icon").waitFor({ timeout: 30_000 });
  await editor.screenshots("packet-tests-continuous");
});

test("what is wrong with a test file is underlined", async () => {
  const path = join(editor.folder, "home-router/broken.packets.yaml");
  writeFileSync(
    path,
    "rules: gone.v4\ntests:\n  - { name: x, packet: { saddr: 10.0.0.300, daddr: 10.0.0.1, protocol: tcp } }\n",
  );
  await editor.open("home-router/broken.packets.yaml");
  await editor.page.locator(".squiggly-error").first().waitFor({ timeout: 60_000 });
  await editor.hover("gone", "there is no such file");
  await editor.screenshots("packet-tests-problem");
});

test("a first test for a rules file is made from it", async () => {
  await editor.open("home-router/rules.v6");
  await editor.command("Hookscope: New Packet Test for This Ruleset");
  await editor.text("rules.v6").waitFor();
  await glyphs().first().waitFor({ timeout: 30_000 });
  await editor.screenshots("packet-tests-new");
  expect(readFileSync(join(editor.folder, "home-router/rules.v6.packets.yaml"), "utf8")).toContain("iif: lan0");
});

function lineOf(path: string, text: string): number {
  return (
    readFileSync(join(editor.folder, path), "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1
  );
}
