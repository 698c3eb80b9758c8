import { describe, expect, test } from "vitest";
import { entryAt } from "../../netfilter/observe/conntrack/entry.js";
import { allRows, compileQuery, filterRows } from "../../netfilter/observe/conntrack/filter.js";
import { conntrackFile } from "../../netfilter/observe/conntrack/list.js";
import { parseQuery, queryKeys } from "../../netfilter/observe/conntrack/query.js";
import { groupRows, labelOf, type SortKey, sortKeys, sortRows } from "../../netfilter/observe/conntrack/sort.js";
import { value } from "./recordings.js";

/** Six entries, named by their row. */
const columns = value(
  conntrackFile,
  `${[
    "ipv4 2 tcp 6 431963 ESTABLISHED src=10.0.0.1 dst=192.0.2.80 sport=41265 dport=443 packets=5 bytes=5000 src=192.0.2.80 dst=198.51.100.2 sport=443 dport=41265 packets=6 bytes=2000000 [ASSURED] mark=48 zone=0 use=2",
    "ipv4 2 tcp 6 80 SYN_SENT src=10.1.0.1 dst=192.0.2.80 sport=41266 dport=443 packets=1 bytes=60 [UNREPLIED] src=192.0.2.80 dst=10.1.0.1 sport=443 dport=41266 packets=0 bytes=0 mark=304 zone=0 use=2",
    "ipv6 10 tcp 6 119 TIME_WAIT src=fd07::2 dst=2001:db8:80::80 sport=51909 dport=22 packets=9 bytes=900 src=2001:db8:80::80 dst=fd07::2 sport=22 dport=51909 packets=9 bytes=900 [ASSURED] mark=0 zone=3 use=2",
    "ipv4 2 udp 17 20 src=10.0.0.1 dst=203.0.113.1 sport=443 dport=53 packets=1 bytes=70 src=10.9.9.9 dst=10.0.0.1 sport=5353 dport=443 packets=1 bytes=100 mark=54 zone=0 use=1",
    "ipv4 2 icmp 1 29 src=172.16.0.9 dst=10.0.0.1 type=8 code=0 id=443 packets=1 bytes=84 src=10.0.0.1 dst=172.16.0.9 type=0 code=0 id=443 packets=1 bytes=84 mark=0 secctx=system_u use=1",
    "ipv4 2 tcp 6 src=10.0.0.7 dst=192.0.2.80 sport=1 dport=8080 packets=1 bytes=1 src=192.0.2.80 dst=10.0.0.7 sport=8080 dport=1 packets=1 bytes=1 [OFFLOAD] mark=0 use=3",
  ].join("\n")}\n`,
);

describe("a query picks rows", () => {
  test.each<[string, number[]]>([
    ["", [0, 1, 2, 3, 4, 5]],
    ["src:10.0.0.0/8 dport:443 state:ESTABLISHED mark:0x30/0xff", [0]],
    ["src:10.0.0.0/8", [0, 1, 3, 5]],
    ["src:10.0.0.1-10.0.0.7", [0, 3, 5]],
    ["src:10.0.0.1,172.16.0.9", [0, 3, 4]],
    ["-src:10.0.0.0/8", [2, 4]],
    ["!src:10.0.0.0/8 !icmp", [2]],
    ["dst:2001:db8::/32", [2]],
    ["src:fd07::1-fd07::3", [2]],
    ["rsrc:10.9.9.9", [3]],
    ["rdst:198.51.100.2", [0]],
    ["any:10.0.0.1", [0, 3, 4]],
    ["10.0.0.1", [0, 3, 4]],
    ["10.1", [1]],
    ["10.0.", [0, 3, 4, 5]],
    ["fd07:", [2]],
    ["2001:db8::/32", [2]],
    ["any:443", [0, 1, 3]],
    ["443", [0, 1, 3]],
    ["dport:https", [0, 1]],
    ["dport:1-100", [2, 3]],
    ["sport:443", [3]],
    ["rsport:5353", [3]],
    ["rdport:>51000", [2]],
    ["tcp", [0, 1, 2, 5]],
    ["proto:udp,1", [3, 4]],
    ["-tcp -udp", [4]],
    ["state:established,time_wait", [0, 2]],
    ["mark:48", [0]],
    ["mark:0x30/0xff", [0, 1]],
    ["mark:0,54", [2, 3, 4, 5]],
    ["zone:3", [2]],
    ["zone:0", [0, 1, 3, 4, 5]],
    ["timeout:>1h", [0]],
    ["timeout:<=80", [1, 3, 4]],
    ["packets:>10", [0, 2]],
    ["bytes:>1M", [0]],
    ["bytes:1-2", [5]],
    ["assured", [0, 2]],
    ["is:unreplied", [1]],
    ["is:nat", [0, 3]],
    ["snat", [0]],
    ["dnat", [3]],
    ["offload", [5]],
    ["ipv6", [2]],
    ["is:ipv4 -tcp", [3, 4]],
    ["type:8", [4]],
    ["wait", [2]],
    ["SYSTEM_u", [4]],
    ["use:3", [5]],
    ["nothing-like-it", []],
  ])("%s", (text, rows) => {
    const query = parseQuery(text);
    expect(query.errors).toEqual([]);
    expect([...filterRows(columns, query)]).toEqual(rows);
    expect([...allRows(columns.count)].filter(compileQuery(columns, query))).toEqual(rows);
  });
});

