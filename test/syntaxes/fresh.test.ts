import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generatedFiles } from "../../scripts/generate/files.js";

const root = new URL("../../", import.meta.url);

test.each([...generatedFiles(root)])("%s is as `npm run generate` writes it", (path, wanted) => {
  expect(readFileSync(new URL(path, root), "utf8")).toBe(wanted);
});
