import type { Extension, Option, Value } from "../extension.js";
import { match, option, prefixOrMask, rangeTo, u32, u64, upTo } from "./define.js";

const states = {
  INVALID:
    "Conntrack could make nothing of the packet: a TCP segment outside of the window or against the state machine, a broken checksum or header, an ICMP error that belongs to no known connection. NAT does not touch such a packet, so it may leave with its private address; dropping it is the usual answer. In `raw`, before conntrack has looked, nearly every packet reads as INVALID, so dropping it there cuts the host off.",
  NEW: "The packet starts an entry, or belongs to one that has seen no answer yet. That is **any** such packet, not only a TCP SYN: with `nf_conntrack_tcp_loose` on (as it is) the middle of an unknown TCP stream is NEW too. The entry is kept only if the packet gets all the way through the hooks.",
  ESTABLISHED:
    "The entry has seen packets in both directions, the first answer included. It says nothing about TCP's own state: UDP and ICMP reach it as well.",
  RELATED:
    "A new connection that a known one has announced (FTP's data channel, through a helper), or an ICMP error that quotes a packet of a known connection. The helper part needs a helper assigned by `CT --helper`; ICMP errors need nothing. The first packet is RELATED, later ones are ESTABLISHED.",
  UNTRACKED:
    "Conntrack was told to leave the packet alone (`CT --notrack` in `raw`) or never tracks its kind (IPv6 neighbour discovery). Such a packet is neither NEW nor INVALID, and NAT does not apply to it.",
};

const natStates = {
  SNAT: "Not a state but a fact of the entry: the address or port that answers go to differs from the original source. True for packets of both directions, also after the first.",
  DNAT: "Not a state but a fact of the entry: the answers come from another address or port than the original destination. Good for letting in just what was port-forwarded: `--ctstate DNAT` in FORWARD.",
};

const statuses = {
  NONE: "Stands for no bit at all: alone it never matches, negated always, and in a list with others it adds nothing.",
  EXPECTED:
    "The entry was announced by a helper of another connection. The bit stays for good, while RELATED ends with the first packet.",
  SEEN_REPLY: "Packets have come in both directions.",
  ASSURED:
    "Traffic in both directions has gone far enough (TCP: the handshake is done) that the entry is not thrown out early when the table fills up.",
  CONFIRMED:
    "The first packet has left through the last hook and the entry is in the table. The very first packet sees it unset.",
};

const directions = {
  ORIGINAL: "The packet goes the way of the first packet of the connection.",
  REPLY: "The packet goes the way of the answers.",
};

/** Numbers above 65535 pass and lose their upper bits, reversed ranges pass before 1.8.13. */
const ports: Value = { type: "port", range: ":", wraps: true };

function tupleOptions(direction: "orig" | "repl"): readonly Option[] {
  const original = direction === "orig";
  const of = original ? "original direction" : "reply direction";
  return [
    option(
      `ct${direction}src`,
      `[!] --ct${direction}src address[/mask]`,
      [{ type: "address", prefix: true }],
      original
        ? "The source address of the connection's first packet, as it was before any NAT. The same for every packet of the connection, whichever way it goes."
        : "The source address that answers carry: the real server behind a destination NAT, where `--ctorigdst` is the public address.",
    ),
    option(
      `ct${direction}dst`,
      `[!] --ct${direction}dst address[/mask]`,
      [{ type: "address", prefix: true }],
      original
        ? "The destination that the client asked for, before destination NAT. Behind PREROUTING it is the only way to tell which public address a forwarded connection came in by."
        : "The address that answers go to: after source NAT the router's own public address, not the client's.",
    ),
    option(
      `ct${direction}srcport`,
      `[!] --ct${direction}srcport port[:port]`,
      [ports],
      `The source port (for ICMP the id) of the connection's ${of}${original ? ", before NAT" : ": the real server's port"}. Compared with the entry, so it works without \`-p tcp\` or \`-p udp\`.`,
    ),
    option(
      `ct${direction}dstport`,
      `[!] --ct${direction}dstport port[:port]`,
      [ports],
      `The destination port of the connection's ${of}${original ? ": the one that the client asked for, before a port forwarding" : ", which a masquerade may have changed from the client's own"}.`,
    ),
  ];
}

