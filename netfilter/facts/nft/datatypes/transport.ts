import { allProtocols } from "../../protocols.js";
import { datatype, type Row } from "./define.js";

/** Names that iptables alone brings along. */
const foreign: ReadonlySet<string> = new Set(["mh", "ipv6-mh"]);

/** The names of `/etc/protocols` that fit a header's byte. */
const protocolNames: readonly Row[] = allProtocols
  .filter(({ number }) => number < 256)
  .flatMap(({ number, name, aliases, doc }) =>
    [name, ...aliases].filter((word) => !foreign.has(word)).map((word): Row => [word, number, doc]),
  );

/** Values of transport headers. */
export const transport = [
  datatype({
    word: "inet_proto",
    bits: 8,
    byteorder: "none",
    forms: ["tcp", "udp", "6"],
    doc: "Transport protocol by its IANA number. Names come from `/etc/protocols` when the rules are loaded, so a name that the target machine lacks is refused there.",
    constants: [...protocolNames, ["comp", 108, "Compressed payload; nft's own name."]],
  }),
  datatype({
    word: "inet_service",
    bits: 16,
    byteorder: "big",
    forms: ["ssh", "22", "1024-65535"],
    doc: "A port. Names come from `/etc/services` when the rules are loaded; they say nothing about the protocol, and what really speaks on a port is up to its users.",
  }),
  datatype({
    word: "tcp_flag",
    bits: 8,
    byteorder: "big",
    base: "bitmask",
    forms: ["syn", "syn,ack", "syn / fin,syn,rst,ack"],
    doc: "The control bits of TCP. A list (`tcp flags syn,ack`) asks whether any of them is set; to look at some and want others clear, write `tcp flags syn / fin,syn,rst,ack`.",
    constants: [
      ["fin", 0x01, "The sender has no more data."],
      ["syn", 0x02, "Opens a connection; alone in the first packet, with `ack` in the answer."],
      ["rst", 0x04, "Ends the connection at once, or answers a packet to a closed port."],
      ["psh", 0x08, "Hand the data to the program without waiting for more."],
      ["ack", 0x10, "The acknowledgement number counts; set in every packet but the first."],
      ["urg", 0x20, "The urgent pointer counts."],
      ["ecn", 0x40, "Congestion echo (ECE): the peer saw a router's mark, or asks for ECN in a SYN."],
      ["cwr", 0x80, "The sender reduced its window after such an echo."],
    ],
  }),
  datatype({
    word: "dccp_pkttype",
    bits: 4,
    byteorder: "none",
    forms: ["request", "0x00"],
    doc: "Kind of a DCCP packet.",
    constants: [
      ["request", 0, "Opens a connection."],
      ["response", 1, "Answer of the server."],
      ["data", 2, "Data without an acknowledgement."],
      ["ack", 3, "Acknowledgement without data."],
      ["dataack", 4, "Data with an acknowledgement."],
      ["closereq", 5, "The server asks the client to close."],
      ["close", 6, "Closes the connection."],
      ["reset", 7, "Ends the connection."],
      ["sync", 8, "Brings sequence numbers together again."],
      ["syncack", 9, "Answer to a sync."],
    ],
  }),
  datatype({
    word: "mptcp_subtype",
    bits: 4,
    byteorder: "big",
    internal: true,
    forms: ["mp-capable", "0"],
    doc: "What a Multipath TCP option carries.",
    constants: [
      ["mp-capable", 0, "Offers multipath in the handshake.", "1.1.2"],
      ["mp-join", 1, "Adds another path to a connection.", "1.1.2"],
      ["dss", 2, "Maps data of a path into the whole stream.", "1.1.2"],
      ["add-addr", 3, "Tells of another address.", "1.1.2"],
      ["remove-addr", 4, "Takes an address back.", "1.1.2"],
      ["mp-prio", 5, "Changes a path's priority.", "1.1.2"],
      ["mp-fail", 6, "A path's checksum failed.", "1.1.2"],
      ["mp-fastclose", 7, "Ends the whole connection at once.", "1.1.2"],
      ["mp-tcprst", 8, "Ends one path at once.", "1.1.2"],
    ],
  }),
];
