import type { Extension } from "../extension.js";
import { option, target } from "./define.js";

const random = option(
  "random",
  undefined,
  "",
  "Picks the new port by a keyed hash in place of keeping the old one where it is free, which makes ports harder to guess.",
);
const randomFully = option(
  "random-fully",
  undefined,
  "",
  "Picks the new port at random for each connection. It also ends the races in which two connections opened at once choose the same port and one packet is lost.",
);
const persistent = option(
  "persistent",
  undefined,
  "",
  "Gives one client the same address out of the range for all its connections; without it the choice also hangs on the other end's address.",
);

const firstPacketOnly =
  "Only the first packet of a connection is asked; connection tracking translates all later ones and undoes it for replies, so connections that already exist keep what they had.";

/** Targets that translate addresses and ports. */
export const natTargets: readonly Extension[] = [
  target(
    "DNAT",
    `Changes the packet's destination, before routing in PREROUTING and with a new routing decision in OUTPUT. ${firstPacketOnly} The filter table then sees the new destination, so FORWARD or INPUT must allow that one. A client in the server's own network gets its answer directly and drops it, unless its source is translated too.`,
    {
      tables: ["nat"],
      hooks: ["PREROUTING", "OUTPUT"],
      terminal: true,
      needs: [["to-destination"]],
      options: [
        option(
          "to-destination",
          { type: "natAddress" },
          "[ADDRESS[-ADDRESS]][:PORT[-PORT[/BASE]]]",
          "The new destination; from a range of addresses one is picked for each connection. Ports need `-p` with a protocol that has them, and without a port the old one stays. `/BASE` shifts a range of ports: port BASE is sent to the first of the range.",
        ),
        random,
        persistent,
      ],
    },
  ),
  target(
    "SNAT",
    `Changes the packet's source to a fixed address, as the last thing before it leaves (or, in INPUT, before a local program gets it). ${firstPacketOnly} Unlike \`MASQUERADE\` it keeps connections when the interface goes down, so they live on when a fixed address comes back. Replies only find their way here if the address is routed to this machine.`,
    {
      tables: ["nat"],
      hooks: ["INPUT", "POSTROUTING"],
      terminal: true,
      needs: [["to-source"]],
      options: [
        option(
          "to-source",
          { type: "natAddress" },
          "[ADDRESS[-ADDRESS]][:PORT[-PORT]]",
          "The new source; from a range of addresses one is picked for each connection. The source port is kept where it is free, else another of its class (below 512, below 1024, above) is taken; a range here overrules that and needs `-p` with a protocol that has ports.",
        ),
        random,
        randomFully,
        persistent,
      ],
    },
  ),
  target(
    "MASQUERADE",
    `Changes the source to the primary address of the interface the packet leaves by, looked up for each new connection. ${firstPacketOnly} The entry is bound to that interface: when the interface goes down or loses its address, or when a later packet of the connection would leave by another interface, the kernel deletes the connection's entry and that packet is lost; the next one starts a new connection. With a fixed address \`SNAT\` is cheaper and survives this.`,
    {
      tables: ["nat"],
      hooks: ["POSTROUTING"],
      terminal: true,
      options: [
        option(
          "to-ports",
          { type: "natPorts" },
          "PORT[-PORT]",
          "The range from which the new source port is taken; needs `-p` with a protocol that has ports. A small range soon runs out, and packets are then dropped.",
        ),
        random,
        randomFully,
      ],
    },
  ),
  target(
    "REDIRECT",
    `Sends the packet to this machine itself: its destination becomes the primary address of the interface it came in on, or localhost for packets made here. ${firstPacketOnly} It lives by connection tracking: an untracked packet is not redirected, and what changes ports outside of tracking breaks the replies. On an interface without an address the packet is dropped; else the filter table sees it in INPUT, with the new port.`,
    {
      tables: ["nat"],
      hooks: ["PREROUTING", "OUTPUT"],
      terminal: true,
      options: [
        option(
          "to-ports",
          { type: "natPorts", unshifted: true },
          "PORT[-PORT]",
          "The local port to arrive at, the old one where nothing is said. Needs `-p` with a protocol that has ports.",
        ),
        random,
      ],
    },
  ),
  target(
    "NETMAP",
    `Maps a whole network onto another, one to one: the network's bits are replaced and the host's bits stay. It changes the destination in PREROUTING and OUTPUT and the source in INPUT and POSTROUTING. ${firstPacketOnly} Name the network to be mapped with \`-d\` or \`-s\`: without it every address is squeezed into the new one.`,
    {
      tables: ["nat"],
      hooks: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
      terminal: true,
      needs: [["to"]],
      options: [
        option(
          "to",
          { type: "address", prefix: true },
          "ADDRESS[/MASK]",
          "The network whose bits are put in; without a mask a single address.",
        ),
      ],
    },
  ),
  ...(["SNPT", "DNPT"] as const).map((word) =>
    target(
      word,
      word === "SNPT"
        ? "Replaces the network prefix of the source address, with no memory of connections: each packet is changed on its own, and 16 bits of the address are adjusted so that checksums stay valid. The way back needs a `DNPT` rule of its own, and connection tracking sees two unrelated connections, so both directions are best kept untracked."
        : "Replaces the network prefix of the destination address, the way back of `SNPT`: each packet is changed on its own, without a memory of connections, and 16 bits of the address are adjusted so that checksums stay valid.",
      {
        families: ["ipv6"],
        tables: ["mangle"],
        hooks: word === "SNPT" ? ["INPUT", "POSTROUTING"] : ["PREROUTING", "OUTPUT"],
        needs: [["src-pfx"], ["dst-pfx"]],
        options: [
          option(
            "src-pfx",
            { type: "address", prefix: true },
            "PREFIX/LENGTH",
            "The prefix that is looked for and replaced. At most 64 bits long, and the bits behind it must be 0.",
          ),
          option(
            "dst-pfx",
            { type: "address", prefix: true },
            "PREFIX/LENGTH",
            "The prefix that is put in. At most 64 bits long, and the bits behind it must be 0.",
          ),
        ],
      },
    ),
  ),
];
