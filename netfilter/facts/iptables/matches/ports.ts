import type { Extension, Option, Value } from "../extension.js";
import { match, option, u8 } from "./define.js";

/** Parsed by the module itself: a reversed range is refused. */
const orderedPorts: Value = { type: "port", range: ":", ordered: true };

/** Parsed by the tools' common code, which goes through the C library: 65536 becomes 0 without a word. */
const libraryPorts: Value = { type: "port", range: ":", wraps: true };

const portList: Value = { type: "port", range: ":", closed: true, ordered: true, list: 15 };

function portOptions(ports: Value): readonly Option[] {
  return [
    option(
      "sport source-port",
      "[!] --sport port[:port]",
      [ports],
      "Compares the source port, which the sender usually picks at random: for a client's packets that says little, for a server's answers it names the service. An end left out of a range is 0 or 65535. Before source NAT in `POSTROUTING` this is still the port the sender used.",
    ),
    option(
      "dport destination-port",
      "[!] --dport port[:port]",
      [ports],
      "Compares the destination port as the packet carries it **now**: behind `PREROUTING`'s destination NAT that is the translated port, not the one the client asked for (`--ctorigdstport` of conntrack keeps that). An end left out of a range is 0 or 65535.",
    ),
  ];
}

const tcpFlags = {
  SYN: "Opens a connection: alone in the client's first segment, with ACK in the server's answer.",
  ACK: "The acknowledgement number counts. Set in every segment but the very first.",
  FIN: "The sender has no more data; the other direction may go on.",
  RST: "The connection is torn down at once, or the port is closed.",
  URG: "The urgent pointer counts. Rare outside of telnet and port scans.",
  PSH: "Hand the data to the application without waiting for more.",
  ALL: "All six flags that iptables knows. As a mask it means that every flag is looked at. ECE and CWR are not among them (see `-m ecn`).",
  NONE: "No flag. As the second list it asks that all flags of the mask are clear.",
};

const flagList: Value = { type: "word", words: tcpFlags, list: true, ignoreCase: true, blanks: true };

const tcp = match("tcp", {
  forms: ["-p tcp [-m tcp] [options]"],
  doc: "Looks into the TCP header. `-p tcp` brings it in by itself. Fragments after the first carry no TCP header: without conntrack or another defragmenter in front they never match, and a first fragment too short to hold the header is dropped on the spot.",
  protocols: ["tcp"],
  underNegation: true,
  options: [
    ...portOptions(orderedPorts),
    option(
      "tcp-flags",
      "[!] --tcp-flags mask set",
      [flagList, flagList],
      "Looks at the flags of the first list only and matches when exactly those of the second are set. `SYN,ACK SYN` therefore means SYN set *and* ACK clear, whatever FIN or PSH say. A flag of the second list that the mask lacks makes the rule never match.",
    ),
    option(
      "syn",
      "[!] --syn",
      [],
      "The first segment of a connection: SYN set, and ACK, RST and FIN clear, just as `--tcp-flags FIN,SYN,RST,ACK SYN` (which iptables-save prints in its place). It knows nothing of conntrack: `! --syn` with `--ctstate NEW` is the usual net for connections picked up in their middle.",
    ),
    option(
      "tcp-option",
      "[!] --tcp-option number",
      [{ type: "integer", min: 1, max: u8 }],
      "Matches when an option of that number is in the header: 2 is MSS, 3 window scale, 5 SACK, 8 timestamps. A packet whose option area cannot be read is dropped, not just left unmatched.",
    ),
  ],
  excludes: [["syn", "tcp-flags"]],
});

const udp = match("udp", {
  forms: ["-p udp [-m udp] [options]"],
  doc: "Looks at the ports of the UDP header. `-p udp` brings it in by itself. Later fragments of a large datagram have no ports and do not match unless something (conntrack as a rule) has put the datagram together before.",
  protocols: ["udp"],
  underNegation: true,
  options: portOptions(libraryPorts),
});

const chunks = {
  DATA: "User data (type 0). Its flags: `I` acknowledge at once, `U` unordered, `B` first and `E` last fragment of a message.",
  INIT: "Opens an association (type 1); travels alone in its packet and with verification tag 0.",
  INIT_ACK: "Answers INIT and hands out the state cookie (type 2).",
  SACK: "Selective acknowledgement of data (type 3).",
  HEARTBEAT: "Asks whether one of the peer's addresses still answers (type 4).",
  HEARTBEAT_ACK: "Answers HEARTBEAT (type 5).",
  ABORT: "Ends the association at once (type 6). Flag `T`: the tag is the peer's own, sent back.",
  SHUTDOWN: "Begins the orderly end (type 7).",
  SHUTDOWN_ACK: "Answers SHUTDOWN (type 8).",
  ERROR: "Reports an error that does not end the association (type 9).",
  COOKIE_ECHO: "Brings the state cookie back: the third step of the handshake (type 10).",
  COOKIE_ACK: "Ends the handshake (type 11).",
  ECN_ECNE: "Tells the sender that congestion was marked on the way (type 12).",
  ECN_CWR: "The sender has slowed down in answer (type 13).",
  SHUTDOWN_COMPLETE: "The last packet of an association (type 14). Flag `T` as with ABORT.",
  I_DATA: "User data that may interleave with other messages (type 64, RFC 8260).",
  RE_CONFIG: "Resets or adds streams (type 130, RFC 6525).",
  PAD: "Padding, for path MTU probes (type 132, RFC 4820).",
  ASCONF: "Adds or removes an address of a multi-homed peer (type 193).",
  ASCONF_ACK: "Answers ASCONF (type 128).",
  FORWARD_TSN: "Skips data that will not be sent again (type 192).",
  I_FORWARD_TSN: "FORWARD_TSN for interleaved messages (type 194, RFC 8260).",
};