const conntrack = match("conntrack", {
  forms: ["-m conntrack [options]"],
  doc: "Asks the connection tracking entry that the packet belongs to, not the packet. Conntrack looks packets up at priority -200 of PREROUTING and OUTPUT: `raw` (-300) is earlier and sees no entry, `mangle`, `nat` and `filter` are later. The rule itself switches tracking on in its network namespace. Every option given must hold.",
  options: [
    option(
      "ctstate",
      "[!] --ctstate state[,state...]",
      [{ type: "word", words: { ...states, ...natStates }, list: true, ignoreCase: true, abbreviated: "first" }],
      "How the packet stands to its connection; one of the listed states is enough. In `raw` no entry is there yet: NEW and ESTABLISHED do not match and everything is INVALID, looped-back packets alone bring their entry along.",
    ),
    option(
      "ctproto",
      "[!] --ctproto protocol",
      [{ type: "protocol" }],
      "The transport protocol of the entry. For an ICMP error that is RELATED to a TCP connection it is tcp, where `-p` says icmp. From 1.8.13 on the tools refuse 0 (all).",
    ),
    ...tupleOptions("orig"),
    ...tupleOptions("repl"),
    option(
      "ctstatus",
      "[!] --ctstatus status[,status...]",
      [{ type: "word", words: statuses, list: true, ignoreCase: true, abbreviated: "first" }],
      "Bits that the entry has gathered; one of the listed ones is enough. Unlike `--ctstate` this is about the entry alone and the same for every packet of it.",
    ),
    option(
      "ctexpire",
      "[!] --ctexpire seconds[:seconds]",
      [rangeTo(u32)],
      "How many seconds the entry would still live without further packets. The packet at hand has already renewed it in most cases, so the value is close to the full timeout.",
    ),
    option(
      "ctdir",
      "--ctdir ORIGINAL|REPLY",
      [{ type: "word", words: directions, ignoreCase: true }],
      "Which way the packet goes, seen from the connection's first packet. With nothing else it also requires that there is an entry.",
    ),
  ],
  needs: [
    [
      "ctstate",
      "ctproto",
      "ctorigsrc",
      "ctorigdst",
      "ctreplsrc",
      "ctrepldst",
      "ctorigsrcport",
      "ctorigdstport",
      "ctreplsrcport",
      "ctrepldstport",
      "ctstatus",
      "ctexpire",
      "ctdir",
    ],
  ],
});

const state = match("state", {
  forms: ["-m state [!] --state state[,state...]"],
  doc: "The older name of `-m conntrack --ctstate`, with the same meaning and the same traps. The tools translate it on the way to the kernel; newer rules say conntrack.",
  options: [
    option(
      "state",
      "[!] --state state[,state...]",
      [{ type: "word", words: states, list: true, ignoreCase: true, abbreviated: "first" }],
      "How the packet stands to its connection; one of the listed states is enough. SNAT and DNAT are known to conntrack's `--ctstate` only.",
    ),
  ],
  needs: [["state"]],
});

const connmark = match("connmark", {
  forms: ["-m connmark [!] --mark value[/mask]"],
  doc: "Compares the mark of the **connection**, which lives in the conntrack entry and is the same for packets of both directions. `-m mark` reads the packet's own mark instead; `-j CONNMARK` copies one to the other. A packet without an entry never matches, negated or not.",
  options: [
    option(
      "mark",
      "[!] --mark value[/mask]",
      [{ type: "mark", mask: true }],
      "The connection's mark, ANDed with the mask (all bits where none is given), equals the value. A value with bits outside of its mask never matches.",
    ),
  ],
  needs: [["mark"]],
});

