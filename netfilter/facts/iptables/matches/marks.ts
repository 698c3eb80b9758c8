import type { Extension, Value } from "../extension.js";
import { match, option, u8, u32, upTo } from "./define.js";

const mark = match("mark", {
  forms: ["-m mark [!] --mark value[/mask]"],
  doc: "Reads the **packet's** mark (skb mark): 32 bits that live only while the packet is in this host, are never sent, and start at 0 for each packet that comes in (a program may set its own by `SO_MARK`). It is not the connection's mark (`-m connmark`): the next packet of the same connection has it only if `-j CONNMARK --restore-mark` brings it back, and there only if `--save-mark` ran before. Policy routing (`ip rule fwmark`) reads the same field.",
  options: [
    option(
      "mark",
      "[!] --mark value[/mask]",
      [{ type: "mark", mask: true }],
      "The packet's mark, ANDed with the mask (all bits where none is given), equals the value. Several programs share the 32 bits, so a mask is good manners. A value with bits outside of its mask never matches.",
    ),
  ],
  needs: [["mark"]],
});

const dscpClasses = {
  CS0: "Default forwarding, 0.",
  CS1: "8. Long used for background traffic below best effort.",
  CS2: "16. Network management in most plans.",
  CS3: "24. Broadcast video, call signalling.",
  CS4: "32. Interactive video.",
  CS5: "40. Call signalling.",
  CS6: "48. Routing protocols; the kernel's own control traffic may carry it.",
  CS7: "56. Reserved for the network's own control.",
  BE: "Best effort, 0: what unmarked packets have.",
  EF: "Expedited forwarding, 46 (0x2e): voice. Queued first where the network honours it.",
  AF11: "10. Assured class 1, low drop precedence.",
  AF12: "12. Assured class 1, medium drop precedence.",
  AF13: "14. Assured class 1, high drop precedence.",
  AF21: "18. Assured class 2, low drop precedence.",
  AF22: "20. Assured class 2, medium drop precedence.",
  AF23: "22. Assured class 2, high drop precedence.",
  AF31: "26. Assured class 3, low drop precedence.",
  AF32: "28. Assured class 3, medium drop precedence.",
  AF33: "30. Assured class 3, high drop precedence.",
  AF41: "34. Assured class 4, low drop precedence: video conferences.",
  AF42: "36. Assured class 4, medium drop precedence.",
  AF43: "38. Assured class 4, high drop precedence.",
};

const dscp = match("dscp", {
  forms: ["-m dscp [!] --dscp value", "-m dscp [!] --dscp-class class"],
  doc: "Compares the upper six bits of the TOS byte (IPv4) or traffic class (IPv6). Anybody on the way may have rewritten them, and many providers clear them at their border. The two ECN bits below are left out.",
  options: [
    option(
      "dscp",
      "[!] --dscp value",
      [upTo(63)],
      "The code point as a number, not the whole byte: EF is 46 (0x2e), where the TOS byte would read 0xb8.",
    ),
    option(
      "dscp-class",
      "[!] --dscp-class class",
      [{ type: "word", words: dscpClasses, ignoreCase: true }],
      "The code point by its class name. iptables-save prints the number.",
    ),
  ],
  needs: [["dscp", "dscp-class"]],
  excludes: [["dscp", "dscp-class"]],
});

const tosNames = {
  "Minimize-Delay": "0x10: as ssh used it for typing.",
  "Maximize-Throughput": "0x08: bulk transfers.",
  "Maximize-Reliability": "0x04.",
  "Minimize-Cost": "0x02. The same bits as today's ECN code point ECT(0).",
  "Normal-Service": "0x00: none of the bits.",
};

const tos = match("tos", {
  forms: ["-m tos [!] --tos value[/mask]", "-m tos [!] --tos symbol"],
  doc: "Compares the TOS byte of IPv4 or the traffic class of IPv6, ECN bits included. The old meaning of its bits is gone; `-m dscp` reads the same byte the way it is used today.",
  options: [
    option(
      "tos",
      "[!] --tos value[/mask]",
      [{ type: "word", words: tosNames, orInteger: u8, slash: upTo(u8), ignoreCase: true }],
      "The byte, ANDed with the mask (0xff where none is given), equals the value. A symbol brings the mask 0x3f with it.",
    ),
  ],
  needs: [["tos"]],
});