/** A chunk's name as a pattern, with the flags that it may have. */
function withFlags(chunk: string): string {
  const flags = { DATA: "[IUBE]*", I_DATA: "[IUBE]*", ABORT: "T*", SHUTDOWN_COMPLETE: "T*" }[chunk] ?? "";
  return `${chunk}(?::${flags})?`;
}

const sctp = match("sctp", {
  forms: ["-p sctp [-m sctp] [options]"],
  doc: "Looks into the SCTP header and at the chunks that a packet carries. `-p sctp` brings it in by itself. Fragments after the first never match.",
  protocols: ["sctp"],
  options: [
    ...portOptions(orderedPorts),
    option(
      "chunk-types",
      "[!] --chunk-types all|any|only type[:flags][,type[:flags]...]",
      [
        {
          type: "word",
          ignoreCase: true,
          words: {
            all: "Every listed type must be in the packet; others may be.",
            any: "One listed type in the packet is enough.",
            only: "The packet may hold listed types only, though not all of them.",
          },
        },
        {
          type: "pattern",
          pattern: new RegExp(`^(?:all|none|(?:(?:${Object.keys(chunks).map(withFlags).join("|")})?(?:,|$))*)$`, "i"),
          what: "SCTP chunk types with commas between them, each with flags after a colon where wanted: DATA:BE,INIT",
        },
      ],
      `Walks the chunks of the packet and compares their types. Flags narrow a chunk: a capital letter must be set, a small one clear (\`ABORT:t\`). \`ALL\` and \`NONE\` stand alone. The types:\n\n${Object.entries(
        chunks,
      )
        .map(([name, text]) => `- \`${name}\`: ${text}`)
        .join("\n")}`,
    ),
  ],
});

const dccpTypes = {
  REQUEST: "The client opens a connection, as TCP's SYN does.",
  RESPONSE: "The server's answer to REQUEST.",
  DATA: "Data without an acknowledgement.",
  ACK: "An acknowledgement without data.",
  DATAACK: "Data and an acknowledgement together.",
  CLOSEREQ: "The server asks the client to close, so that the client holds the waiting state.",
  CLOSE: "One end closes.",
  RESET: "The connection is over, in good order or not.",
  SYNC: "Brings the sequence numbers together again after a burst of losses.",
  SYNCACK: "Answers SYNC.",
  INVALID: "A packet type that the standard leaves unassigned (10 to 15).",
};

const dccp = match("dccp", {
  forms: ["-p dccp [-m dccp] [options]"],
  doc: "Looks into the DCCP header. `-p dccp` brings it in by itself. DCCP is hardly used any more, and kernels from 6.16 on have no DCCP sockets any more, though the packets of others can still be compared.",
  protocols: ["dccp"],
  options: [
    ...portOptions(libraryPorts),
    option(
      "dccp-types",
      "[!] --dccp-types type[,type...]",
      [{ type: "word", words: dccpTypes, list: true, ignoreCase: true, blanks: true }],
      "Matches when the packet is of one of the listed types.",
    ),
    option(
      "dccp-option",
      "[!] --dccp-option number",
      [{ type: "integer", min: 1, max: u8 }],
      "Matches when an option of that number stands in the header. A header whose options cannot be walked makes the kernel drop the packet.",
    ),
  ],
});

const multiport = match("multiport", {
  forms: ["-p tcp|udp|udplite|sctp|dccp -m multiport --dports port[,port:port...]"],
  doc: "Compares a port with a list in one rule. `-p` must name a protocol that has ports and cannot be negated. A list holds 15 ports, and a range (`1024:2048`) takes the place of two. Longer lists belong into an ipset of type `bitmap:port`.",
  protocols: ["tcp", "udp", "udplite", "sctp", "dccp"],
  options: [
    option(
      "sports source-ports",
      "[!] --sports port[,port:port...]",
      [portList],
      "The source port is one of the list. `--sport` under `-p tcp -m multiport` also lands here when multiport is the newer module of the rule.",
    ),
    option(
      "dports destination-ports",
      "[!] --dports port[,port:port...]",
      [portList],
      "The destination port, as it stands in the packet at this hook, is one of the list.",
    ),
    option(
      "ports",
      "[!] --ports port[,port:port...]",
      [portList],
      "The source **or** the destination port is one of the list; they need not be the same one. Negated, neither may be.",
    ),
  ],
  needs: [["sports", "dports", "ports"]],
  excludes: [["sports", "dports", "ports"]],
});

/** Matches that look at ports of a transport protocol. */
export const portMatches: readonly Extension[] = [tcp, udp, sctp, dccp, multiport];
