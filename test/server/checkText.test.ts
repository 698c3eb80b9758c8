import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Diagnostic } from "vscode-languageserver-protocol";
import { type CheckTextParams, checkTextMethod } from "../../server/protocol.js";
import { bundle } from "./bundle.js";
import { type Client, startServer } from "./client.js";

let server: ChildProcess;
let client: Client;

beforeAll(async () => {
  ({ client, server } = startServer(await bundle("main")));
  await client.initialize({});
}, 60_000);

afterAll(() => void server.kill());

test.each<[string, CheckTextParams["languageId"], string, number]>([
  ["rules.v4", "iptables", "*filter\n-A INPUT -s 10.0.0.1 -j ACCEPT\nCOMMIT\n", 0],
  ["rules.v4", "iptables", "*filter\n-A INPUT -s fe80::1 -j ACCEPT\nCOMMIT\n", 1],
  ["rules.v6", "iptables", "*filter\n-A INPUT -s fe80::1 -j ACCEPT\nCOMMIT\n", 0],
  ["a.nft", "nftables", "table ip t {\n\tchain c {\n\t\tjump nowhere\n\t}\n}\n", 1],
])("a closed %s in %s %j has %i findings, which are not published", async (name, languageId, text, count) => {
  const params: CheckTextParams = { uri: `file:///tmp/${name}`, languageId, text };
  const found = await client.connection.sendRequest<Diagnostic[]>(checkTextMethod, params);
  expect(found).toHaveLength(count);
  expect(client.published).toEqual([]);
});
