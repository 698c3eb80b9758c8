import { tcpFlag } from "../../netfilter/packet/packet.js";
import type { ConntrackEntry, PolicyRule, Route, RouterState } from "../../netfilter/simulate/state.js";
import type { LabRuleset, LabScenario, WirePacket, Wish } from "./kernel.js";
import { address, type Plan, routerState } from "./world.js";

/** An incident that somebody wrote about, as a scenario for kernel and simulator. */
export interface Story {
  /** The folder and file of its recording. */
  readonly name: `${string}/${string}`;
  /** What happens, and what it is told for. */
  readonly about: string;
  readonly plan: Plan;
  readonly rulesets: readonly LabRuleset[];
  readonly packets: readonly Wish[];
  readonly roomFor?: LabScenario["roomFor"];
  readonly queues?: LabScenario["queues"];
  /** How many packets the simulator has to leave open, and why. */
  readonly open?: { readonly packets: number; readonly why: RegExp };
}

/** What the simulator has to know of a story's router: a full table is a small one here, with the same room in it. */
export function stateOf({ plan, roomFor }: Story): RouterState {
  const state = routerState(plan);
  if (roomFor === undefined) return state;
  const conntrack = Array.from({ length: 20 }, (_, index) => filler(1024 + index));
  const sysctls = { ...state.sysctls, "net.netfilter.nf_conntrack_max": String(conntrack.length + roomFor) };
  return { ...state, sysctls, conntrack };
}

const { syn, ack, psh, fin, rst } = tcpFlag;
const phone = "192.168.1.11";
const laptop = "192.168.1.10";
const web = "203.0.113.10";

const uplink = (table: number, number: 1 | 2, metric?: number): Route => ({
  family: "ipv4",
  table,
  type: "unicast",
  destination: 0n,
  prefixLength: 0,
  hops: [{ dev: `wan${number}`, via: address(`10.0.${number}.1`) }],
  ...(metric === undefined ? {} : { metric }),
});

const lan = (table: number): Route => ({
  family: "ipv4",
  table,
  type: "unicast",
  destination: address("192.168.1.0").value,
  prefixLength: 24,
  hops: [{ dev: "lan0" }],
});

const marked = (priority: number, mark: number, mask: number, table: number): PolicyRule => ({
  family: "ipv4",
  priority,
  mark,
  mask,
  action: { do: "lookup", table },
});

const oneUplink: Plan = { routes: [uplink(254, 1)], rules: [], sysctls: {} };

/** A handshake from the LAN, some data both ways, and whatever the two ends still say. */
function exchange(saddr: string, sport: number): Wish[] {
  const flow = { iif: "lan0", saddr, daddr: web, protocol: 6, sport, dport: 80 };
  return [
    { packet: { ...flow, tcpFlags: syn, tcpSeq: 1000, tcpMss: 1460 } },
    { answer: 0, packet: { tcpFlags: syn | ack, tcpSeq: 5000, tcpMss: 1460 } },
    { packet: { ...flow, tcpFlags: ack, tcpSeq: 1001, tcpAck: 5001 } },
    { packet: { ...flow, tcpFlags: psh | ack, tcpSeq: 1001, tcpAck: 5001, payload: 100 } },
    { answer: 3, packet: { tcpFlags: psh | ack, tcpSeq: 5001, tcpAck: 1101, payload: 200 } },
    { packet: { ...flow, tcpFlags: ack, tcpSeq: 1101, tcpAck: 5201 } },
    { packet: { ...flow, tcpFlags: psh | ack, tcpSeq: 1101, tcpAck: 5201, payload: 50 } },
    { packet: { ...flow, tcpFlags: fin | ack, tcpSeq: 1151, tcpAck: 5201 } },
  ];
}

const balanced: LabRuleset = {
  language: "iptables",
  text: `*mangle
:PREROUTING ACCEPT [0:0]
:CHOOSE - [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -m mark ! --mark 0x0/0xff -j ACCEPT
-A PREROUTING -j CHOOSE
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A CHOOSE -s ${phone}/32 -j MARK --set-xmark 0x36/0xff
-A CHOOSE -s ${phone}/32 -j ACCEPT
-A CHOOSE -j MARK --set-xmark 0x30/0xff
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan+ -j MASQUERADE
COMMIT
`,
};

