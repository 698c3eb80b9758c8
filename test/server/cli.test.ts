import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { version } from "../../server/protocol.js";
import { bundle } from "./bundle.js";

const clean = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n";
const wrong = "*filter\n:INPUT ACCEPT [0:0]\n\t-A INPUT -p tcp --dport 99999 -j ACCEPT\nCOMMIT\n".replace("\t", "");
const nft = "table ip t {\n  chain c {\n    accept\n  }\n}\n";
const lintOnly = `*mangle
:PREROUTING ACCEPT [0:0]
:M - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -j M
-A PREROUTING -j CONNMARK --save-mark
-A M -j MARK --set-mark 1
-A M -j ACCEPT
COMMIT
`;

let script: string;
beforeAll(async () => {
  script = await bundle("cli");
}, 60_000);

/** A folder with these files. */
function folder(files: Record<string, string | Uint8Array>): string {
  const path = mkdtempSync(join(tmpdir(), "hookscope-cli-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(cwd: string, args: readonly string[], input: string | Uint8Array = ""): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], { cwd });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, out, err })));
}

test("the version is the manifest's", async () => {
  expect(version).toBe(manifest.version);
  expect(await run(".", ["--version"])).toEqual({ status: 0, out: `hookscope ${manifest.version}\n`, err: "" });
});

test.each([["--help"], ["check", "--help"]])("%s %s prints the usage", async (...args) => {
  const { status, out } = await run(".", args);
  expect([status, out.split("\n")[0]]).toEqual([0, "Usage: hookscope check [OPTION]... PATH... | -"]);
});

test.each([
  [[], /command is missing/],
  [["chek", "."], /no command 'chek'/],
  [["check"], /needs a file/],
  [["check", "--format", "xml", "."], /--format is one of text, json, sarif/],
  [["check", "--dialect", "pf", "."], /--dialect is one of/],
  [["check", "--wrong", "."], /--wrong/],
  [["check", "nowhere.v4"], /nowhere\.v4: there is no such file/],
  [["check", "notes.txt"], /notes\.txt: .*--dialect/],
])("a wrong call %j ends with 2", async (args, message) => {
  const { status, err } = await run(folder({ "notes.txt": "hello\n" }), args);
  expect([status, err]).toEqual([2, expect.stringMatching(message)]);
});

describe("exit status", () => {
  test.each([
    ["a clean file", { "rules.v4": clean }, ["rules.v4"], 0],
    ["an error", { "rules.v4": wrong }, ["rules.v4"], 1],
    ["a warning", { "rules.v4": lintOnly }, ["rules.v4"], 0],
    ["an error beside an unreadable file", { "rules.v4": wrong }, ["rules.v4", "gone.v4"], 2],
    ["an empty folder", {}, ["."], 0],
    ["a dialect by hand", { rules: clean }, ["--dialect", "iptables", "rules"], 0],
    ["a wrong dialect by hand", { "rules.v4": clean }, ["--dialect", "nftables", "rules.v4"], 1],
  ])("of %s", async (_, files, args, expected) => {
    const { status } = await run(folder(files), ["check", ...args]);
    expect(status).toBe(expected);
  });
});

test("text shows place, message, source and carets", async () => {
  const { status, out } = await run(folder({ "rules.v4": wrong }), ["check", "rules.v4"]);
  expect(status).toBe(1);
  expect(out).toMatch(
    /^rules\.v4:3:25: error: .+ \[\w+\]\n {4}-A INPUT -p tcp --dport 99999 -j ACCEPT\n {28}\^{5}\n1 error in 1 file\.\n$/,
  );
});

test("--no-lint leaves warnings out", async () => {
  const path = folder({ "rules.v4": lintOnly });
  expect((await run(path, ["check", "."])).out).toContain("warning: ");
  expect((await run(path, ["check", "--no-lint", "."])).out).toBe("Nothing found in 1 file.\n");
});

test("json and sarif place the same findings", async () => {
  const path = folder({ "a/rules.v4": wrong, "b.nft": nft, "c.v4": lintOnly });
  const json = JSON.parse((await run(path, ["check", "--format", "json", "."])).out);
  expect(json).toContainEqual(
    expect.objectContaining({ file: "a/rules.v4", line: 3, column: 25, endLine: 3, endColumn: 30, severity: "error" }),
  );
  const linted = json.find(({ code }: { code: string }) => code === "noUnsavedMark");
  expect(linted).toMatchObject({
    file: "c.v4",
    line: 9,
    severity: "warning",
    related: [{ file: "c.v4" }, { file: "c.v4" }],
  });
  const sarif = JSON.parse((await run(path, ["check", "--format", "sarif", "."])).out);
  const places = sarif.runs[0].results.map(
    (result: { locations: { physicalLocation: unknown }[] }) => result.locations[0],
  );
  expect(places).toHaveLength(json.length);
  expect(places).toContainEqual({
    physicalLocation: {
      artifactLocation: { uri: "a/rules.v4" },
      region: { startLine: 3, startColumn: 25, endLine: 3, endColumn: 30 },
    },
  });
});

describe("a folder", () => {
  const everything = {
    "etc/nftables.conf": nft,
    "etc/nftables.d/lan": nft,
    "etc/x.nft": nft,
    "etc/iptables/rules.v4": clean,
    "etc/iptables/rules.v6": clean,
    "etc/ufw/before.rules": clean,
    "saved-by-hand": `# Generated by iptables-save v1.8.9\n${clean}`,
    script: `#!/usr/sbin/nft -f\nflush ruleset\n${nft}`,
    "notes.txt": "iptables -A INPUT\n",
    ".git/x.nft": "junk",
    "binary.bin": new Uint8Array([0, 255, 1, 254]),
  };

  test("is searched for rules files", async () => {
    const { status, out, err } = await run(folder(everything), ["check", "."]);
    expect([status, out, err]).toEqual([0, "Nothing found in 8 files.\n", ""]);
  });

  test("gives only files of the dialect asked for", async () => {
    const { out } = await run(folder(everything), ["check", "--dialect", "nftables", "."]);
    expect(out).toBe("Nothing found in 4 files.\n");
  });

  test("with links in a circle comes to an end", async () => {
    const path = folder({ "a/rules.v4": clean });
    symlinkSync("..", join(path, "a/up"));
    symlinkSync("loop", join(path, "loop"));
    symlinkSync("gone", join(path, "dangling.v4"));
    const { status, out } = await run(path, ["check", "."]);
    expect([status, out]).toEqual([0, "Nothing found in 1 file.\n"]);
  });

  test("with an unreadable file ends with 2", async () => {
    const path = folder({ "b.v4": clean });
    // Reads of it fail for every user, root too.
    symlinkSync("/proc/self/mem", join(path, "a.v4"));
    const { status, out, err } = await run(path, ["check", "."]);
    expect([status, out, err]).toEqual([2, "Nothing found in 1 file.\n", expect.stringContaining("a.v4: ")]);
  });

  test("of thousands of files is checked in one call", async () => {
    const files = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`${index}/rules.v4`, wrong]));
    const { status, out } = await run(folder(files), ["check", "--format", "json", "."]);
    expect([status, JSON.parse(out).length]).toEqual([1, 3000]);
  });
});

