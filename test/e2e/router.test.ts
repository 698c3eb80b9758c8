import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../routers/lab.js";
import { Editor } from "./editor.js";

// A real router (its own namespaces, nft rules, traffic, OpenSSH) in a real VS Code in a real browser.

let lab: Lab;
let editor: Editor;

beforeAll(async () => {
  lab = await startLab();
  const router = { name: "edge", host: lab.address, user: "root", identityFile: lab.key };
  editor = await Editor.start({}, { "hookscope.routers": [router] });
  await editor.openSidebar("edge");
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(async () => {
  await editor?.stop();
  lab?.stop();
});

test("a host that ssh's configuration got meanwhile is listed when everything is read anew", async () => {
  mkdirSync(join(editor.home, ".ssh"), { recursive: true });
  writeFileSync(join(editor.home, ".ssh/config"), "Host spare\n  HostName 192.0.2.1\n");
  await editor.command("Hookscope: Refresh");
  await editor.row("spare").waitFor();
  rmSync(join(editor.home, ".ssh/config"));
  await editor.command("Hookscope: Refresh");
  await editor.row("spare").waitFor({ state: "detached" });
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

test("counters of the live ruleset are summed, and what is new is told without moving the cursor", async () => {
  await editor.goTo(7);
  lab.lan.run("bash -c 'echo x >/dev/udp/203.0.113.10/5099'");
  await editor.command("Hookscope: Read Live Ruleset Again");
  await editor.page
    .locator(".view-line", { hasText: /Σ\s.*packets/ })
    .first()
    .waitFor();
  await editor.page
    .locator(".view-line", { hasText: /\+\d+\spackets?\sin\s/ })
    .first()
    .waitFor();
  await editor.cursorAt(7);
  await editor.screenshots("live-counters");
});

test("the live ruleset is compared with a file as rules", async () => {
  writeFileSync(join(editor.folder, "edge.nft"), fileOfRouter);
  await editor.command("Hookscope: Compare with File");
  await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "edge.nft" }).first().click();
  await editor.row("tcp dport 22 accept").waitFor();
  expect(await editor.row("tcp dport 22 accept").textContent()).toContain("not on the router");
  expect(await editor.row("policy drop").textContent()).toContain("policy drop → policy accept");
  await editor.page.getByText("2 differences between edge.nft and edge; 3 rules are the same.").waitFor();
  await editor.row("tcp dport 22 accept").click();
  await editor.page.locator(".tab", { hasText: "edge.nft" }).waitFor();
  await editor.command("Hookscope: Open Both Rulesets Side by Side");
  await editor.page.locator(".monaco-diff-editor .line-delete").first().waitFor();
  await editor.screenshots("compare-with-file");
  await editor.fold("Rulesets");
});

/** The lab's rules in other words, with a rule more and another policy. */
const fileOfRouter = `define wan = "wan0"
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state related,established counter accept
    tcp dport 22 accept
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state { new } counter comment "seen"
  }
}
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname $wan counter masquerade
  }
}
`;

test("the conntrack table", async () => {
  lab.lan.run("bash -c 'echo x >/dev/udp/203.0.113.10/5077'");
  await editor.expand("Conntrack", "Entries");
  await editor.row("Entries").click();
  const view = editor.webview();
  await view.locator(".row").first().waitFor({ timeout: 60_000 });
  await view.locator("vscode-text-field input").fill("udp dport:5077");
  await view.locator(".standing", { hasText: "1 of" }).waitFor();
  expect(await view.locator(".row").first().textContent()).toContain("203.0.113.10:5077");
  await editor.screenshots("conntrack-in-editor");
});

test("a connection of the table is followed through the live ruleset", async () => {
  const table = editor.webview();
  await table.locator(".row").first().click();
  await table.locator("vscode-button", { hasText: "Follow connection" }).click();
  const path = editor.webview();
  await path.locator("body", { hasText: "lan0 udp 192.168.1.10" }).waitFor({ timeout: 60_000 });
  await path.locator(".sentence", { hasText: "Sent by wan0" }).waitFor();
  await path.locator("body", { hasText: "from edge itself" }).waitFor();
  await editor.screenshots("followed-connection");
});

test("nothing is left running on the router", async () => {
  await editor.row("Interfaces").click(); // the keyboard is in a view, which may take it back
  await editor.command("Hookscope: Disconnect");
  await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "edge" }).first().click();
  await expect.poll(() => editor.row("edge").textContent()).not.toContain("connected");
  await expect.poll(() => lab.router.processes()).toEqual([]);
});
