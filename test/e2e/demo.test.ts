import { afterAll, beforeAll, expect, test } from "vitest";
import { Editor } from "./editor.js";

// What the README's first command shows: the demo router in the sidebar of a real VS Code, without any router at hand.

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start({ "hookscope.demo.autoStart": true });
  await editor.open("home-router/rules.v4", 38);
});

afterAll(() => editor?.stop());

test("the demo router stands in the sidebar and connects like any router", async () => {
  await editor.expand("demo-router", "Interfaces");
  await editor.expand("Interfaces", "ppp0");
  expect(await editor.row("ppp0").textContent()).toContain("10.250.193.4");
  await editor.screenshots("demo-interfaces");
  await editor.fold("Interfaces");
});

test("its hooks, as the kernel calls them", async () => {
  await editor.expand("Hooks", "prerouting");
  await editor.expand("prerouting", "-310");
  expect(await editor.row("-310").textContent()).toContain("chain inet guard lines");
  expect(await editor.row("-200").textContent()).toMatch(/conntrack's lookup.*nf_conntrack/);
  await editor.screenshots("demo-hooks");
  await editor.fold("Hooks");
});

test("its routing, settings, log and traces", async () => {
  await editor.expand("Policy routing", "fwmark 0x36/0xff");
  await editor.expand("fwmark 0x36/0xff", "default");
  await editor.screenshots("demo-routing");
  await editor.fold("Policy routing");
  await editor.expand("Kernel log", "Table full");
  await editor.expand("Table full", "dropping packet");
  await editor.screenshots("demo-log");
  await editor.fold("Kernel log");
  await editor.expand("Kernel settings", "ip_forward");
  await editor.screenshots("demo-settings");
  await editor.fold("Kernel settings");
  await editor.expand("Traces", "inet guard lines");
  await editor.fold("Traces");
});

test("its live ruleset, whose counters move", async () => {
  await editor.expand("Rulesets", "nftables");
  await editor.expand("nftables", "ip mangle");
  await editor.expand("ip mangle", "VIA_PPPOE");
  await editor.screenshots("demo-rulesets");
  await editor.row(/^VIA_PPPOE/).click();
  await editor.text("VIA_PPPOE").waitFor();
  await editor.screenshots("demo-live-ruleset");
  await editor.fold("Rulesets");
});

test("its conntrack table", async () => {
  await editor.expand("Conntrack", "Entries");
  await editor.expand("By state", "ESTABLISHED");
  await editor.row("Entries").click();
  const view = editor.webview();
  await view.locator(".row").first().waitFor({ timeout: 60_000 });
  await editor.screenshots("demo-conntrack");
  await view.locator("vscode-text-field input").fill("mark:0x31 tcp state:ESTABLISHED");
  await expect.poll(() => view.locator(".standing").textContent()).toMatch(/^\D*\d+ of \d+/);
  expect(await view.locator(".row").first().textContent()).toMatch(/172\.17\.0\.(17|18|20)/);
  await editor.page.setViewportSize({ width: 600, height: 800 });
  await editor.screenshots("demo-conntrack-narrow");
  await editor.page.setViewportSize({ width: 1280, height: 800 });
});
