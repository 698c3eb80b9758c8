import { expect, test } from "vitest";
import { align } from "../../netfilter/compare/align.js";

/** Rows of words, one letter an item: `=a` on both sides, `-a` and `+a` on one, `~a` elsewhere, `a>b` edited. */
function check(left: string, right: string): string {
  const items = (text: string) => text.split(" ").filter(Boolean);
  const alike = { key: (item: string) => item, words: (item: string) => new Set([item[0] as string]) };
  return align(items(left), items(right), alike)
    .map((one) => {
      if (one.kind === "equal") return `=${one.left}`;
      if (one.kind === "moved") return `~${one.left}`;
      if (one.kind === "changed") return `${one.left}>${one.right}`;
      return one.kind === "removed" ? `-${one.left}` : `+${one.right}`;
    })
    .join(" ");
}

test.each([
  ["a b c", "a b c", "=a =b =c"],
  ["a b c", "a c", "=a -b =c"],
  ["a c", "a b c", "=a +b =c"],
  ["a b c d", "b c d a", "=b =c =d ~a"],
  ["a b1 c", "a b2 c", "=a b1>b2 =c"],
  ["a b c", "a x c", "=a -b +x =c"],
  ["a a a", "a a", "=a =a -a"],
  ["a b a b", "b a b", "-a =b =a =b"],
  ["", "a", "+a"],
  ["a", "", "-a"],
  ["", "", ""],
  ["b1 b2", "b3", "-b2 b1>b3"],
])("%s beside %s: %s", (left, right, expected) => {
  expect(check(left, right)).toBe(expected);
});

test("long sequences with everything turned round are laid side by side too", () => {
  const numbers = Array.from({ length: 30_000 }, (_, index) => `${index}`);
  const alike = { key: (item: string) => item, words: () => new Set<string>() };
  const kinds = align(numbers, [...numbers].reverse(), alike).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "equal")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "moved")).toHaveLength(29_999);
});
