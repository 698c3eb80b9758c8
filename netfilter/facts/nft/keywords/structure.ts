import { keywordsOfGroup } from "./define.js";

/** The words that build tables, chains, sets and flowtables. */
export const structure = keywordsOfGroup("structure", "keyword", [
  [
    "table",
    "A container of chains, sets and objects of one family. Names need to be unique only within it, and rules reach only what is in it. Tables of different programs stand side by side, all of them called.",
    { forms: ["table [FAMILY] NAME { ... }"] },
  ],
  [
    "chain",
    "A list of rules. With `type ... hook ...` it is a base chain that the kernel calls; without, packets come only by `jump`, `goto` or a verdict map.",
    { forms: ["chain NAME { [type TYPE hook HOOK priority PRIORITY;] RULES }"] },
  ],
  [
    "rule",
    "One rule on a line of its own command. The word may be left out behind `add`.",
    { forms: ["add rule [FAMILY] TABLE CHAIN RULE"] },
  ],
  [
    "set",
    "A named list of values of one type that rules look up with `@NAME`. The lookup takes about the same time however long it is, and elements can be changed while rules stay.",
    { forms: ["set NAME { type TYPE; [flags FLAGS;] [elements = { ... }] }"] },
  ],
  [
    "map",
    "A set whose elements carry a value: a verdict, an address, a mark, an object. Rules ask it with `map @NAME` or `vmap @NAME`.",
    { forms: ["map NAME { type TYPE : TYPE; [elements = { KEY : VALUE, ... }] }"] },
  ],
  [
    "element",
    "Single elements of a set or map, added or removed by a command.",
    { forms: ["add element [FAMILY] TABLE SET { ELEMENTS }"] },
  ],
  [
    "flowtable",
    "A shortcut at ingress: connections that a rule adds to it are forwarded past all hooks between the devices named.",
    { forms: ["flowtable NAME { hook ingress priority PRIORITY; devices = { ... }; }"] },
  ],
  [
    "type",
    "In a chain, what kind of base chain it is; in a set, the type of its keys, and behind a colon that of its values.",
    { forms: ["type filter|nat|route hook HOOK priority PRIORITY", "type TYPE [. TYPE ...] [: TYPE]"] },
  ],
  [
    "typeof",
    "Type of a set's keys and values, said by an expression that has it: `typeof ip saddr . tcp dport`. The way to have keys without a type's name, a VLAN number for instance.",
    { forms: ["typeof EXPRESSION [. EXPRESSION ...] [: EXPRESSION]"] },
  ],
  ["hook", "Where in the packet's path the kernel calls the chain.", { forms: ["hook HOOK priority PRIORITY"] }],
  [
    "priority",
    "Order among everything at the same hook, the kernel's own functions included: lower runs earlier. A number, or a name with an offset (`filter + 10`).",
    { forms: ["priority NUMBER|NAME [+|- NUMBER]"] },
  ],
  [
    "policy",
    "In a base chain, what becomes of a packet that no rule decides about: `accept`, unless said otherwise, or `drop`. In a set, whether it shall be fast or small.",
    { forms: ["policy accept|drop", "policy performance|memory"] },
  ],
  [
    "device",
    "The device an ingress or egress chain belongs to. Older kernels want it to exist when the chain is made and take the chain away with it; new ones (6.18) wait for it to come.",
    { forms: ['device "NAME"'] },
  ],
  ["devices", "Several devices for one ingress or egress chain or flowtable.", { forms: ["devices = { NAME, NAME }"] }],
  ["flags", "Options of a table, chain, set or flowtable, with commas between.", { forms: ["flags FLAG[, FLAG]"] }],
  [
    "timeout",
    "How long elements of a set live unless they say otherwise; each vanishes by itself. It needs a unit: `30s`, `1h`.",
    { forms: ["timeout TIME"] },
  ],
  [
    "expires",
    "How long an element still has to live; stands in listings, and in files that bring elements back.",
    { forms: ["expires TIME"] },
  ],
  [
    "gc-interval",
    "How often the kernel clears expired elements away. They stop matching at once all the same.",
    { forms: ["gc-interval TIME"] },
  ],
  [
    "size",
    "How many elements a set may hold. A dynamic set that rules fill should have one, or 65,535 is taken; when it is full, the rule that would add ends there.",
    { forms: ["size NUMBER"] },
  ],
  [
    "elements",
    "What a set holds from the start. Loading the same file again adds to what is there: flush first to replace.",
    { forms: ["elements = { VALUE, ... }"] },
  ],
  [
    "auto-merge",
    "Joins touching and overlapping ranges when they are added, where they would be an error otherwise. The single ranges cannot be taken out again by name.",
    { forms: ["auto-merge"] },
  ],
  ["comment", "A note that the kernel keeps and listings show.", { forms: ['comment "TEXT"'] }],
  [
    "handle",
    "The number by which the kernel knows a rule or chain; `nft -a list` shows it. It is not the same after the next load.",
    { forms: ["handle NUMBER"] },
  ],
  [
    "position",
    "Handle of the rule behind which `add`, or in front of which `insert`, puts the new one.",
    { forms: ["position NUMBER"] },
  ],
  ["index", "Like `position`, counted from 0 within the chain instead of by handle.", { forms: ["index NUMBER"] }],
  ["ruleset", "Everything of all families, or of one.", { forms: ["flush ruleset [FAMILY]", "list ruleset [FAMILY]"] }],
  [
    "offload",
    "Lets the network card do the chain's or flowtable's work, where its driver can.",
    { forms: ["flags offload"] },
  ],
]);

