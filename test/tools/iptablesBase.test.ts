import { beforeAll, describe, expect, it } from "vitest";
import { baseOptions, lineCommands } from "../../netfilter/facts/iptables/base.js";
import { tables } from "../../netfilter/facts/iptables/tables.js";
import { builds, type Load, missingTools, restore } from "./restoreTools.js";

beforeAll(() => {
  expect(missingTools()).toBeUndefined();
});

/** Arguments that each option takes. */
const samples: Readonly<Record<string, string>> = {
  protocol: "tcp",
  source: "10.0.0.0/8,10.1",
  destination: "10.0.0.1/255.0.255.0",
  "in-interface": "eth0+",
  "out-interface": "eth0",
  jump: "other",
  goto: "other",
  match: "comment --comment x",
  "set-counters": "1 2",
  modprobe: "/bin/true",
  table: "filter",
  "wait-interval": "1",
};

/** Arguments where those above may not be negated. */
const negated: Readonly<Record<string, string>> = { source: "10.0.0.0/8", destination: "10.0.0.1" };

function complaints(line: string, family: Load["family"] = "ipv4"): readonly (string | undefined)[] {
  const text = `*filter\n:INPUT ACCEPT [0:0]\n:one - [0:0]\n:other - [0:0]\n${line}\nCOMMIT\n`;
  return builds.map((build) => restore({ build, family, text, test: true }));
}

const taken = [undefined, undefined];

describe.each(baseOptions)("option $word", ({ names, letter, values, negatable, refused }) => {
  const [name = ""] = names;
  const sample = values.length > 0 ? ` ${samples[name]}` : "";
  const spellings = [...names.map((each) => `--${each}`), ...(letter ? [`-${letter}`] : [])];

  it.each(spellings)("%s is taken, or refused as the entry says", (spelling) => {
    const found = complaints(`-A one ${spelling}${sample}`);
    if (refused) expect(found).not.toContain(undefined);
    else expect(found).toEqual(taken);
  });

  it("can be negated where the entry says so", () => {
    const argument = name in negated ? ` ${negated[name]}` : sample;
    const found = complaints(`-A one ! --${name}${argument}`);
    if (negatable) expect(found).toEqual(taken);
    else expect(found).not.toContain(undefined);
  });
});

it.each(baseOptions.filter(({ family }) => family === "ipv4"))("option $word is refused for IPv6", ({ word }) => {
  expect(complaints(`-A one ${word}`, "ipv6")).not.toContain(undefined);
});

/** What follows each command; the chain `one` is there and has one rule. */
const lines: Readonly<Record<string, string>> = {
  append: "one -j ACCEPT",
  insert: "one 1 -j ACCEPT",
  replace: "one 1 -j DROP",
  delete: "one -j ACCEPT",
  check: "one -j ACCEPT",
  "new-chain": "fresh",
  "delete-chain": "other",
  policy: "INPUT DROP",
  flush: "one",
  zero: "one",
  "rename-chain": "other third",
  list: "one",
  "list-rules": "one",
};

describe.each(lineCommands)("command $word", ({ name, letter, chain }) => {
  it("is taken by name and letter", () => {
    for (const spelling of [`--${name}`, `-${letter}`]) {
      expect(complaints(`-A one -j ACCEPT\n${spelling} ${lines[name]}`)).toEqual(taken);
    }
  });

  it("may go without a chain where the entry says so", () => {
    const found = complaints(`-${letter}`);
    if (chain === "may") expect(found).toEqual(taken);
    else expect(found).not.toContain(undefined);
  });
});

it.each(lineCommands.filter(({ number }) => number === "must"))("command $word needs a rule's number", ({ word }) => {
  expect(complaints(`-A one -j ACCEPT\n${word} one -j DROP`)).not.toContain(undefined);
});

it.each(lineCommands.filter(({ number }) => number === "may"))("command $word may name a rule's number", ({ word }) => {
  expect(complaints(`-A one -j ACCEPT\n${word} one 1`)).toContain(undefined);
});

it.each(tables)("table $word has the chains of its entry and no other", ({ word, chains }) => {
  const has = (chain: string) =>
    builds.map((build) => restore({ build, family: "ipv4", text: `*${word}\n-A ${chain}\nCOMMIT\n` }));
  const known = new Set<string>(chains.map((chain) => chain.word));
  for (const chain of ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]) {
    if (known.has(chain)) expect(has(chain)).toEqual(taken);
    else expect(has(chain)).not.toContain(undefined);
  }
});
