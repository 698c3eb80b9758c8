import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createConnection } from "vscode-languageserver/node";
import { CancellationTokenSource } from "vscode-languageserver-protocol";
import {
  CallHierarchyIncomingCallsRequest,
  CallHierarchyOutgoingCallsRequest,
  CallHierarchyPrepareRequest,
  type ClientCapabilities,
  CodeActionRequest,
  CompletionRequest,
  createProtocolConnection,
  DefinitionRequest,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  LSPErrorCodes,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SelectionRangeRequest,
  SemanticTokensDeltaRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { analyze } from "../../netfilter/analyze.js";
import { startSession } from "../../server/session.js";
import { iptablesSample, nftSample } from "../ide/fixture.js";
import { bundle } from "./bundle.js";
import { Client, positionBehind, startServer } from "./client.js";

const capabilities: ClientCapabilities = {
  workspace: {
    configuration: true,
    workspaceEdit: { documentChanges: true },
    didChangeConfiguration: { dynamicRegistration: true },
  },
  textDocument: { definition: { linkSupport: true } },
};

const unsaved = `*mangle
:PREROUTING ACCEPT [0:0]
:M - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -i lan -j M
-A PREROUTING -j CONNMARK --save-mark
-A M -j MARK --set-mark 1
-A M -j ACCEPT
COMMIT
`;

let server: ChildProcess;
let client: Client;
let settings: unknown = null;
let documents = 0;

beforeAll(async () => {
  ({ client, server } = startServer(await bundle("main"), () => settings));
  await client.initialize(capabilities);
}, 60_000);

afterAll(() => void server.kill());

/** Opens a text under a name of its own. */
async function open(languageId: string, text: string, name = "rules"): Promise<{ uri: string }> {
  const uri = `file:///tmp/${documents++}/${name}`;
  await client.open(uri, languageId, text);
  return { uri };
}

async function change(textDocument: { uri: string }, version: number, before: string, old: string, text: string) {
  const start = positionBehind(before, before.slice(0, before.indexOf(old)));
  const end = positionBehind(before, before.slice(0, before.indexOf(old) + old.length));
  await client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { ...textDocument, version },
    contentChanges: [{ range: { start, end }, text }],
  });
}

test("the server tells what it can", () => {
  expect(client.initialized?.serverInfo?.name).toBe("hookscope");
  expect(client.initialized?.capabilities).toMatchObject({ textDocumentSync: { change: 2 }, hoverProvider: true });
});

describe("diagnostics", () => {
  test("come with the opening, follow changes and go with the closing", async () => {
    const textDocument = await open("iptables", iptablesSample);
    expect((await client.diagnostics(textDocument.uri, () => true)).diagnostics).toEqual([]);
    await change(textDocument, 2, iptablesSample, "--dport 22", "--dport 99999");
    const wrong = await client.diagnostics(textDocument.uri, ({ version }) => version === 2);
    expect(wrong.diagnostics).toEqual([expect.objectContaining({ severity: 1, source: "hookscope" })]);
    expect(wrong.diagnostics[0]?.range.start).toEqual(positionBehind(iptablesSample, "tcp --dport "));
    await change(textDocument, 3, iptablesSample.replace("--dport 22", "--dport 99999"), "99999", "22");
    expect((await client.diagnostics(textDocument.uri, ({ version }) => version === 3)).diagnostics).toEqual([]);
    await client.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument });
    await client.diagnostics(textDocument.uri, ({ version }) => version === undefined);
  });

  test("of changes in quick succession only the last is told", async () => {
    const textDocument = await open("iptables", iptablesSample);
    let text = iptablesSample;
    for (let version = 2; version <= 20; version++) {
      const next = text.replace(/--dport \d+/, `--dport ${99_980 + version}`);
      await change(textDocument, version, text, /--dport \d+/.exec(text)?.[0] ?? "", `--dport ${99_980 + version}`);
      text = next;
    }
    const last = await client.diagnostics(textDocument.uri, ({ version }) => version === 20);
    expect(last.diagnostics).toHaveLength(1);
    expect(client.published.filter(({ uri }) => uri === textDocument.uri).length).toBeLessThan(6);
  });

  test("of a lint name the other places and obey the settings", async () => {
    const textDocument = await open("iptables", unsaved);
    const fits =
      (severity?: number) =>
      ({ diagnostics }: { diagnostics: readonly { severity?: number }[] }) =>
        severity ? diagnostics[0]?.severity === severity : diagnostics.length === 0;
    const { diagnostics } = await client.diagnostics(textDocument.uri, fits(2));
    expect(diagnostics[0]).toMatchObject({ code: "noUnsavedMark" });
    expect(diagnostics[0]?.relatedInformation?.length).toBeGreaterThan(1);
    settings = { lint: { rules: { noUnsavedMark: "hint" } } };
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    await client.diagnostics(textDocument.uri, fits(4));
    settings = { lint: { enable: false } };
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    await client.diagnostics(textDocument.uri, fits());
    settings = null;
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  });

  test("of an IPv6 file know its family by its name", async () => {
    const text = "*filter\n-A INPUT -s fe80::1 -j ACCEPT\nCOMMIT\n";
    const [v6, v4] = [await open("iptables", text, "rules.v6"), await open("iptables", text, "rules.v4")];
    expect((await client.diagnostics(v6.uri, () => true)).diagnostics).toEqual([]);
    expect((await client.diagnostics(v4.uri, () => true)).diagnostics).toHaveLength(1);
  });
});

