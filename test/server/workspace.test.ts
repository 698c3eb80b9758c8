import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, expect, test } from "vitest";
import {
  type ClientCapabilities,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DocumentLinkRequest,
  FileChangeType,
  HoverRequest,
  ReferencesRequest,
  RenameRequest,
} from "vscode-languageserver-protocol/node";
import { trustedMethod } from "../../server/protocol.js";
import { bundle } from "./bundle.js";
import { type Client, positionBehind, startServer } from "./client.js";

const capabilities: ClientCapabilities = {
  workspace: {
    workspaceEdit: { documentChanges: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceFolders: true,
  },
};
const parent = 'define p = 22\ninclude "./nftables.d/*.nft"\n';
const child = "table ip t {\n  chain c {\n    tcp dport $p accept\n  }\n}\n";

let script: string;
let folder: string;
let server: ChildProcess;
let client: Client;

beforeAll(async () => {
  script = await bundle("main");
}, 60_000);

afterEach(() => {
  server.kill();
  rmSync(folder, { recursive: true });
});

/** A server whose workspace holds these files. */
async function enter(files: Readonly<Record<string, string>>, options?: object): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "hookscope-"));
  for (const [name, text] of Object.entries(files)) write(name, text);
  ({ client, server } = startServer(script));
  await client.initialize(capabilities, pathToFileURL(folder).href, options);
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;

async function open(name: string, text: string): Promise<{ uri: string }> {
  await client.open(uriOf(name), "nftables", text);
  return { uri: uriOf(name) };
}

const change = (uri: string, version: number, text: string) =>
  client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ text }],
  });

const changedOutside = (name: string, type: FileChangeType = FileChangeType.Changed) =>
  client.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes: [{ uri: uriOf(name), type }] });

/** The codes of the errors that are told of a file in the end are these. */
async function told(uri: string, codes: readonly string[]): Promise<void> {
  await client.diagnostics(uri, (params) => {
    const errors = params.diagnostics.filter(({ severity }) => severity === 1).map(({ code }) => code);
    return params === client.published.findLast((last) => last.uri === uri) && errors.join() === codes.join();
  });
}

test("a file is read in the light of the one that includes it", async () => {
  await enter({ "nftables.conf": parent });
  await told((await open("nftables.d/ssh.nft", child)).uri, []);
  await told((await open("other/ssh.nft", child)).uri, ["undefinedVariable"]);
});

test("names of other files are told, found and renamed", async () => {
  await enter({ "nftables.conf": parent, "nftables.d/ssh.nft": child });
  const textDocument = await open("nftables.d/ssh.nft", child);
  const position = positionBehind(child, "dport $");
  const there = { start: { line: 0, character: 7 }, end: { line: 0, character: 8 } };
  const here = { start: position, end: { ...position, character: position.character + 1 } };
  const { connection } = client;
  expect(await connection.sendRequest(DefinitionRequest.type, { textDocument, position })).toMatchObject({
    uri: uriOf("nftables.conf"),
    range: there,
  });
  const found = [
    { uri: textDocument.uri, range: here },
    { uri: uriOf("nftables.conf"), range: there },
  ];
  const context = { includeDeclaration: true };
  expect(await connection.sendRequest(ReferencesRequest.type, { textDocument, position, context })).toEqual(found);
  const hover = await connection.sendRequest(HoverRequest.type, { textDocument, position });
  expect(JSON.stringify(hover?.contents)).toMatch(/22.*Defined in `nftables\.conf`/);
  expect(await connection.sendRequest(RenameRequest.type, { textDocument, position, newName: "ssh" })).toEqual({
    documentChanges: [
      { textDocument: { uri: textDocument.uri, version: 1 }, edits: [{ range: here, newText: "ssh" }] },
      { textDocument: { uri: uriOf("nftables.conf"), version: null }, edits: [{ range: there, newText: "ssh" }] },
    ],
  });
});

