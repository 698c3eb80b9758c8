import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quoted, unquoted } from "../../client/routers/running/quote.js";
import { bootstrap, readScript, scriptLength, watchedScript } from "../../client/routers/running/script.js";

const word = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", ""));

test("a shell reads back every word", () => {
  const print = (words: readonly string[]) =>
    execFileSync("sh", ["-c", `printf '%s\\0' ${quoted(words)}`]).toString("utf8");
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1 }),
      (words) => print(words) === words.map((text) => `${text}\0`).join(""),
    ),
  );
});

test("the words are read back here too", () => {
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(unquoted(quoted(words))).toEqual(words);
    }),
  );
});

test("a script says what it runs", () => {
  const mark = "hookscope-1";
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.option(word, { nil: undefined }), (argv, stdin) => {
      const script = watchedScript({ argv, mark, sudo: { password: "x'y" }, ...(stdin !== undefined && { stdin }) });
      expect(readScript(script.toString("utf8"))).toEqual({ argv, mark });
      expect(scriptLength(bootstrap(script))).toBe(script.length);
    }),
  );
});

test("what the login shell sees is the same to every shell", () => {
  const script = watchedScript({ argv: ["a"], mark: "hookscope-1" });
  for (const line of [bootstrap(script), bootstrap(script, ["sudo", "-S", "-p", '""'], "hookscope-1")])
    expect(line).not.toMatch(/[\\!\n]|'.*'.*'/);
});
