import { expect, test } from "vitest";
import { fillFrom } from "../../../client/path/fill.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import { readState } from "../../../netfilter/simulate/stateJson.js";
import { storyRules, storyState } from "./story.js";

const state = readState(storyState, []) ?? {};

test("the router's addresses tell where a packet comes in that the text leaves open", () => {
  const check = (text: string, iif: string | undefined, says: RegExp) => {
    const answer = fillFrom(text, state);
    if ("problems" in answer) throw new Error(answer.problems.join());
    expect(answer.value.form.iif).toBe(iif);
    expect(answer.value.says.join(" ")).toMatch(says);
  };
  const tcp = (from: string, to: string) => `IP ${from}.40000 > ${to}.443: Flags [S], length 0`;
  check(tcp("172.17.0.2", "198.51.100.20"), "lan0", /tcpdump saw\. Its sender is a neighbour on lan0/);
  check(tcp("172.17.0.1", "198.51.100.20"), "", /172\.17\.0\.1 is this machine's own address/);
  check(tcp("198.51.100.20", "10.250.193.4"), undefined, /is not told: see to that field/);
  check(`eth0  In  ${tcp("172.17.0.2", "198.51.100.20")}`, "eth0", /coming in by eth0\.$/);
  expect(fillFrom("nothing", state)).toEqual({ problems: [expect.stringMatching(/^No packet was found/)] });
});

test("a line of conntrack is followed as the next packet of its connection", () => {
  const rules = {
    documents: [{ name: "r", text: storyRules, language: "iptables" as const, onDisk: false }],
    state: { file: "s", text: JSON.stringify(storyState) },
  };
  const text =
    "tcp      6 431990 ESTABLISHED src=172.17.0.2 dst=198.51.100.20 sport=40000 dport=443 src=198.51.100.20 dst=10.250.193.4 sport=443 dport=40000 [ASSURED] mark=48 use=1";
  const filled = performRulesetCall("packetFromText", { rules, text });
  if ("problems" in filled) throw new Error(filled.problems.join());
  const answer = performRulesetCall("followPacket", { rules, form: filled.value.form, exchange: false });
  if ("problems" in answer) throw new Error(answer.problems.join());
  expect(answer.value[0]?.title).toBe("lan0 tcp 172.17.0.2:40000 > 198.51.100.20:443 ack");
  expect(answer.value[0]?.sentence).toMatch(/outgoing interface changed/);
});

test("a row of the table is followed with its answer, whether it has been answered before or not", () => {
  const rules = {
    documents: [{ name: "r", text: storyRules, language: "iptables" as const, onDisk: false }],
    state: { file: "s", text: JSON.stringify(storyState) },
  };
  const check = (flag: string) => {
    const text = `udp 17 20 src=172.17.0.2 dst=203.0.113.10 sport=40000 dport=5007 ${flag} src=203.0.113.10 dst=10.250.193.4 sport=5007 dport=40000 mark=54`;
    const filled = performRulesetCall("packetFromText", { rules, text });
    if ("problems" in filled) throw new Error(filled.problems.join());
    const answer = performRulesetCall("followPacket", { rules, form: filled.value.form, exchange: true });
    if ("problems" in answer) throw new Error(answer.problems.join());
    expect(answer.value.map(({ short, sentence }) => `${short}: ${sentence}`)).toEqual([
      "1: lan0 udp: Sent by ppp0.",
      "2: ppp0 udp: Sent by lan0.",
      "3: lan0 udp: Sent by ppp0.",
    ]);
  };
  check("[UNREPLIED]");
  check("");
});
