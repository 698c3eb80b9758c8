import { describe, expect, test } from "vitest";
import { conntrackEvents, readEvent } from "../../netfilter/observe/conntrack/events.js";
import { conntrackCount, conntrackStats, conntrackStatsFile } from "../../netfilter/observe/conntrack/stats.js";
import { fine, read, recording, value } from "./recordings.js";

const entry =
  "ipv4     2 tcp      6 120 SYN_SENT src=192.168.7.2 dst=192.0.2.80 sport=46002 dport=80 [UNREPLIED] src=192.0.2.80 dst=198.51.100.2 sport=80 dport=46002 mark=48 id=930217153";

describe("events", () => {
  test.each([
    [`[1795246008.477831]\t    [NEW] ${entry}`, { kind: "new", time: 1795246008.477831 }],
    [`    [NEW] ${entry}`, { kind: "new" }],
    [`[1795246009.425429]\t[DESTROY] ${entry} [USERSPACE] portid=4242`, { kind: "destroy", portId: 4242 }],
    [`[1795246009.425429]\t [UPDATE] ${entry.replace(/^ipv4 +2 /, "")}`, { kind: "update" }],
  ])("%s", (line, expected) => {
    expect(readEvent(line)).toMatchObject({ ...expected, entry: { state: "SYN_SENT", id: 930217153, mark: 48 } });
  });

  test("an old kernel's DESTROY without state and timeout", () => {
    const line =
      "[DESTROY] tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1";
    const event = readEvent(line);
    expect(event?.kind).toBe("destroy");
    expect(event?.entry).not.toHaveProperty("timeout");
  });

  test.each(["bw61", "bw612", "tx612"])("those of %s, piece by piece", (machine) => {
    const text = recording(`vm/${machine}/conntrack-E-o-timestamp-extended-id.txt`);
    const reader = conntrackEvents.reader();
    const events = [...new TextEncoder().encode(text)].flatMap((byte) => {
      reader.push(Uint8Array.of(byte));
      return reader.take();
    });
    expect(reader.end(fine)).toEqual({ ok: true, value: { count: events.length, lost: false }, warnings: [] });
    expect(events).toHaveLength(text.trim().split("\n").length);
    const states = events
      .filter(({ entry: { protocolName } }) => protocolName === "tcp")
      .map((each) => each.entry.state);
    expect(states.slice(0, 6)).toEqual(["SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "LAST_ACK", "TIME_WAIT"]);
    expect(events.filter(({ kind }) => kind === "destroy").every(({ portId }) => portId !== undefined)).toBe(true);
  });

  test("a line without an end is told by its beginning and does not stop the rest", () => {
    const outcome = read(conntrackEvents, `${"x".repeat(100_000)}\n    [NEW] ${entry}\n${"y".repeat(100_000)}`, {
      piece: 999,
    });
    expect(outcome).toMatchObject({
      ok: true,
      value: { count: 1 },
      warnings: [expect.stringMatching(/^2 lines .*"xxx/)],
    });
  });

  test("being stopped is the usual end, losing events is told, being refused is a failure", () => {
    const line = `    [NEW] ${entry}\n`;
    expect(read(conntrackEvents, line, { exit: { stderr: "", cut: true } })).toMatchObject({ ok: true });
    const lost = { code: 1, stderr: "WARNING: We have hit ENOBUFS! We are losing events.", cut: false };
    expect(read(conntrackEvents, line, { exit: lost })).toMatchObject({ ok: true, value: { lost: true } });
    const refused = { code: 1, stderr: "conntrack: Operation not permitted", cut: false };
    expect(read(conntrackEvents, "", { exit: refused })).toMatchObject({ failure: { reason: "notPermitted" } });
  });
});

describe("counters", () => {
  test("of the tool, by CPU and together", () => {
    const text =
      "cpu=0   \tfound=1 invalid=2 insert_failed=0 drop=5 \ncpu=1   \tfound=10 invalid=0 insert_failed=0 drop=1 \n";
    const stats = value(conntrackStats, text);
    expect(stats.cpus).toHaveLength(2);
    expect(stats.total).toEqual({ found: 11, invalid: 2, insert_failed: 0, drop: 6 });
    expect(read(conntrackStats, "hello\n")).toMatchObject({ failure: { reason: "garbled" } });
  });

  test("of the kernel's file, in hexadecimal", () => {
    const text = recording("vm/tx612/proc-net-stat-nf_conntrack.txt").replace(/\n(\S+) +00000000/, "\n$1  0000001f");
    expect(value(conntrackStatsFile, text).total).toMatchObject({ clash_resolve: 31, insert_failed: 0, error: 0 });
    expect(value(conntrackStatsFile, text).cpus[0]).not.toHaveProperty("entries");
  });

  test("names agree between the two", () => {
    const tool = Object.keys(value(conntrackStats, recording("vm/tx612/conntrack-S.txt")).total);
    const file = Object.keys(value(conntrackStatsFile, recording("vm/tx612/proc-net-stat-nf_conntrack.txt")).total);
    expect(tool.filter((name) => !file.includes(name) && name !== "chaintoolong")).toEqual([]);
  });

  test("entries and their limit", () => {
    expect(value(conntrackCount, "5\n262144\n")).toEqual({ count: 5, max: 262144 });
    expect(read(conntrackCount, "5\n")).toMatchObject({ ok: false });
  });
});
