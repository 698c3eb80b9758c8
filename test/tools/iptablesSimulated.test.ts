import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compare } from "../lab/compare/compare.js";
import { randomPackets } from "../lab/generate/packets.js";
import { randomPlan } from "../lab/generate/plan.js";
import { Random } from "../lab/generate/random.js";
import { KernelLab } from "../lab/kernel.js";
import { routerOf } from "../lab/simulator.js";
import { labRouter, routerState } from "../lab/world.js";

let lab: KernelLab;
beforeAll(() => {
  const needs = process.getuid?.() === 0 && existsSync("/dev/net/tun");
  if (!needs)
    throw new Error(
      "Comparing with the kernel needs root and /dev/net/tun: run it in a container or machine of its own.",
    );
  lab = new KernelLab();
});
afterAll(() => lab?.close());

type Language = "iptables" | "ip6tables";

interface Group {
  readonly hooks: string;
  readonly table?: string;
  /** Only for this one; both where absent. */
  readonly only?: Language;
  /** Each is a rule in each of the hooks. */
  readonly rules: readonly string[];
}

const everywhere = "PREROUTING INPUT FORWARD OUTPUT POSTROUTING";
const incoming = "PREROUTING INPUT FORWARD";
const outgoing = "FORWARD OUTPUT POSTROUTING";

/**
 * What the random rules of the differential test leave out: rare matches and targets, and odd forms of the others. Not what
 * the kernel's own packets or its clock decide: quota, connlimit, time.
 */
