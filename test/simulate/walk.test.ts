import { expect, test } from "vitest";
import { walk } from "./iptables.js";
import { passage } from "./passage.js";

/** Leads a SYN through FORWARD of these lines and tells step by step what happened. */
function steps(lines: readonly string[], unmatched = false): string[] {
  const text = ["*filter", ...lines, "COMMIT", ""].join("\n");
  const told: string[] = [];
  const { outcome, rule } = walk(text, "FORWARD", passage(), {
    unmatched,
    rule: (met, matched, verdict) => {
      const words = text.slice(met.start, met.end).replace(/^-A /, "");
      told.push(`${words}: ${matched ? (verdict ?? "matched") : "no"}`);
    },
    end: (chain, verdict) => told.push(`end of ${chain.name}: ${verdict}`),
  });
  return [...told, `${typeof outcome === "string" ? outcome : outcome.do}${rule ? "" : " by policy"}`];
}

const chains = [":FORWARD DROP [0:0]", ":A - [0:0]", ":B - [0:0]"];

const cases: readonly (readonly [what: string, lines: readonly string[], told: readonly string[]])[] = [
  ["the policy decides when no rule does", chains, ["end of FORWARD: drop", "drop by policy"]],
  [
    "a verdict ends the chain",
    [...chains, "-A FORWARD -j ACCEPT", "-A FORWARD -j DROP"],
    ["FORWARD -j ACCEPT: accept", "accept"],
  ],
  [
    "a rule without target counts and goes on",
    [...chains, "-A FORWARD -s 10.0.0.0/8", "-A FORWARD -j ACCEPT"],
    ["FORWARD -s 10.0.0.0/8: matched", "FORWARD -j ACCEPT: accept", "accept"],
  ],
  [
    "a jump comes back behind itself",
    [...chains, "-A FORWARD -j A", "-A FORWARD -j ACCEPT", "-A A -j MARK --set-mark 1"],
    [
      "FORWARD -j A: jump A",
      "A -j MARK --set-mark 1: matched",
      "end of A: return",
      "FORWARD -j ACCEPT: accept",
      "accept",
    ],
  ],
  [
    "RETURN goes back to the caller",
    [...chains, "-A FORWARD -j A", "-A FORWARD -j ACCEPT", "-A A -j RETURN", "-A A -j DROP"],
    ["FORWARD -j A: jump A", "A -j RETURN: return", "FORWARD -j ACCEPT: accept", "accept"],
  ],
  [
    "RETURN in a base chain leaves it to the policy",
    [...chains, "-A FORWARD -j RETURN", "-A FORWARD -j ACCEPT"],
    ["FORWARD -j RETURN: return", "end of FORWARD: drop", "drop by policy"],
  ],
  [
    "after a goto from a base chain the policy decides",
    [...chains, "-A FORWARD -g A", "-A FORWARD -j ACCEPT"],
    ["FORWARD -g A: goto A", "end of FORWARD: drop", "drop by policy"],
  ],
  [
    "after a jump and a goto the walk goes on behind the jump",
    [...chains, "-A FORWARD -j A", "-A FORWARD -j ACCEPT", "-A A -g B", "-A A -j DROP"],
    ["FORWARD -j A: jump A", "A -g B: goto B", "end of B: return", "FORWARD -j ACCEPT: accept", "accept"],
  ],
  [
    "RETURN after a goto goes to where the last jump came from",
    [
      ...chains,
      "-A FORWARD -j A",
      "-A FORWARD -j ACCEPT",
      "-A A -g B",
      "-A A -j DROP",
      "-A B -j RETURN",
      "-A B -j DROP",
    ],
    ["FORWARD -j A: jump A", "A -g B: goto B", "B -j RETURN: return", "FORWARD -j ACCEPT: accept", "accept"],
  ],
  [
    "an address list makes a rule of each, and both may match",
    [...chains, "-A FORWARD -s 10.0.0.0/8,10.0.0.1 -j MARK --xor-mark 1"],
    [
      "FORWARD -s 10.0.0.0/8,10.0.0.1 -j MARK --xor-mark 1: matched",
      "FORWARD -s 10.0.0.0/8,10.0.0.1 -j MARK --xor-mark 1: matched",
      "end of FORWARD: drop",
      "drop by policy",
    ],
  ],
  ["a reject is an end", [...chains, "-A FORWARD -j REJECT"], ["FORWARD -j REJECT: reject", "reject"]],
];

test.each(cases)("%s", (_, lines, told) => {
  expect(steps(lines)).toEqual(told);
});

test("rules that do not match are told only where that is wanted", () => {
  const lines = [...chains, "-A FORWARD -p udp -j DROP", "-A FORWARD -j ACCEPT"];
  expect(steps(lines)).toEqual(["FORWARD -j ACCEPT: accept", "accept"]);
  expect(steps(lines, true)).toEqual(["FORWARD -p udp -j DROP: no", "FORWARD -j ACCEPT: accept", "accept"]);
});

test("chains that lead back to themselves end in a question", () => {
  const lines = [...chains, "-A FORWARD -j A", "-A A -g B", "-A B -j A"];
  const asked = passage({ guesses: true });
  const end = walk(["*filter", ...lines, "COMMIT", ""].join("\n"), "FORWARD", asked);
  expect([end.outcome, asked.asked]).toEqual([
    "accept",
    [expect.stringMatching(/^The chain [AB] leads back to itself, which no kernel loads/)],
  ]);
});