/** Stateful objects: declared in a table, used by rules by name. */
export const objects = keywordsOfGroup("object", "keyword", [
  [
    "counter",
    "A counter that several rules share and that `list counters` shows.",
    { forms: ["counter NAME { packets NUMBER bytes NUMBER }"] },
  ],
  [
    "quota",
    "A quota that several rules share and that `reset quotas` starts again.",
    { forms: ["quota NAME { [over|until] NUMBER BYTES }"] },
  ],
  [
    "limit",
    "A token bucket that several rules share.",
    { forms: ["limit NAME { rate [over] NUMBER/UNIT [burst ...] }"] },
  ],
  [
    "ct helper",
    "A helper of conntrack for rules to give to connections. Since Linux 4.7 helpers work only when a rule asks for them.",
    { forms: ['ct helper NAME { type "ftp" protocol tcp; [l3proto ip;] }'] },
  ],
  [
    "ct timeout",
    "Timeouts of a protocol's states in place of the sysctls', for rules to give to connections.",
    { forms: ["ct timeout NAME { protocol tcp; policy = { established : 1h }; }"] },
  ],
  [
    "ct expectation",
    "What a rule announces as a further connection.",
    { forms: ["ct expectation NAME { protocol tcp; dport NUMBER; timeout TIME; size NUMBER; }"] },
  ],
  ["secmark", "A security label for rules to put on packets.", { forms: ['secmark NAME { "LABEL" }'] }],
  [
    "synproxy",
    "Options of SYN cookies that several rules share.",
    { forms: ["synproxy NAME { mss NUMBER; wscale NUMBER; [timestamp] [sack-perm] }"] },
  ],
  [
    "tunnel",
    "Tunnel data for rules to put beside packets.",
    { forms: ["tunnel NAME { id NUMBER; ip saddr ADDRESS; ip daddr ADDRESS; ... }"], since: "1.1.6" },
  ],
]);