test("an include's path is a link to its files", async () => {
  await enter({ "nftables.conf": parent, "nftables.d/ssh.nft": child });
  const textDocument = await open("nftables.conf", parent);
  const links = await client.connection.sendRequest(DocumentLinkRequest.type, { textDocument });
  const range = { start: positionBehind(parent, "include "), end: positionBehind(parent, '*.nft"') };
  expect(links).toEqual([{ range, target: uriOf("nftables.d/ssh.nft") }]);
});

test("a name is found in files that the document does not know of", async () => {
  const user = (name: string) => `include "./d.nft"\ndefine ${name} = $p\n`;
  await enter({ "a.nft": user("a"), "b.nft": user("b"), "d.nft": "define p = 1\n" });
  const textDocument = await open("a.nft", user("a"));
  const position = positionBehind(user("a"), "= $");
  const context = { includeDeclaration: false };
  const found = await client.connection.sendRequest(ReferencesRequest.type, { textDocument, position, context });
  expect(found?.map(({ uri }) => uri)).toEqual([textDocument.uri, uriOf("b.nft")]);
});

test("what is open counts, not what is on the disk, and its changes tell on others", async () => {
  await enter({ "nftables.conf": parent, "nftables.d/ssh.nft": child });
  const { uri } = await open("nftables.d/ssh.nft", child);
  await told(uri, []);
  const other = await open("nftables.conf", parent.replace("p = 22", "q = 22"));
  await told(uri, ["undefinedVariable"]);
  await told(other.uri, ["refusedInclude"]);
  await change(other.uri, 2, parent);
  await told(uri, []);
  await change(other.uri, 3, parent.replace("p = 22", "r = 22"));
  await told(uri, ["undefinedVariable"]);
  await client.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: other });
  await told(uri, []);
});

test("changes on the disk tell on open files", async () => {
  await enter({ "main.nft": "" });
  const text = `include "./d.nft"\n${child}`;
  const { uri } = await open("main.nft", text);
  await told(uri, ["missingInclude"]);
  write("d.nft", "define p = 22\n");
  await changedOutside("d.nft", FileChangeType.Created);
  await told(uri, []);
  write("d.nft", "define longer = 22\n");
  await changedOutside("d.nft");
  await told(uri, ["undefinedVariable"]);
});

test("a parent anywhere in the workspace is found", async () => {
  await enter({ "hosts/a/etc/nftables.conf": `define p = 22\ninclude "/etc/rules/deep/down/below/*.nft"\n` });
  const { uri } = await open("hosts/a/etc/rules/deep/down/below/ssh.nft", child);
  await told(uri, []);
});

test("a folder that is added to the workspace counts", async () => {
  await enter({ "far/away/from/d.nft": "define p = 22\n" });
  const text = 'include "./from/d.nft"\ndefine a = $p\ndefine b = $x\n';
  const { uri } = await open("main.nft", text);
  await told(uri, ["missingInclude"]);
  const added = { uri: uriOf("far/away"), name: "far" };
  client.connection.onRequest("workspace/workspaceFolders", () => [added]);
  await client.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
    event: { added: [added], removed: [] },
  });
  await told(uri, ["undefinedVariable"]);
});

test("without trust only open documents are read", async () => {
  await enter({ "d.nft": "define p = 22\n" }, { trusted: false });
  const { uri } = await open("main.nft", `include "./d.nft"\ndefine a = $p\ndefine b = $x\n`);
  await told(uri, []);
  await client.connection.sendNotification(trustedMethod);
  await told(uri, ["undefinedVariable"]);
});

test("files of another scheme know each other when they are open", async () => {
  await enter({});
  const main = "vscode-vfs://github/me/rules/nftables.conf";
  await client.open(main, "nftables", `${parent}define a = $b\n`);
  await told(main, []);
  const piece = "vscode-vfs://github/me/rules/nftables.d/ssh.nft";
  await client.open(piece, "nftables", `define c = $p\ndefine d = $e\n`);
  await told(piece, []);
});
