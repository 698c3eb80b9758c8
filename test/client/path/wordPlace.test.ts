import { expect, test } from "vitest";
import { placeOfWord } from "../../../client/path/wordPlace.js";

test("a word is found by how many of its kind stand before it, whatever the editor has around it", () => {
  const check = (lines: readonly string[], word: string, nth: number, expected: string | undefined) => {
    const at = placeOfWord(lines, word, nth);
    expect(at && `${at.line}:${at.character}`).toBe(expected);
  };
  const saved = ["[12:720] -A INPUT -s 10.0.0.1/32 -j ACCEPT"];
  check(saved, "-A", 0, "0:9");
  check(saved, "-j", 0, "0:33");
  check(saved, "-j", 1, undefined);
  const nft = ["\tip saddr { 10.0.0.1,", "\t\t10.0.0.2 } ip daddr 10.0.0.9 accept; drop"];
  check(nft, "ip", 1, "1:13");
  check(nft, "accept", 0, "1:31");
  check([], "accept", 0, undefined);
});
