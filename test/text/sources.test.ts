import { expect, test } from "vitest";
import { folderOf, joined, nameOf } from "../../netfilter/text/paths.js";
import { Sources } from "../../netfilter/text/sources.js";

const sources = new Sources([
  { path: "/a", text: "own", base: 0 },
  { path: "/b", text: "other", base: 8 },
  { path: "/a", text: "own", base: 16 },
]);

test("texts stand in one row, blanks between", () => {
  expect(sources.text).toBe("own     other   own");
});

test.each([
  [{ start: 0, end: 3 }, { start: 0, end: 3 }, true],
  [{ start: 3, end: 3 }, { start: 3, end: 3 }, true],
  [{ start: 8, end: 13 }, { start: 0, end: 5, file: "/b" }, false],
  [{ start: 17, end: 18 }, { start: 1, end: 2 }, false],
])("%o is %o", (span, place, own) => {
  expect(sources.locate(span)).toEqual(place);
  expect(sources.isOwn(span)).toBe(own);
});

test.each([
  ["/a/b/c.nft", "/a/b", "c.nft"],
  ["/c.nft", "/", "c.nft"],
])("%s lies in %s as %s", (path, folder, name) => {
  expect([folderOf(path), nameOf(path)]).toEqual([folder, name]);
});

test.each([
  ["/a/b", "./c", "/a/b/c"],
  ["/a/b", "../c", "/a/c"],
  ["/a", "../../../c", "/c"],
  ["/", "c//d/.", "/c/d"],
  ["", "/etc/x", "/etc/x"],
])("from %s %s is %s", (folder, path, expected) => {
  expect(joined(folder, path)).toBe(expected);
});