const connlabel = match("connlabel", {
  forms: ["-m connlabel [!] --label name|bit [--set]"],
  doc: "Tests one of the 128 label bits of the conntrack entry. Names come from `/etc/xtables/connlabel.conf` (older: `/etc/connlabel.conf`). A packet without an entry matches the negated form alone.",
  options: [
    option(
      "label",
      "[!] --label name",
      [{ type: "text" }],
      "The label by name or by number from 0 to 127. The tools need the configuration file even to look a name up.",
    ),
    option(
      "set",
      "--set",
      [],
      "Sets the label as a side effect and matches when that worked. It happens even if a later match of the same rule fails, as matches run from left to right.",
    ),
  ],
  needs: [["label"]],
});

const helper = match("helper", {
  forms: ["-m helper [!] --helper name[-port]"],
  doc: "Matches packets of connections that a conntrack helper has announced, FTP's data channel for one, by the helper of the **parent** connection. Since kernel 4.7 helpers are not assigned by port any more: `-j CT --helper` in `raw` must do it first.",
  options: [
    option(
      "helper",
      "[!] --helper name[-port]",
      [{ type: "text", empty: true }],
      "The helper's name: `ftp`, `sip`, `irc`, `tftp`, `amanda`, `pptp`, `h323`, `snmp`, `netbios-ns`. An empty name stands for any helper. With a port (`ftp-2121`) it names the helper of that port.",
    ),
  ],
  needs: [["helper"]],
});

const connbytes = match("connbytes", {
  forms: [
    "-m connbytes [!] --connbytes from[:to] --connbytes-dir original|reply|both --connbytes-mode packets|bytes|avgpkt",
  ],
  doc: "Compares what the connection has carried so far, for instance to move long downloads to a slower class. It needs conntrack's accounting (`net.netfilter.nf_conntrack_acct`); loading the rule switches it on, but connections that are already there keep counting nothing.",
  options: [
    option(
      "connbytes",
      "[!] --connbytes from[:to]",
      [rangeTo(u64, { ordered: true })],
      "The counted value lies between both ends, or is at least the first where the second is left out.",
    ),
    option(
      "connbytes-dir",
      "--connbytes-dir original|reply|both",
      [
        {
          type: "word",
          words: {
            original: "Count what the side that opened the connection has sent.",
            reply: "Count what the other side has answered.",
            both: "Count both directions together.",
          },
        },
      ],
      "Whose packets are counted. Original is the direction of the connection's first packet.",
    ),
    option(
      "connbytes-mode",
      "--connbytes-mode packets|bytes|avgpkt",
      [
        {
          type: "word",
          words: {
            packets: "The number of packets.",
            bytes: "The number of bytes, network headers included.",
            avgpkt: "Bytes divided by packets: tells bulk transfers from interactive ones.",
          },
        },
      ],
      "What is counted. The packet at hand is already in the numbers.",
    ),
  ],
  needs: [["connbytes"], ["connbytes-dir"], ["connbytes-mode"]],
});

const connlimit = match("connlimit", {
  forms: [
    "-m connlimit [--connlimit-upto n | --connlimit-above n] [--connlimit-mask n] [--connlimit-saddr | --connlimit-daddr]",
  ],
  doc: "Counts the conntrack entries of a client (or of a whole network) and compares the number. It counts connections that exist, not how fast they come (`-m hashlimit` does that). Put it on packets that are NEW: an established one counts its own connection too. Closed TCP connections drop out of the count.",
  options: [
    option(
      "connlimit-upto",
      "[!] --connlimit-upto n",
      [upTo(u32)],
      "Matches while the group has at most n connections, the present one counted.",
    ),
    option(
      "connlimit-above",
      "[!] --connlimit-above n",
      [upTo(u32)],
      "Matches as soon as the group has more than n connections, the present one counted: the form for REJECT.",
    ),
    option(
      "connlimit-mask",
      "--connlimit-mask length",
      [prefixOrMask],
      "How many leading bits of the address make a group. Without it every address stands for itself; 0 puts all of them into one group. IPv4 takes up to 32.",
    ),
    option("connlimit-saddr", "--connlimit-saddr", [], "Groups by source address, which is the default."),
    option(
      "connlimit-daddr",
      "--connlimit-daddr",
      [],
      "Groups by destination address: how many connections a server has, rather than a client.",
    ),
  ],
  needs: [["connlimit-upto", "connlimit-above"]],
  excludes: [
    ["connlimit-upto", "connlimit-above"],
    ["connlimit-saddr", "connlimit-daddr"],
  ],
});

