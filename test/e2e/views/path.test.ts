import { afterAll, beforeAll, expect, test } from "vitest";
import type { Rules, RulesDocument } from "../../../client/path/calls.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import type { FromPathView, PacketForm, ToPathView } from "../../../webview/protocol.js";
import { storyRules, storyState } from "../../client/path/story.js";
import { seriousFindings } from "./accessibility.js";
import { Stage } from "./stage.js";

const state = { file: "rules.state.json", text: JSON.stringify(storyState) };
const document: RulesDocument = { name: "/rules.v4", text: storyRules, language: "iptables", onDisk: false };
const rules: Rules = { documents: [document], state };
const packet: PacketForm = {
  ...{ iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20" },
  ...{ protocol: "tcp", sport: "40000", dport: "443", flags: "syn" },
};
const heard: FromPathView[] = [];
let stage: Stage<ToPathView>;

beforeAll(async () => {
  stage = await Stage.open<ToPathView, FromPathView>("path", (message, on) => void answer(message, on));
}, 120_000);

afterAll(() => stage.close());

async function answer(message: FromPathView, on: typeof stage): Promise<void> {
  heard.push(message);
  if (message.ask === "ready") await on.say({ say: "form", form: packet, exchange: true, about: "rules.v4" });
  if (message.ask === "send") await send(message.form, message.exchange, on);
}

async function send(form: PacketForm, exchange: boolean, on = stage): Promise<void> {
  const found = performRulesetCall("followPacket", { rules, form, exchange });
  if ("problems" in found) await on.say({ say: "trouble", messages: found.problems });
  else await on.say({ say: "packets", packets: found.value });
}

const last = (ask: FromPathView["ask"]) => heard.findLast((message) => message.ask === ask);
const at = (selector: string, hasText?: string) =>
  stage.page.locator(selector, hasText === undefined ? {} : { hasText }).first();
const press = (key: string) => stage.page.keyboard.press(key);

test("the form sends, and the picture shows where the last packet ended and why", async () => {
  await at("summary").focus();
  await press("Enter");
  await at("#saddr").focus();
  await press("Enter");
  await at("h1", "outgoing interface changed").waitFor();
  expect(await stage.page.locator("[role=tab]").count()).toBe(3);
  expect(await at(".hs-end.hs-lit").getAttribute("aria-label")).toBe("postrouting");
  await stage.screenshots("end");
});

test("a packet that cannot be sent is explained", async () => {
  await at("#dport").fill("http!");
  await press("Enter");
  await at(".trouble p", "dport").waitFor();
  await at("#dport").fill("443");
  await press("Enter");
  await at(".trouble p").waitFor({ state: "detached" });
});

test("tabs: what each packet of the exchange left behind", async () => {
  await at("[role=tab][aria-selected=true]").focus();
  await press("Home");
  await at(".more", "UNREPLIED").or(at(".more", "SYN_SENT")).first().waitFor();
  expect(await at("h1").textContent()).toBe("Sent by ppp0.");
  await press("ArrowRight");
  expect(await at("h1").textContent()).toBe("Sent by lan0.");
  await press("Home");
});

test("the timeline lights the way step by step", async () => {
  const lit = () => stage.page.locator(".hs-box.hs-lit").count();
  await at("input[type=range]").focus();
  await press("Home");
  await at(".step-text", "Step 1 of").waitFor();
  expect(await lit()).toBe(2);
  await at("[aria-label='Next step']").click();
  await at(".step-text", "Step 2 of").waitFor();
  await at("input[type=range]").focus();
  await press("End");
  await at(".step-text", "The end").waitFor();
  expect(await lit()).toBe(6);
});

test("the keyboard walks through the picture, opens a row, and its rule leads to the editor", async () => {
  await at(".hs [tabindex='0']").focus();
  await press("Home");
  await press("ArrowRight");
  for (let row = 0; row < 3; row++) await press("ArrowDown");
  const focused = await stage.page.evaluate("document.activeElement.querySelector('title').textContent");
  expect(focused).toMatch(/ip mangle PREROUTING.*rules met match/);
  await press("Enter");
  await at(".steps h2", "prerouting: ip mangle PREROUTING").waitFor();
  expect(await at(".step.matched", "--set-xmark 0x36").textContent()).toContain("meta mark: 0x0 → 0x36");
  await stage.screenshots("rules");
  await at(".step", "-A iBugOptimized -j ACCEPT").focus();
  await press("Enter");
  const line = storyRules.split("\n").indexOf("-A iBugOptimized -j ACCEPT") + 1;
  await expect.poll(() => last("reveal")).toEqual({ ask: "reveal", file: "/rules.v4", line });
});

test("words of a rule tell what they mean: under the pointer, and by the arrow keys", async () => {
  const line = storyRules.split("\n").indexOf("-A iBugOptimized -j ACCEPT") + 1;
  const place = (word: string) => ({ file: "/rules.v4", line, lastLine: line, word, nth: 0 });
  const asked = () => (last("hover") as Extract<FromPathView, { ask: "hover" }> | undefined)?.place;
  const card = at(".word-hover");
  const step = at(".step", "-A iBugOptimized -j ACCEPT");
  await step.focus();
  await press("ArrowRight");
  await expect.poll(asked).toEqual(place("-A"));
  await press("ArrowRight");
  await press("ArrowRight");
  await expect.poll(asked).toEqual(place("-j"));
  await stage.say({ say: "hover", place: place("-A"), html: "too late" });
  await stage.say({
    say: "hover",
    place: place("-j"),
    html: "<p onclick='x()'>The <b>target</b><script>x()</script></p>",
  });
  await card.waitFor();
  expect(await card.innerHTML()).toBe("<p>The target</p>");
  expect(await step.getAttribute("aria-describedby")).toBe("word-hover");
  expect(await seriousFindings(stage.page)).toEqual([]);
  await press("Escape");
  await card.waitFor({ state: "hidden" });
  const box = await step.locator(".text").boundingBox();
  await stage.page.mouse.move((box?.x ?? 0) + 60, (box?.y ?? 0) + (box?.height ?? 0) / 2);
  await expect.poll(asked).toEqual(place("iBugOptimized"));
  await stage.say({ say: "hover", place: place("iBugOptimized"), html: "<p>A chain</p>" });
  await card.waitFor();
  await stage.screenshots("hover");
  await stage.page.mouse.move(1, 1);
  await card.waitFor({ state: "hidden" });
});

test("the cursor's rule lights up", async () => {
  const line = storyRules.split("\n").indexOf("-A iBugOptimized -j ACCEPT") + 1;
  await stage.say({ say: "cursor", file: "/rules.v4", line });
  await at(".hs-cursor", "mangle PREROUTING").waitFor();
  expect(await at("li.cursor").textContent()).toContain("-j ACCEPT");
});

test("zoom by button and key, and back", async () => {
  const width = async () => Number(await at(".hs").getAttribute("width"));
  const before = await width();
  await at("[aria-label='Zoom in']").click();
  expect(await width()).toBeCloseTo(before * 1.25);
  await at(".hs [tabindex='0']").focus();
  await press("-");
  expect(await width()).toBeCloseTo(before);
  await press("+");
  await press("0");
  expect(await width()).toBeCloseTo(before);
});

test("the compact form", async () => {
  await at("button", "Compact").click();
  expect(await stage.page.locator(".hs-row").count()).toBe(0);
  await at(".hs-note", "2 chains").waitFor();
  await stage.screenshots("compact");
  expect(await seriousFindings(stage.page)).toEqual([]);
  await at("button", "Compact").click();
});

test("export: a picture of its own, and its points", async () => {
  await at("[aria-label='Export as SVG']").click();
  await expect.poll(() => last("save")).toMatchObject({ kind: "svg" });
  expect((last("save") as { data: string }).data).toMatch(/^<svg [\s\S]*Sent by ppp0[\s\S]*<\/svg>$/);
  await at("[aria-label='Export as PNG']").click();
  await expect.poll(() => last("save")).toMatchObject({ kind: "png" });
  const png = Buffer.from((last("save") as { data: string }).data, "base64");
  expect([png.subarray(1, 4).toString(), png.readUInt32BE(16)]).toEqual(["PNG", 1980]);
});

test("what is taken for granted and what is not known is shown", async () => {
  const without = {
    documents: [{ ...document, text: `*filter\n-A INPUT -m set --match-set s src -j DROP\nCOMMIT\n` }],
  };
  const found = performRulesetCall("followPacket", { rules: without, form: packet, exchange: false });
  if ("value" in found) await stage.say({ say: "packets", packets: found.value });
  await at("h1.unknown").waitFor();
  await at(".more h2", "Not known").waitFor();
  await at(".more h2", "Taken for granted").waitFor();
  await stage.screenshots("unknown");
});

test("200 base chains and 2,000 steps are drawn", async () => {
  const rule = (port: number) => `tcp dport ${port + 1} drop`;
  const chain = (index: number) => `type filter hook ${["prerouting", "forward"][index % 2]} priority ${index - 90};`;
  const table = (index: number) =>
    `table inet t${index} {\n chain c {\n ${chain(index)}\n ${Array.from({ length: 9 }, (_, port) => rule(port)).join("\n")}\n }\n}`;
  const text = Array.from({ length: 200 }, (_, index) => table(index)).join("\n");
  const found = performRulesetCall("followPacket", {
    rules: { documents: [{ ...document, text, language: "nftables" }], state },
    form: { ...packet, daddr: "10.0.0.9" },
    exchange: false,
  });
  const packets = "value" in found ? found.value : [];
  const count = packets[0]?.steps.length ?? 0;
  expect(count).toBeGreaterThan(1_900);
  await stage.say({ say: "packets", packets });
  await at(".step-text", `after ${count} steps`).waitFor();
  expect(await stage.page.locator(".hs-row").count()).toBe(200);
  await at("input[type=range]").focus();
  await press("Home");
  await at(".step-text", "Step 1 of").waitFor();
  expect(await stage.page.locator(".hs-row.hs-lit").count()).toBe(1);
});

test("every control is reached by the keyboard", async () => {
  await send(packet, true);
  await stage.page.evaluate("document.activeElement.blur()");
  const seen = new Set<string>();
  for (let tab = 0; tab < 40; tab++) {
    await press("Tab");
    seen.add(
      String(
        await stage.page.evaluate(
          "(({ id, ariaLabel, textContent }) => [ariaLabel, id, textContent].join())(document.activeElement)",
        ),
      ),
    );
  }
  const names = [...seen].join("\n");
  for (const name of [
    "iif",
    "mark",
    "exchange",
    "Send",
    "Compact",
    "Zoom in",
    "Fit the picture into its room",
    "Export as PNG",
    "Previous step",
    "Step",
    "Next step",
  ])
    expect(names).toContain(name);
  expect(names).toMatch(/tab-2|3: lan0/);
  expect(names).toMatch(/Hook ingress|rules met match/);
});

test.each(["light", "dark", "contrast"] as const)("axe finds nothing serious in the %s theme", async (theme) => {
  await stage.theme(theme);
  expect(await seriousFindings(stage.page)).toEqual([]);
});
