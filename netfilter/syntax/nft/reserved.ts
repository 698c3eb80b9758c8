const words = `
  accept add ah all and arp auto-merge bridge cgroup chain comment comp constant continue counter cpu create ct
  day dccp define delete describe destroy device devices dnat drop dst dup dynamic ecn element elements eq esp ether
  exists expires export exthdr fib flags flow flowtable flush frag fwd gc-interval ge geneve get goto gre gretap gt
  handle hbh hook hour ibriport ibrname icmp icmpv6 igmp iif iifgroup iifname iiftype import include index inet insert
  interval ip ip6 ipsec jhash jump last le limit list log lshift lt map mark masquerade meta meter mh missing monitor
  ne netdev nftrace not notrack numgen obrname obriport offload oif oifgroup oifname oiftype or osf pkttype policy
  position priority queue quota random redefine redirect reject rename replace reset return rshift rt rt0 rt2
  rtclassid rule ruleset sctp secmark set size skgid skuid snat socket srh symhash synproxy table tcp th time timeout
  tproxy tunnel type typeof udp udplite undefine update vlan vmap vni vxlan xor xt
`;

/**
 * Words that are keywords wherever they stand, so that no table, chain, set or plain value may be called so. All other words of the
 * language are keywords only in their own statement: a chain may be called `input`, `nat` or `state`.
 */
export const reserved: ReadonlySet<string> = new Set(words.trim().split(/\s+/));

/** Reserved words that are values all the same: names of protocols, of conntrack's flags and events. */
export const valueWords: ReadonlySet<string> = new Set(
  "ether ip ip6 vlan arp dnat snat ecn reset destroy original reply label last exists missing".split(" "),
);

/** Those that are values only on the right of a comparison and in sets. */
export const protocolWords: ReadonlySet<string> = new Set(
  "tcp udp udplite esp ah icmp igmp icmpv6 gre comp dccp sctp redirect".split(" "),
);

/** Families of a table, also written before its name on one line. */
export const families: ReadonlySet<string> = new Set(["ip", "ip6", "inet", "arp", "bridge", "netdev"]);
