import type { Extension, Value } from "../extension.js";
import { integer, max32, option, target } from "./define.js";

const zone: Value = {
  type: "word",
  words: { mark: "The zone is the packet's mark at that moment." },
  ignoreCase: true,
  orInteger: 65_535,
};

const multicastMac: Value = {
  type: "pattern",
  pattern: /^[\da-f]?[13579bdf](?::[\da-f]{1,2}){5}$/i,
  what: "a multicast MAC address: six bytes, the first of them odd",
};

const connectionEvents: Value = {
  type: "word",
  list: true,
  words: {
    new: "A connection's first packet got through.",
    related: "The connection was expected by a helper of another one.",
    destroy: "The entry is gone.",
    reply: "The first packet of the other direction came.",
    assured: "Traffic in both directions was seen; the entry is not thrown out early.",
    protoinfo: "The protocol's state changed, such as TCP's.",
    helper: "A helper was attached.",
    mark: "The connection's mark changed.",
    natseqinfo: "Sequence numbers are being adjusted by a NAT helper.",
    secmark: "The connection's security label changed.",
  },
};

const setParts: Value = {
  type: "word",
  list: true,
  words: {
    src: "The source: address, port or input interface, as the set's type asks at this place.",
    dst: "The destination: address, port or output interface, as the set's type asks at this place.",
  },
};

const setAnd = (use: string): string =>
  `${use} One \`src\` or \`dst\` for each part of the set's type, at most six. The set must exist when the file is loaded: restore ipset's file first.`;

const mapped = { requires: ["map-set"] };

const noTracking =
  "Keeps the packet out of connection tracking: it gets no entry, its state is `UNTRACKED`, and NAT, `CONNMARK` and helpers do not touch it. It must be said for both directions, else replies open an entry of their own, and the filter rules have to let `UNTRACKED` pass in place of `ESTABLISHED`.";