describe("requests", () => {
  test("hover", async () => {
    const textDocument = await open("iptables", iptablesSample);
    const position = positionBehind(iptablesSample, "-m connt");
    const hover = await client.connection.sendRequest(HoverRequest.type, { textDocument, position });
    expect(hover).toMatchObject({ contents: { kind: "markdown", value: expect.stringContaining("conntrack") } });
    expect(hover?.range?.end.character).toBe((hover?.range?.start.character ?? 0) + "conntrack".length);
  });

  test("definition, references and highlights", async () => {
    const textDocument = await open("nftables", nftSample);
    const position = positionBehind(nftSample, "@bloc");
    const definition = await client.connection.sendRequest(DefinitionRequest.type, { textDocument, position });
    const start = positionBehind(nftSample, "set ");
    expect(definition).toMatchObject([{ targetUri: textDocument.uri, targetSelectionRange: { start } }]);
    const context = { includeDeclaration: true };
    const references = await client.connection.sendRequest(ReferencesRequest.type, { textDocument, position, context });
    expect(references).toHaveLength(2);
    const highlights = await client.connection.sendRequest(DocumentHighlightRequest.type, { textDocument, position });
    expect(highlights?.map(({ kind }) => kind)).toEqual([3, 2]);
  });

  test("rename, and why not", async () => {
    const textDocument = await open("iptables", iptablesSample);
    const position = positionBehind(iptablesSample, "-A MAR");
    const prepared = await client.connection.sendRequest(PrepareRenameRequest.type, { textDocument, position });
    expect(prepared).toMatchObject({ placeholder: "MARKS" });
    const edit = await client.connection.sendRequest(RenameRequest.type, { textDocument, position, newName: "OFFICE" });
    const [change] = (edit?.documentChanges ?? []) as { textDocument: { version: number }; edits: TextEdit[] }[];
    expect([change?.textDocument.version, change?.edits.length]).toEqual([1, 4]);
    const builtin = { textDocument, position: positionBehind(iptablesSample, ":PREROU") };
    await expect(client.connection.sendRequest(PrepareRenameRequest.type, builtin)).rejects.toMatchObject({
      code: LSPErrorCodes.RequestFailed,
      message: expect.stringContaining("built-in"),
    });
  });

  test("symbols, folds and selections", async () => {
    const textDocument = await open("nftables", nftSample);
    const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
    expect(symbols?.map(({ name }) => name)).toEqual(["lan", "filter"]);
    const fold = await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument });
    expect(fold?.length).toBe(6);
    const positions = [positionBehind(nftSample, "tcp dp")];
    const selections = await client.connection.sendRequest(SelectionRangeRequest.type, { textDocument, positions });
    expect(selections?.[0]?.range).toEqual({
      start: positionBehind(nftSample, "tcp "),
      end: positionBehind(nftSample, "tcp dport"),
    });
  });

  test("quick fixes and fixing all", async () => {
    const text = iptablesSample.replace("--dport", "--dprot");
    const textDocument = await open("iptables", text);
    const position = positionBehind(text, "--dp");
    const range = { start: position, end: position };
    const ask = (only?: string[]) =>
      client.connection.sendRequest(CodeActionRequest.type, {
        textDocument,
        range,
        context: { diagnostics: [], ...(only && { only }) },
      });
    const actions = await ask();
    expect(actions).toContainEqual(expect.objectContaining({ kind: "quickfix", isPreferred: true }));
    expect((await ask(["source.fixAll"]))?.map((action) => "kind" in action && action.kind)).toEqual([
      "source.fixAll.hookscope",
    ]);
    expect(await ask(["refactor"])).toEqual([]);
  });

  test("formatting: the whole text, and a range of it", async () => {
    const text = nftSample.replaceAll("  ", "");
    const textDocument = await open("nftables", text);
    const options = { tabSize: 2, insertSpaces: true };
    const edits = await client.connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options });
    expect(edits && TextDocument.applyEdits(TextDocument.create("", "", 0, text), edits)).toBe(nftSample);
    const position = positionBehind(text, "chain ssh {\n");
    const range = { start: position, end: { line: position.line + 1, character: 0 } };
    const part = await client.connection.sendRequest(DocumentRangeFormattingRequest.type, {
      textDocument,
      options,
      range,
    });
    expect(part?.map(({ newText }) => newText)).toEqual(["    "]);
  });

  test("the chains that jump to a chain, and those that it jumps to", async () => {
    const textDocument = await open("nftables", nftSample);
    const position = positionBehind(nftSample, "chain s");
    const [item] =
      (await client.connection.sendRequest(CallHierarchyPrepareRequest.type, { textDocument, position })) ?? [];
    expect(item).toMatchObject({ name: "ssh", detail: "inet filter", uri: textDocument.uri });
    if (!item) return;
    const incoming = await client.connection.sendRequest(CallHierarchyIncomingCallsRequest.type, { item });
    expect(incoming?.map(({ from, fromRanges }) => [from.name, fromRanges.length])).toEqual([
      ["ports", 1],
      ["input", 1],
    ]);
    expect(await client.connection.sendRequest(CallHierarchyOutgoingCallsRequest.type, { item })).toEqual([]);
    const [, input] = incoming ?? [];
    const outgoing = await client.connection.sendRequest(CallHierarchyOutgoingCallsRequest.type, {
      item: input?.from ?? item,
    });
    expect(outgoing?.map(({ to }) => to.name)).toEqual(["ssh", "ports"]);
  });

  test("completion", async () => {
    const text = iptablesSample.replace("-m conntrack --ctstate RELATED,ESTABLISHED", "-m conn");
    const textDocument = await open("iptables", text);
    const position = positionBehind(text, "-m conn");
    const items = await client.connection.sendRequest(CompletionRequest.type, { textDocument, position });
    const found = (items && "items" in items ? items.items : []).find(({ label }) => label === "conntrack");
    expect(found).toMatchObject({ documentation: { kind: "markdown" }, textEdit: { newText: "conntrack" } });
  });

  test("semantic tokens: all, a range, and what changed", async () => {
    const textDocument = await open("nftables", nftSample);
    const full = await client.connection.sendRequest(SemanticTokensRequest.type, { textDocument });
    expect((full?.data.length ?? 0) / 5).toBeGreaterThan(50);
    const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
    const part = await client.connection.sendRequest(SemanticTokensRangeRequest.type, { textDocument, range });
    expect(part?.data).toEqual(full?.data.slice(0, part?.data.length));
    await change(textDocument, 2, nftSample, "drop\n", "accept\n");
    const delta = await client.connection.sendRequest(SemanticTokensDeltaRequest.type, {
      textDocument,
      previousResultId: full?.resultId ?? "",
    });
    expect(delta && "edits" in delta && delta.edits).toHaveLength(1);
  });

  test("one that is cancelled is not answered", async () => {
    const textDocument = await open("iptables", iptablesSample.repeat(500));
    const source = new CancellationTokenSource();
    const asked = client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument }, source.token);
    source.cancel();
    await expect(asked).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
  });

  test("those about a text that has changed since are dropped, the last is answered", async () => {
    const text = `${"# filler\n".repeat(20_000)}${iptablesSample}`;
    const textDocument = await open("iptables", text);
    const answers: Promise<unknown>[] = [];
    for (let version = 2; version < 20; version++) {
      await change(textDocument, version, text, "# filler", "# filler");
      answers.push(client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument }));
      answers.push(client.connection.sendRequest(FoldingRangeRequest.type, { textDocument }));
    }
    const settled = await Promise.allSettled(answers);
    expect(settled.slice(-2).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    const dropped = settled.filter((answer) => answer.status === "rejected");
    expect(dropped.length).toBeGreaterThan(10);
    for (const answer of dropped) expect(answer.reason).toMatchObject({ code: LSPErrorCodes.ContentModified });
  });

  test("one about a document that is not open finds nothing", async () => {
    const textDocument = { uri: "file:///tmp/closed" };
    expect(await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument })).toEqual([]);
  });
});

