import { ip, option, statement } from "./define.js";

const icmpForms = "with icmp|icmpv6|icmpx [type] CODE";

/** What decides about a packet. */
export const verdicts = [
  statement({
    word: "accept",
    forms: ["accept"],
    effect: "verdict",
    terminal: true,
    doc: "Ends this base chain for the packet, and every chain that jumped here. It is not the last word: other base chains of the same hook with a higher priority still see the packet and may drop it. Only `drop` is final.",
  }),
  statement({
    word: "drop",
    forms: ["drop"],
    effect: "verdict",
    terminal: true,
    doc: "Throws the packet away at once and for good: no later chain of any table sees it. The sender learns nothing and tries until it gives up; `reject` tells it.",
  }),
  statement({
    word: "reject",
    forms: ["reject", `reject ${icmpForms}`, "reject with tcp reset"],
    effect: "verdict",
    terminal: true,
    families: ["ip", "ip6", "inet", "bridge", "netdev"],
    familyJudge: "nft",
    hooks: ["ingress", "prerouting", "input", "forward", "output"],
    options: [
      option(
        "with",
        "with icmp|icmpv6|icmpx|tcp ...",
        "Chooses the answer. Without it the answer is ICMP port unreachable of the packet's family.",
      ),
      option(
        "icmpx",
        "with icmpx [type] CODE",
        "One reason for both families: the kernel picks the code of ICMP or ICMPv6 by the packet. For inet and bridge tables.",
      ),
      option("icmp", "with icmp [type] CODE", "Answers with this code of ICMP; IPv4 only."),
      option("icmpv6", "with icmpv6 [type] CODE", "Answers with this code of ICMPv6; IPv6 only."),
      option("tcp", "with tcp reset", "Answers with a TCP reset, as a closed port does; matches TCP only."),
      option(
        "reset",
        "with tcp reset",
        "The reset itself: the peer sees `connection refused` or a broken connection at once.",
      ),
    ],
    doc: "Drops the packet and sends an answer of the kernel's own, which goes through output and postrouting like any other packet and may be filtered there. ICMP answers are limited in rate. It stands in input, forward, output and (since Linux 5.9) prerouting, in bridge only in prerouting and input, never in postrouting. Broadcasts, ICMP errors and later fragments are dropped without an answer.",
  }),
  statement({
    word: "continue",
    forms: ["continue"],
    effect: "inert",
    doc: "Goes on with the next rule. It says what happens anyway and is useful as a value of a verdict map.",
  }),
  statement({
    word: "return",
    forms: ["return"],
    effect: "verdict",
    terminal: true,
    doc: "Goes back behind the rule that jumped here. In a base chain there is nothing to go back to: the packet meets the chain's policy.",
  }),
  statement({
    word: "jump",
    forms: ["jump CHAIN", "jump { RULES }"],
    effect: "jump",
    terminal: true,
    doc: "Goes on in a chain of the same table and comes back here when that chain ends or says `return`. At most 16 jumps may nest, and a loop is refused when the rules are loaded. The chain must not be a base chain.",
  }),
  statement({
    word: "goto",
    forms: ["goto CHAIN", "goto { RULES }"],
    effect: "jump",
    terminal: true,
    doc: "Goes on in a chain of the same table for good: when that chain ends or returns, the packet continues behind the last `jump` on its way, or meets the base chain's policy. The rest of this chain is never seen.",
  }),
  statement({
    word: "vmap",
    forms: ["EXPRESSION vmap { VALUE : VERDICT, ... }", "EXPRESSION vmap @MAP"],
    effect: "jump",
    doc: "Looks the value up and does the verdict found, in one step however long the map is: the quick way to split traffic by interface, port or state. A value that is not found goes on. What stands behind it in the rule is done only then.",
  }),
  statement({
    word: "queue",
    forms: [
      "queue",
      "queue [flags FLAGS] to NUMBER[-NUMBER]",
      "queue to numgen|jhash|symhash ...",
      "queue num NUMBER [bypass[,fanout]]",
    ],
    effect: "verdict",
    terminal: true,
    families: ["ip", "ip6", "inet", "bridge"],
    options: [
      option(
        "to",
        "to NUMBER|RANGE|EXPRESSION",
        "Number of the queue, a range over which connections are spread, or an expression that gives it.",
      ),
      option("num", "num NUMBER[-NUMBER]", "Older word for `to`, for plain numbers and ranges."),
      option("flags", "flags bypass,fanout", "How the queue is used."),
      option(
        "bypass",
        "bypass",
        "Lets packets pass as if accepted while no program listens, instead of dropping them.",
      ),
      option(
        "fanout",
        "fanout",
        "Chooses among a range by the processor that handles the packet, not by its connection.",
      ),
    ],
    doc: "Hands the packet to a program that listens on the queue and waits for its verdict. Without a program every packet is dropped, unless `bypass` is given. When the program accepts, the packet goes on behind this base chain: later rules here do not see it. While a new connection's first packet waits there, its conntrack entry is not yet confirmed.",
  }),
  statement({
    word: "fwd",
    forms: ['fwd to "DEVICE"', 'fwd ip|ip6 to ADDRESS device "DEVICE"'],
    effect: "verdict",
    terminal: true,
    families: ["netdev"],
    familyJudge: "nft",
    hooks: ["ingress", "egress"],
    options: [
      option("device", 'device "DEVICE"', "Interface by which the packet leaves."),
      option("to", "to DEVICE|ADDRESS", "Where the packet goes: an interface, or with a family a neighbour's address."),
    ],
    doc: "Sends the packet out of another interface at once, past bridge, routing, conntrack and every other hook. With an address the link header is written for that neighbour and the hop count lowered.",
  }),
  statement({
    word: "tproxy",
    forms: ["tproxy to :PORT", "tproxy [ip|ip6] to ADDRESS[:PORT]"],
    effect: "change",
    families: ip,
    familyJudge: "nft",
    hooks: ["prerouting"],
    options: [
      option(
        "to",
        "to [ADDRESS][:PORT]",
        "Where the proxy listens; without an address, that of the interface the packet came by.",
      ),
    ],
    doc: "Gives the packet to a local socket without rewriting it, so that a transparent proxy sees the address the client asked for. It needs `meta l4proto tcp` or `udp` before it, a program with IP_TRANSPARENT, and policy routing of the mark (`ip route add local default dev lo table ...`), or the packet is simply forwarded. It does not end the rule: set the mark and `accept` behind it.",
  }),
  statement({
    word: "synproxy",
    forms: ["synproxy [mss NUMBER] [wscale NUMBER] [timestamp] [sack-perm]", 'synproxy name "OBJECT"'],
    effect: "verdict",
    families: ip,
    hooks: ["input", "forward"],
    options: [
      option("mss", "mss NUMBER", "Segment size told to the client, which should be that of the server."),
      option("wscale", "wscale NUMBER", "Window scale told to the client, which should be that of the server."),
      option("timestamp", "timestamp", "Lets client and server use TCP timestamps."),
      option("sack-perm", "sack-perm", "Lets client and server use selective acknowledgements."),
    ],
    doc: "Answers TCP SYNs in the server's place with cookies and opens the real connection only when the client comes back, so a flood costs no state. SYNs must be `notrack` in a raw chain, and the sysctls `tcp_syncookies`, `tcp_timestamps` on and `nf_conntrack_tcp_loose` off. Give it packets of state `invalid,untracked`.",
  }),
];
