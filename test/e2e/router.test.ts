import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../routers/lab.js";
import { Editor } from "./editor.js";

// A real router (its own namespaces, nft rules, traffic, OpenSSH) in a real VS Code in a real browser.

let lab: Lab;
let editor: Editor;

beforeAll(async () => {
  lab = await startLab();
  const router = { name: "edge", host: lab.address, user: "root", identityFile: lab.key };
  editor = await Editor.start({ "hookscope.routers": [router] });
  await editor.openSidebar();
});

afterAll(async () => {
  await editor?.stop();
  lab?.stop();
});

test("an unknown host key is shown before anything is sent", async () => {
  await editor.row("edge").locator(".monaco-tl-twistie").click();
  const dialog = editor.page.locator(".monaco-dialog-box", { hasText: "not known yet" });
  await dialog.waitFor();
  expect(await dialog.textContent()).toMatch(/SHA256:/);
  await editor.screenshots("host-key");
  await dialog.locator(".monaco-button", { hasText: "Trust and Connect" }).click();
  await editor.row("Interfaces").waitFor();
});

test("interfaces, routing and settings", async () => {
  await editor.expand("Interfaces", "lan0");
  expect(await editor.row("lan0").textContent()).toContain("192.168.1.1/24");
  await editor.expand("Policy routing", "32766");
  await editor.expand("Kernel settings", "ip_forward");
  await editor.screenshots("router-tree");
  for (const section of ["Interfaces", "Policy routing", "Kernel settings"])
    await editor.row(section).locator(".monaco-tl-twistie").click();
});

test("hooks, in the kernel's order, with the rulesets' chains", async () => {
  await editor.expand("Hooks", "prerouting");
  await editor.expand("forward", "chain inet filter forward");
  await editor.screenshots("router-hooks");
  await editor.row("Hooks").locator(".monaco-tl-twistie").click();
});

test("a chain opens in the live ruleset, which the language server reads", async () => {
  await editor.expand("Rulesets", "nftables");
  await editor.expand("nftables", "inet filter");
  await editor.expand("inet filter", "forward");
  await editor.row(/^forward/).click();
  await editor.text("forward").waitFor();
  await editor.hover("counter", "packets");
  await editor.screenshots("live-ruleset");
});

test("the conntrack table", async () => {
  lab.lan.run("bash -c 'echo x >/dev/udp/203.0.113.10/5007'");
  await editor.expand("Conntrack", "Entries");
  await editor.row("Entries").click();
  const view = editor.webview();
  await view.locator(".row").first().waitFor({ timeout: 60_000 });
  await view.locator("vscode-text-field input").fill("udp dport:5007");
  await view.locator(".standing", { hasText: "1 of" }).waitFor();
  expect(await view.locator(".row").first().textContent()).toContain("203.0.113.10:5007");
  await editor.screenshots("conntrack-in-editor");
});

test("nothing is left running on the router", async () => {
  await editor.command("Hookscope: Disconnect");
  await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "edge" }).first().click();
  await expect.poll(() => lab.router.processes(), { timeout: 20_000 }).toEqual([]);
});
