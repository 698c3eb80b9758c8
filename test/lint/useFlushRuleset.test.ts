import { expect, test } from "vitest";
import { found } from "./flow.js";

const rules = "table inet t {\n chain c {\n  type filter hook input priority 0\n  tcp dport 23 drop\n }\n}\n";
const script = "#!/usr/sbin/nft -f\n";

test.each([
  ["a script", script + rules, ["inet t"]],
  ["no script", rules, []],
  ["flushed ruleset", `${script}flush ruleset\n${rules}`, []],
  ["flushed family", `${script}flush ruleset inet\n${rules}`, []],
  ["deleted table", `${script}table inet t\ndelete table inet t\n${rules}`, []],
  ["destroyed table", `${script}destroy table inet t\n${rules}`, []],
  ["flushed chain", `${script}table inet t {\n chain c {\n }\n}\nflush chain inet t c\n${rules}`, []],
  ["another table is deleted", `${script}table ip t\ndelete table ip t\n${rules}`, ["inet t"]],
  ["flushed too late", `${script}${rules}flush table inet t\n`, ["inet t"]],
  ["no rules", `${script}table inet t {\n chain c {\n }\n}\n`, []],
  ["a table that must be new", `${script}create ${rules}`, []],
  ["a piece for the chains of another file", `${script}table inet t {\n chain c {\n  tcp dport 23 drop\n }\n}\n`, []],
  ["an include", `${script}include "x.nft"\n${rules}`, []],
] as const)("%s", (_, text, places) => expect(found("useFlushRuleset", "nftables", text)).toEqual(places));
