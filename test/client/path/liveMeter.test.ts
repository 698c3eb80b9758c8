import { expect, test } from "vitest";
import { LiveMeter } from "../../../client/path/traced/liveMeter.js";

test("seconds left, and packets a second over the last few seconds", () => {
  let now = 0;
  const meter = new LiveMeter(30, () => now);
  const after = (ms: number, count: number) => {
    now += ms;
    meter.count(count);
    return meter.numbers;
  };
  expect(after(5_000, 0)).toEqual({});
  meter.begin();
  expect(after(500, 4)).toEqual({ secondsLeft: 30 });
  expect(after(500, 10)).toEqual({ secondsLeft: 29, rate: 10 });
  expect(after(9_000, 10)).toEqual({ secondsLeft: 20, rate: 0 });
  expect(after(1_000, 15)).toEqual({ secondsLeft: 19, rate: 0.5 });
  expect(after(60_000, 15).secondsLeft).toBe(0);
});