const ecn = match("ecn", {
  forms: ["-m ecn [!] --ecn-ip-ect value", "-p tcp -m ecn [!] --ecn-tcp-cwr [!] --ecn-tcp-ece"],
  doc: "Looks at explicit congestion notification: two bits of the IP header and two flags of TCP. Asking for a TCP flag needs `-p tcp`. All given options must hold.",
  narrows: ["ecn-tcp-cwr", "ecn-tcp-ece"].map((option) => ({ option, protocols: ["tcp"] })),
  options: [
    option(
      "ecn-tcp-cwr",
      "[!] --ecn-tcp-cwr",
      [],
      "TCP's CWR flag: the sender has slowed down. In a SYN, together with ECE, it offers ECN for the connection.",
    ),
    option(
      "ecn-tcp-ece",
      "[!] --ecn-tcp-ece",
      [],
      "TCP's ECE flag: the receiver reports that congestion was marked on the way.",
    ),
    option(
      "ecn-ip-ect",
      "[!] --ecn-ip-ect value",
      [upTo(3)],
      "The ECN field of the IP header: 0 not capable, 1 and 2 capable, 3 congestion met on the way.",
    ),
  ],
  needs: [["ecn-tcp-cwr", "ecn-tcp-ece", "ecn-ip-ect"]],
});

/** A number with a mask, or a name from one of iproute2's files. */
function numberOrName(file: string): Value {
  return {
    type: "pattern",
    pattern: /^(?:(?:0x[\da-f]+|\d+)(?:\/(?:0x[\da-f]+|\d+))?|[a-z_][^\s/]*)$/i,
    what: `a number with or without a mask, or a name from ${file}`,
  };
}

const realm = match("realm", {
  forms: ["-m realm [!] --realm value[/mask]"],
  doc: "Compares the realm of the route that was chosen for the packet, a number that `ip route ... realm` gives to routes (IPv4 only). The route must be known, hence no PREROUTING. The lower 16 bits belong to the destination, the upper ones to the source.",
  families: ["ipv4"],
  hooks: ["INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  options: [
    option(
      "realm",
      "[!] --realm value[/mask]",
      [numberOrName("/etc/iproute2/rt_realms")],
      "The realm as a number, or by a name of `/etc/iproute2/rt_realms`, which then must be known on the machine that loads the rules.",
    ),
  ],
  needs: [["realm"]],
});

const devgroup = match("devgroup", {
  forms: ["-m devgroup [!] --src-group value[/mask] [!] --dst-group value[/mask]"],
  doc: "Compares the group number of the network device, set by `ip link set DEV group N`. One rule then covers all VPN or customer interfaces, also those that come later. Devices are in group 0 until told otherwise.",
  options: [
    option(
      "src-group",
      "[!] --src-group value[/mask]",
      [numberOrName("/etc/iproute2/group")],
      "The group of the device that the packet came in by.",
      { hooks: ["PREROUTING", "INPUT", "FORWARD"] },
    ),
    option(
      "dst-group",
      "[!] --dst-group value[/mask]",
      [numberOrName("/etc/iproute2/group")],
      "The group of the device that the packet will leave by.",
      { hooks: ["FORWARD", "OUTPUT", "POSTROUTING"] },
    ),
  ],
  needs: [["src-group", "dst-group"]],
});

const cpu = match("cpu", {
  forms: ["-m cpu [!] --cpu number"],
  doc: "Compares the number of the processor that handles the packet right now. With receive steering, packets of one flow stay on one processor, so REDIRECT rules can hand each processor's share to a process of its own.",
  options: [option("cpu", "[!] --cpu number", [upTo(u32)], "The processor's number, counted from 0.")],
  needs: [["cpu"]],
});

/** Matches on numbers that the kernel or the sender has put on the packet. */
export const markMatches: readonly Extension[] = [mark, dscp, tos, ecn, realm, devgroup, cpu];
