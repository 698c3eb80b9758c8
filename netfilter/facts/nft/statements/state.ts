import { option, statement } from "./define.js";

/** What counts and limits: statements with a memory of their own. */
export const state = [
  statement({
    word: "counter",
    forms: ["counter", "counter packets NUMBER bytes NUMBER", 'counter name "OBJECT"'],
    effect: "inert",
    options: [
      option("packets", "packets NUMBER", "Packets to start from."),
      option("bytes", "bytes NUMBER", "Bytes to start from."),
      option("name", 'name "OBJECT"', "Counts into a named counter of the table, or one that a map chooses."),
    ],
    doc: "Counts the packets and bytes that get here, so its place in the rule matters: behind the comparisons it counts what matched, in front of them everything that was asked. nft has no counters unless they are written.",
  }),
  statement({
    word: "limit",
    forms: [
      "limit rate [over] NUMBER/UNIT [burst NUMBER packets]",
      "limit rate [over] NUMBER BYTES/UNIT [burst NUMBER BYTES]",
      'limit name "OBJECT"',
    ],
    effect: "gate",
    options: [
      option("rate", "rate NUMBER/UNIT", "How many packets or bytes in a `second`, `minute`, `hour`, `day` or `week`."),
      option(
        "over",
        "over",
        "Turns it round: matches what exceeds the rate. `limit rate over 10/second drop` drops the excess.",
      ),
      option("until", "until", "Matches up to the rate; what is meant when nothing is said.", "1.1.7"),
      option(
        "burst",
        "burst NUMBER packets|BYTES",
        "How much may come at once before the rate counts; 5 packets unless said.",
      ),
      option("name", 'name "OBJECT"', "Shares the bucket of a named limit."),
    ],
    doc: "A token bucket for all packets that get here together: the rule goes on while the rate is kept, so `limit rate 10/second accept` accepts ten and lets the rest fall to the next rules, which must drop them. With `over` it matches the excess instead. For one bucket a client use a dynamic set.",
  }),
  statement({
    word: "quota",
    forms: ["quota [over|until] NUMBER BYTES [used NUMBER BYTES]", 'quota name "OBJECT"'],
    effect: "gate",
    options: [
      option("over", "over NUMBER BYTES", "Matches once more than this has passed."),
      option("until", "until NUMBER BYTES", "Matches until this much has passed; what is meant when nothing is said."),
      option("used", "used NUMBER BYTES", "How much counts as passed already."),
      option("name", 'name "OBJECT"', "Shares a named quota."),
    ],
    doc: "Matches by how many bytes have come through since it was loaded: until the amount is used up, or only after it with `over`. It never refills by itself; `reset quotas` starts it again, and so does loading the rules anew.",
  }),
  statement({
    word: "ct count",
    forms: ["ct count NUMBER", "ct count over NUMBER"],
    effect: "gate",
    families: ["ip", "ip6", "inet", "bridge"],
    options: [option("over", "over NUMBER", "Matches when there are more connections than this.")],
    doc: "Counts the connections that got here and are still alive. Usually within a dynamic set, to count by client: `add @clients { ip saddr ct count over 20 } reject`. Ask `ct state new` first, else every packet searches the list.",
  }),
  statement({
    word: "last",
    forms: ["last", "last used TIME|never"],
    effect: "inert",
    since: "1.0.7",
    options: [
      option("used", "used TIME|never", "How long ago it matched last; filled in by listings.", "1.0.7"),
      option("never", "used never", "It has not matched yet.", "1.0.7"),
    ],
    doc: "Remembers when a packet last got here, so that rules nobody uses any more are found.",
  }),
  statement({
    word: "meter",
    forms: ["meter NAME [size NUMBER] { KEY STATEMENT }"],
    effect: "gate",
    options: [option("size", "size NUMBER", "How many elements it may hold.")],
    doc: "Old form of a dynamic set with one statement for each key: still read, but a named set with `flags dynamic` and `add @set { ... }` does the same and can be listed and flushed.",
  }),
];