test.each([
  ["srk:1.2.3.4", "srk:1.2.3.4", "There is no `srk:`. Did you mean `src:`?"],
  ["tcp dport:99999", "dport:99999", "`99999` is not a port"],
  ["src:10.0.0.0/33 udp", "src:10.0.0.0/33", "is not an address"],
  ["src:", "src:", "`src:` needs a value: an address"],
  ["mark:red", "mark:red", "is not a mark"],
  ["state:a-b", "state:a-b", "is not the name of a state"],
  ["proto:tpc", "proto:tpc", "names no IP protocol"],
  ["timeout:soon", "timeout:soon", "is not a number"],
  ["is:big", "is:big", "An entry can be assured"],
  ["any:x", "any:x", "neither an address nor a port"],
])("%s is told as a mistake at %s", (text, place, message) => {
  const { errors } = parseQuery(text);
  expect(errors.map(({ span }) => text.slice(span.start, span.end))).toEqual([place]);
  expect(errors[0]?.message).toContain(message);
});

test("every key says what it takes", () => {
  for (const { key, values, doc } of queryKeys) expect(`${key} ${values} ${doc}`).toMatch(/^[a-z]+ \S.+ \S.+\.$/);
});

describe("rows are sorted by a column, equal ones as they came", () => {
  test.each<[SortKey, number[]]>([
    ["family", [0, 1, 3, 4, 5, 2]],
    ["protocol", [4, 0, 1, 2, 5, 3]],
    ["state", [3, 4, 5, 0, 1, 2]],
    ["timeout", [3, 4, 1, 2, 0, 5]],
    ["source", [0, 3, 5, 1, 4, 2]],
    ["destination", [4, 0, 1, 5, 3, 2]],
    ["destinationPort", [2, 3, 0, 1, 4, 5]],
    ["packets", [1, 3, 4, 5, 0, 2]],
    ["bytes", [5, 1, 4, 3, 2, 0]],
    ["mark", [2, 4, 5, 0, 3, 1]],
    ["zone", [0, 1, 3, 4, 5, 2]],
    ["id", [0, 1, 2, 3, 4, 5]],
    ["extra", [0, 1, 2, 3, 5, 4]],
  ])("%s", (key, rows) => {
    const sorted = sortRows(columns, allRows(6), key);
    expect([...sorted]).toEqual(rows);
    const labels = [...sortRows(columns, allRows(6), key, true)].map((row) => labelOf(columns, key, row));
    expect(new Set(labels)).toEqual(new Set([...sorted].map((row) => labelOf(columns, key, row))));
  });

  test("downwards too", () => {
    expect([...sortRows(columns, allRows(6), "protocol", true)]).toEqual([3, 0, 1, 2, 5, 4]);
    expect([...sortRows(columns, Uint32Array.of(5, 1, 0), "bytes", true)]).toEqual([0, 1, 5]);
  });

  test("large numbers keep their order", () => {
    const lines = [2 ** 53 - 1, 2 ** 32, 2 ** 32 - 1, 70_000, 65_536, 65_535].map(
      (bytes) =>
        `tcp 6 1 CLOSE src=1.1.1.1 dst=2.2.2.2 sport=1 dport=2 packets=1 bytes=${bytes} src=2.2.2.2 dst=1.1.1.1 sport=2 dport=1 packets=0 bytes=0\n`,
    );
    expect([...sortRows(value(conntrackFile, lines.join("")), allRows(6), "bytes")]).toEqual([5, 4, 3, 2, 1, 0]);
  });
});

test("IPv6 addresses are in order of number, whichever word tells them apart", () => {
  const addresses = ["ff00::", "fd00:0:0:1::", "fd00::1:0:0:0", "fd00::1:0:0", "fd00::1:0", "fd00::2", "fd00::1", "::"];
  const lines = addresses.map(
    (source) => `tcp 6 1 CLOSE src=${source} dst=::9 sport=1 dport=2 src=::9 dst=${source} sport=2 dport=1\n`,
  );
  const table = value(conntrackFile, lines.join(""));
  const shown = [...sortRows(table, allRows(table.count), "source")].map((row) => labelOf(table, "source", row));
  expect(shown).toEqual([
    "::",
    "fd00::1",
    "fd00::2",
    "fd00::1:0",
    "fd00::1:0:0",
    "fd00::1:0:0:0",
    "fd00:0:0:1::",
    "ff00::",
  ]);
  expect([...sortRows(table, allRows(table.count), "source", true)]).toEqual(
    [...sortRows(table, allRows(table.count), "source")].reverse(),
  );
});

test("groups say who talks most", () => {
  const groups = groupRows(columns, allRows(6), "source").map(({ row, ...group }) => ({
    label: labelOf(columns, "source", row),
    ...group,
  }));
  expect(groups.slice(0, 2)).toEqual([
    { label: "10.0.0.1", count: 2, packets: 13, bytes: 2_005_170 },
    { label: "10.0.0.7", count: 1, packets: 2, bytes: 2 },
  ]);
  const byBytes = groupRows(columns, allRows(6), "source", { by: "bytes", most: 3 });
  expect(byBytes.map(({ row }) => labelOf(columns, "source", row))).toEqual(["10.0.0.1", "fd07::2", "172.16.0.9"]);
  expect(groupRows(columns, new Uint32Array(), "source")).toEqual([]);
  for (const key of sortKeys) {
    const counts = groupRows(columns, allRows(6), key).map(({ count }) => count);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
  }
});

test("a label is what the entry says", () => {
  const entry = entryAt(columns, 4);
  expect(labelOf(columns, "source", 4)).toBe(entry.original.source);
  expect(labelOf(columns, "sourcePort", 4)).toBe("type 8 code 0");
  expect(labelOf(columns, "destinationPort", 4)).toBe("id 443");
  expect(labelOf(columns, "mark", 0)).toBe("0x30");
  expect(labelOf(columns, "timeout", 5)).toBe("");
});
