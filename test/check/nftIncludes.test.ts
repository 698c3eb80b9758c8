import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { memoryFiles } from "../model/memoryFiles.js";

type Texts = Readonly<Record<string, string>>;

/** Reading `path` gives these findings: severity, code and the text that is underlined. */
function check(path: string, texts: Texts, expected: readonly string[], folders: readonly string[] = []): void {
  const text = texts[path] ?? "";
  const place = { path, files: memoryFiles(texts, folders) };
  const { findings } = analyze(text, "nftables", { lint: false, place });
  const told = findings.map(({ severity, code, span }) => `${severity} ${code} ${text.slice(span.start, span.end)}`);
  expect(told).toEqual(expected);
}

const table = (rule: string) => `table ip t {\n  chain c {\n    ${rule}\n  }\n}\n`;

describe("what an included file defines is known", () => {
  const cases: readonly (readonly [string, Texts, readonly string[]])[] = [
    [
      "a variable",
      { "/f/m.nft": `include "./d.nft"\n${table("tcp dport $p accept")}`, "/f/d.nft": "define p = 22\n" },
      [],
    ],
    [
      "and what it does not is missed",
      { "/f/m.nft": `include "./d.nft"\n${table("tcp dport $q accept")}`, "/f/d.nft": "define p = 22\n" },
      ["error undefinedVariable $q"],
    ],
    [
      "a chain, a set and an object of another block of the table",
      {
        "/f/m.nft": `include "./d.nft"\n${table("ip saddr @s counter name n jump d")}`,
        "/f/d.nft": "table ip t {\n  set s { type ipv4_addr; }\n  counter n { }\n  chain d { }\n}\n",
      },
      [],
    ],
    [
      "but not before it is included",
      { "/f/m.nft": `${table("tcp dport $p accept")}include "./d.nft"\n`, "/f/d.nft": "define p = 22\n" },
      ["error undefinedVariable $p"],
    ],
    [
      "in the order of names",
      {
        "/f/m.nft": `include "./d/*.nft"\n${table("tcp dport $b accept")}`,
        "/f/d/20.nft": "define b = $a\n",
        "/f/d/10.nft": "define a = 1\n",
      },
      [],
    ],
    [
      "within a table only there",
      {
        "/f/m.nft":
          'table ip t {\n  include "./d.nft"\n  chain c { tcp dport $p accept; }\n}\ntable ip u {\n  chain c { tcp dport $p accept; }\n}\n',
        "/f/d.nft": "define p = 22\n",
      },
      ["error undefinedVariable $p"],
    ],
    [
      "rules within a chain, twice",
      {
        "/f/m.nft": 'table ip t {\n  chain c {\n    include "./r.nft"\n    include "./r.nft"\n  }\n}\n',
        "/f/r.nft": "tcp dport 22 accept\n",
      },
      [],
    ],
    [
      "elements within a set",
      {
        "/f/m.nft": 'table ip t {\n  set s {\n    include "./s.nft"\n  }\n  chain c { ip saddr @s accept; }\n}\n',
        "/f/s.nft": "type ipv4_addr\nelements = { 1.1.1.1 }\n",
      },
      [],
    ],
    [
      "files of files, from the folder in which nft is started",
      {
        "/f/m.nft": `include "./a/a.nft"\n${table("tcp dport $p accept")}`,
        "/f/a/a.nft": 'include "./b/b.nft"\n',
        "/f/b/b.nft": "define p = 22\n",
      },
      [],
    ],
  ];
  test.each(cases)("%s", (_, texts, expected) => check("/f/m.nft", texts, expected));
});

