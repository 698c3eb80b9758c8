import { keysOfFamily } from "./define.js";

const ip = ["ip", "ip6", "inet"] as const;
const policy = { families: ip, familyJudge: "nft" } as const;
const lookup = { families: ["ip", "ip6", "inet", "netdev"] } as const;

/** What routing has decided for the packet. */
export const rt = keysOfFamily("rt", [
  [
    "classid",
    "realm",
    32,
    "The realm that the packet's route was tagged with (`ip route ... realm`); 0 without one.",
    { families: ip },
  ],
  [
    "nexthop",
    "ipv4_addr",
    0,
    "Address of the router, or of the host on the link, that the packet is sent to next. In inet tables name the family: `rt ip nexthop`.",
    { families: ip, addressFamily: "may", byteorder: "big" },
  ],
  [
    "mtu",
    "integer",
    16,
    "Largest TCP segment that fits the route both ways, headers taken off. `tcp option maxseg size set rt mtu` clamps connections to it; needs a route, so forward, output or postrouting.",
    { families: ip, hooks: ["forward", "output", "postrouting"] },
  ],
  ["ipsec", "boolean", 8, "`exists` when the packet will be encrypted by IPsec on its way out.", { families: ip }],
]);

/** What the routing tables would say of addresses in the packet. */
export const fib = keysOfFamily("fib", [
  [
    "oif",
    "iface_index",
    32,
    "Interface a route to the address would use; 0 where there is none. `fib saddr . iif oif missing drop` in prerouting drops packets whose source would not be answered on the interface they came by (strict reverse path check).",
    lookup,
  ],
  [
    "oifname",
    "string",
    128,
    "Name of the interface a route to the address would use; empty where there is none.",
    lookup,
  ],
  [
    "type",
    "fib_addrtype",
    32,
    "What the address is to this machine: `fib daddr type local` is true for any address of its own. With `. iif` only addresses of that interface count as local.",
    lookup,
  ],
  [
    "check",
    "boolean",
    8,
    "`exists` when there is a route. Read as a truth value in maps and sets, where `oif` gives a number.",
    { ...lookup, since: "1.1.4" },
  ],
]);

/** The policy by which IPsec handled or will handle the packet. */
export const ipsec = keysOfFamily("ipsec", [
  [
    "reqid",
    "integer",
    32,
    "Number that links policy and associations, as the key daemon chose it. `ipsec in` is for packets that came decrypted, `ipsec out` for those that will be encrypted.",
    { ...policy },
  ],
  ["spi", "integer", 32, "Number of the security association.", { ...policy, byteorder: "big" }],
  [
    "saddr",
    "ipv4_addr",
    0,
    "Outer source address of the tunnel: `ipsec in ip saddr`.",
    { ...policy, addressFamily: "must", byteorder: "big" },
  ],
  [
    "daddr",
    "ipv4_addr",
    0,
    "Outer destination address of the tunnel: `ipsec in ip daddr`.",
    { ...policy, addressFamily: "must", byteorder: "big" },
  ],
]);