const groups: readonly Group[] = [
  {
    hooks: everywhere,
    rules: [
      "-p 50",
      "! -p tcp",
      "-m ecn ! --ecn-ip-ect 1",
      "-p tcp -m ecn ! --ecn-tcp-cwr --ecn-tcp-ece",
      "-m dscp ! --dscp-class CS1",
      "-m tos --tos Minimize-Delay",
      "-m tos ! --tos 0xb8/0xfc",
      "-p tcp -m tcp --tcp-option 2",
      "-p tcp -m tcp ! --tcp-option 2",
      "-p tcp -m tcpmss ! --mss 1400:1500",
      "-p tcp -m tcp ! --tcp-flags SYN,RST,ACK,FIN SYN",
      "-p tcp -m multiport ! --dports 22,80:443,8080",
      "-p tcp -m multiport --ports 22,80:443,8080",
      "-p udp -m udp ! --dport :79",
      "-p sctp -m sctp ! --sport 1:1024",
      "-m statistic --mode nth --every 1 --packet 0",
      "-m recent --set --name a",
      "-m recent --update --name a --seconds 60 --hitcount 3",
      "-m recent ! --rcheck --name b --rdest",
      "-m hashlimit --hashlimit-above 1000/sec --hashlimit-burst 1000 --hashlimit-name h --hashlimit-mode srcip,dstport",
      "-m physdev ! --physdev-in lan0",
      "-m pkttype ! --pkt-type broadcast",
      "-m conntrack --ctstate SNAT",
      "-m conntrack ! --ctstatus NONE",
      "-m conntrack --ctstatus SEEN_REPLY,ASSURED",
      "-m conntrack ! --ctstatus CONFIRMED",
      "-m conntrack --ctreplsrcport 80",
      "-m conntrack ! --ctrepldstport 40000:50000",
      "-m conntrack --ctstate INVALID,UNTRACKED --ctproto 6",
      "-m connlabel --label 3 --set",
      "-m helper ! --helper ftp",
      "-j MARK --set-xmark 0x11/0xf",
      "-j CONNMARK --set-mark 0x11 --left-shift-mark 4",
      "-j CONNMARK --save-mark --left-shift-mark 8",
      "-j CONNMARK --restore-mark --right-shift-mark 2 --mask 0xffff",
      "-j TOS --xor-tos 0xff",
      "-j TOS --set-tos 0x20/0x30",
      "-j DSCP --set-dscp-class AF21",
      "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000",
      "-p tcp -j TCPOPTSTRIP --strip-options mss",
    ],
  },
  {
    hooks: everywhere,
    only: "iptables",
    rules: [
      "-s 192.168.1.10/255.255.0.255",
      "! -d 0.0.0.11/0.0.0.255",
      "! -f",
      "-f",
      "-m iprange ! --dst-range 8.0.0.0-9.0.0.0",
      "-p icmp -m icmp ! --icmp-type any",
      "-p icmp -m icmp ! --icmp-type 3/0:2",
      "-m addrtype ! --dst-type UNICAST,LOCAL",
      "-m addrtype --src-type BROADCAST",
      "-m recent --set --name c --mask 255.255.255.0",
      "-p tcp -j ECN --ecn-tcp-remove",
      "-j TTL --ttl-inc 200",
    ],
  },
  {
    hooks: everywhere,
    only: "ip6tables",
    rules: [
      "-d ::10/::ff",
      "-m addrtype ! --dst-type UNICAST,LOCAL",
      "-m addrtype --src-type UNREACHABLE",
      "-p icmpv6 -m icmp6 ! --icmpv6-type 128",
      "-m frag --fragfirst",
      "-m ipv6header --header prot",
      "-m ipv6header --header esp",
      "-m rt --rt-type 0",
      "-m hbh",
      "-j HL --hl-inc 200",
    ],
  },
  {
    hooks: incoming,
    rules: [
      "-i lan+",
      "! -i wan+",
      "-i +",
      "-m mac ! --mac-source 02:00:00:00:00:fe",
      "-m addrtype --dst-type LOCAL --limit-iface-in",
      "-m policy --dir in --pol none",
    ],
  },
  {
    hooks: outgoing,
    rules: [
      "! -o wan1",
      "-o lo",
      "-m addrtype --src-type UNICAST --limit-iface-out",
      "-m policy --dir out --pol ipsec",
      "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
      "-j CLASSIFY --set-class 1:10",
    ],
  },
  {
    hooks: "PREROUTING",
    rules: ["-m rpfilter", "-m rpfilter --loose --invert", "-m rpfilter --accept-local", "-m rpfilter --validmark"],
  },
  {
    hooks: "PREROUTING OUTPUT",
    table: "raw",
    rules: ["-m conntrack --ctstate INVALID", "-j CT --zone 3", "-p tcp -j CT --notrack", "-j CT"],
  },
  {
    hooks: "POSTROUTING",
    only: "ip6tables",
    rules: ["-j SNPT --src-pfx 2001:db8:1::/64 --dst-pfx 2001:db8:f1::/64", "-j HL --hl-dec 63"],
  },
  {
    hooks: "PREROUTING",
    only: "iptables",
    table: "nat",
    rules: ["-p tcp -j DNAT --to-destination :8080", "-p tcp -j DNAT --to-destination 192.168.1.10:8000-8010/53"],
  },
];

const cases = groups.flatMap(({ hooks, table = "mangle", only, rules }) =>
  rules.flatMap((rule) =>
    (only ? [only] : (["iptables", "ip6tables"] as const)).map((language) => ({ language, hooks, table, rule })),
  ),
);

test.each(cases)("$language -t $table $rule", async ({ language, hooks, table, rule }) => {
  const tracks = "*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n";
  const text = `*${table}\n${hooks
    .split(" ")
    .map((hook) => `-A ${hook} ${rule}\n`)
    .join("")}COMMIT\n${tracks}`;
  const random = new Random(rule.length);
  const plan = randomPlan(random);
  const rulesets = [{ language, text }];
  const observation = await lab.play({ router: labRouter(plan), rulesets, packets: randomPackets(random, 40) });
  if (!observation.loaded) throw new Error(`The kernel does not take the rule: ${observation.complaint}`);
  const { difference, compared, unknown } = compare(observation, routerOf(rulesets, routerState(plan)));
  expect(difference).toBeUndefined();
  expect(compared).toBeGreaterThan(unknown);
});
