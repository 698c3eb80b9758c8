import { keywordsOfGroup } from "./define.js";

/** First words of expressions that have no entry of their own. */
export const expressions = [
  ...keywordsOfGroup("expression", "expression", [
    [
      "meta",
      "What the kernel knows of a packet beside its bytes: interfaces, mark, protocol, owner, time. Most keys may be written without the word.",
      { forms: ["meta KEY VALUE", "meta KEY set VALUE"] },
    ],
    [
      "ct",
      "What conntrack knows of the packet's connection. It is looked up at priority -200 in prerouting and output; a chain before that finds nothing.",
      { forms: ["ct KEY VALUE", "ct original|reply KEY VALUE", "ct KEY set VALUE"] },
    ],
    [
      "fib",
      "Asks the routing tables about an address of the packet: what kind it is, or by which interface it is reached. It tells what they would do, not what became of this packet.",
      { forms: ["fib saddr|daddr [. mark] [. iif|oif] oif|oifname|type|check VALUE"] },
    ],
    [
      "socket",
      "Asks about the local socket that the packet belongs to; in prerouting it is looked up by addresses and ports. Packets that are forwarded have none.",
      { forms: ["socket transparent|mark|wildcard VALUE", "socket cgroupv2 level NUMBER VALUE"] },
    ],
    [
      "osf",
      "Guesses the sender's operating system from a TCP SYN. Easily forged.",
      { forms: ["osf [ttl loose|skip] name|version VALUE"] },
    ],
    [
      "ipsec",
      "Asks about the IPsec policy that decrypted the packet, or will encrypt it. `meta ipsec exists` asks only whether there was one.",
      {
        forms: ["ipsec in|out [spnum NUMBER] reqid|spi VALUE", "ipsec in|out [spnum NUMBER] ip|ip6 saddr|daddr VALUE"],
      },
    ],
    [
      "numgen",
      "Makes up a number: counted up, or at random. With `map` it spreads packets or connections over servers.",
      { forms: ["numgen inc|random mod NUMBER [offset NUMBER]"] },
    ],
    [
      "jhash",
      "Makes a number of any values, the same for equal ones. With `map` it keeps a client with its server.",
      { forms: ["jhash EXPRESSION mod NUMBER [seed NUMBER] [offset NUMBER]"] },
    ],
    [
      "symhash",
      "Makes a number of addresses and ports that is the same in both directions.",
      { forms: ["symhash mod NUMBER [offset NUMBER]"] },
    ],
  ]),
  ...keywordsOfGroup("rawBase", "expression", [
    ["ll", "Counts from the start of the link layer header.", { forms: ["@ll,OFFSET,LENGTH"] }],
    ["nh", "Counts from the start of the network header.", { forms: ["@nh,OFFSET,LENGTH"] }],
    [
      "th",
      "Counts from the start of the transport header. Later fragments have none and do not match.",
      { forms: ["@th,OFFSET,LENGTH"] },
    ],
    [
      "ih",
      "Counts from the start of what is behind the transport header: the data. It works for TCP and UDP (Linux 5.16 or newer).",
      { forms: ["@ih,OFFSET,LENGTH"] },
    ],
  ]),
  ...keywordsOfGroup("fibSelector", "expression", [
    ["saddr", "Asks about the packet's source address.", { forms: ["fib saddr ..."] }],
    ["daddr", "Asks about the packet's destination address.", { forms: ["fib daddr ..."] }],
    [
      "mark",
      "The packet's mark counts in the lookup, as it does for policy routing.",
      { forms: ["fib saddr . mark ..."] },
    ],
    ["iif", "Only routes by the interface the packet came in on count.", { forms: ["fib saddr . iif ..."] }],
    ["oif", "Only routes by the interface the packet leaves by count.", { forms: ["fib daddr . oif ..."] }],
  ]),
];

/** States of `ct timeout` objects, with how long conntrack usually waits in each. */
export const timeoutStates = keywordsOfGroup("timeoutState", "constant", [
  ["syn_sent", "TCP: the SYN was seen, no answer yet; two minutes."],
  ["syn_recv", "TCP: the answer to the SYN was seen; a minute."],
  ["established", "TCP: the connection is open; five days, which is far more than most need."],
  ["fin_wait", "TCP: one side said it is done; two minutes."],
  ["close_wait", "TCP: the other side has not said it is done; a minute."],
  ["last_ack", "TCP: both said they are done; half a minute."],
  ["time_wait", "TCP: closed, late segments may still come; two minutes."],
  ["close", "TCP: ended by a reset; ten seconds."],
  ["syn_sent2", "TCP: both sides sent a SYN; two minutes."],
  ["retrans", "TCP: the same segment came again and again; five minutes."],
  ["unack", "TCP: data was not acknowledged; five minutes."],
  ["unreplied", "UDP: no answer yet; half a minute."],
  ["replied", "UDP: packets went both ways; two minutes."],
]);

/** What `list`, `reset` and `monitor` can be about. */
export const listings = keywordsOfGroup("listing", "keyword", [
  ["tables", "The names of all tables."],
  ["chains", "All chains without their rules."],
  ["rules", "Rules, to set their counters back or to watch."],
  ["sets", "All sets."],
  ["maps", "All maps."],
  ["meters", "All sets that old meters made."],
  ["counters", "All named counters."],
  ["quotas", "All named quotas."],
  ["limits", "All named limits."],
  ["secmarks", "All security labels."],
  ["synproxys", "All named synproxies."],
  ["tunnels", "All tunnel objects.", { since: "1.1.6" }],
  ["flowtables", "All flowtables."],
  ["helpers", "All conntrack helpers of a table.", { forms: ["list ct helpers table TABLE"] }],
  [
    "hooks",
    "Everything that the kernel calls at its hooks, functions of its own included. Kernels built without support print nothing at all.",
  ],
  ["trace", "Packets for which `meta nftrace set 1` was done.", { forms: ["monitor trace"] }],
  ["json", "As JSON.", { forms: ["export ruleset json"] }],
]);
