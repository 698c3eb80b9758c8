import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtinCallbacks, builtinCallbacksAt } from "../../netfilter/facts/builtinCallbacks.js";
import {
  allowsChainType,
  type ChainType,
  chainTypes,
  families,
  findChainType,
  findFamily,
  findHook,
  hooks,
  hooksOf,
} from "../../netfilter/facts/hooks.js";
import { describePriority, findPriority, priorityNames, priorityNamesAt } from "../../netfilter/facts/priorities.js";
import { sharedPath } from "../corpus/shared.js";

test.each([...families, ...hooks, ...chainTypes, ...priorityNames])("$kind $word is documented", ({ doc, forms }) => {
  expect(doc.length).toBeGreaterThan(25);
  expect(doc).toMatch(/^[A-Z].*\.$/s);
  expect(forms.length).toBeGreaterThan(0);
});

test.each([
  ["ip", "prerouting,input,forward,output,postrouting"],
  ["inet", "prerouting,input,forward,output,postrouting,ingress"],
  ["bridge", "prerouting,input,forward,output,postrouting"],
  ["arp", "input,output"],
  ["netdev", "ingress,egress"],
] as const)("hooks of %s", (family, expected) => {
  expect(hooksOf(family).join()).toBe(expected);
});

test.each([
  ["raw", "ip", "forward", -300],
  ["mangle", "inet", "output", -150],
  ["dstnat", "ip6", "prerouting", -100],
  ["dstnat", "ip6", "postrouting", undefined],
  ["filter", "arp", "input", 0],
  ["filter", "netdev", "ingress", 0],
  ["filter", "bridge", "forward", -200],
  ["security", "bridge", "forward", undefined],
  ["srcnat", "bridge", "postrouting", 300],
  ["out", "bridge", "output", 100],
  ["out", "ip", "output", undefined],
  ["raw", "netdev", "ingress", undefined],
] as const)("priority %s of %s %s is %s", (word, family, hook, value) => {
  expect(findPriority(word, family, hook)?.value).toBe(value);
});

test.each([
  ["nat", "inet", "postrouting", true],
  ["nat", "ip", "forward", false],
  ["nat", "bridge", "prerouting", false],
  ["route", "ip6", "output", true],
  ["route", "ip", "prerouting", false],
  ["filter", "netdev", "egress", true],
  ["filter", "ip", "ingress", false],
] as const)("a %s chain at %s %s: %s", (type, family, hook, allowed) => {
  expect(allowsChainType(type, family, hook)).toBe(allowed);
});

test("lookups tell families apart", () => {
  expect(findHook("prerouting", "bridge")?.doc).toContain("bridge");
  expect(findHook("ingress", "ip")).toBeUndefined();
  expect(findFamily("inet")?.doc).toContain("5.2");
  expect(findChainType("nat")?.above).toBe(-200);
});

describe("the kernel's own callbacks", () => {
  test("come in order of priority", () => {
    for (const { word } of families) {
      for (const hook of hooksOf(word)) {
        const priorities = builtinCallbacksAt(word, hook).map(({ priority }) => priority);
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      }
    }
  });

  test("an inet chain meets those of ip", () => {
    expect(builtinCallbacksAt("inet", "prerouting")).toEqual(builtinCallbacksAt("ip", "prerouting"));
  });

  test.each(builtinCallbacks)("$label at $hook is explained", ({ doc, functions }) => {
    expect(doc).toMatch(/^[A-Z].*\.$/);
    expect(functions.length).toBeGreaterThan(0);
  });
});

describe("a recorded router agrees", () => {
  test("on every function of the kernel and its priority", () => {
    const functions = recordedFunctions(readFileSync(sharedPath("recordings/vm/tx612/nft-list-hooks.txt"), "utf8"));
    expect(functions.length).toBeGreaterThan(25);
    const unknown = functions.filter(
      ({ family, hook, priority, name }) =>
        !builtinCallbacks.some(
          (callback) =>
            callback.hook === hook &&
            callback.priority === priority &&
            callback.functions.includes(name) &&
            callback.families.some((own) => own === family),
        ),
    );
    expect(unknown).toEqual([]);
  });
});

