import { expect, test } from "vitest";
import { EarlierRules } from "../../netfilter/model/earlier.js";

const nodes = Array.from({ length: 200 }, (_, number) => ({ number }));
const made = nodes.map((node) => ({ node }));

/** Asks for nodes by their numbers, -1 standing for one that is new; gives the numbers of those that are found. */
function check(asked: readonly number[], found: readonly number[]): void {
  const earlier = new EarlierRules(made);
  const rules = asked.map((number) => earlier.take(nodes[number] ?? { number }));
  expect(rules.flatMap((rule) => rule?.node.number ?? [])).toEqual(found);
}

const upTo = (end: number, start = 0) => Array.from({ length: end - start }, (_, index) => start + index);
const none = (count: number) => new Array<number>(count).fill(-1);

const cases: readonly [what: string, asked: readonly number[], found: readonly number[]][] = [
  ["all in their order", upTo(200), upTo(200)],
  ["one that is new among them", [...upTo(90), -1, ...upTo(200, 90)], upTo(200)],
  ["one in place of another", [...upTo(90), -1, ...upTo(200, 91)], [...upTo(90), ...upTo(200, 91)]],
  ["a few taken away", [...upTo(90), ...upTo(200, 120)], [...upTo(90), ...upTo(200, 120)]],
  ["many new ones", [...none(30), ...upTo(200)], upTo(200)],
  ["so many taken away that the first ones behind are made anew", upTo(200, 100), upTo(200, 107)],
  ["two halves that changed places", [...upTo(200, 100), ...upTo(100)], [...upTo(200, 107), ...upTo(100)]],
];

test.each(cases)("%s", (_, asked, found) => check(asked, found));
