import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Rules } from "../../../client/path/calls.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import type { Language } from "../../../netfilter/language.js";
import { storyRules, storyState } from "./story.js";

function rules(text: string, state?: object, language: Language = "nftables"): Rules {
  const known = state && { state: { file: "r.state.json", text: JSON.stringify(state) } };
  return { documents: [{ name: "r", text, language, onDisk: false }], ...known };
}

function value<T>(answer: { readonly value: T } | { readonly problems: readonly string[] }): T {
  if ("problems" in answer) throw new Error(answer.problems.join("\n"));
  return answer.value;
}

const story = rules(storyRules, storyState, "iptables");

function suggested(of: Rules, words: string) {
  const offset = of.documents[0]?.text.indexOf(words) ?? -1;
  expect(offset).toBeGreaterThan(-1);
  return value(performRulesetCall("suggestPacket", { rules: of, document: "r", offset }));
}

test("a packet that the rule under the cursor matches", () => {
  const check = (of: Rules, words: string, form: object, exchange = false) =>
    expect(suggested(of, words)).toMatchObject({ form, exchange });
  const tcp = { protocol: "tcp", sport: "40000", dport: "443", flags: "syn" };
  const house = { iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20", ...tcp };
  check(story, "-A PREROUTING -s 172.17", house);
  check(story, "-A iBugOptimized -j ACCEPT", house);
  check(story, "-A FORWARD -m conntrack", { ...house, saddr: "172.17.0.10" }, true);
  const input = (rule: string) => rules(`table inet t { chain c { type filter hook input priority 0; ${rule} } }`);
  const own = rules("table ip t { chain c { type filter hook output priority 0; meta mark 3 udp dport 53 drop } }");
  check(input('iifname "wan" ip saddr 10.1.0.0/16 udp dport 53 drop'), "iifname", {
    ...{ iif: "wan", saddr: "10.1.0.10", daddr: "198.51.100.20", protocol: "udp", sport: "40000", dport: "53" },
  });
  check(input("icmpv6 type echo-request drop"), "icmpv6", {
    ...{ iif: "eth0", saddr: "2001:db8:1::10", daddr: "2001:db8:2::20", protocol: "ipv6-icmp", icmpType: "128" },
  });
  check(own, "meta mark", { daddr: "198.51.100.20", protocol: "udp", sport: "40000", dport: "53", mark: "0x3" });
});

test("what is suggested is matched by its rule", () => {
  const check = (of: Rules, words: string) => {
    const { form, exchange } = suggested(of, words);
    const packets = value(performRulesetCall("followPacket", { rules: of, form, exchange }));
    const met = packets.flatMap(({ steps }) => steps).filter(({ text }) => text.startsWith(words));
    expect([words, met.some(({ matched }) => matched === true)]).toEqual([words, true]);
  };
  for (const words of storyRules.match(/^-A (FORWARD|iBug|PREROUTING -[sj]).*$/gm) ?? []) check(story, words);
});

test("story 000: the device's second packet dies at postrouting, and the entry with it", () => {
  const { form } = suggested(story, "-A iBugOptimized -j ACCEPT");
  const packets = value(performRulesetCall("followPacket", { rules: story, form, exchange: true }));
  expect(packets.map(({ sentence, entry }) => [sentence.slice(0, 60), entry.slice(0, 15)])).toMatchInlineSnapshot(`
    [
      [
        "Sent by ppp0.",
        "tcp SYN_SENT 17",
      ],
      [
        "Sent by lan0.",
        "tcp SYN_RECV 17",
      ],
      [
        "Dropped: nat at postrouting: outgoing interface changed: the",
        "no entry of thi",
      ],
    ]
  `);
  const last = packets[2];
  expect(last?.full.way?.end).toMatchObject({ box: "postrouting", tone: "stopped" });
  const accepts = packets[0]?.steps.filter(({ text }) => text === "-A iBugOptimized -j ACCEPT");
  const line = storyRules.split("\n").indexOf("-A iBugOptimized -j ACCEPT") + 1;
  expect(accepts).toMatchObject([{ place: { file: "r", line, lastLine: line }, verdict: "accept" }]);
});

test("the sample tells the same story", () => {
  const read = (name: string) => readFileSync(new URL(`../../../samples/home-router/${name}`, import.meta.url), "utf8");
  const sample = rules(read("rules.v4"), JSON.parse(read("rules.state.json")), "iptables");
  const { form } = suggested(sample, "-A VIA_PPPOE -j ACCEPT");
  const packets = value(performRulesetCall("followPacket", { rules: sample, form, exchange: true }));
  expect(packets.map(({ tone }) => tone)).toEqual(["passed", "passed", "stopped"]);
  expect(packets.at(-1)?.sentence).toMatch(/outgoing interface changed/);
});

test("an exchange goes on as long as packets arrive", () => {
  const check = (of: Rules, form: object, expected: readonly string[]) => {
    const packets = value(performRulesetCall("followPacket", { rules: of, form, exchange: true }));
    expect(packets.map(({ short, sentence }) => `${short}: ${sentence}`)).toEqual(expected);
  };
  const syn = {
    iif: "lan0",
    saddr: "172.17.0.5",
    daddr: "172.17.0.1",
    protocol: "tcp",
    sport: "4",
    dport: "22",
    flags: "syn",
  };
  const chain = (rule: string) =>
    rules(`table ip t { chain c { type filter hook input priority 0; ${rule} } }`, storyState);
  check(chain("tcp dport 22 accept"), syn, [
    "1: lan0 syn: Delivered to this machine's programs.",
    "2: local syn,ack: Sent by lan0.",
    "3: lan0 ack: Delivered to this machine's programs.",
  ]);
  check(chain("tcp dport 22 drop"), syn, ["1: lan0 syn: Dropped: ip t c: tcp dport 22 drop."]);
  check(
    chain("icmp type echo-request accept"),
    { ...syn, protocol: "icmp", icmpType: "8", sport: "", dport: "", flags: "" },
    [
      "1: lan0 icmp: Delivered to this machine's programs.",
      "2: local icmp: Sent by lan0.",
      "3: lan0 icmp: Delivered to this machine's programs.",
    ],
  );
  const [first, ...others] = value(
    performRulesetCall("followPacket", { rules: chain("tcp dport 22 reject"), form: syn, exchange: false }),
  );
  expect([first?.tone, ...others.map(({ short }) => short)]).toEqual(["stopped", "1a caused: local icmp"]);
});

test("what is wrong with a packet or a state is said", () => {
  const check = (form: object, state: string | undefined, expected: RegExp) => {
    const of = { ...rules(""), ...(state !== undefined && { state: { file: "s.json", text: state } }) };
    const answer = performRulesetCall("followPacket", { rules: of, form, exchange: false });
    expect("problems" in answer && answer.problems.join("\n")).toMatch(expected);
  };
  check({ saddr: "1.2.3", daddr: "1.2.3.4", protocol: "tcp" }, undefined, /saddr is an IP address/);
  check({ saddr: "1.2.3.4", daddr: "1.2.3.4", protocol: "tcp" }, "{", /s\.json: this is not JSON/);
  check({ saddr: "1.2.3.4", daddr: "1.2.3.4", protocol: "tcp" }, '{"routes": 1}', /s\.json: routes/);
});
