import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type StoryLab, startStoryLab } from "../routers/storyLab.js";
import { Editor } from "./editor.js";
import { seriousFindings } from "./views/accessibility.js";

// Story 000 on a real router (its own namespaces, real packets, OpenSSH): which packet dies, and is that what the rules say?

let lab: StoryLab;
let editor: Editor;
let before: string;

beforeAll(async () => {
  lab = await startStoryLab();
  before = rulesOnRouter();
  const router = { name: "home", host: lab.address, user: "root", identityFile: lab.key };
  editor = await Editor.start({}, { "hookscope.routers": [router] });
  await editor.openSidebar("home");
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await editor?.screenshot(`failed: ${task.name}`);
});

afterAll(async () => {
  await editor?.stop();
  lab?.stop();
});

/** Without counters, which packets change. */
function rulesOnRouter(): string {
  const saved = lab.router.run("nft -s list ruleset; iptables-nft-save; ip6tables-nft-save");
  return saved.replaceAll(/^#.*\n/gm, "").replaceAll(/\[\d+:\d+\]/g, "");
}

/** What the editor says to a person in a corner: nothing, if all is well. */
const complaints = () => editor.page.locator(".notification-toast").allTextContents();

const view = () => editor.webview();
const dialog = (words: string) => editor.page.locator(".monaco-dialog-box", { hasText: words });

test("the live ruleset of the router", async () => {
  await editor.row("home").locator(".monaco-tl-twistie").click();
  await dialog("not known yet").locator(".monaco-button", { hasText: "Trust and Connect" }).click();
  await editor.expand("Rulesets", "iptables");
  await editor.expand(/^iptables\s*rules\.v4/, "ip mangle");
  await editor.rows().filter({ hasText: "Open the whole ruleset" }).last().click();
  await editor.text("iBugOptimized").waitFor();
});

test("what a trace will do is said before, and nothing is done when that is not wanted", async () => {
  await editor.command("Hookscope: Trace Packets on a Router");
  await view().locator("#dport").waitFor({ timeout: 60_000 });
  expect(await complaints()).toEqual([]);
  await view().locator("#saddr").fill("172.17.0.2");
  await view().locator("#daddr").fill("198.51.100.20");
  await view().locator("#protocol").fill("tcp");
  await view().locator("#dport").fill("443");
  await view().locator("button", { hasText: "Trace packets like this" }).click();
  const question = dialog("Trace packets on home?");
  await question.waitFor();
  expect(await question.textContent()).toContain("Nothing stays");
  await editor.screenshots("trace-question");
  await question.locator(".monaco-button", { hasText: "Cancel" }).click();
  expect(rulesOnRouter()).toBe(before);
});

test("packets come into the list while they are traced", async () => {
  await view().locator("button", { hasText: "Trace packets like this" }).click();
  await dialog("Trace packets on home?").locator(".monaco-button", { hasText: "Trace for" }).click();
  await view().locator(".trace-bar.running").waitFor({ timeout: 60_000 });
  expect(rulesOnRouter()).not.toBe(before);
  lab.connect("172.17.0.2");
  await view().locator(".traced .row", { hasText: "172.17.0.2" }).first().waitFor();
  await view().locator(".traced .row.stopped", { hasText: "outgoing interface changed" }).first().waitFor();
  await editor.screenshots("trace-live");
});

test("the packet that dies, observed beside simulated", async () => {
  await view().locator(".traced .row.stopped", { hasText: "outgoing interface changed" }).first().click();
  await view().locator("h1", { hasText: "dropped it between the hooks, behind ip filter FORWARD" }).waitFor();
  await view().locator(".comparison.same", { hasText: "outgoing interface changed" }).waitFor();
  await view().locator("[role=tab]", { hasText: "Simulated" }).click();
  await view().locator("h1", { hasText: "nat at postrouting: outgoing interface changed" }).waitFor();
  await editor.screenshots("trace-compared");
});

test("a click on what it met leads to the live ruleset's line", async () => {
  await view().locator("[role=tab]", { hasText: "Observed" }).click();
  await view().locator(".hs-row", { hasText: "ip mangle PREROUTING" }).click();
  const rule = view().locator(".steps").first().locator(".step.matched", { hasText: "--restore-mark" });
  const line = /line (\d+)/.exec((await rule.textContent()) ?? "")?.[1];
  await rule.click();
  await editor.cursorAt(Number(line));
  await editor.text("--restore-mark").waitFor();
});

test("axe finds nothing serious while a trace runs", async () => {
  const body = await view().locator("body").elementHandle();
  const inner = await body?.ownerFrame();
  if (!inner) throw new Error("the view has no frame");
  expect(await seriousFindings(inner)).toEqual([]);
});

test("stopped, the router is as before", async () => {
  await view().locator("button", { hasText: "Stop tracing" }).click();
  await view().locator(".trace-bar.ended").waitFor({ timeout: 60_000 });
  expect(rulesOnRouter()).toBe(before);
  await expect.poll(() => lab.router.processes().filter((line) => /nft|monitor/.test(line))).toEqual([]);
});

test("a connection of the conntrack table is traced, answers through NAT included", async () => {
  lab.keepTalking("172.17.0.3");
  await editor.fold("Rulesets");
  await editor.expand("Conntrack", "Entries");
  await editor.row("Entries").click();
  await view().locator(".row", { hasText: "172.17.0.3" }).first().click({ timeout: 60_000 });
  await view().locator(".details", { hasText: "172.17.0.3" }).waitFor();
  await view().locator("vscode-button", { hasText: "Trace connection" }).click();
  const question = dialog("Trace packets on home?");
  await question.waitFor();
  expect(await question.textContent()).toContain("ip daddr 10.0.0.2");
  await question.locator(".monaco-button", { hasText: "Trace for" }).click();
  // The view of the path, which was there before the table.
  const path = editor.page.frameLocator("iframe.webview.ready").first().frameLocator("iframe#active-frame");
  await path.locator(".trace-bar.running").waitFor({ timeout: 60_000 });
  const rows = path.locator(".traced .row.passed.same");
  await rows
    .filter({ hasText: "198.51.100.20:443 > 10.0.0.2" })
    .filter({ hasText: "= sent by lan0" })
    .first()
    .waitFor();
  await rows.filter({ hasText: "tcp 172.17.0.3" }).filter({ hasText: "= sent by eth0" }).first().waitFor();
  await editor.screenshots("trace-connection");
  await path.locator("button", { hasText: "Stop tracing" }).click();
  await path.locator(".trace-bar.ended").waitFor({ timeout: 60_000 });
  const table = editor.page.locator(".tab", { hasText: "Conntrack:" });
  await table.click();
  await table.locator(".codicon").last().click();
});

test("closing the view ends a trace, too", async () => {
  await view().locator("button", { hasText: "Trace packets like this" }).click();
  await dialog("Trace packets on home?").locator(".monaco-button", { hasText: "Trace for" }).click();
  await view().locator(".trace-bar.running").waitFor({ timeout: 60_000 });
  await editor.page.locator(".tab.active", { hasText: "Path" }).locator("a.codicon-close, .codicon").last().click();
  await expect.poll(rulesOnRouter, { timeout: 30_000 }).toBe(before);
});