test("a text that cannot be read leaves a line in the log and what was known in place", async () => {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  startSession(
    createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)),
    (text, ...rest) => {
      if (text.includes("poison")) throw new Error("swallowed poison");
      return analyze(text, ...rest);
    },
  );
  const fragile = new Client(
    createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer)),
  );
  await fragile.initialize({});
  const textDocument = { uri: "file:///rules.v4" };
  await fragile.open(textDocument.uri, "iptables", "*filter\n-A INPUT --bad\nCOMMIT\n");
  expect((await fragile.diagnostics(textDocument.uri, () => true)).diagnostics).toHaveLength(1);
  const replaceAll = (version: number, text: string) =>
    fragile.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { ...textDocument, version },
      contentChanges: [{ text }],
    });
  await replaceAll(2, "poison");
  const position = { line: 0, character: 0 };
  await expect(fragile.connection.sendRequest(HoverRequest.type, { textDocument, position })).rejects.toMatchObject({
    code: LSPErrorCodes.ContentModified,
  });
  expect(fragile.logged.join()).toContain("swallowed poison");
  await replaceAll(3, "*filter\nCOMMIT\n");
  const after = await fragile.diagnostics(textDocument.uri, ({ version }) => version === 3);
  expect(after.diagnostics).toEqual([]);
  expect(fragile.published.map(({ version }) => version)).toEqual([1, 3]);
  fragile.connection.dispose();
});

test("the server ends when it is told to", async () => {
  const other = startServer(await bundle("main"));
  await other.client.initialize({});
  const ended = once(other.server, "exit");
  await other.client.shutdown();
  expect((await ended)[0]).toBe(0);
});