/** The lines of `nft list hooks` that are no chain of a ruleset. */
function recordedFunctions(text: string) {
  let family = "";
  let hook = "";
  return text.split("\n").flatMap((line) => {
    family = /^family (\w+)/.exec(line)?.[1] ?? family;
    hook = /^\thook (\w+)/.exec(line)?.[1] ?? hook;
    const [, priority, name] = /^\t\t\s*([+-]?\d+) (\w+)/.exec(line) ?? [];
    return name && name !== "chain" ? [{ family, hook, priority: Number(priority), name }] : [];
  });
}

describe("what a priority means", () => {
  test("before conntrack", () => {
    expect(describePriority("ip", "prerouting", -300)).toMatchInlineSnapshot(`
      "**priority -300** \`raw\` · \`ip\` \`prerouting\`

      Before conntrack: the place for \`notrack\` and conntrack zones. \`ct state\` says nothing yet. iptables' raw table stands here.

      Before it: defragmentation (-400).  
      After it: conntrack's lookup (-200), destination NAT (-100).

      Too early for conntrack: \`ct state\` and \`ct mark\` say nothing yet; \`notrack\` works here."
    `);
  });

  test("in the filter table's place", () => {
    expect(describePriority("inet", "input", 0)).toMatchInlineSnapshot(`
      "**priority 0** \`filter\` · \`inet\` \`input\`

      The usual place for filtering: destinations are translated, sources not yet. iptables' filter table stands here.

      After it: source NAT (100), conntrack's confirmation (2147483647).

      The source is not translated yet."
    `);
  });

  test("at conntrack's own", () => {
    expect(describePriority("ip6", "output", -200)).toContain("At the same priority");
  });

  test("where the kernel has nothing", () => {
    expect(describePriority("arp", "input", 0)).toContain("nothing of its own");
  });
});

describe("nft and the kernel agree", () => {
  const load = (text: string) => spawnSync("unshare", ["-n", "nft", "-f", "-"], { input: text, encoding: "utf8" });
  const device = (hook: string) => (hook.endsWith("gress") ? ' device "lo"' : "");
  const chain = (family: string, type: string, hook: string, priority: string | number) =>
    `table ${family} t { chain c { type ${type} hook ${hook}${device(hook)} priority ${priority}\n}\n}\n`;

  test("there is a root and an nft to ask", () => {
    expect(process.getuid?.(), "run as root, with nftables installed").toBe(0);
    expect(load("list tables\n").stderr).toBe("");
  });

  test("on where each chain type may stand", { timeout: 30_000 }, () => {
    const every = families.flatMap(({ word }) =>
      hooksOf(word).flatMap((hook) => chainTypes.map((type) => ({ family: word, hook, type: type.word as ChainType }))),
    );
    const different = every.filter(
      ({ family, hook, type }) =>
        (load(chain(family, type, hook, 10)).status === 0) !== allowsChainType(type, family, hook),
    );
    expect(different).toEqual([]);
  });

  test("on the names of priorities", { timeout: 30_000 }, () => {
    const names = [...new Set(priorityNames.map(({ word }) => word))];
    const every = families.flatMap(({ word }) =>
      hooksOf(word).flatMap((hook) => names.map((name) => ({ family: word, hook, name }))),
    );
    const different = every.filter(({ family, hook, name }) => {
      const priority = findPriority(name, family, hook);
      const known = priority !== undefined && !priority.newerHooks?.hooks.includes(hook);
      return (load(chain(family, "filter", hook, name)).status === 0) !== known;
    });
    expect(different).toEqual([]);
    expect(priorityNamesAt("ip", "input").map(({ word }) => word)).toContain("srcnat");
  });

  test("on the least priority of nat chains", () => {
    expect(load(chain("ip", "nat", "prerouting", -200)).status).not.toBe(0);
    expect(load(chain("ip", "nat", "prerouting", -199)).status).toBe(0);
  });
});