describe("standard input", () => {
  test.each([
    ["by its content", ["check", "-"], nft, 0, "Nothing found in 1 file.\n"],
    ["by the dialect", ["check", "--dialect", "ip6tables", "-"], clean, 0, "Nothing found in 1 file.\n"],
  ])("is read %s", async (_, args, input, status, out) => {
    expect(await run(".", args, input)).toMatchObject({ status, out });
  });

  test("is named in findings", async () => {
    const { out } = await run(".", ["check", "-"], wrong);
    expect(out).toContain("<stdin>:3:25: error:");
  });

  test("that could be anything is refused", async () => {
    expect(await run(".", ["check", "-"], "hello\n")).toMatchObject({
      status: 2,
      err: expect.stringMatching(/<stdin>: .*--dialect/),
    });
  });
});

test.each([
  ["zero bytes", new Uint8Array(64)],
  [
    "invalid UTF-8",
    Buffer.concat([Buffer.from("*filter\n-A INPUT -m comment --comment "), Buffer.from([0xff, 0xfe, 10])]),
  ],
  ["a lone surrogate's bytes", Buffer.from([0xed, 0xa0, 0x80])],
  ["nothing", new Uint8Array(0)],
])("%s cannot make it crash", async (_, bytes) => {
  const formats = { nftables: "text", iptables: "json", ip6tables: "sarif" };
  for (const [dialect, format] of Object.entries(formats)) {
    const { status, err } = await run(".", ["check", "--dialect", dialect, "--format", format, "-"], bytes);
    expect([status === 0 || status === 1, err]).toEqual([true, ""]);
  }
});

test("a reader that goes away is no failure", async () => {
  const path = folder({ "rules.v4": `*filter\n${"-A INPUT -j NOWHERE --bad\n".repeat(20_000)}COMMIT\n` });
  const child = spawn(process.execPath, [script, "check", "."], { cwd: path, stdio: ["ignore", "pipe", "pipe"] });
  let err = "";
  child.stderr.on("data", (text) => (err += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect([status, err]).toEqual([0, ""]);
});
