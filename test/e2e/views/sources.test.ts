import { afterAll, beforeAll, expect, test } from "vitest";
import type { FromPathView, PathSources, ToPathView } from "../../../webview/protocol.js";
import { seriousFindings } from "./accessibility.js";
import { Stage } from "./stage.js";

const heard: FromPathView[] = [];
let stage: Stage<ToPathView>;

beforeAll(async () => {
  stage = await Stage.open<ToPathView, FromPathView>("path", (message) => void heard.push(message));
  const form = { iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20" };
  await stage.say({ say: "form", form, exchange: true, about: "edge, with the router's state from edge itself." });
}, 120_000);

afterAll(() => stage.close());

const sources: PathSources = {
  sources: [
    { file: "live:/edge/ruleset.nft", title: "nftables", text: "inet guard", is: "followed" },
    { file: "live:/edge/rules.v4", title: "iptables", text: "ip nat, ip filter (iptables-nft)", is: "followed" },
    { file: "live:/edge/legacy/rules.v4", title: "iptables-legacy", text: "ip mangle (legacy)", is: "followed" },
    { file: "live:/edge/legacy/rules.v6", title: "ip6tables-legacy", text: "no rules", is: "unused" },
    {
      file: "live:/edge/rules.v6",
      title: "ip6tables",
      text: "`ip6tables-save`, which reads the rules, is not installed on the router, or not in its search path.",
      is: "missing",
    },
  ],
  notes: [
    "inet guard forward and ip filter FORWARD both stand at priority 0 of forward: the listings do not tell more",
  ],
  canAdd: true,
  isLive: true,
};

const within = (selector: string, hasText?: string) =>
  stage.page.locator(`.sources ${selector}`, hasText === undefined ? {} : { hasText });

test("the rules that packets meet are listed, with what is not known of them", async () => {
  await stage.say({ say: "sources", sources });
  const words =
    "Rules of nftables: inet guard; iptables: ip nat, ip filter (iptables-nft); iptables-legacy: ip mangle (legacy) (1 could not be read, 1 note)";
  await within("summary", words).focus();
  await stage.page.keyboard.press("Enter");
  await within("li", "iptables-legacy").waitFor();
  expect(await within("li").count()).toBe(5);
  expect(await within("button.source-name").allTextContents()).toEqual([
    "nftables",
    "iptables",
    "iptables-legacy",
    "ip6tables-legacy",
  ]);
  await within(".source-note", "priority 0 of forward").waitFor();
  await stage.screenshots("sources");
});

test("each is opened and left out, and others are added, by the keyboard", async () => {
  const said = async (press: () => Promise<void>, expected: FromPathView) => {
    await press();
    await expect.poll(() => heard.at(-1)).toEqual(expected);
  };
  const enter = (selector: string, text: string) => async () => {
    await within(selector, text).first().focus();
    await stage.page.keyboard.press("Enter");
  };
  await said(enter("button.source-name", "iptables"), { ask: "reveal", file: "live:/edge/rules.v4", line: 1 });
  await said(
    async () => {
      await stage.page.getByRole("button", { name: "Leave out iptables-legacy" }).focus();
      await stage.page.keyboard.press("Enter");
    },
    { ask: "leaveOutRules", file: "live:/edge/legacy/rules.v4" },
  );
  await said(enter("button", "Add rules..."), { ask: "addRules" });
  await said(enter("button", "Read again"), { ask: "readRules" });
});

test("a file alone cannot be left out, nor read again", async () => {
  const [own] = sources.sources;
  await stage.say({ say: "sources", sources: { sources: own ? [own] : [], notes: [], canAdd: true, isLive: false } });
  await expect.poll(() => within("li").count()).toBe(1);
  expect(await within("button").allTextContents()).toEqual(["nftables", "Add rules..."]);
});

test("axe finds nothing serious", async () => {
  await stage.say({ say: "sources", sources });
  for (const theme of ["light", "dark", "contrast"] as const) {
    await stage.theme(theme);
    expect([theme, await seriousFindings(stage.page)]).toEqual([theme, []]);
  }
});
