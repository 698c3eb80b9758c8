import type { Extension, Value } from "../extension.js";
import { integer, option, target } from "./define.js";

const rejectDoc =
  "Drops the packet and sends the sender an error of its own making: an ICMP error by default, a TCP reset with `--reject-with tcp-reset`. The answer is a new packet that goes out through OUTPUT and POSTROUTING and may be dropped there; the kernel limits how many ICMP errors it sends, and sends none to broadcasts, for ICMP errors or for later fragments. Clients then fail at once where after `DROP` they wait for their timeout.";

const rejectWith = (words: Readonly<Record<string, string>>): Extension["options"] => [
  option(
    "reject-with",
    { type: "word", words, ignoreCase: true, abbreviated: "first" },
    "TYPE",
    "Which answer is sent. `tcp-reset` needs `-p tcp` in the same rule; the others are ICMP errors, which many clients take as a passing trouble and try again.",
  ),
];

const reset = "A TCP reset, as if nothing listened on that port. Needs `-p tcp` in the rule.";

const resetNeedsTcp: Extension["narrows"] = ["tcp-reset", "tcp-rst"].map((value) => ({
  option: "reject-with",
  value,
  protocols: ["tcp"],
}));

const rejects: readonly Extension[] = [
  target("REJECT", rejectDoc, {
    families: ["ipv4"],
    tables: ["filter"],
    hooks: ["INPUT", "FORWARD", "OUTPUT"],
    terminal: true,
    narrows: resetNeedsTcp,
    options: rejectWith({
      "icmp-net-unreachable": "Type 3, code 0: there is no way to that network.",
      "net-unreach": "Short for `icmp-net-unreachable`.",
      "icmp-host-unreachable": "Type 3, code 1: there is no way to that host.",
      "host-unreach": "Short for `icmp-host-unreachable`.",
      "icmp-proto-unreachable": "Type 3, code 2: the host does not speak that protocol.",
      "proto-unreach": "Short for `icmp-proto-unreachable`.",
      "icmp-port-unreachable":
        "Type 3, code 3, the default: nothing listens on that port. A UDP client gets `ECONNREFUSED`.",
      "port-unreach": "Short for `icmp-port-unreachable`.",
      "icmp-net-prohibited": "Type 3, code 9: that network is forbidden by policy.",
      "net-prohib": "Short for `icmp-net-prohibited`.",
      "icmp-host-prohibited":
        "Type 3, code 10: that host is forbidden by policy. Clients report it as 'no route to host'.",
      "host-prohib": "Short for `icmp-host-prohibited`.",
      "tcp-reset": reset,
      "tcp-rst": "Short for `tcp-reset`.",
      "icmp-admin-prohibited": "Type 3, code 13: forbidden by the administrator.",
      "admin-prohib": "Short for `icmp-admin-prohibited`.",
    }),
  }),
  target("REJECT", rejectDoc, {
    families: ["ipv6"],
    tables: ["filter"],
    hooks: ["INPUT", "FORWARD", "OUTPUT"],
    terminal: true,
    narrows: resetNeedsTcp,
    options: rejectWith({
      "icmp6-no-route": "Type 1, code 0: no route to the destination.",
      "no-route": "Short for `icmp6-no-route`.",
      "icmp6-adm-prohibited": "Type 1, code 1: forbidden by the administrator.",
      "adm-prohibited": "Short for `icmp6-adm-prohibited`.",
      "icmp6-addr-unreachable": "Type 1, code 3: the address cannot be reached.",
      "addr-unreach": "Short for `icmp6-addr-unreachable`.",
      "icmp6-port-unreachable": "Type 1, code 4, the default: nothing listens on that port.",
      "port-unreach": "Short for `icmp6-port-unreachable`.",
      "tcp-reset": reset,
      "icmp6-policy-fail": "Type 1, code 5: the source address broke an ingress or egress policy.",
      "policy-fail": "Short for `icmp6-policy-fail`.",
      "icmp6-reject-route": "Type 1, code 6: the route says reject.",
      "reject-route": "Short for `icmp6-reject-route`.",
    }),
  }),
];

const queueRange: Value = { type: "integer", min: 0, max: 65_535, range: ":", ordered: true };

/** Targets that decide what becomes of a packet here and now, or hand it to a program that does. */
export const verdictTargets: readonly Extension[] = [
  target(
    "ACCEPT",
    "Ends this table's walk at this hook: no later rule of the table sees the packet, and the chain that jumped here does not go on. It is not a pass for good: tables with a later priority at the same hook and every later hook still look at the packet and may drop it. Rules further down in the table, such as one that saves a mark, are skipped.",
    { terminal: true },
  ),
  target(
    "DROP",
    "Throws the packet away at once, in silence: no later rule, table or hook sees it, and the sender waits until it gives up. If it was the first of its connection, the connection's entry goes with it, unless it was confirmed before. The tools refuse it in the nat table, which only meets first packets.",
    { tables: ["filter", "mangle", "raw", "security"], terminal: true },
  ),
  target(
    "RETURN",
    "Ends this chain: after a jump the packet goes on with the rule behind the jump; in a built-in chain the chain's policy decides. After `-g` it is the jump before that counts.",
    { terminal: true },
  ),
  target(
    "QUEUE",
    "Hands the packet to the program that listens on netfilter queue 0; without one it is dropped. An old spelling of `NFQUEUE --queue-num 0`, which the nft build takes but its kernel side may refuse.",
    { terminal: true },
  ),
  ...rejects,
  target(
    "NFQUEUE",
    "Hands the packet to a user-space program over netlink and waits for its verdict. With nobody listening on the queue, or with the queue full, the packet is dropped, unless `--queue-bypass` (nobody listening) or the program's fail-open flag (full) says otherwise. An accept by the program goes on with the next table, not with the next rule; until then a first packet's connection is not confirmed.",
    {
      terminal: true,
      options: [
        option(
          "queue-num",
          integer(0, 65_535),
          "NUMBER",
          "The queue a program must be listening on, 0 where nothing is said.",
        ),
        option(
          "queue-balance",
          queueRange,
          "FIRST:LAST",
          "Spreads packets over these queues by a hash of their addresses, so that a connection stays with one program in both directions. Every queue of the range needs a listener of its own.",
        ),
        option(
          "queue-bypass",
          undefined,
          "",
          "Lets the packet go on as if accepted when no program listens on the queue, where otherwise it is dropped. A queue that is full still drops.",
        ),
        option(
          "queue-cpu-fanout",
          undefined,
          "",
          "Takes the queue by the number of the CPU that handles the packet in place of the hash. Packets of one connection may then reach different programs.",
          { requires: ["queue-balance"] },
        ),
      ],
      excludes: [["queue-num", "queue-balance"]],
    },
  ),
];
