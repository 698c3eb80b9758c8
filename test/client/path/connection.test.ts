import { expect, test } from "vitest";
import type { Rules } from "../../../client/path/calls.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import type { PacketForm } from "../../../webview/protocol.js";
import { storyRules, storyState } from "./story.js";

function rules(text: string, state: object = storyState): Rules {
  const language = text.startsWith("*") ? "iptables" : "nftables";
  return {
    documents: [{ name: "r", text, language, onDisk: false }],
    state: { file: "r.state.json", text: JSON.stringify(state) },
  };
}

function followed(of: Rules, form: PacketForm, exchange = false) {
  const answer = performRulesetCall("followPacket", { rules: of, form, exchange });
  return "problems" in answer ? answer.problems : answer.value;
}

const story = rules(storyRules);
const later: PacketForm = {
  ...{ iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20" },
  ...{ protocol: "tcp", sport: "40000", dport: "443", flags: "ack" },
};
const masqueraded = { otherWay: "198.51.100.20:443 > 10.250.193.4:40000" };

test("story 000 from its end: the entry has the mark of the other line", () => {
  const check = (form: PacketForm, sentence: RegExp, entry: RegExp, assumption?: RegExp) => {
    const [packet] = followed(story, form);
    if (!packet || typeof packet === "string") throw new Error(`${packet}`);
    expect([packet.sentence, packet.entry]).toEqual([expect.stringMatching(sentence), expect.stringMatching(entry)]);
    if (assumption) expect(packet.assumptions[0]).toMatch(assumption);
  };
  check(
    { ...later, connection: "original", ctMark: "0x30", ...masqueraded },
    /outgoing interface changed/,
    /no entry/,
    /^conntrack had an entry of the packet's connection before: tcp ESTABLISHED 172\.17\.0\.2 port 40000 > .*, answers 198\.51\.100\.20 port 443 > 10\.250\.193\.4 port 40000 mark 0x30 \[confirmed seen-reply assured snat\]$/,
  );
  check(
    { ...later, connection: "original", ctMark: "0x36", ...masqueraded },
    /^Sent by ppp0/,
    /ESTABLISHED .*mark 0x36/,
    /mark 0x36/,
  );
  check({ ...later, connection: "original", ...masqueraded }, /^Sent by ppp0/, /ESTABLISHED/);
  const answer = { iif: "ppp0", saddr: "198.51.100.20", daddr: "10.250.193.4", sport: "443", dport: "40000" };
  check(
    { ...later, ...answer, connection: "reply", ctMark: "54", otherWay: "172.17.0.2:40000 > 198.51.100.20:443" },
    /^Sent by lan0/,
    /mark 0x36/,
  );
});

test("what is said of a connection decides, whatever the router's state has", () => {
  const line =
    "tcp 6 431990 ESTABLISHED src=172.17.0.2 dst=198.51.100.20 sport=40000 dport=443 src=198.51.100.20 dst=172.17.0.2 sport=443 dport=40000 [ASSURED] mark=54";
  const state = rules(
    `table ip t { chain c { type filter hook prerouting priority 0; ct state established ct mark 54 drop
     ct state established ct mark 7 drop
     ct state new accept
     } }`,
    { ...storyState, conntrack: line },
  );
  const check = (form: PacketForm, matched: string) => {
    const [packet] = followed(state, { ...later, ...form });
    if (!packet || typeof packet === "string") throw new Error(`${packet}`);
    expect(packet.steps.find((step) => step.matched === true)?.text).toBe(matched);
  };
  check({}, "ct state established ct mark 54 drop");
  check({ connection: "" }, "ct state established ct mark 54 drop");
  check({ connection: "original", ctMark: "7" }, "ct state established ct mark 7 drop");
  check({ connection: "reply", ctMark: "7" }, "ct state established ct mark 7 drop");
  check({ connection: "new", flags: "syn" }, "ct state new accept");
});

test("states, other protocols and both versions of IP", () => {
  const check = (form: PacketForm, expected: string) => {
    const [packet] = followed(
      rules("table inet t { chain c { type filter hook prerouting priority 0; ct state new } }"),
      form,
    );
    if (!packet || typeof packet === "string") throw new Error(`${packet}`);
    expect(packet.assumptions[0]?.replace(/^.*before: /, "")).toBe(expected);
  };
  const known = { connection: "original" };
  check(
    { ...later, ...known, ctState: "syn_sent", flags: "syn" },
    "tcp SYN_SENT 172.17.0.2 port 40000 > 198.51.100.20 port 443, answers 198.51.100.20 port 443 > 172.17.0.2 port 40000 [confirmed]",
  );
  const dns = {
    iif: "lan0",
    saddr: "fd00::2",
    daddr: "fd00::1",
    protocol: "udp",
    sport: "5000",
    dport: "53",
    ...known,
  };
  check(
    dns,
    "udp fd00::2 port 5000 > fd00::1 port 53, answers fd00::1 port 53 > fd00::2 port 5000 [confirmed seen-reply]",
  );
  check(
    { ...dns, ctState: "UNREPLIED" },
    "udp fd00::2 port 5000 > fd00::1 port 53, answers fd00::1 port 53 > fd00::2 port 5000 [confirmed]",
  );
  check(
    { ...dns, otherWay: "[fd00:0:0::9]:53 > [fd00::2]:5000" },
    "udp fd00::2 port 5000 > fd00::1 port 53, answers fd00::9 port 53 > fd00::2 port 5000 [confirmed seen-reply dnat]",
  );
  const ping = {
    iif: "lan0",
    saddr: "172.17.0.2",
    daddr: "172.17.0.1",
    protocol: "icmp",
    icmpType: "echo-request",
    ...known,
  };
  check(ping, "icmp 172.17.0.2 > 172.17.0.1, answers 172.17.0.1 > 172.17.0.2 [confirmed seen-reply]");
  check(
    { ...ping, connection: "reply", icmpType: "0", otherWay: "172.17.0.1 > 172.17.0.9" },
    "icmp 172.17.0.1 > 172.17.0.9, answers 172.17.0.2 > 172.17.0.1 [confirmed seen-reply dnat]",
  );
});

test("what cannot be said of a connection is explained", () => {
  const check = (form: PacketForm, expected: RegExp) =>
    expect(followed(story, { ...later, connection: "original", ...form })).toEqual([expect.stringMatching(expected)]);
  check({ connection: "old" }, /^connection: connection is one of new, original, reply/);
  check({ ctMark: "many" }, /^ctMark: ctMark is a whole number/);
  check({ ctState: "OPEN" }, /^ctState: TCP has the states NONE, .*not "OPEN"/);
  for (const otherWay of ["x", "10.0.0.1", "10.0.0.1:1 > fd00::1", "10.0.0.1:99999 > 10.0.0.2:1", "1 > 2 > 3"])
    check({ otherWay }, /^otherWay: it is two ends such as/);
  check({ protocol: "icmp", icmpType: "3", sport: "", dport: "", flags: "" }, /keeps no entry for such a packet/);
  check({ iif: "", saddr: "" }, /source address has to be told/);
});