/** Targets that hang on connection tracking, sockets, sets and other machinery behind the rules. */
export const connectionTargets: readonly Extension[] = [
  target(
    "CT",
    "Says how connection tracking shall treat the packet, before it looks at it: hence only in the raw table. Without an option it does no more than switch tracking on. Only a new connection takes helper, timeout and events from it. The packet goes on to the next rule.",
    {
      tables: ["raw"],
      options: [
        option("notrack", undefined, "", noTracking),
        option(
          "helper",
          { type: "text", empty: true },
          "NAME",
          "Attaches the helper (`ftp`, `sip`, `tftp` ...) that reads the control connection and expects the data connections. Kernels no longer attach helpers by port on their own. The rule needs `-p` with the helper's protocol, and the helper's module must be there.",
        ),
        option(
          "timeout",
          { type: "text", empty: true },
          "NAME",
          "Gives the connection a timeout policy made by `nfct add timeout`; it must exist when the file is loaded, and `-p` must name its protocol.",
        ),
        option(
          "ctevents",
          connectionEvents,
          "EVENT[,...]",
          "Only these events of the connection are told to listeners such as `conntrack -E` and conntrackd.",
        ),
        option(
          "expevents",
          { type: "word", list: true, words: { new: "A helper expects a connection." } },
          "new",
          "Which events of the connection's expectations are told to listeners.",
        ),
        option(
          "zone",
          zone,
          "NUMBER|mark",
          "Puts the packet in a zone: connections are looked up in their own zone only, so that equal addresses of different networks do not mix. Both directions must arrive in the same zone.",
        ),
        option("zone-orig", zone, "NUMBER|mark", "The zone for the original direction only."),
        option("zone-reply", zone, "NUMBER|mark", "The zone for the reply direction only."),
      ],
    },
  ),
  target("NOTRACK", `${noTracking} Today's spelling is \`CT --notrack\`, and the tools save it so.`, {
    tables: ["raw"],
  }),
  target(
    "TPROXY",
    "Hands the packet to a local socket without changing its addresses: the program sees the original destination. The socket must be opened with `IP_TRANSPARENT`, and a route must deliver the packets locally (`ip rule fwmark 1 lookup 100` and `ip route add local default dev lo table 100`), which is what the mark is for. With no socket listening the packet is dropped.",
    {
      tables: ["mangle"],
      hooks: ["PREROUTING"],
      protocols: ["tcp", "udp"],
      terminal: true,
      needs: [["on-port"]],
      options: [
        option(
          "on-port",
          { type: "port", wraps: true },
          "PORT",
          "The local port of the socket; 0 for the packet's own destination port.",
        ),
        option(
          "on-ip",
          { type: "address" },
          "ADDRESS",
          "The local address of the socket; where nothing is said, the primary address of the interface the packet came in on.",
        ),
        option(
          "tproxy-mark",
          { type: "mark", mask: true },
          "VALUE[/MASK]",
          "Writes the packet's mark as `MARK --set-xmark` would, for the routing rule that delivers it locally.",
        ),
      ],
    },
  ),
  target(
    "SYNPROXY",
    "Answers TCP handshakes with SYN cookies on the server's behalf and opens the real connection only when the client has proved its address. The SYN must be untracked (`CT --notrack` in raw), the rule must match `INVALID,UNTRACKED`, `net.netfilter.nf_conntrack_tcp_loose` must be 0, and what is announced must be what the server offers. SYN and final ACK are swallowed here; others go on to the next rule.",
    {
      hooks: ["INPUT", "FORWARD"],
      protocols: ["tcp"],
      options: [
        option("sack-perm", undefined, "", "Offers selective acknowledgement."),
        option(
          "timestamp",
          undefined,
          "",
          "Offers timestamps; without them SACK, ECN and scaling of the client are lost.",
        ),
        option(
          "wscale",
          integer(0, max32),
          "VALUE",
          "The window scale that is offered, as the server would: TCP allows 0 to 14.",
        ),
        option("mss", integer(0, max32), "VALUE", "The maximum segment size that is offered, as the server would."),
        option("ecn", undefined, "", "Offers explicit congestion notification."),
      ],
    },
  ),
  target(
    "SET",
    "Adds the packet's addresses or ports to an ipset, removes them, or copies what the set stores for them to the packet. Rules with `-m set` ask it, in this table or another. The packet goes on to the next rule.",
    {
      needs: [["add-set", "del-set", "map-set"]],
      options: [
        option(
          "add-set",
          [{ type: "ipset" }, setParts],
          "NAME src|dst[,...]",
          setAnd("Adds an entry made of the packet's fields."),
        ),
        option(
          "del-set",
          [{ type: "ipset" }, setParts],
          "NAME src|dst[,...]",
          setAnd("Removes the entry made of the packet's fields."),
        ),
        option(
          "map-set",
          [{ type: "ipset" }, setParts],
          "NAME src|dst[,...]",
          setAnd(
            "Looks the packet up and takes over the mark, class or queue stored with the entry. Only in the mangle table.",
          ),
        ),
        option(
          "timeout",
          integer(0, max32 - 1),
          "SECONDS",
          "How long the added entry lives; the set must have been made with `timeout`.",
          { requires: ["add-set"] },
        ),
        option(
          "exist",
          undefined,
          "",
          "An entry that is there already gets its timeout anew in place of being left alone.",
          { requires: ["add-set"] },
        ),
        option("map-mark", undefined, "", "Copies the entry's mark to the packet.", mapped),
        option(
          "map-prio",
          undefined,
          "",
          "Copies the entry's traffic class to the packet; only on the way out.",
          mapped,
        ),
        option(
          "map-queue",
          undefined,
          "",
          "Copies the entry's hardware queue to the packet; only on the way out.",
          mapped,
        ),
      ],
    },
  ),
  target(
    "TEE",
    "Sends a copy of the packet to another machine on the local link and lets the original go on to the next rule. The copy goes out untracked, with unchanged addresses: the gateway must be a neighbour, and must not send it back.",
    {
      needs: [["gateway"]],
      options: [
        option("gateway", { type: "address" }, "ADDRESS", "The neighbour that gets the copy."),
        option("oif", { type: "interface" }, "NAME", "The interface by which the gateway is looked for."),
      ],
    },
  ),
  target(
    "CLUSTERIP",
    "Shared an address among several machines on one link, each answering its part of the clients by a hash. Recent kernels have removed it in favour of `-m cluster`, so a rule with it no longer loads there.",
    {
      families: ["ipv4"],
      options: [
        option("new", undefined, "", "Makes a new cluster address; the first rule for the address needs it.", {
          requires: ["hashmode", "clustermac", "total-nodes", "local-node"],
        }),
        option(
          "hashmode",
          {
            type: "word",
            words: {
              sourceip: "By the client's address.",
              "sourceip-sourceport": "By the client's address and port.",
              "sourceip-sourceport-destport": "By the client's address and both ports.",
            },
          },
          "MODE",
          "What the hash is made of.",
          { requires: ["new"] },
        ),
        option("clustermac", multicastMac, "MAC", "The link-layer multicast address all nodes listen to.", {
          requires: ["new"],
        }),
        option("total-nodes", integer(0, 16), "NUMBER", "How many nodes there are.", { requires: ["new"] }),
        option("local-node", integer(0, 16), "NUMBER", "This node's number.", { requires: ["new"] }),
        option("hash-init", integer(0, max32), "NUMBER", "Seed of the hash, the same on all nodes.", {
          requires: ["new"],
        }),
      ],
    },
  ),
];
