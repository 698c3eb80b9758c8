import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compare } from "./compare/compare.js";
import { type Recording, scenarioOf } from "./record.js";
import { routerOf } from "./simulator.js";
import { type Story, stateOf, stories } from "./stories.js";

function recordingOf({ name }: Story): Recording {
  return JSON.parse(readFileSync(new URL(`recordings/${name}.json`, import.meta.url), "utf8"));
}

test.each(stories)("$name was recorded as it is written now", (story) => {
  expect(recordingOf(story).scenario, "run `npm run record` as root").toEqual(
    JSON.parse(JSON.stringify(scenarioOf(story))),
  );
});

test.each(stories)("$name: $about", (story) => {
  const { rulesets, queues, open } = story;
  const outcome = compare(recordingOf(story).observation, routerOf(rulesets, stateOf(story), queues));
  expect(outcome.difference).toBeUndefined();
  expect(outcome.compared).toBeGreaterThan(2);
  expect(outcome.unknown).toBe(open?.packets ?? 0);
  expect(outcome.why ?? "").toMatch(open?.why ?? /^$/);
});
