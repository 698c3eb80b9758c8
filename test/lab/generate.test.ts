import { expect, test } from "vitest";
import { Random } from "./generate/random.js";
import { randomCase } from "./generate/scenario.js";
import type { Wish } from "./kernel.js";
import { without } from "./shrink.js";

test("a seed makes the same case every time, another seed another one", () => {
  const [one, again, other] = [randomCase(7, 50), randomCase(7, 50), randomCase(8, 50)].map(asText);
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

function asText(found: unknown): string {
  return JSON.stringify(found, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

test("weights decide how often something is chosen", () => {
  const random = new Random(1);
  const chosen = Array.from({ length: 1000 }, () =>
    random.weighed([
      [9, "often"],
      [1, "seldom"],
      [0, "never"],
    ] as const),
  );
  expect(new Set(chosen)).toEqual(new Set(["often", "seldom"]));
  expect(chosen.filter((one) => one === "seldom").length).toBeLessThan(200);
});

test.each([
  [
    [true, true, true, true],
    [undefined, 0, 1, undefined],
  ],
  [[false, true, true, true], [undefined]],
  [
    [true, false, true, true],
    [undefined, undefined],
  ],
  [
    [true, true, false, true],
    [undefined, 0, undefined],
  ],
])("a packet goes with the one that it answers: keep %j", (keep, answers) => {
  const packet = { saddr: "192.0.2.1", daddr: "192.0.2.2", protocol: 17 };
  const row: Wish[] = [{ packet }, { answer: 0 }, { answer: 1 }, { packet }];
  expect(without(row, keep).map((wish) => ("answer" in wish ? wish.answer : undefined))).toEqual(answers);
});
