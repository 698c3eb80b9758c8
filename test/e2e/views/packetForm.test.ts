import { afterAll, beforeAll, expect, test } from "vitest";
import type { Rules } from "../../../client/path/calls.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import type { FromPathView, PacketForm, ToPathView } from "../../../webview/protocol.js";
import { storyRules, storyState } from "../../client/path/story.js";
import { seriousFindings } from "./accessibility.js";
import { Stage } from "./stage.js";

const rules: Rules = {
  documents: [{ name: "/rules.v4", text: storyRules, language: "iptables", onDisk: false }],
  state: { file: "rules.state.json", text: JSON.stringify(storyState) },
};
const packet: PacketForm = {
  ...{ iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20" },
  ...{ protocol: "tcp", sport: "40000", dport: "443", flags: "syn" },
};
const clipboard =
  "tcp      6 431990 ESTABLISHED src=172.17.0.2 dst=198.51.100.20 sport=40000 dport=443 src=198.51.100.20 dst=10.250.193.4 sport=443 dport=40000 [ASSURED] mark=48 use=1";
let stage: Stage<ToPathView>;

beforeAll(async () => {
  stage = await Stage.open<ToPathView, FromPathView>("path", (message, on) => void answer(message, on));
  await at(".packet-part summary").click();
}, 120_000);

afterAll(() => stage.close());

async function answer(message: FromPathView, on: typeof stage): Promise<void> {
  if (message.ask === "ready") await on.say({ say: "form", form: packet, exchange: false, about: "rules.v4" });
  if (message.ask === "send") await send(message.form, message.exchange, on);
  if (message.ask === "fill") {
    const found = performRulesetCall("packetFromText", { rules, text: message.text ?? clipboard });
    if ("problems" in found) await on.say({ say: "filled", messages: found.problems });
    else await on.say({ say: "filled", form: found.value.form, messages: found.value.says });
  }
}

async function send(form: PacketForm, exchange: boolean, on = stage): Promise<void> {
  const found = performRulesetCall("followPacket", { rules, form, exchange });
  if ("problems" in found) await on.say({ say: "trouble", messages: found.problems });
  else await on.say({ say: "packets", packets: found.value });
}

const at = (selector: string, hasText?: string) =>
  stage.page.locator(selector, hasText === undefined ? {} : { hasText }).first();
const inForm = (field: string) => at(`#${field}`).inputValue();

/** Pastes as a person does: the text comes with the event. False: the field did not get it. */
async function paste(field: string, text: string): Promise<boolean> {
  return stage.page.evaluate(`(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", ${JSON.stringify(text)});
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    return document.getElementById(${JSON.stringify(field)}).dispatchEvent(event);
  })()`);
}

test("a line of tcpdump pasted into any field fills the form and is sent", async () => {
  const line = "10:00:00.000000 lan0  In  IP 172.17.0.9.5000 > 198.51.100.7.53: 4660+ A? www.example.org. (33)";
  expect(await paste("saddr", line)).toBe(false);
  await at(".read p", "tcpdump saw coming in by lan0").waitFor();
  await at(".whole-packet", "lan0 udp 172.17.0.9:5000 > 198.51.100.7:53").waitFor();
  expect([await inForm("protocol"), await inForm("flags")]).toEqual(["udp", ""]);
});

test("a value pasted into a field stays there", async () => {
  expect(await paste("saddr", "172.17.0.8")).toBe(true);
});

test("where the text does not tell the interface in, the form's stays", async () => {
  await at("#iif").fill("eth0");
  await paste("daddr", "IP 198.51.100.7.53 > 10.0.0.2.5000: 4660 1/0/0 A 192.0.2.1 (49)");
  await at(".read p", "see to that field").waitFor();
  expect(await inForm("iif")).toBe("eth0");
});

test("what is no packet is explained, and the form stays", async () => {
  const before = await inForm("saddr");
  await paste("daddr", "trace id 337fe2cd inet fw forward verdict accept ");
  await at(".read.refused p", "not of the packet itself").waitFor();
  expect(await inForm("saddr")).toBe(before);
});

test("the clipboard's line of conntrack: the connection is known, with state, mark and translation", async () => {
  await at("button", "Paste a packet's line").click();
  await at(".read p", "next packet of a connection").waitFor();
  await at("h1", "outgoing interface changed").waitFor();
  expect(await inForm("connection")).toBe("original");
  expect([await inForm("ctState"), await inForm("ctMark")]).toEqual(["ESTABLISHED", "0x30"]);
  expect(await inForm("otherWay")).toBe("198.51.100.20:443 > 10.250.193.4:40000");
  await at(".more li", "conntrack had an entry of the packet's connection before").waitFor();
  await stage.screenshots("filled");
});

test("a new connection asks for nothing about its entry", async () => {
  await at("#connection").selectOption("new");
  await at("#ctState").waitFor({ state: "hidden" });
  await at("#flags").fill("syn");
  await at("button.main").click();
  await at("h1", "Sent by ppp0").waitFor();
});

test("the cursor lights up rules that the packet did not meet, and says why", async () => {
  const chains = performRulesetCall("ruleLines", { rules });
  await stage.say({ say: "chains", chains: "value" in chains ? chains.value : [] });
  const cursor = async (words: string) => {
    const line = storyRules.split("\n").findIndex((text) => text.startsWith(words)) + 1;
    await stage.say({ say: "cursor", file: "/rules.v4", line });
  };
  await cursor("-A PREROUTING -j CONNMARK --save-mark");
  await at(".hs-cursor", "mangle PREROUTING").waitFor();
  await at(".cursor-rule", "not reached: the rule at line").waitFor();
  await cursor("-A POSTROUTING -o ppp0");
  await at(".hs-cursor", "nat POSTROUTING").waitFor();
  await at(".cursor-rule", "it matches").waitFor();
  await stage.screenshots("cursor");
  await at("button", "Compact").click();
  await at(".hs-box.hs-cursor, .hs-head.hs-cursor").waitFor();
  await at("button", "Compact").click();
  await cursor(":FORWARD DROP");
  await at(".cursor-rule").waitFor({ state: "hidden" });
});

test.each(["light", "dark", "contrast"] as const)("axe finds nothing serious in the %s theme", async (theme) => {
  await at("button", "Paste a packet's line").click();
  await at(".read p", "next packet of a connection").waitFor();
  await stage.theme(theme);
  expect(await seriousFindings(stage.page)).toEqual([]);
});

test("a form that was open because it was empty folds when a text has filled it", async () => {
  await stage.say({ say: "form", form: {}, exchange: false, about: "rules.v4" });
  await at(".packet-part[open]").waitFor();
  await paste("saddr", clipboard);
  await at(".packet-part:not([open])").waitFor();
  await at(".read p", "next packet of a connection").waitFor();
});
