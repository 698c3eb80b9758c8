import { expect, test } from "vitest";
import { editDistance, nearest } from "../../netfilter/text/nearest.js";

const distances: readonly [string, string, number][] = [
  ["dport", "dport", 0],
  ["dprot", "dport", 1],
  ["dort", "dport", 1],
  ["dportt", "dport", 1],
  ["dpord", "dport", 1],
  ["", "dport", 5],
  ["sport", "dports", 2],
];

test.each(distances)("from %s to %s it takes %d changes", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

const options = ["--dport", "--sport", "--syn", "--tcp-flags"];
const verdicts = ["ACCEPT", "DROP", "RETURN"];
const cases: readonly [string, readonly string[], string | undefined][] = [
  ["--dprot", options, "--dport"],
  ["--tcpflags", options, "--tcp-flags"],
  ["--frobnicate", options, undefined],
  ["ACEPT", verdicts, "ACCEPT"],
  ["accept", verdicts, "ACCEPT"],
  ["DORP", verdicts, "DROP"],
  ["DROP", verdicts, undefined],
  ["x", verdicts, undefined],
  ["", verdicts, undefined],
  ["ab", ["xy"], undefined],
];

test.each(cases)("%s among %j is nearest to %s", (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