const cluster = match("cluster", {
  forms: [
    "-m cluster --cluster-total-nodes n [!] --cluster-local-node n | --cluster-local-nodemask mask --cluster-hash-seed seed",
  ],
  doc: "Shares connections among nodes that all receive the same packets. The original source address of the conntrack entry is hashed to a node number, so both directions of a connection land on the same node. A packet without an entry is not matched.",
  options: [
    option(
      "cluster-total-nodes",
      "--cluster-total-nodes n",
      [{ type: "integer", min: 1, max: 32 }],
      "How many nodes share the work. All must be given the same number and the same seed.",
    ),
    option(
      "cluster-local-node",
      "[!] --cluster-local-node n",
      [{ type: "integer", min: 1, max: 32 }],
      "Matches what hashes to node n, counted from 1.",
      { lessThan: { option: "cluster-total-nodes", orEqual: true } },
    ),
    option(
      "cluster-local-nodemask",
      "[!] --cluster-local-nodemask mask",
      [{ type: "integer", min: 1, max: 32 }],
      "The nodes that this machine stands for, one bit each: 0x3 is nodes 1 and 2. Lets one machine take over for another. The tools take values up to 32 only, so nothing beyond node 6 can be named.",
    ),
    option(
      "cluster-hash-seed",
      "--cluster-hash-seed seed",
      [upTo(u32)],
      "The start value of the hash. Nodes with different seeds both take some connections and leave others to nobody.",
    ),
  ],
  needs: [["cluster-local-node", "cluster-local-nodemask"], ["cluster-total-nodes"], ["cluster-hash-seed"]],
  excludes: [["cluster-local-node", "cluster-local-nodemask"]],
});

const ipvs = match("ipvs", {
  forms: [
    "-m ipvs [!] --ipvs",
    "-m ipvs [--vproto protocol] [--vaddr address] [--vport port] [--vdir direction] [--vmethod method]",
  ],
  doc: "Asks whether the kernel's load balancer (IPVS) handles the packet, and for which virtual service. It needs the `ip_vs` module; `--vdir` also needs conntrack entries, which IPVS keeps only with `net.ipv4.vs.conntrack` set.",
  options: [
    option(
      "ipvs",
      "[!] --ipvs",
      [],
      "The packet belongs to an IPVS connection. Every other option of this match asks that too.",
    ),
    option("vproto", "[!] --vproto protocol", [{ type: "protocol" }], "The transport protocol of the virtual service."),
    option(
      "vaddr",
      "[!] --vaddr address[/mask]",
      [{ type: "address", prefix: true }],
      "The virtual address that the client talks to, not that of the real server.",
    ),
    option("vport", "[!] --vport port", [{ type: "port", wraps: true }], "The port of the virtual service."),
    option(
      "vdir",
      "--vdir ORIGINAL|REPLY",
      [{ type: "word", words: directions, ignoreCase: true }],
      "Whether the packet goes from the client to the service or back.",
    ),
    option(
      "vmethod",
      "[!] --vmethod GATE|IPIP|MASQ",
      [
        {
          type: "word",
          ignoreCase: true,
          words: {
            GATE: "Direct routing: the packet goes on unchanged, only the next hop is the real server.",
            IPIP: "The packet is put into an IP tunnel to the real server.",
            MASQ: "The destination is rewritten, as destination NAT does.",
          },
        },
      ],
      "How IPVS hands the connection to the real server.",
    ),
    option(
      "vportctl",
      "[!] --vportctl port",
      [{ type: "port", wraps: true }],
      "The port of the controlling connection, 21 for FTP, when the packet belongs to a connection that one announced.",
    ),
  ],
  needs: [["ipvs", "vproto", "vaddr", "vport", "vdir", "vmethod", "vportctl"]],
});

/** Matches that ask connection tracking or what is built on it. */
export const conntrackMatches: readonly Extension[] = [
  conntrack,
  state,
  connmark,
  connlabel,
  helper,
  connbytes,
  connlimit,
  cluster,
  ipvs,
];
