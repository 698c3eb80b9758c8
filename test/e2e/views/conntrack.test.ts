import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConntrackSource, Listing } from "../../../client/conntrack/listing.js";
import { TableThread } from "../../../client/conntrack/tableThread.js";
import type { Command, Outcome } from "../../../netfilter/observe/command.js";
import type { FromConntrackView, ToConntrackView } from "../../../webview/protocol.js";
import { conntrackLines } from "../../client/conntrackLines.js";
import { seriousFindings } from "./accessibility.js";
import { Stage } from "./stage.js";

const million = 1_000_000;
let entries = million;
const copied: string[] = [];
let stage: Stage<ToConntrackView>;
let table: TableThread;
let listing: Listing;

/** A router that has so many entries and hands them over as a connection would: piece by piece. */
const source: ConntrackSource = {
  name: "test",
  count: async () => entries,
  markRules: async () => [{ priority: 100, mark: 1, mask: 0xff, action: "lookup vpn" }],
  async run<Result>(command: Command<Result>, signal: AbortSignal): Promise<Outcome<Result>> {
    const reader = command.reader();
    for (const piece of conntrackLines(entries)) {
      if (signal.aborted) return reader.end({ stderr: "", cut: true });
      reader.push(piece);
      await new Promise(setImmediate);
    }
    return reader.end({ code: 0, stderr: "", cut: false });
  },
};

beforeAll(async () => {
  stage = await Stage.open<ToConntrackView, FromConntrackView>("conntrack", (message, on) => void answer(message, on));
}, 120_000);

afterAll(async () => {
  await stage.close();
  listing.dispose();
  table.dispose();
});

async function answer(message: FromConntrackView, on: typeof stage): Promise<void> {
  table ??= new TableThread(new URL("../../../out/conntrackThread.mjs", import.meta.url).pathname);
  listing ??= new Listing(source, table, (status, groups) => {
    void on.say({ say: "status", router: "test", status });
    if (groups) void on.say({ say: "groups", edition: status.edition, groups });
  });
  if (message.ask === "ready" || message.ask === "refresh") await listing.read(message.ask === "refresh");
  else if (message.ask === "view") await listing.show(message.spec);
  else if (message.ask === "rows") {
    const { edition, from, count } = message;
    await on.say({ say: "rows", edition, from, rows: await table.call("page", { from, count }) });
  } else if (message.ask === "details") {
    await on.say({ say: "details", row: message.row, lines: await table.call("details", message.row) });
  } else if (message.ask === "cancel") await listing.stop();
  else if (message.ask === "copy") copied.push(await table.call("copy", message.rows));
}

const rows = () => stage.page.locator(".row");
const standing = () => stage.page.locator(".standing");

test("a million entries come, and the first of them are seen before the last are read", async () => {
  await rows().first().waitFor();
  await stage.page.locator(".standing", { hasText: "1,000,000 entries" }).waitFor({ timeout: 60_000 });
  await stage.page.locator("progress").waitFor({ state: "hidden", timeout: 60_000 });
  await stage.screenshots("million");
});

test("filter and sort", async () => {
  await stage.page.locator("vscode-text-field input").fill("udp src:10.0.1.0/24");
  await stage.page.locator(".standing", { hasText: "51 of 1,000,000 entries shown" }).waitFor();
  await stage.page.locator(".head button", { hasText: "Original" }).click();
  await stage.page.locator(".head button", { hasText: "Original" }).click();
  await stage.page.locator(".row", { hasText: "10.0.1.253" }).first().waitFor();
  expect(await rows().first().textContent()).toContain("10.0.1.253");
  expect(await stage.page.locator('[aria-sort="descending"]').textContent()).toBe("Original");
});

test("a wrong word in the filter is explained", async () => {
  await stage.page.locator("vscode-text-field input").fill("soruce:10.0.0.1");
  await stage.page.locator(".trouble p").waitFor();
  await stage.screenshots("wrong-filter");
  await stage.page.locator("vscode-text-field input").fill("");
  await stage.page.locator(".standing", { hasText: "1,000,000 entries" }).waitFor();
});

test("the keyboard moves through a million rows, and an entry opens", async () => {
  await stage.page.locator(".grid").focus();
  await stage.page.keyboard.press("End");
  await stage.page.locator('.row[aria-selected="true"][aria-rowindex="1000001"]').waitFor();
  await stage.page.keyboard.press("ArrowUp");
  await stage.page.locator('.row[aria-selected="true"][aria-rowindex="1000000"]').waitFor();
  await stage.page.locator(".details dt", { hasText: "Translation" }).waitFor();
  await stage.screenshots("details");
  await stage.page.keyboard.press("Control+c");
  await expect.poll(() => copied.length, { timeout: 20_000 }).toBe(1);
  expect(copied[0]).toMatch(/^family,protocol/);
});

test.each(["light", "dark", "contrast"] as const)("axe finds nothing serious in the %s theme", async (theme) => {
  await stage.theme(theme);
  expect(await seriousFindings(stage.page)).toEqual([]);
});

test("groups: who talks most", async () => {
  await stage.page.locator("vscode-dropdown").nth(1).click();
  await stage.page.locator("vscode-option", { hasText: "By destination port" }).click();
  await stage.page.locator(".group", { hasText: "443" }).waitFor();
  await stage.screenshots("groups");
  await stage.page.locator(".group", { hasText: "53" }).last().click();
  await stage.page.locator(".standing", { hasText: "200,000 of 1,000,000" }).waitFor();
});

test("an empty table says what that means", async () => {
  entries = 0;
  await stage.page.locator("vscode-button", { hasText: "Refresh" }).click();
  await stage.page.locator(".standing", { hasText: "The table is empty" }).waitFor();
  expect(await standing().textContent()).toContain("nothing is tracked");
  await stage.screenshots("empty");
});
