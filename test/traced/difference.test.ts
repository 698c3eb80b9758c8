import { describe, expect, test } from "vitest";
import type { Language } from "../../netfilter/language.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { Places } from "../../netfilter/simulate/places.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { playTraced } from "../../netfilter/traced/sequence.js";
import { labState, recorded } from "../simulate/recorded/lab.js";
import { packetsIn } from "./sessions.js";

/** What a recording is held against: the rules as they were, for the join, and others for the simulation. */
interface Case {
  readonly file: string;
  readonly rules: string;
  /** What is otherwise in the simulator's copy. */
  readonly change: readonly [from: string | RegExp, to: string];
  /** Of the first packet that differs: its number, the sentence, and the rules at which both stand. */
  readonly packet: number;
  readonly text: string;
  readonly simulated?: string;
  readonly observed?: string;
}

const nft = "rich_ruleset_list_a.txt";
const save = "ipt_rules_nft_save.txt";
const legacy = "ipt_rules_legacy_save.txt";

const cases: Readonly<Record<string, Case>> = {
  "a rule that the simulation lacks": {
    file: "nft/forward_accept_tcp.trace.txt",
    rules: nft,
    change: ["\t\tmeta l4proto . th dport @svc accept # handle 25\n", ""],
    packet: 0,
    text: "The observed packet matches rule 1 of inet filter fwd_out (meta l4proto . th dport @svc accept), accept, the simulated one comes to the end of inet filter forward, drop.",
    observed: "meta l4proto . th dport @svc accept",
  },
  "a rule that matches in the simulation only": {
    file: "nft/forward_accept_tcp.trace.txt",
    rules: nft,
    change: ["chain fwd_out { # handle 4\n", "chain fwd_out {\ntcp dport 443 drop\n"],
    packet: 0,
    text: "The observed packet matches rule 1 of inet filter fwd_out (meta l4proto . th dport @svc accept), accept, the simulated one matches rule 1 of inet filter fwd_out (tcp dport 443 drop), drop.",
    simulated: "tcp dport 443 drop",
    observed: "meta l4proto . th dport @svc accept",
  },
  "a rule that matches in the simulation only, because of a set": {
    file: "nft/forward_accept_tcp.trace.txt",
    rules: nft,
    change: ["elements = { 198.51.100.0/24, 203.0.113.66 }", "elements = { 198.51.100.0/24, 203.0.113.10 }"],
    packet: 0,
    text: 'Rule 2 of inet filter forward (ip daddr @blocked log prefix "BLOCKED " counter name "cnt_rej" reject with icmp host-prohibited) matches the simulated packet and not the observed one.',
    simulated: 'ip daddr @blocked log prefix "BLOCKED " counter name "cnt_rej" reject with icmp host-prohibited',
    observed: 'ip daddr @blocked log prefix "BLOCKED " counter name "cnt_rej" reject with icmp host-prohibited',
  },
  "a rule that was edited is another one": {
    file: "nft/input_ssh_new.trace.txt",
    rules: nft,
    change: ["tcp dport 22 ct state new", "tcp dport 2222 ct state new"],
    packet: 0,
    text: 'The observed packet matches rule 2 of inet filter in_lan (tcp dport 22 ct state new limit rate 1000/second accept), accept, the simulated one matches rule 3 of inet filter input (counter comment "input default").',
    simulated: 'counter packets 0 bytes 0 comment "input default"',
    observed: "tcp dport 22 ct state new limit rate 1000/second accept",
  },
  "another policy": {
    file: "nft/forward_nested_return.trace.txt",
    rules: nft,
    change: ["hook forward priority filter; policy drop;", "hook forward priority filter; policy accept;"],
    packet: 0,
    text: "The end of inet filter forward: the observed verdict is drop, the simulated one accept.",
  },
  "another mark, where nft tells it": {
    file: "nft/forward_accept_tcp.trace.txt",
    rules: nft,
    change: ["192.168.1.10 : 0x00000030", "192.168.1.10 : 0x00000031"],
    packet: 0,
    text: "The end of inet mangle prerouting: the observed packet has the mark 0x00000030, the simulated one 0x00000031.",
  },
  "another destination": {
    file: "nft/dnat_map.trace.txt",
    rules: nft,
    change: ["8443 : 203.0.113.10 . 443", "8443 : 203.0.113.10 . 444"],
    packet: 0,
    text: "Rule 1 of inet mangle forward (tcp flags syn tcp option maxseg size set rt mtu): the observed packet has the destination port 443, the simulated one 444.",
    simulated: "tcp flags syn tcp option maxseg size set rt mtu",
    observed: "tcp flags syn tcp option maxseg size set rt mtu",
  },
  "an answer that conntrack does not know in the simulation": {
    file: "nft/forward_accept_tcp.trace.txt",
    rules: nft,
    change: [
      "meta l4proto { icmp, tcp, udp, ipv6-icmp } iifname",
      "ip daddr 10.0.1.2 notrack\nmeta l4proto { icmp, tcp, udp, ipv6-icmp } iifname",
    ],
    packet: 1,
    text: "Rule 1 of inet mangle prerouting (ct mark != 0x00000000 meta mark set ct mark counter) matches the observed packet and not the simulated one.",
    simulated: "ct mark != 0x00000000 meta mark set ct mark counter packets 0 bytes 0",
    observed: "ct mark != 0x00000000 meta mark set ct mark counter packets 0 bytes 0",
  },
  "iptables: a changed target": {
    file: "ipt-nft/forward_udp_drop.xtmon.txt",
    rules: save,
    change: ["--dport 9999 -j DROP", "--dport 9999 -j ACCEPT"],
    packet: 0,
    text: "The observed packet matches rule 4 of ip filter FWD_OUT (-A FWD_OUT -p udp -m udp --dport 9999 -j DROP), drop, the simulated one matches rule 4 of ip filter FWD_OUT (-A FWD_OUT -p udp -m udp --dport 9999 -j ACCEPT), accept.",
    simulated: "-A FWD_OUT -p udp -m udp --dport 9999 -j ACCEPT",
    observed: "-A FWD_OUT -p udp -m udp --dport 9999 -j DROP",
  },
  "iptables: the mark that xtables-monitor shows with the next chain": {
    file: "ipt-nft/forward_accept_tcp.xtmon.txt",
    rules: save,
    change: ["-A CLASSIFY -j MARK --set-xmark 0x30/0xff", "-A CLASSIFY -j MARK --set-xmark 0x32/0xff"],
    packet: 0,
    text: "The observed packet matches rule 3 of ip mangle CLASSIFY (-A CLASSIFY -j MARK --set-xmark 0x30/0xff), the simulated one matches rule 3 of ip mangle CLASSIFY (-A CLASSIFY -j MARK --set-xmark 0x32/0xff).",
    simulated: "-A CLASSIFY -j MARK --set-xmark 0x32/0xff",
    observed: "-A CLASSIFY -j MARK --set-xmark 0x30/0xff",
  },
  "iptables in nft's words": {
    file: "ipt-nft/forward_nested_return.nftmon.txt",
    rules: save,
    change: ["-A NESTED -p tcp -m tcp --dport 1500 -j RETURN\n", ""],
    packet: 0,
    text: "The observed packet matches rule 1 of ip filter NESTED (-A NESTED -p tcp -m tcp --dport 1500 -j RETURN), return, the simulated one comes to the end of ip filter FORWARD, drop.",
    observed: "-A NESTED -p tcp -m tcp --dport 1500 -j RETURN",
  },
  "old iptables": {
    file: "ipt-legacy/redirect.dmesg.txt",
    rules: legacy,
    change: ["--dport 3128 -j REDIRECT --to-ports 22", "--dport 3128 -j REDIRECT --to-ports 23"],
    packet: 0,
    text: "The observed packet matches rule 2 of ip nat PREROUTING (-A PREROUTING -p tcp -m tcp --dport 3128 -j REDIRECT --to-ports 22), accept, the simulated one matches rule 2 of ip nat PREROUTING (-A PREROUTING -p tcp -m tcp --dport 3128 -j REDIRECT --to-ports 23), accept.",
    simulated: "-A PREROUTING -p tcp -m tcp --dport 3128 -j REDIRECT --to-ports 23",
    observed: "-A PREROUTING -p tcp -m tcp --dport 3128 -j REDIRECT --to-ports 22",
  },
  "a simulation that ends before": {
    file: "nft/forward_accept_tcp.trace.txt",
    rules: nft,
    change: [
      "ct mark set meta mark # handle 7\n",
      "ct mark set meta mark # handle 7\n\t}\n\tchain last { type filter hook prerouting priority 0; drop\n",
    ],
    packet: 0,
    text: "The observed packet matches rule 1 of inet mangle forward (tcp flags syn tcp option maxseg size set rt mtu), the simulated one matches rule 1 of inet mangle last (drop), drop.",
    simulated: "drop",
    observed: "tcp flags syn tcp option maxseg size set rt mtu",
  },
};

