import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = normalize(join(dirname(fileURLToPath(import.meta.url)), ".."));

/**
 * Which room may import which, and which packages: the house rules of ARCHITECTURE.md as data. The first row whose room
 * holds a file is its room. A room may always import itself.
 */
const rooms: readonly { room: string; may: readonly string[]; packages?: readonly RegExp[] }[] = [
  { room: "netfilter/text", may: [] },
  { room: "netfilter/facts", may: [] },
  { room: "netfilter/packet", may: ["netfilter/facts", "netfilter/text"] },
  { room: "netfilter/syntax", may: ["netfilter/text", "netfilter/facts", "netfilter/packet"] },
  { room: "netfilter/model", may: ["netfilter/syntax", "netfilter/text", "netfilter/facts", "netfilter/packet"] },
  {
    room: "netfilter/check",
    may: ["netfilter/model", "netfilter/syntax", "netfilter/text", "netfilter/facts", "netfilter/packet"],
  },
  {
    room: "netfilter/lint",
    may: [
      "netfilter/model",
      "netfilter/syntax",
      "netfilter/text",
      "netfilter/facts",
      "netfilter/packet",
      "netfilter/language.ts",
    ],
  },
  {
    room: "netfilter/simulate",
    may: [
      "netfilter/model",
      "netfilter/syntax",
      "netfilter/text",
      "netfilter/facts",
      "netfilter/packet",
      "netfilter/language.ts",
    ],
  },
  {
    room: "netfilter/compare",
    may: [
      "netfilter/model",
      "netfilter/syntax",
      "netfilter/text",
      "netfilter/facts",
      "netfilter/packet",
      "netfilter/language.ts",
    ],
  },
  {
    room: "netfilter/observe",
    may: ["netfilter/model", "netfilter/syntax", "netfilter/text", "netfilter/facts", "netfilter/packet"],
  },
  {
    room: "netfilter/traced",
    may: [
      "netfilter/observe",
      "netfilter/simulate",
      "netfilter/compare",
      "netfilter/model",
      "netfilter/syntax",
      "netfilter/text",
      "netfilter/facts",
      "netfilter/packet",
      "netfilter/language.ts",
    ],
  },
  {
    room: "netfilter/diagram",
    may: [
      "netfilter/simulate",
      "netfilter/observe",
      "netfilter/model",
      "netfilter/text",
      "netfilter/facts",
      "netfilter/packet",
    ],
  },
  { room: "netfilter", may: ["netfilter"] },
  {
    room: "server",
    may: ["netfilter"],
    packages: [/^node:/, /^vscode-languageserver(\/node)?$/, /^vscode-languageserver-textdocument$/, /^yaml$/],
  },
  { room: "client/routers", may: ["netfilter/observe"], packages: [/^node:/, /^ssh2$/, /^ssh-config$/] },
  { room: "client/demo", may: ["client/routers", "netfilter/observe"], packages: [/^node:/, /^ssh2$/] },
  {
    room: "client",
    may: ["netfilter", "server/protocol.ts", "server/packetTests/protocol.ts", "webview/protocol.ts"],
    packages: [/^node:/, /^vscode$/, /^vscode-languageclient/],
  },
  // Types of what is shown; whatever else it took from there would be bundled into a page.
  { room: "webview", may: ["netfilter/observe", "netfilter/diagram"], packages: [/^@vscode\/webview-ui-toolkit$/] },
];

const files = rooms
  .map(({ room }) => room.split("/")[0] as string)
  .filter((top, index, all) => all.indexOf(top) === index)
  .flatMap((top) => sources(join(root, top)));

test("the rooms hold files to look at", () => {
  expect(files.length).toBeGreaterThan(30);
});

test.each(files.map((file) => [relative(root, file), file]))("%s imports only what its room may", (name, file) => {
  expect(brokenRules(name, readFileSync(file, "utf8"))).toEqual([]);
});

test("a broken rule is named", () => {
  expect(brokenRules("netfilter/syntax/x.ts", 'import { lint } from "../lint/lint.js";')).toEqual([
    "netfilter/syntax must not import netfilter/lint/lint.ts: it may import netfilter/text, netfilter/facts, netfilter/packet",
  ]);
  expect(brokenRules("netfilter/text/x.ts", 'import { join } from "node:path";')).toEqual([
    "netfilter/text must not import the package node:path",
  ]);
});

/** `import ... from "x"`, `export ... from "x"`, `import "x"` and `import("x")`. */
const imports = /^(?:import|export)\b[^;"']*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

function brokenRules(name: string, source: string): string[] {
  const home = roomOf(name);
  if (!home) return [`${name} lies in no room`];
  const broken: string[] = [];
  for (const [, ...found] of source.matchAll(imports)) {
    const wanted = found.find(Boolean) as string;
    if (!wanted.startsWith(".")) {
      if (!home.packages?.some((allowed) => allowed.test(wanted)))
        broken.push(`${home.room} must not import the package ${wanted}`);
      continue;
    }
    const target = normalize(join(dirname(name), wanted)).replace(/\.js$/, ".ts");
    const allowed = [home.room, ...home.may].some((room) => target === room || target.startsWith(`${room}/`));
    if (!allowed) broken.push(`${home.room} must not import ${target}: it may import ${home.may.join(", ")}`);
  }
  return broken;
}

function roomOf(name: string) {
  return rooms.find(({ room }) => name.startsWith(`${room}/`));
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(ts|mts|tsx)$/.test(name) ? [path] : [];
  });
}
