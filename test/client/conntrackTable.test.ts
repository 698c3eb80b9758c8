import { expect, test } from "vitest";
import { EntryTable } from "../../client/conntrack/entryTable.js";
import { duration, size } from "../../client/conntrack/entryText.js";
import { decodeMarks } from "../../client/conntrack/marks.js";
import { readEntryLine } from "../../netfilter/simulate/entryJson.js";
import { conntrackLines } from "./conntrackLines.js";

const fine = { code: 0, stderr: "", cut: false };

function filled(count: number, table = new EntryTable(), compare = false): EntryTable {
  const listing = table.begin({ command: "conntrack.file", compare });
  for (const piece of conntrackLines(count)) table.push(listing, piece);
  expect(table.end(listing, fine).ok).toBe(true);
  return table;
}

test.each<[string, number]>([
  ["", 1000],
  ["udp", 200],
  ["state:TIME_WAIT", 267],
  ["dport:443 -state:ESTABLISHED", 267],
  ["src:10.0.1.0/24 tcp", 205],
  ["mark:1", 333],
])("the query `%s` leaves %i of a thousand entries", (query, shown) => {
  expect(filled(1000).view({ query })).toEqual({ shown, queryErrors: [] });
});

test("a wrong term is named and the others count", () => {
  const { shown, queryErrors } = filled(1000).view({ query: "udp nonsens:1" });
  expect(shown).toBe(200);
  expect(queryErrors).toHaveLength(1);
});

test("a page shows the entries in the order asked for", () => {
  const table = filled(1000);
  table.view({ query: "tcp", sort: { key: "source", descending: true } });
  const [first] = table.page(0, 2);
  expect(first).toMatchObject({
    protocol: "tcp",
    original: "10.0.3.230:2022 → 192.0.2.5:443",
    reply: "192.0.2.5:443 → 198.51.100.1:2022",
    translation: "source 10.0.3.230:2022 → 198.51.100.1:2022",
    flags: "ASSURED",
  });
  expect(table.page(799, 10)).toHaveLength(0 + 1);
});

test("a connection to trace: its first packet, and the ends of its answers behind NAT", () => {
  const table = filled(1000);
  table.view({ query: "tcp", sort: { key: "source", descending: true } });
  const row = table.page(0, 1)[0]?.row ?? -1;
  expect(table.connection(row)).toMatchObject({
    packet: { saddr: "10.0.3.230", sport: "2022", daddr: "192.0.2.5", dport: "443", protocol: "tcp" },
    answer: { saddr: "192.0.2.5", sport: "443", daddr: "198.51.100.1", dport: "2022" },
  });
  expect(readEntryLine(table.connection(row)?.line ?? "")).toMatchObject({
    ...{ original: { protocol: 6, sport: 2022, dport: 443 }, reply: { dport: 2022 }, mark: expect.any(Number) },
    status: expect.arrayContaining(["assured", "snat"]),
  });
  expect(table.connection(1000)).toBeUndefined();
});

test("groups tell how many and lead to a query that leaves just them", () => {
  const table = filled(1000);
  const groups = table.view({ query: "", group: "destination" }).groups ?? [];
  expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  const [largest] = groups;
  expect(table.view({ query: largest?.term ?? "" }).shown).toBe(largest?.count);
});

test("a second reading tells what came and what went", () => {
  const table = filled(1000);
  const listing = table.begin({ command: "conntrack.file", compare: true });
  const [piece] = conntrackLines(1000);
  const lines = new TextDecoder().decode(piece).split("\n").slice(10);
  const other =
    "ipv4     2 udp      17 9 src=10.9.9.9 dst=192.0.2.1 sport=9 dport=53 src=192.0.2.1 dst=10.9.9.9 sport=53 dport=9 mark=0 zone=0 use=2";
  table.push(listing, new TextEncoder().encode([...lines.filter(Boolean), other, ""].join("\n")));
  const ended = table.end(listing, fine);
  expect(ended.ok && ended.value).toEqual({ count: 991, delta: { came: 1, went: 10 } });
  table.view({ query: "src:10.9.9.9" });
  expect(table.page(0, 1)[0]?.fresh).toBe(true);
});

test("pieces of a listing that was given up do not get into the next one", () => {
  const table = new EntryTable();
  const old = table.begin({ command: "conntrack.file", compare: false });
  const listing = table.begin({ command: "conntrack.file", compare: false });
  for (const piece of conntrackLines(10)) table.push(old, piece);
  for (const piece of conntrackLines(20)) table.push(listing, piece);
  expect(table.end(old, fine).ok).toBe(false);
  expect(table.count).toBe(20);
});

test("an export is what is shown, with nothing that a spreadsheet would run", () => {
  const table = filled(10);
  table.view({ query: "udp" });
  const text = [...table.csv()].join("");
  expect(text.split("\r\n").map((line) => line.split(",").length)).toEqual([19, 19, 19, 1]);
  expect(table.copy([0, 99])).toMatch(/^family,.*\r\nipv4,tcp,TIME_WAIT,0,10\.0\.0\.0,1024,/);
});

test("marks are read as `ip rule` reads them, the first rule first", () => {
  const meaning = decodeMarks([
    { priority: 200, mark: 0x30, mask: 0xff, action: "lookup slow" },
    { priority: 100, mark: 0x10, mask: 0x10, action: "lookup vpn" },
  ]);
  expect([0x30, 0x130, 0x20, 0x40].map(meaning)).toEqual(["lookup vpn (rule 100)", "lookup vpn (rule 100)", "", ""]);
});

test.each<[string, string]>([
  [duration(432_000), "5d"],
  [duration(93_600), "1d 2h"],
  [duration(80), "1m 20s"],
  [duration(0), "0s"],
  [size(512), "512 B"],
  [size(1_572_864), "1.5 MiB"],
])("%s is written %s", (written, expected) => {
  expect(written).toBe(expected);
});
