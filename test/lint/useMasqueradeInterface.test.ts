import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { found } from "./flow.js";

const id = "useMasqueradeInterface";

const nat = (...rules: string[]) => `*nat\n:u - [0:0]\n${rules.join("\n")}\nCOMMIT\n`;

test.each([
  ["nothing asked", ["-A POSTROUTING -j MASQUERADE --random"], 1],
  ["with a comment", ['-A POSTROUTING -m comment --comment "all" -j MASQUERADE'], 1],
  ["behind a log", ["-A POSTROUTING -j LOG", "-A POSTROUTING -j MASQUERADE"], 1],
  ["an interface", ["-A POSTROUTING ! -o lo -j MASQUERADE"], 0],
  ["a destination", ["-A POSTROUTING ! -d 10.0.0.0/8 -j MASQUERADE"], 0],
  ["a mark", ["-A POSTROUTING -m mark --mark 1 -j MASQUERADE"], 0],
  ["an unknown match", ["-A POSTROUTING -m policy --dir out --pol none -j MASQUERADE"], 0],
  ["what is left over", ["-A POSTROUTING -o lo -j RETURN", "-A POSTROUTING -j MASQUERADE"], 0],
  ["a user chain, whose callers choose", ["-A POSTROUTING -o wan -j u", "-A u -j MASQUERADE"], 0],
  ["a fixed source", ["-A POSTROUTING -j SNAT --to-source 192.0.2.1"], 0],
] as const)("%s", (_, rules, count) => expect(found(id, "iptables", nat(...rules))).toHaveLength(count));

test.each([
  ["masquerade", true],
  ["meta nfproto ipv4 masquerade", true],
  ["meta nfproto ipv6 masquerade", false],
] as const)("%s speaks of loopback: %s", (rule, speaks) => {
  const text = `table inet t {\n chain c {\n type nat hook postrouting priority srcnat\n ${rule}\n }\n}\n`;
  const messages = analyze(text, "nftables")
    .findings.filter(({ code }) => code === id)
    .map(({ message }) => message);
  expect(messages.map((message) => message.includes("127.0.0.1"))).toEqual([speaks]);
});
