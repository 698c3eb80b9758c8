import { expect, test } from "vitest";
import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import type { Action, Condition, Part } from "../../netfilter/model/ruleset.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

/** A part in a few words: `meta mark & 0xff == 0x30`, `jump MINE`. */
function shown(part: Part): string {
  return part.kind === "condition" ? shownCondition(part) : shownAction(part);
}

function shownCondition({ field, mask, op, values }: Condition): string {
  const left = mask === undefined ? field : `${field} & 0x${mask.toString(16)}`;
  return `${left} ${op} ${shownValues(values)}`;
}

function shownValues(values: Condition["values"]): string {
  if (values.kind === "names") return values.names.join(",");
  if (values.kind === "set") return `@${values.name}`;
  if (values.kind === "opaque") return "?";
  return values.ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

function shownAction(action: Action): string {
  switch (action.do) {
    case "verdict":
      return action.verdict;
    case "jump":
    case "goto":
      return `${action.do} ${action.target.name}`;
    case "setMark": {
      const { target, clear, value } = action;
      const source =
        value === "opaque" ? "?" : "constant" in value ? hex(value.constant) : `${value.from} & ${hex(value.mask)}`;
      return `${target} & ~${hex(clear)} ^ ${source}`;
    }
    case "nat":
      return action.type;
    case "other":
      return action.effect;
    default:
      return action.do;
  }
}

const hex = (value: number) => `0x${value.toString(16)}`;

function partsOf(words: string, family: "ipv4" | "ipv6" = "ipv4"): string[] {
  const tree = parseIptables(`*mangle\n:MINE - [0:0]\n-A MINE ${words}\nCOMMIT\n`, { family });
  const rule = iptablesRuleset(tree).tables[0]?.chains[0]?.rules[0];
  return (rule?.parts ?? []).map(shown);
}

const rules: readonly [words: string, ...parts: string[]][] = [
  [""],
  ["-s 10.0.0.0/8", "ip saddr == 167772160-184549375"],
  ["! -d 10.0.0.1", "ip daddr != 167772161"],
  ["-s 10.0.0.1,10.0.0.2", "ip saddr == 167772161,167772162"],
  ["-s 10.0.0.0/255.0.255.0", "ip saddr & 0xff00ff00 == 167772160"],
  ["-s 0.0.0.0/0 -d any/0"],
  ["-s gateway.example", "ip saddr == ?"],
  ["-i lo -o eth+", "meta iifname == lo", "meta oifname == eth*"],
  ["! -i eth0", "meta iifname != eth0"],
  ["-i +"],
  ["-i eth*", "meta iifname == ?"],
  ["-p all"],
  ["-p tcp -m tcp", "meta l4proto == 6"],
  ["! -p udp", "meta l4proto != 17"],
  ["-p 47", "meta l4proto == 47"],
  ["-f", "ip frag-off & 0x1fff == 1-8191"],
  ["-p tcp --dport 22", "meta l4proto == 6", "tcp dport == 22"],
  ["-p tcp --sport 1024: ! --dport ssh", "meta l4proto == 6", "tcp sport == 1024-65535", "tcp dport != 22"],
  ["-p udp -m multiport --dports 53,67:69", "meta l4proto == 17", "udp dport == 53,67-69"],
  ["-p udp -m multiport --ports 53", "meta l4proto == 17", "multiport == ?"],
  ["-p tcp --syn", "meta l4proto == 6", "tcp flags & 0x17 == 2"],
  ["-p tcp ! --tcp-flags SYN,ACK,FIN SYN,ACK", "meta l4proto == 6", "tcp flags & 0x13 != 18"],
  ["-p icmp --icmp-type 8", "meta l4proto == 1", "icmp type == 8"],
  ["-p icmp --icmp-type echo-request", "meta l4proto == 1", "icmp type == 8"],
  ["-p icmp --icmp-type any", "meta l4proto == 1"],
  ["-p icmp --icmp-type 3/4", "meta l4proto == 1", "icmp type == ?"],
  ["-m mark --mark 0x30/0xff", "meta mark & 0xff == 48"],
  ["-m mark ! --mark 0", "meta mark != 0"],
  ["-m connmark --mark 1/1", "ct mark & 0x1 == 1"],
  ["-m conntrack --ctstate NEW,ESTABLISHED", "ct state set 8,2"],
  ["-m conntrack ! --ctstate inv", "ct state unset 1"],
  ["-m conntrack --ctstate DNAT", "ct state set ?"],
  ["-m state --state RELATED", "ct state set 4"],
  ["-m conntrack --ctstatus ASSURED", "ct status set 4"],
  ["-m conntrack --ctstate NEW --ctproto 6", "conntrack == ?"],
  ["-m iprange --src-range 10.0.0.1-10.0.0.3", "ip saddr == 167772161-167772163"],
  ["-m set --match-set good src", "ipset src == @good"],
  ["-m ttl --ttl-lt 5", "ip ttl == 0-4"],
  ["-m limit --limit 5/m", "limit == ?"],
  ["-m comment --comment x"],
  ["-j ACCEPT", "accept"],
  ["-j DROP", "drop"],
  ["-j RETURN", "return"],
  ["-j NFQUEUE --queue-num 1", "queue"],
  ["-j MINE", "jump MINE"],
  ["-g MINE", "goto MINE"],
  ["-j LOG --log-prefix x", "inert"],
  ["-j TTL --ttl-set 5", "unmodelled"],
  ["-j MARK --set-mark 1", "packet & ~0xffffffff ^ 0x1"],
  ["-j MARK --set-mark 0x10/0xf", "packet & ~0x1f ^ 0x10"],
  ["-j MARK --set-xmark 0x30/0xff", "packet & ~0xff ^ 0x30"],
  ["-j MARK --and-mark 0xff", "packet & ~0xffffff00 ^ 0x0"],
  ["-j MARK --or-mark 4", "packet & ~0x4 ^ 0x4"],
  ["-j MARK --xor-mark 4", "packet & ~0x0 ^ 0x4"],
  ["-j CONNMARK --set-xmark 1/1", "connection & ~0x1 ^ 0x1"],
  ["-j CONNMARK --save-mark", "connection & ~0xffffffff ^ packet & 0xffffffff"],
  ["-j CONNMARK --save-mark --mask 0xff", "connection & ~0xff ^ packet & 0xff"],
  ["-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xff", "connection & ~0xff ^ packet & 0xf"],
  ["-j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff", "packet & ~0xf ^ connection & 0xff"],
  ["-j CONNMARK --set-xmark 1 --left-shift-mark 8", "connection & ~0xffffffff ^ ?"],
  ["-j DNAT --to-destination 10.0.0.1", "dnat"],
  ["-j MASQUERADE", "masquerade"],
  ["-j REDIRECT", "redirect"],
  ["-j NOTRACK", "notrack"],
  ["-j CT --notrack", "notrack"],
  ["-j CT --zone 1", "unmodelled"],
  // the kernel asks the rule's own options before its matches
  ["-m mark --mark 1 -i lo -j ACCEPT", "meta iifname == lo", "meta mark == 1", "accept"],
];

test.each(rules)("%s", (words, ...parts) => expect(partsOf(words)).toEqual(parts));

const ipv6: readonly [words: string, ...parts: string[]][] = [
  ["-s ::1", "ip6 saddr == 1"],
  ["! -d fe80::/127", "ip6 daddr != 338288524927261089654018896841347694592-338288524927261089654018896841347694593"],
  ["-p icmpv6 --icmpv6-type 128", "meta l4proto == 58", "icmpv6 type == 128"],
  ["-m hl --hl-gt 254", "ip6 hoplimit == 255"],
];

test.each(ipv6)("for IPv6: %s", (words, ...parts) => expect(partsOf(words, "ipv6")).toEqual(parts));