const twoUplinks = (loose: "0" | "1"): Plan => ({
  routes: [uplink(254, 1, 100), uplink(254, 2, 200), uplink(101, 1), uplink(102, 2), lan(101), lan(102)],
  rules: [marked(1000, 0x30, 0xff, 101), marked(1001, 0x36, 0xff, 102)],
  sysctls: { "net.netfilter.nf_conntrack_tcp_loose": loose },
});

const port = (number: number, saddr = laptop): WirePacket => ({
  iif: "lan0",
  saddr,
  daddr: "192.168.1.1",
  protocol: 6,
  sport: 41000,
  dport: number,
  tcpFlags: syn,
});

const refusals: LabRuleset = {
  language: "nftables",
  text: `table inet filter {
chain early {
type filter hook prerouting priority raw; policy accept;
tcp dport 8083 counter drop
}
chain input {
type filter hook input priority filter; policy accept;
ct state invalid drop
tcp dport 8080 counter drop
tcp dport 8081 counter reject with tcp reset
}
chain last {
type filter hook input priority 2147483647; policy accept;
tcp dport 8084 counter drop
}
}
`,
};

const watched: LabRuleset = {
  language: "nftables",
  text: `table ip watch {
chain before {
type filter hook prerouting priority -300; policy accept;
tcp flags syn counter
}
chain behind {
type filter hook prerouting priority -150; policy accept;
ct state new counter
}
}
`,
};

const bound: LabRuleset = {
  language: "iptables",
  text: `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -j CONNMARK --restore-mark
-A PREROUTING -i wan1 -m mark --mark 0x0 -j MARK --set-xmark 0x1e
-A PREROUTING -i wan2 -m mark --mark 0x0 -j MARK --set-xmark 0x1f
-A PREROUTING -d 192.168.1.0/24 -j CONNMARK --save-mark
-A PREROUTING -i lan0 -m mark --mark 0x1e -j MARK --set-xmark 0x14
-A PREROUTING -i lan0 -m mark --mark 0x1f -j MARK --set-xmark 0x16
-A PREROUTING -i lan0 -m mark --mark 0x0 -j MARK --set-xmark 0x14
COMMIT
`,
};

/** One of those with which the lab fills the table; assured, and so never given up for a new one. */
function filler(port: number): ConntrackEntry {
  const [client, server] = [address("100.64.0.0"), address("198.18.0.1")];
  return {
    original: { saddr: client, daddr: server, protocol: 6, sport: port, dport: 80 },
    reply: { saddr: server, daddr: client, protocol: 6, sport: 80, dport: port },
    status: ["seen-reply", "assured", "confirmed"],
    mark: 0,
    state: "ESTABLISHED",
    timeout: 432000,
  };
}

const redirected = "-A PREROUTING -i lan0 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128";

/** A client that the router answers itself: the answer's answer is made from what left. */
const proxied: Wish[] = [
  {
    packet: {
      iif: "lan0",
      saddr: laptop,
      daddr: web,
      protocol: 6,
      sport: 45678,
      dport: 80,
      tcpFlags: syn,
      tcpSeq: 1000,
    },
  },
  { answer: 0, packet: { tcpFlags: rst, tcpSeq: 1001, tcpAck: 0 } },
  {
    packet: {
      iif: "lan0",
      saddr: laptop,
      daddr: web,
      protocol: 6,
      sport: 45678,
      dport: 80,
      tcpFlags: syn,
      tcpSeq: 1000,
    },
  },
];

