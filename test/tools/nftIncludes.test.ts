import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { otherFile, placeOf } from "../../server/check/localFiles.js";

// Folders of files that include each other: the real nft loads `main.nft` from its folder, and we read it there.

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

type Files = Readonly<Record<string, string>>;

/** Loads `main.nft` in a network namespace of its own. */
function load(folder: string): boolean {
  const { error, status } = spawnSync("unshare", ["-Urn", "nft", "-f", "main.nft"], { cwd: folder });
  if (error) throw new Error(`unshare does not run (${error.message}): install util-linux and nftables`);
  return status === 0;
}

function isRefusedByUs(path: string): boolean {
  const { text } = otherFile(path);
  const { findings } = analyze(text, "nftables", { lint: false, place: placeOf(path) });
  return findings.some(({ severity }) => severity === "error");
}

function check(files: Files): { nft: boolean; ours: boolean } {
  const folder = mkdtempSync(join(tmpdir(), "hookscope-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replaceAll("$HERE", folder));
  }
  return { nft: load(folder), ours: !isRefusedByUs(join(folder, "main.nft")) };
}

const use = "table ip t {\n  chain c {\n    tcp dport $p accept\n  }\n}\n";
const define = "define p = 22\n";
const main = `include "./d.nft"\n${use}`;
const inChain = 'table ip t {\n  chain c {\n    include "./d.nft"\n    counter\n  }\n}\n';

/** A chain of so many files, each of which includes the next. */
function chained(count: number): Files {
  const files = Array.from({ length: count }, (_, at) => [
    at === 0 ? "main.nft" : `${at}.nft`,
    at === count - 1 ? define : `include "./${at + 1}.nft"\n`,
  ]);
  return Object.fromEntries(files);
}

const cases: readonly (readonly [string, boolean, Files])[] = [
  ["a variable", true, { "main.nft": main, "d.nft": define }],
  ["a variable that nobody defines", false, { "main.nft": main, "d.nft": "define q = 22\n" }],
  ["an absolute path", true, { "main.nft": `include "$HERE/d.nft"\n${use}`, "d.nft": define }],
  ["an absolute path to nothing", false, { "main.nft": 'include "$HERE/e.nft"\n' }],
  ["a file above", true, { "main.nft": `include "./a/../d.nft"\n${use}`, "d.nft": define, "a/x": "" }],
  ["a missing file", false, { "main.nft": 'include "./e.nft"\n' }],
  ["a missing folder", false, { "main.nft": 'include "./e/e.nft"\n' }],
  ["a folder", true, { "main.nft": 'include "./d"\n', "d/x.nft": "bad\n" }],
  [
    "files of a file are not sought beside it",
    false,
    { "main.nft": 'include "./a/a.nft"\n', "a/a.nft": 'include "./d.nft"\n', "a/d.nft": define },
  ],
  [
    "a pattern in order",
    true,
    { "main.nft": `include "./d/*.nft"\n${use}`, "d/20.nft": "define p = $a\n", "d/10.nft": "define a = 1\n" },
  ],
  [
    "a pattern in the wrong order",
    false,
    { "main.nft": `include "./d/*.nft"\n${use}`, "d/10.nft": "define p = $a\n", "d/20.nft": "define a = 1\n" },
  ],
  [
    "capitals come first",
    true,
    { "main.nft": `include "./d/*"\n${use}`, "d/a": "define p = $a\n", "d/B": "define a = 1\n" },
  ],
  ["a pattern that finds nothing", true, { "main.nft": 'include "./d*.nft"\n' }],
  ["a pattern in a missing folder", true, { "main.nft": 'include "./d/*.nft"\n' }],
  ["a pattern of folders", true, { "main.nft": `include "./*/d.nft"\n${use}`, "d/d.nft": define }],
  ["hidden files", false, { "main.nft": `include "./d/*.nft"\n${use}`, "d/.d.nft": define }],
  ["hidden files that are asked for", true, { "main.nft": `include "./d/.*.nft"\n${use}`, "d/.d.nft": define }],
  ["a set of letters", true, { "main.nft": `include "./[c-e].nft"\n${use}`, "d.nft": define }],
  ["a negated set of letters", false, { "main.nft": `include "./[!c-em].nft"\n${use}`, "d.nft": define }],
  ["a question mark", true, { "main.nft": `include "./?.nft"\n${use}`, "d.nft": define }],
  ["braces are no pattern", false, { "main.nft": 'include "./{d,e}.nft"\n', "d.nft": define }],
  [
    "folders among what a pattern finds",
    true,
    { "main.nft": `include "./d/*"\n${use}`, "d/d.nft": define, "d/e/x": "bad\n" },
  ],
  [
    "rules in a chain, twice",
    true,
    { "main.nft": inChain.replace(/(include.*\n)/, "$1$1"), "d.nft": "tcp dport 22 accept\n" },
  ],
  ["a table in a chain", false, { "main.nft": inChain, "d.nft": "table ip u { }\n" }],
  [
    "a chain in a table",
    true,
    { "main.nft": 'table ip t {\n  include "./d.nft"\n  chain c {\n    jump d\n  }\n}\n', "d.nft": "chain d {\n}\n" },
  ],
  ["a rule in a table", false, { "main.nft": 'table ip t {\n  include "./d.nft"\n}\n', "d.nft": "accept\n" }],
  [
    "elements in a set",
    true,
    {
      "main.nft": 'table ip t {\n  set s {\n    include "./d.nft"\n  }\n}\n',
      "d.nft": "type ipv4_addr\nelements = { 1.1.1.1 }\n",
    },
  ],
  [
    "in the elements of a set",
    false,
    {
      "main.nft": 'table ip t {\n  set s {\n    type ipv4_addr\n    elements = {\n include "./d.nft"\n }\n  }\n}\n',
      "d.nft": "1.1.1.1\n",
    },
  ],
  ["a table's own variables", false, { "main.nft": `table ip u {\n  include "./d.nft"\n}\n${use}`, "d.nft": define }],
  [
    "commands",
    true,
    { "main.nft": 'add table ip t\ninclude "./d.nft"\nadd rule ip t c accept\n', "d.nft": "add chain ip t c\n" },
  ],
  ["an error of syntax", false, { "main.nft": main, "d.nft": `defnie x = 1\n${define}` }],
  [
    "an error of meaning",
    false,
    { "main.nft": 'include "./d.nft"\n', "d.nft": "table ip t {\n  chain c {\n    ip saddr ::1\n  }\n}\n" },
  ],
  ["the same variable twice", false, { "main.nft": `include "./d.nft"\n${define}`, "d.nft": define }],
  ["a last line without an end", false, { "main.nft": main, "d.nft": "define p = 22" }],
  ["before an empty line", true, { "main.nft": main.replace("\n", "\n\n"), "d.nft": "define p = 22" }],
  ["before a comment", false, { "main.nft": main.replace("\n", "\n# x\n"), "d.nft": "define p = 22" }],
  ["a last rule without an end", false, { "main.nft": inChain, "d.nft": "accept" }],
  ["a last comment without an end", false, { "main.nft": main, "d.nft": `${define}# x` }],
  [
    "between files of a pattern",
    false,
    { "main.nft": `include "./d/*"\n${use}`, "d/a": "define p = 22", "d/b": "define q = 22\n" },
  ],
  ["a file that includes itself", false, { "main.nft": 'include "./main.nft"\n' }],
  ["16 files deep", true, chained(16)],
  ["17 files deep", false, chained(17)],
  [
    "a block over two files",
    true,
    { "main.nft": 'include "./d.nft"\n  chain c {\n  }\n}\n', "d.nft": "table ip t {\n" },
  ],
  ["an empty file", true, { "main.nft": 'include "./d.nft"\n', "d.nft": "" }],
  ["behind a semicolon", true, { "main.nft": `include "./d.nft"; add table ip u\n${use}`, "d.nft": define }],
];

test.each(cases)("%s: accepted %s by nft and by us", (_, accepted, files) => {
  expect(check(files)).toEqual({ nft: accepted, ours: accepted });
});
