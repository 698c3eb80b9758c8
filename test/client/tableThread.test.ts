import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TableThread } from "../../client/conntrack/tableThread.js";
import { conntrackLines } from "./conntrackLines.js";

const folder = mkdtempSync(join(tmpdir(), "hookscope-thread-"));
let thread: TableThread;

beforeAll(() => {
  const outfile = join(folder, "thread.cjs");
  const entryPoints = [new URL("../../client/conntrack/thread.ts", import.meta.url).pathname];
  buildSync({ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", logLevel: "warning" });
  thread = new TableThread(outfile);
});

afterAll(() => {
  thread.dispose();
  rmSync(folder, { recursive: true });
});

test("pieces that lie in a memory of others' are copied, not taken away", async () => {
  const listing = await thread.call("begin", { command: "conntrack.file", compare: false });
  const [lines] = conntrackLines(10);
  // Of that length Node cuts it out of the memory that all small Buffers share.
  const piece = Buffer.from(lines as Uint8Array);
  expect(piece.buffer.byteLength).toBeGreaterThan(piece.length);
  const copy = piece.toString();
  thread.push(listing, piece);
  expect(piece.toString()).toBe(copy);
  const exit = { code: 0, stderr: "", cut: false };
  expect(await thread.call("end", { listing, exit })).toMatchObject({ ok: true, value: { count: 10 } });
});
