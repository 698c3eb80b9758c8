import { expect, test } from "vitest";
import { type Analysis, analyze } from "../../netfilter/analyze.js";
import { completionsAt } from "../../netfilter/ide/completion.js";
import { hoverAt } from "../../netfilter/ide/hover.js";
import { definitionAt, highlightsAt, referencesAt } from "../../netfilter/ide/navigation.js";
import { rename } from "../../netfilter/ide/rename.js";
import { type DocumentSymbol, documentSymbols } from "../../netfilter/ide/symbols.js";
import { memoryFiles } from "../model/memoryFiles.js";

const main = `include "./d.nft"
table ip t {
  chain c {
    ip saddr @s tcp dport $p jump d
    include "./r.nft"
  }
}
`;
const definitions = `define p = { 22, 2222 }
table ip t {
  set s { type ipv4_addr; elements = { 10.0.0.1 }; }
  chain d { }
}
`;
const rules = "tcp dport $p counter\njump d\n";
const texts: Readonly<Record<string, string>> = { "/f/main.nft": main, "/f/d.nft": definitions, "/f/r.nft": rules };

function read(path: string): Analysis {
  return analyze(texts[path] as string, "nftables", { place: { path, files: memoryFiles(texts) } });
}

/** Places as the text that stands there, with where it is. */
function shown(own: string, places: readonly { file?: string; start: number; end: number }[]): string[] {
  return places.map(({ file = own, start, end }) => `${file} ${start} ${texts[file]?.slice(start, end)}`);
}

test.each([
  ["/f/main.nft", "p jump", "p"],
  ["/f/r.nft", "p counter", "p"],
  ["/f/d.nft", "p =", "p"],
  ["/f/main.nft", "d\n    include", "d"],
  ["/f/r.nft", "d\n", "d"],
])("from %s '%s' all places of %s are found", (path, at, name) => {
  const analysis = read(path);
  const offset = path === "/f/r.nft" && name === "d" ? rules.length - 2 : (texts[path] as string).indexOf(at);
  const definition = name === "p" ? definitions.indexOf("p =") : definitions.indexOf("d { }");
  const all = [
    `/f/d.nft ${definition} ${name}`,
    `/f/main.nft ${main.indexOf(name === "p" ? "p jump" : "d\n    include")} ${name}`,
    `/f/r.nft ${name === "p" ? rules.indexOf("p counter") : rules.length - 2} ${name}`,
  ];
  expect(shown(path, referencesAt(analysis, offset, true)).sort()).toEqual(all);
  const target = definitionAt(analysis, offset);
  expect(target?.file).toBe(path === "/f/d.nft" ? undefined : "/f/d.nft");
  expect(target?.nameSpan.start).toBe(definition);
  expect(highlightsAt(analysis, offset)).toHaveLength(1);
  const edits = rename(analysis, offset, "fresh");
  expect(edits).toHaveLength(3);
});

test("the path of an include leads to its file", () => {
  const target = definitionAt(read("/f/main.nft"), main.indexOf("r.nft"));
  expect(target).toMatchObject({ file: "/f/r.nft", nameSpan: { start: 0, end: 0 } });
  expect(main.slice(target?.from.start, target?.from.end)).toBe('"./r.nft"');
});

test("a hover shows what another file says, and its name", () => {
  const hover = (at: string) => hoverAt(read("/f/main.nft"), main.indexOf(at))?.markdown;
  expect(hover("p jump")).toMatch(/22, 2222[\s\S]*Defined in `d\.nft`/);
  expect(hover("s tcp")).toMatch(/10\.0\.0\.1[\s\S]*Defined in `d\.nft`/);
});

test.each([
  ["/f/main.nft", ["table t [chain c]"]],
  ["/f/d.nft", ["variable p", "table t [set s, chain d]"]],
  ["/f/r.nft", []],
])("the outline of %s holds its own alone", (path, expected) => {
  const line = ({ kind, name, children }: DocumentSymbol): string =>
    `${kind} ${name}${children.length > 0 ? ` [${children.map(line).join(", ")}]` : ""}`;
  expect(documentSymbols(read(path)).map(line)).toEqual(expected);
});

test("what is proposed in a piece of a chain belongs into a chain, names of other files among it", () => {
  const labels = (text: string) => {
    const place = { path: "/f/r.nft", files: memoryFiles({ ...texts, "/f/r.nft": text }) };
    return completionsAt(analyze(text, "nftables", { place }), text.length).items.map(({ label }) => label);
  };
  expect(labels("")).toContain("counter");
  expect(labels("")).not.toContain("table");
  expect(labels("jump ")).toContain("d");
  expect(labels("tcp dport $")).toContain("p");
});
