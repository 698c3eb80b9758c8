import { defineConfig } from "vitest/config";

const e2e = "test/e2e/**/*.test.ts";
const slow = [
  "test/corpus/**/*.test.ts",
  "test/tools/**/*.test.ts",
  "test/routers/**/*.test.ts",
  "test/lab/kernel.test.ts",
];

/** `unit` within seconds, `slow` for corpora, fuzzing and the real tools, `e2e` in a real VS Code. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [e2e, ...slow], testTimeout: 30_000 } },
      { test: { name: "slow", include: slow, testTimeout: 300_000, hookTimeout: 60_000 } },
      {
        test: {
          ...{ name: "e2e", include: [e2e], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false },
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
