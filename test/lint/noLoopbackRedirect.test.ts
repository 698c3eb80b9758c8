import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noLoopbackRedirect";

const nat = (...rules: string[]) => `*nat\n:u - [0:0]\n${rules.join("\n")}\nCOMMIT\n`;

test.each([
  ["an address", ["-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1"], 1],
  ["another of the network", ["-A PREROUTING -p tcp -j DNAT --to-destination 127.1.2.3:80"], 1],
  ["packets made here", ["-A OUTPUT -p tcp -j DNAT --to-destination 127.0.0.1"], 0],
  [
    "both ways through one chain",
    ["-A PREROUTING -j u", "-A OUTPUT -j u", "-A u -p tcp -j DNAT --to-destination 127.0.0.1"],
    0,
  ],
  ["what comes by loopback", ["-A PREROUTING -i lo -p tcp -j DNAT --to-destination 127.0.0.1"], 0],
  ["an address outside", ["-A PREROUTING -s 127.0.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.1"], 0],
  ["a redirection", ["-A PREROUTING -p tcp -j REDIRECT --to-ports 80"], 0],
] as const)("%s", (_, rules, count) => expect(found(id, "iptables", nat(...rules))).toHaveLength(count));

test.each([
  ["IPv6", "meta nfproto ipv6 tcp dport 80 dnat ip6 to [::1]:8080", 1],
  ["another IPv6 address", "meta nfproto ipv6 tcp dport 80 dnat ip6 to [fd00::1]:8080", 0],
  ["a map, which is not read", "dnat ip to tcp dport map { 80 : 127.0.0.1 }", 0],
] as const)("%s", (_, rule, count) => {
  const text = `table inet t {\n chain c {\n type nat hook prerouting priority dstnat\n ${rule}\n }\n}\n`;
  expect(found(id, "nftables", text)).toHaveLength(count);
});