describe("where nft looks", () => {
  const use = table("tcp dport $p accept");
  const define = "define p = 22\n";
  const cases: readonly (readonly [string, string, string, string, readonly string[]])[] = [
    ["/etc/nftables.conf", "/etc/d.nft", "/etc/d.nft", "absolute", []],
    ["/home/me/router/etc/nftables.conf", "/home/me/router/etc/d.nft", "/etc/d.nft", "in an image of a machine", []],
    ["/etc/nftables.conf", "/etc/d.nft", "d.nft", "in /etc", []],
    ["/home/me/m.nft", "/home/me/d.nft", "d.nft", "beside the file, which may come to lie in /etc", []],
    ["/home/me/m.nft", "/home/me/d.nft", "/etc/d.nft", "not known here", []],
    ["/home/me/a/m.nft", "/home/me/d.nft", "../d.nft", "above", []],
    ["/home/me/a/m.nft", "/home/me/d.nft", "./d.nft", "in the workspace", []],
    ["/home/me/m.nft", "/home/me/d.nft", "./e.nft", "nowhere", ['error missingInclude "./e.nft"']],
    ["/home/me/m.nft", "/home/me/d.nft", "./no/e.nft", "in no folder", ['error missingInclude "./no/e.nft"']],
    ["/home/me/m.nft", "/home/me/d.nft", "e.nft", "in nft's own folders", []],
    ["/etc/m.nft", "/etc/d.nft", "/etc/e.nft", "not there", ['error missingInclude "/etc/e.nft"']],
    ["/home/me/etc/m.nft", "/home/me/etc/d.nft", "/etc/e.nft", "perhaps on the machine itself", []],
    ["/home/me/m.nft", "/home/me/d.nft", "./e*.nft", "a pattern may find nothing", ["error undefinedVariable $p"]],
    ["/home/me/m.nft", "/home/me/d.nft", "./*/d.nft", "nor need there be folders", ["error undefinedVariable $p"]],
    ["/home/me/m.nft", "/home/me/d.nft", "./[c-e].nft", "a pattern with a set", []],
    [
      "/home/me/m.nft",
      "/home/me/d.nft",
      "./[!c-em].nft",
      "a pattern with a negated set",
      ["error undefinedVariable $p"],
    ],
    ["/home/me/m.nft", "/home/me/.d.nft", "./*d.nft", "hidden files are left out", ["error undefinedVariable $p"]],
  ];
  test.each(cases)("%s, %s by %s: %s", (path, other, asked, _, expected) => {
    check(path, { [path]: `include "${asked}"\n${use}`, [other]: define }, expected, ["/home/me"]);
  });
});

describe("a file that another one includes is read in its light", () => {
  const fragment = "/f/nftables.d/ssh.nft";
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    [
      "names of its parent are known",
      `define p = 22\ntable ip t {\n  chain c { }\n}\ninclude "./nftables.d/*.nft"\n`,
      "add rule ip t c tcp dport $p accept\n",
      [],
    ],
    [
      "those that come later are not",
      `include "./nftables.d/*.nft"\ndefine p = 22\n`,
      "define q = $p\n",
      ["error undefinedVariable $p"],
    ],
    [
      "within a chain",
      'table ip t {\n  chain c {\n    include "./nftables.d/*.nft"\n  }\n}\n',
      "tcp dport 22 accept\n",
      [],
    ],
    [
      "errors within a chain",
      'table ip t {\n  chain c {\n    type filter hook input priority 0\n    include "./nftables.d/*.nft"\n  }\n}\n',
      "tcp dprot 22 accept\njump e\n",
      ["error unknownKeyword dprot", "error undefinedChain e"],
    ],
    [
      "within a table",
      'table ip t {\n  include "./nftables.d/*.nft"\n}\n',
      "chain c {\n  ip saddr 1.1.1.1 accept\n}\n",
      [],
    ],
    [
      "within a set",
      'table ip t {\n  set s {\n    type ipv4_addr\n    include "./nftables.d/*.nft"\n  }\n}\n',
      "elements = { 1.1.1.1, ::1 }\n",
      ["error badValue ::1"],
    ],
    [
      "a block over two files",
      'include "./nftables.d/*.nft"\nchain c { accept; }\n}\n',
      "table ip t {\n",
      ["information splitBlock "],
    ],
  ];
  test.each(cases)("%s", (_, parent, text, expected) => {
    check(fragment, { "/f/nftables.conf": parent, [fragment]: text }, expected);
  });
  test("by several parents only what is wrong for all is told", () => {
    const texts = {
      "/f/a.nft": 'define p = 1\ninclude "./nftables.d/ssh.nft"\n',
      "/f/b.nft": 'define q = 1\ninclude "./nftables.d/ssh.nft"\n',
      [fragment]: "define a = $p\ndefine b = $q\ndefine c = $r\n",
    };
    check(fragment, texts, ["error undefinedVariable $r"]);
  });
});