/** Settings of objects and words within expressions that stand nowhere else in the catalogue. */
export const options = keywordsOfGroup("option", "option", [
  [
    "to",
    "In front of what is written in, or where a packet goes.",
    { forms: ["to ADDRESS[:PORT]", "to DEVICE", "to NUMBER"] },
  ],
  [
    "with",
    "In front of the answer that `reject` sends.",
    { forms: ["with icmp|icmpv6|icmpx [type] CODE", "with tcp reset"] },
  ],
  ["rate", "How many packets or bytes in a time.", { forms: ["rate [over] NUMBER/UNIT"] }],
  [
    "burst",
    "How much may come at once before a rate counts; 5 packets unless said.",
    { forms: ["burst NUMBER packets|BYTES"] },
  ],
  [
    "over",
    "Matches what exceeds the amount, where without it what keeps within matches.",
    { forms: ["over NUMBER ..."] },
  ],
  [
    "until",
    "Matches while the amount is not used up; what is meant when nothing is said.",
    { forms: ["until NUMBER ..."] },
  ],
  [
    "used",
    "How much of a quota is used up, or when a rule last matched.",
    { forms: ["used NUMBER BYTES", "used TIME"] },
  ],
  [
    "name",
    "In front of a named object that rules share, or a name that a map chooses.",
    { forms: ['name "OBJECT"', "name KEY map { ... }"] },
  ],
  ["num", "Number of a queue.", { forms: ["num NUMBER[-NUMBER]"] }],
  ["addr", "The address within an address-and-port pair that a map gives.", { forms: ["addr . port to MAP"] }],
  ["port", "The port within an address-and-port pair that a map gives.", { forms: ["addr . port to MAP"] }],
  [
    "prefix",
    "A whole network onto another, address by address; in `log`, text in front of each line.",
    { forms: ["prefix to MAP", 'prefix "TEXT"'] },
  ],
  ["dport", "Destination port of an expectation or a tunnel object.", { forms: ["dport NUMBER"] }],
  ["sport", "Source port of a tunnel object.", { forms: ["sport NUMBER"], since: "1.1.6" }],
  ["id", "Number of a tunnel, a VXLAN network for instance.", { forms: ["id NUMBER"], since: "1.1.6" }],
  [
    "data",
    "Bytes of a Geneve option in a tunnel object.",
    { forms: ["geneve { class NUMBER opt-type NUMBER data DATA; }"], since: "1.1.6" },
  ],
  ["version", "Version of ERSPAN, 1 or 2.", { forms: ["version 1|2"], since: "1.1.6" }],
  ["direction", "Direction of ERSPAN version 2.", { forms: ["direction ingress|egress"], since: "1.1.6" }],
  ["vxlan", "VXLAN data of a tunnel object.", { forms: ["vxlan { gbp NUMBER; }"], since: "1.1.6" }],
  [
    "geneve",
    "Geneve options of a tunnel object.",
    { forms: ["geneve { class NUMBER opt-type NUMBER data DATA; }"], since: "1.1.6" },
  ],
  [
    "helper",
    "A helper of conntrack: an object of the table.",
    { forms: ["ct helper NAME { ... }", 'ct helper set "NAME"'] },
  ],
  [
    "expectation",
    "A connection announced to conntrack: an object of the table.",
    { forms: ["ct expectation NAME { ... }", 'ct expectation set "NAME"'] },
  ],
  ["mss", "Segment size told to the client.", { forms: ["mss NUMBER"] }],
  ["wscale", "Window scale told to the client.", { forms: ["wscale NUMBER"] }],
  ["timestamp", "Lets client and server use TCP timestamps.", { forms: ["timestamp"] }],
  ["sack-perm", "Lets client and server use selective acknowledgements.", { forms: ["sack-perm"] }],
  ["sack-permitted", "Another name for `sack-perm`.", { forms: ["sack-permitted"] }],
  ["protocol", "Transport protocol of a helper, timeout or expectation.", { forms: ["protocol tcp|udp"] }],
  ["l3proto", "Which IP an object is for; the table's own where left out.", { forms: ["l3proto ip|ip6|inet"] }],
  ["packets", "How many packets.", { forms: ["packets NUMBER", "burst NUMBER packets"] }],
  ["bytes", "How many bytes.", { forms: ["bytes NUMBER"] }],
  ["interval", "In front of a map's value type: values may be ranges.", { forms: ["type TYPE : interval TYPE"] }],
  ["original", "The direction in which the connection was opened.", { forms: ["ct original ..."] }],
  ["reply", "The direction back to the side that opened the connection.", { forms: ["ct reply ..."] }],
  ["mod", "What a number is reduced by: the result is below it.", { forms: ["mod NUMBER"] }],
  ["seed", "Start of a hash; the same seed gives the same results after every load.", { forms: ["seed NUMBER"] }],
  ["offset", "Is added to the result.", { forms: ["offset NUMBER"] }],
  ["inc", "Counts up, packet by packet.", { forms: ["numgen inc mod NUMBER"] }],
  ["random", "Draws a number for every packet.", { forms: ["numgen random mod NUMBER"] }],
  [
    "level",
    "Depth of the control group, or severity of a log line.",
    { forms: ["socket cgroupv2 level NUMBER", "log level LEVEL"] },
  ],
  ["in", "Asks for the policy by which the packet was decrypted.", { forms: ["ipsec in ..."] }],
  ["out", "Asks for the policy by which the packet will be encrypted.", { forms: ["ipsec out ..."] }],
  ["spnum", "Which of several nested policies, counted from 0.", { forms: ["ipsec in spnum NUMBER ..."] }],
  ["ttl", "How closely the hop count must fit a fingerprint.", { forms: ["osf ttl loose|skip ..."] }],
  ["loose", "A hop count below the fingerprint's is enough.", { forms: ["osf ttl loose ..."] }],
  ["skip", "The hop count is not looked at.", { forms: ["osf ttl skip ..."] }],
  ["option", "An option within a header.", { forms: ["tcp option ...", "ip option ...", "dccp option ..."] }],
  ["chunk", "A chunk within an SCTP packet.", { forms: ["sctp chunk ..."] }],
  [
    "exthdr",
    "Asks whether an IPv6 extension header is there.",
    { forms: ["exthdr hbh|rt|frag|dst|mh exists|missing"] },
  ],
  [
    "never",
    "As an element's timeout: it stays, whatever the set's timeout is.",
    { forms: ["timeout never"], since: "1.1.1" },
  ],
  ["erspan", "ERSPAN data of a tunnel object.", { forms: ["erspan { version 1|2; ... }"], since: "1.1.6" }],
  ["gbp", "Group policy number of a VXLAN tunnel object.", { forms: ["vxlan { gbp NUMBER; }"], since: "1.1.6" }],
  [
    "class",
    "Class of a Geneve option in a tunnel object.",
    { forms: ["geneve { class NUMBER opt-type NUMBER data DATA; }"], since: "1.1.6" },
  ],
  [
    "opt-type",
    "Type of a Geneve option in a tunnel object.",
    { forms: ["geneve { class NUMBER opt-type NUMBER data DATA; }"], since: "1.1.6" },
  ],
  ["tos", "Type-of-service byte of a tunnel object.", { forms: ["tos NUMBER"], since: "1.1.6" }],
]);
