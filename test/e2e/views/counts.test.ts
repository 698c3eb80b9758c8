import { afterAll, beforeAll, expect, test } from "vitest";
import type { RulesDocument } from "../../../client/path/calls.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import { readCounters } from "../../../netfilter/observe/counted/listing.js";
import { type ChainCount, CounterSeries, chainReadings } from "../../../netfilter/observe/counted/series.js";
import type { CountStatus, FromPathView, PacketForm, ToPathView } from "../../../webview/protocol.js";
import { own } from "../../observe/recordings.js";
import { seriousFindings } from "./accessibility.js";
import { Stage } from "./stage.js";

const readings = own("counted/legacy.txt")
  .split(/^=== reading \d\n/m)
  .slice(1);
const listing: RulesDocument = {
  ...{ name: "hookscope-router:/edge/rules.v4", language: "iptables", onDisk: false },
  text: readings[0] as string,
};
const packet: PacketForm = {
  ...{ iif: "lan0", saddr: "10.77.1.2", daddr: "10.77.1.1" },
  ...{ protocol: "udp", sport: "40000", dport: "11" },
};
const heard: FromPathView[] = [];
let stage: Stage<ToPathView>;

beforeAll(async () => {
  stage = await Stage.open<ToPathView, FromPathView>("path", (message, on) => void answer(message, on));
  await at(".hs-row").waitFor();
}, 120_000);

afterAll(() => stage.close());

async function answer(message: FromPathView, on: typeof stage): Promise<void> {
  heard.push(message);
  if (message.ask !== "ready") return;
  await on.say({ say: "form", form: packet, exchange: false, about: "rules.v4 of edge", router: "edge" });
  await send(listing, on);
}

async function send(document: RulesDocument, on = stage): Promise<void> {
  const found = performRulesetCall("followPacket", { rules: { documents: [document] }, form: packet, exchange: false });
  if ("value" in found) await on.say({ say: "packets", packets: found.value });
}

/** What the first readings of the recording have counted. */
function counted(count: number): ChainCount[] {
  const series = new CounterSeries();
  for (const [index, text] of readings.slice(0, count).entries()) {
    const chains = performRulesetCall("countedChains", { language: "iptables", text });
    series.take(chainReadings(chains, readCounters(text)), 2_000 * index);
  }
  return series.counts();
}

async function tell(counts: readonly ChainCount[], state: CountStatus["state"] = "on"): Promise<void> {
  await stage.say({ say: "counted", status: { state, text: "Counted for 6 s, read every 2 s.", counts } });
}

const at = (selector: string, hasText?: string) =>
  stage.page.locator(selector, hasText === undefined ? {} : { hasText }).first();
const press = (key: string) => stage.page.keyboard.press(key);
const rowOf = (name: string) => at(".hs-row", name);
const asked = () => heard.flatMap((message) => (message.ask === "count" ? [message.to] : []));

test("the buttons: watch, pause, start over, stop", async () => {
  await at("button", "Watch counters").focus();
  await press("Enter");
  await tell([]);
  for (const name of ["Pause", "Start over"]) await at("button", name).click();
  await tell([], "paused");
  await at("button", "Pause").click();
  await at("button", "Watch counters").click();
  await expect.poll(asked).toEqual(["start", "pause", "start", "resume", "stop"]);
  await tell([], "off");
  await at("button", "Pause").waitFor({ state: "hidden" });
});

test("numbers stand in the rows and at the heads, in words, too; the focus stays as they change", async () => {
  await tell(counted(2));
  await at(".hs-traffic", "0 in").waitFor();
  await rowOf("raw PREROUTING").focus();
  await tell(counted(3));
  await rowOf("raw PREROUTING").locator(".hs-traffic", { hasText: "12 in, 3 dropped" }).waitFor();
  expect(await rowOf("mangle PREROUTING").locator(".hs-traffic").textContent()).toBe("6 in");
  expect(await stage.page.evaluate("document.activeElement.querySelector('title').textContent")).toMatch(
    /chain ip raw PREROUTING; .*in 4 s: exactly 12 packets came in; exactly 3 dropped$/,
  );
  expect(await at(".hs-total").textContent()).toBe("12 in");
  expect(await stage.page.locator(".count-gaps li").count()).toBe(0);
});

test("what is missing is marked, and told once", async () => {
  await tell(counted(4));
  await at(".count-gaps li", "at least 3 packets that ip raw PREROUTING passed did not come").waitFor();
  expect(await at(".hs-gap .hs-count").textContent()).toBe("−3");
  const told = at(".count-bar [role=status]");
  expect(await told.textContent()).toContain("at least 3 packets");
  await stage.page.evaluate(
    "window.changes = 0; new MutationObserver(() => window.changes++).observe(document.querySelector('.count-bar [role=status]'), { childList: true, characterData: true, subtree: true })",
  );
  await tell(counted(4).map((one) => ({ ...one, forMs: 60_000 })));
  await expect.poll(() => rowOf("raw PREROUTING").locator("title").textContent()).toContain("in 60 s");
  expect(await stage.page.evaluate("window.changes")).toBe(0);
  await stage.screenshots("counted");
});

