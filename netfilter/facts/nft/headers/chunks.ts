import type { Header } from "../types.js";
import { type FieldRow, header, l4proto } from "./define.js";

const chunk = (word: string, number: number, doc: string, own: readonly FieldRow[] = []): Header =>
  header({
    group: "sctp chunk",
    word,
    number,
    name: `SCTP chunk ${number}`,
    layer: "transport",
    dependency: l4proto(132),
    forms: [`sctp chunk ${word} exists|missing`, `sctp chunk ${word} FIELD VALUE`],
    doc,
    fields: [
      ["type", "integer", 8, 0, "Number of the chunk's kind."],
      ["flags", "integer", 8, 8, "Flags, whose meaning depends on the kind."],
      ["length", "integer", 16, 16, "Length of the chunk in bytes."],
      ...own,
    ],
  });

const init: readonly FieldRow[] = [
  ["init-tag", "integer", 32, 32, "Verification tag the peer shall use."],
  ["a-rwnd", "integer", 32, 64, "Bytes the sender is ready to take."],
  ["num-outbound-streams", "integer", 16, 96, "Streams the sender wants to open."],
  ["num-inbound-streams", "integer", 16, 112, "Streams the sender is ready to take."],
  ["initial-tsn", "integer", 32, 128, "First sequence number."],
];
const cumulative: FieldRow = ["cum-tsn-ack", "integer", 32, 32, "Everything up to this number has come."];
const lowest: readonly FieldRow[] = [
  ["lowest-tsn", "integer", 32, 32, "Lowest number that the congestion mark is about."],
];
const sequence: readonly FieldRow[] = [["seqno", "integer", 32, 32, "Number of the change request."]];

/** Chunks of SCTP; the first of its kind in the packet is asked. */
export const chunks = [
  chunk("data", 0, "A piece of a message.", [
    ["tsn", "integer", 32, 32, "Transmission number of the piece."],
    ["stream", "integer", 16, 64, "Stream it belongs to."],
    ["ssn", "integer", 16, 80, "Number within the stream."],
    ["ppid", "integer", 32, 96, "What the programs call the payload, WebRTC or S1AP for instance."],
  ]),
  chunk("init", 1, "Opens an association.", init),
  chunk("init-ack", 2, "Answer to `init`, with a cookie.", init),
  chunk("sack", 3, "Acknowledges data.", [
    cumulative,
    ["a-rwnd", "integer", 32, 64, "Bytes the sender is ready to take."],
    ["num-gap-ack-blocks", "integer", 16, 96, "How many blocks came out of order."],
    ["num-dup-tsns", "integer", 16, 112, "How many pieces came twice."],
  ]),
  chunk("heartbeat", 4, "Tests whether a path works."),
  chunk("heartbeat-ack", 5, "Answer to a heartbeat."),
  chunk("abort", 6, "Ends the association at once."),
  chunk("shutdown", 7, "Begins to end the association.", [cumulative]),
  chunk("shutdown-ack", 8, "Answer to `shutdown`."),
  chunk("error", 9, "Tells of an error that does not end the association."),
  chunk("cookie-echo", 10, "Brings the cookie back: the third step of opening."),
  chunk("cookie-ack", 11, "The association is open."),
  chunk("ecne", 12, "A router on the way was congested.", lowest),
  chunk("cwr", 13, "The sender reduced its window.", lowest),
  chunk("shutdown-complete", 14, "The association is closed."),
  chunk("asconf-ack", 0x80, "Answer to a change of addresses.", sequence),
  chunk("forward-tsn", 0xc0, "Skips data given up.", [["new-cum-tsn", "integer", 32, 32, "Number to go on from."]]),
  chunk("asconf", 0xc1, "Asks for a change of addresses.", sequence),
];