/** All incidents of the issue, in the order of their numbers. */
export const stories: readonly Story[] = [
  {
    name: "000/loose",
    about:
      "A mark that is not saved: the third packet leaves by the other uplink, where the masqueraded entry is destroyed.",
    plan: twoUplinks("1"),
    rulesets: [balanced],
    packets: exchange(phone, 49194),
  },
  {
    name: "000/strict",
    about: "The same without loose mode: what follows is INVALID and leaves with its private address.",
    plan: twoUplinks("0"),
    rulesets: [balanced],
    packets: exchange(phone, 49194),
  },
  {
    name: "000/unaffected",
    about: "A device whose mark is saved has no trouble.",
    plan: twoUplinks("1"),
    rulesets: [balanced],
    packets: exchange(laptop, 49195),
  },
  {
    name: "002/dropped-syn",
    about: "SYNs that a rule ends leave no entry, wherever the rule stands; one that is let through does.",
    plan: oneUplink,
    rulesets: [refusals],
    packets: [8080, 8081, 8082, 8083, 8084].map((number) => ({ packet: port(number) })),
  },
  {
    name: "002/table-full",
    about: "Ten new connections where there is room for seven: the last three are dropped at the lookup.",
    plan: oneUplink,
    rulesets: [watched],
    packets: Array.from({ length: 10 }, (_, index) => ({ packet: { ...port(80), daddr: web, sport: 2000 + index } })),
    roomFor: 7,
    // Its own seven are not assured: the kernel may give one of them up when it comes upon it.
    open: { packets: 3, why: /early drop/ },
  },
  {
    name: "003/long-established",
    about:
      "A table full of connections that nobody ended: they go on, and everything new dies, the router's own packets too.",
    plan: {
      routes: [uplink(254, 1), uplink(101, 1), uplink(102, 2)],
      rules: [marked(1000, 0x14, 0xffff, 101), marked(1001, 0x16, 0xffff, 102)],
      sysctls: {},
    },
    rulesets: [bound],
    packets: [
      {
        packet: {
          iif: "wan1",
          saddr: "198.51.100.7",
          daddr: laptop,
          protocol: 6,
          sport: 6881,
          dport: 6881,
          tcpFlags: syn,
        },
      },
      {
        packet: {
          iif: "lan0",
          saddr: "100.64.0.0",
          daddr: "198.18.0.1",
          protocol: 6,
          sport: 1024,
          dport: 80,
          tcpFlags: ack,
        },
      },
      { packet: { saddr: "192.168.1.1", daddr: laptop, protocol: 1, icmpType: 8, icmpCode: 0, icmpId: 1 } },
      { packet: { iif: "lan0", saddr: laptop, daddr: "192.168.1.1", protocol: 17, sport: 5353, dport: 53 } },
    ],
    roomFor: 0,
  },
  {
    name: "004/queue",
    about:
      "A program on a queue changes the port that REDIRECT chose: the answer belongs to no connection and goes out untranslated.",
    plan: { ...oneUplink, listen: [3128, 3129].map((number) => ({ protocol: "tcp", port: number })) },
    rulesets: [
      {
        language: "iptables",
        text: `*mangle\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 3128 -j NFQUEUE --queue-num 5\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n${redirected}\nCOMMIT\n`,
      },
    ],
    packets: proxied,
    queues: [{ number: 5, from: 3128, to: 3129 }],
  },
  {
    name: "004/rule",
    about: "The same with a rule that changes the port in the place of the program.",
    plan: { ...oneUplink, listen: [3128, 3129].map((number) => ({ protocol: "tcp", port: number })) },
    rulesets: [
      { language: "iptables", text: `*nat\n:PREROUTING ACCEPT [0:0]\n${redirected}\nCOMMIT\n` },
      {
        language: "nftables",
        text: "table ip diverter {\nchain in {\ntype filter hook input priority mangle; policy accept;\ntcp dport 3128 tcp dport set 3129\n}\n}\n",
      },
    ],
    packets: proxied,
  },
  {
    name: "004/redirect",
    about: "Without the change the answer is translated back, and the client gets it from whom it asked.",
    plan: { ...oneUplink, listen: [{ protocol: "tcp", port: 3128 }] },
    rulesets: [{ language: "iptables", text: `*nat\n:PREROUTING ACCEPT [0:0]\n${redirected}\nCOMMIT\n` }],
    packets: proxied,
  },
];