test("what is lit and where the timeline stands stays", async () => {
  const text = await at(".step-text").textContent();
  const lit = () => stage.page.locator(".hs-lit").count();
  const before = await lit();
  await tell(counted(3));
  expect([await lit(), await at(".step-text").textContent()]).toEqual([before, text]);
});

test("large numbers fit into their rows", async () => {
  const large = (bounds: ChainCount["came"]) => ({ low: bounds.low * 1_234_567 + 98_765 });
  await tell(
    counted(4).map((one) => ({
      ...one,
      came: large(one.came),
      dropped: large(one.dropped),
      certain: {
        passedAtLeast: 9_999_999,
        cameAtMost: 1_234,
        mayLose: false,
      },
    })),
  );
  await at(".hs-traffic", "M in").waitFor();
  const cut = await stage.page.evaluate(`(() => {
    const box = (part) => part.getBoundingClientRect();
    const texts = [...document.querySelectorAll('.hs-row text, .hs-head text')];
    const apart = (a, b) => a.right <= b.left + 0.5 || b.right <= a.left + 0.5 || a.bottom <= b.top + 3 || b.bottom <= a.top + 3;
    return texts.flatMap((one) => {
      const hit = one.parentElement.querySelector('.hs-hit');
      const others = texts.filter((other) => other !== one && other.parentElement === one.parentElement);
      const isWithin = box(one).left >= box(hit).left && box(one).right <= box(hit).right + 0.5;
      return isWithin && others.every((other) => apart(box(one), box(other))) ? [] : [one.textContent];
    });
  })()`);
  await stage.screenshots("counted-large");
  expect(cut).toEqual([]);
});

test("the compact form keeps the sums", async () => {
  await tell(counted(4));
  await at("button", "Compact").click();
  await at(".hs-total", "12 in").waitFor();
  await stage.screenshots("counted-compact");
  await at("button", "Compact").click();
});

test("an exported picture has the numbers", async () => {
  await at("[aria-label='Export as SVG']").click();
  const saved = () => heard.findLast((message) => message.ask === "save");
  await expect.poll(saved).toMatchObject({ kind: "svg" });
  expect((saved() as { data: string }).data).toMatch(/class="hs-traffic"[^>]*>12 in, 3 dropped</);
});

test("a reading that failed says why, and the counts stay", async () => {
  await stage.say({
    say: "counted",
    status: { state: "failed", text: "The connection was lost.", counts: counted(4) },
  });
  await at(".count-bar [role=alert]", "The connection was lost.").waitFor();
  expect(await rowOf("raw PREROUTING").locator(".hs-traffic").textContent()).toBe("12 in, 3 dropped");
  await tell(counted(4));
  await expect.poll(() => at(".count-bar [role=alert]").textContent()).toBe("");
});

test.each(["light", "dark", "contrast"] as const)("axe finds nothing serious in the %s theme", async (theme) => {
  await stage.theme(theme);
  expect(await seriousFindings(stage.page)).toEqual([]);
});

test("200 base chains with counts are drawn, and drawn again in place", async () => {
  const chain = (index: number) =>
    `table inet t${index} {\n\tchain c {\n\t\ttype filter hook ${["prerouting", "input"][index % 2]} priority ${index - 90};\n\t\tcounter packets 0 bytes 0\n\t}\n}`;
  const text = Array.from({ length: 200 }, (_, index) => chain(index)).join("\n");
  await send({ ...listing, language: "nftables", text });
  const count = (index: number, low: number): ChainCount => ({
    ...{ chain: { family: "inet", table: `t${index}`, name: "c" }, isOld: false, isNat: false, isCounting: true },
    ...{ came: { low, high: low }, dropped: { low: 0, high: 0 }, forMs: 2_000 },
  });
  const all = (low: number) => Array.from({ length: 200 }, (_, index) => count(index, low));
  await tell(all(5));
  await at(".hs-traffic", "5 in").waitFor();
  expect(await stage.page.locator(".hs-traffic").count()).toBe(200);
  await rowOf("inet t7 c").focus();
  await tell(all(77));
  await at(".hs-traffic", "77 in").waitFor();
  expect(await stage.page.evaluate("document.activeElement.textContent")).toContain("inet t7 c");
  expect(await stage.page.locator(".hs-traffic", { hasText: "77 in" }).count()).toBe(200);
});