describe("the first difference", () => {
  test.each(Object.entries(cases))("%s", (_, { file, rules: name, change, packet, ...expected }) => {
    const language: Language = name === nft ? "nftables" : "iptables";
    const text = recorded(name);
    expect(text).toMatch(change[0]);
    const rules = new TracedRules([loadRules("as it was", text, language)]);
    const copy = [loadRules("as simulated", text.replace(...change), language)];
    const copied = new TracedRules(copy);
    const traces = packetsIn(recorded(file), rules);
    const played = playTraced(traces, copy, labState());
    const textOf = (rule: Parameters<TracedRules["textOf"]>[0]) => {
      const own = copy[0]?.ruleset.tables.includes(rule.chain.table) ? copied : rules;
      return own.textOf(rule);
    };
    const found = played.flatMap((one, index) => {
      const seen = traces[index] && observed(traces[index], rules);
      const difference = "trace" in one && seen ? firstDifference(one.trace, seen, textOf) : undefined;
      return difference && seen && "trace" in one ? [{ index, difference, seen, trace: one.trace }] : [];
    })[0];
    expect(found?.index).toBe(packet);
    expect(found?.difference.text).toBe(expected.text);
    const ruleAt = (
      steps: NonNullable<typeof found>["seen"]["steps"] | undefined,
      at: number | undefined,
      places: Places,
    ) => {
      const step = steps?.[at ?? -1];
      return step?.kind === "rule" ? places.of(step.rule).text : undefined;
    };
    const { simulatedStep, observedStep } = found?.difference ?? {};
    expect(simulatedStep).toBeDefined();
    expect(observedStep).toBeDefined();
    expect(ruleAt(found?.trace.steps, simulatedStep, new Places(copy))).toBe(expected.simulated);
    expect(ruleAt(found?.seen.steps, observedStep, new Places(rules.loaded))).toBe(expected.observed);
  });
});