describe("errors of included files", () => {
  const main = `include "./d.nft"\n${table("accept")}`;
  const cases: readonly (readonly [string, Texts, readonly string[]])[] = [
    ["of syntax", { "/f/m.nft": main, "/f/d.nft": "defnie x = 1\n" }, ['error refusedInclude "./d.nft"']],
    ["of meaning", { "/f/m.nft": main, "/f/d.nft": "define x = $y\n" }, ['error refusedInclude "./d.nft"']],
    [
      "of what they include",
      { "/f/m.nft": main, "/f/d.nft": 'include "./e.nft"\n' },
      ['error refusedInclude "./d.nft"'],
    ],
    ["an open last line", { "/f/m.nft": main, "/f/d.nft": "define x = 1" }, ['error joinedInclude "./d.nft"']],
    [
      "an open last line before an empty one",
      { "/f/m.nft": `include "./d.nft"\n\n${table("accept")}`, "/f/d.nft": "define x = 1" },
      [],
    ],
    ["an open comment", { "/f/m.nft": main, "/f/d.nft": "# x" }, ['error refusedInclude "./d.nft"']],
    ["a file that includes itself", { "/f/m.nft": 'include "./m.nft"\n' }, ['error refusedInclude "./m.nft"']],
  ];
  test.each(cases)("%s", (_, texts, expected) => check("/f/m.nft", texts, expected));
});

describe("half-typed pieces", () => {
  const pieces = [
    ["table ip t {\n  PIECE}\n", "flags dormant\nchain c {\n  accept\n}\nset s { type mark; }\n"],
    [
      "table ip t {\n  chain c {\n    PIECE  }\n}\n",
      "type filter hook input priority 0; policy drop\ntcp dport { 22, 80 } jump d\n",
    ],
    [
      "table ip t {\n  set s {\n    PIECE  }\n}\n",
      "type ipv4_addr\nflags interval\nelements = { 1.1.1.1, 2.2.2.0/24 }\n",
    ],
    ["table ip t {\n  map s {\n    PIECE  }\n}\n", "type ipv4_addr : verdict\nelements = { 1.1.1.1 : accept }\n"],
    ["table ip t {\n  flowtable f {\n    PIECE  }\n}\n", "hook ingress priority 0\ndevices = { lo }\n"],
    ["table ip t {\n  ct helper h {\n    PIECE  }\n}\n", 'type "ftp" protocol tcp\nl3proto ip\n'],
  ] as const;
  test.each(pieces)("%j", (around, piece) => {
    const parent = around.replace("PIECE", 'include "./p.nft"\n');
    for (let length = 0; length <= piece.length; length++) {
      const texts = { "/f/main.nft": parent, "/f/p.nft": piece.slice(0, length) };
      for (const [path, text] of Object.entries(texts)) {
        const { findings, tree } = analyze(text, "nftables", { place: { path, files: memoryFiles(texts) } });
        const last = Math.max(0, ...findings.map(({ span }) => span.end), ...tree.tokens.map(({ end }) => end));
        expect(last).toBeLessThanOrEqual(text.length);
      }
    }
    check(
      "/f/p.nft",
      { "/f/main.nft": parent, "/f/p.nft": piece },
      piece.includes("jump d") ? ["error undefinedChain d"] : [],
    );
  });
});
