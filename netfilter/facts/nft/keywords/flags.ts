import { keywordsOfGroup } from "./define.js";

/** Flags and policies of tables, chains, sets and flowtables. */
export const flags = [
  ...keywordsOfGroup("policy", "keyword", [
    [
      "accept",
      "A packet that no rule decides about goes on to the next chain of the hook. What is meant when nothing is said.",
      { forms: ["policy accept"] },
    ],
    [
      "drop",
      "A packet that no rule decides about is thrown away. Write rules that let replies, loopback and your own SSH in before you load it.",
      { forms: ["policy drop"] },
    ],
  ]),
  ...keywordsOfGroup("tableFlag", "flag", [
    [
      "dormant",
      "Takes the table's base chains off their hooks: it stays loaded and does nothing.",
      { forms: ["flags dormant"] },
    ],
    [
      "owner",
      "Ties the table to the program that made it: nobody else can change it, and it goes with the program. Not for files: `nft -f` ends at once.",
      { forms: ["flags owner"] },
    ],
    [
      "persist",
      "With `owner`: the table stays when its program ends, and a program may take it over (Linux 6.9 or newer).",
      { forms: ["flags owner, persist"], since: "1.1.0" },
    ],
  ]),
  ...keywordsOfGroup("chainFlag", "flag", [
    [
      "offload",
      "Lets the network card do the chain's work, where its driver can: netdev ingress chains with simple rules.",
      { forms: ["flags offload"] },
    ],
  ]),
  ...keywordsOfGroup("setFlag", "flag", [
    ["constant", "Elements cannot be changed once the set is bound to a rule.", { forms: ["flags constant"] }],
    [
      "dynamic",
      "Rules may add, update and delete elements. Needed for `add @SET { ... }` and for statements in elements.",
      { forms: ["flags dynamic"] },
    ],
    [
      "interval",
      "Elements may be ranges and prefixes. Such sets cannot be filled by rules with ranges, and overlapping elements are an error without `auto-merge`.",
      { forms: ["flags interval"] },
    ],
    [
      "timeout",
      "Elements may have a lifetime of their own. A set with a `timeout` has the flag anyway.",
      { forms: ["flags timeout"] },
    ],
  ]),
  ...keywordsOfGroup("setPolicy", "keyword", [
    [
      "performance",
      "Choose the quickest kind of set. What is meant when nothing is said.",
      { forms: ["policy performance"] },
    ],
    ["memory", "Choose the kind of set that takes the least room.", { forms: ["policy memory"] }],
  ]),
  ...keywordsOfGroup("flowtableFlag", "flag", [
    [
      "offload",
      "Lets the network card forward the connections itself, where its driver can.",
      { forms: ["flags offload"] },
    ],
  ]),
  ...keywordsOfGroup("natFlag", "flag", [
    ["random", "Mixes the choice of port with a secret."],
    ["fully-random", "Picks a port wholly at random."],
    ["persistent", "Gives a client the same address of a range for all its connections."],
  ]),
  ...keywordsOfGroup("queueFlag", "flag", [
    ["bypass", "Lets packets pass while no program listens, instead of dropping them."],
    ["fanout", "Spreads packets over the queues by processor instead of by connection."],
  ]),
  ...keywordsOfGroup("rejectType", "constant", [
    ["icmp", "Answers with ICMP; IPv4 only."],
    ["icmpv6", "Answers with ICMPv6; IPv6 only."],
    ["icmpx", "Answers with ICMP or ICMPv6, as the packet needs."],
    ["tcp", "Answers with a TCP reset; TCP only."],
  ]),
  ...keywordsOfGroup("logLevel", "constant", [
    ["emerg", "0: the system is unusable. Printed to every terminal."],
    ["alert", "1: somebody must act at once."],
    ["crit", "2: critical."],
    ["err", "3: an error."],
    ["warn", "4: a warning. What is taken when nothing is said."],
    ["notice", "5: normal but worth a note."],
    ["info", "6: for information."],
    ["debug", "7: for debugging; often not written to disk."],
    ["audit", "Goes to the audit system instead of the kernel log. No other log option may stand beside it."],
  ]),
  ...keywordsOfGroup("logFlag", "flag", [
    [
      "tcp",
      "With `sequence` or `options` behind it: prints TCP's numbers or options.",
      { forms: ["flags tcp sequence,options"] },
    ],
    ["ip", "With `options` behind it: prints IP's options.", { forms: ["flags ip options"] }],
    [
      "sequence",
      "Prints TCP's sequence numbers, which let readers of the log inject into connections.",
      { forms: ["flags tcp sequence"] },
    ],
    ["options", "Prints options of the TCP or IP header.", { forms: ["flags tcp options", "flags ip options"] }],
    ["skuid", "Prints the user who owns the socket.", { forms: ["flags skuid"] }],
    ["ether", "Prints hardware addresses, of non-Ethernet links too.", { forms: ["flags ether"] }],
    ["all", "Prints all of that.", { forms: ["flags all"] }],
  ]),
];
