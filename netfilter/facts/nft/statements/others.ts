import { option, statement } from "./define.js";

/** What watches, and what stands in listings only. */
export const others = [
  statement({
    word: "log",
    forms: [
      'log [prefix "TEXT"] [level LEVEL] [flags FLAGS]',
      'log group NUMBER [prefix "TEXT"] [snaplen NUMBER] [queue-threshold NUMBER]',
    ],
    effect: "inert",
    options: [
      option(
        "prefix",
        'prefix "TEXT"',
        "Text in front of each line, at most 127 characters. End it with a blank: nothing is put between.",
      ),
      option("level", "level LEVEL", "Severity for the kernel log; `warn` where nothing is said."),
      option(
        "flags",
        "flags FLAGS",
        "What more to print: TCP numbers and options, IP options, the user, the hardware header.",
      ),
      option(
        "group",
        "group NUMBER",
        "Sends the packet to programs that listen on this netlink group (ulogd) instead of the kernel log. Without one, nothing is seen.",
      ),
      option("snaplen", "snaplen NUMBER", "Bytes of the packet that go with it; needs `group`."),
      option(
        "queue-threshold",
        "queue-threshold NUMBER",
        "How many packets are collected before the program is woken; needs `group`.",
      ),
    ],
    doc: "Writes the packet to the kernel log, or with `group` to a program, and goes on. It is not limited: put `limit` in front, or a flood fills the log and the disk. In a network namespace nothing reaches the log unless the sysctl `nf_log_all_netns` allows it.",
  }),
  statement({
    word: "dup",
    forms: ["dup to ADDRESS [device DEVICE]", 'dup to "DEVICE"'],
    effect: "inert",
    families: ["ip", "ip6", "netdev"],
    familyJudge: "nft",
    options: [
      option(
        "to",
        "to ADDRESS|DEVICE",
        "Where the copy goes: in ip and ip6 a neighbour's address, in netdev an interface.",
      ),
      option("device", "device DEVICE", "Interface for the copy."),
    ],
    doc: "Sends a copy of the packet to another machine or interface and goes on with the original, for an intrusion detector for instance. The copy is not tracked; in ip and ip6 it leaves by way of output and postrouting.",
  }),
  statement({
    word: "comment",
    forms: ['comment "TEXT"'],
    effect: "inert",
    doc: "A note of at most 128 bytes that the kernel keeps with the rule and listings show. It must stand last in the rule.",
  }),
  statement({
    word: "xt",
    forms: ['xt match "NAME"', 'xt target "NAME"'],
    effect: "opaque",
    doc: "What listings print for a match or target of iptables-nft that nft cannot show in its own words. It is not loaded from a file: keep such rules with iptables.",
  }),
];
