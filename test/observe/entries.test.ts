import { describe, expect, test } from "vitest";
import { byteSize, transferables } from "../../netfilter/observe/conntrack/columns.js";
import { type Entry, entryAt } from "../../netfilter/observe/conntrack/entry.js";
import { conntrackDying, conntrackFile, conntrackList } from "../../netfilter/observe/conntrack/list.js";
import { translation } from "../../netfilter/observe/conntrack/translation.js";
import { own, read, recording, value } from "./recordings.js";

const tcp =
  "ipv4     2 tcp      6 431963 ESTABLISHED src=192.168.7.2 dst=192.0.2.80 sport=41265 dport=80 src=192.0.2.80 dst=198.51.100.2 sport=80 dport=41265 [ASSURED] mark=48 zone=0 use=2";

describe("a line becomes an entry", () => {
  test.each<[string, Partial<Entry>]>([
    [
      tcp,
      {
        family: "ipv4",
        protocol: 6,
        protocolName: "tcp",
        state: "ESTABLISHED",
        timeout: 431963,
        original: { source: "192.168.7.2", destination: "192.0.2.80", sourcePort: 41265, destinationPort: 80 },
        reply: { source: "192.0.2.80", destination: "198.51.100.2", sourcePort: 80, destinationPort: 41265 },
        assured: true,
        unreplied: false,
        mark: 48,
        zone: 0,
        use: 2,
      },
    ],
    [
      "tcp      6 115 SYN_SENT src=192.168.122.1 dst=192.168.122.204 sport=54868 dport=2570 [UNREPLIED] src=192.168.122.204 dst=192.168.122.1 sport=2570 dport=54868 mark=0 secctx=system_u:object_r:unlabeled_t:s0 use=1",
      { state: "SYN_SENT", unreplied: true, assured: false, extra: "secctx=system_u:object_r:unlabeled_t:s0", use: 1 },
    ],
    [
      "ipv6     10 udp      17 29 src=fd07:0000:0000:0000:0000:0000:0000:0002 dst=2001:0db8:0080:0000:0000:0000:0000:0080 sport=51909 dport=53 packets=1 bytes=60 src=2001:0db8:0080:0000:0000:0000:0000:0080 dst=fd07::2 sport=53 dport=51909 packets=2 bytes=9007199254740991 mark=4294967295 zone=7 delta-time=12 use=2",
      {
        family: "ipv6",
        protocolName: "udp",
        original: { source: "fd07::2", destination: "2001:db8:80::80", sourcePort: 51909, destinationPort: 53 },
        sent: { packets: 1, bytes: 60 },
        received: { packets: 2, bytes: 9007199254740991 },
        mark: 0xffffffff,
        zone: 7,
        age: 12,
      },
    ],
    [
      "icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=2580 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=2580 mark=0 use=1 id=77",
      {
        protocolName: "icmp",
        original: { source: "10.0.0.1", destination: "10.0.0.2", icmp: { type: 8, code: 0, id: 2580 } },
        reply: { source: "10.0.0.2", destination: "10.0.0.1", icmp: { type: 0, code: 0, id: 2580 } },
        id: 77,
      },
    ],
    [
      "icmpv6   58 29 src=::1 dst=:: type=128 code=0 id=9 src=::ffff:10.0.0.1 dst=fe80::1 type=129 code=0 id=9 mark=0 use=1",
      {
        protocolName: "icmpv6",
        original: { source: "::1", destination: "::", icmp: { type: 128, code: 0, id: 9 } },
        reply: { source: "::ffff:10.0.0.1", destination: "fe80::1", icmp: { type: 129, code: 0, id: 9 } },
      },
    ],
    [
      "gre      47 179 src=10.0.0.1 dst=10.0.0.2 srckey=0x0 dstkey=0x1f src=10.0.0.2 dst=10.0.0.1 srckey=0x1f dstkey=0x0 mark=0 helper=pptp use=1",
      {
        protocolName: "gre",
        original: { source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 0, destinationPort: 31 },
        extra: "helper=pptp",
      },
    ],
    [
      "unknown  2 548 src=172.20.0.1 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=172.20.0.1 mark=48 use=1",
      { protocol: 2, protocolName: "igmp", original: { source: "172.20.0.1", destination: "224.0.0.22" } },
    ],
    [
      "tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [OFFLOAD] mark=0 use=3",
      { offload: "software" },
    ],
    [
      "udp      17 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [HW_OFFLOAD] mark=0 use=3",
      { offload: "hardware" },
    ],
    [
      "sctp     132 10 COOKIE_ECHOED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0 delta-time=1 [start=Sat Nov 21 07:51:14 2026] use=1",
      { state: "COOKIE_ECHOED", extra: "[start=Sat Nov 21 07:51:14 2026]", age: 1 },
    ],
    [
      "tcp      6 10 BRAND_NEW src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1",
      { state: "BRAND_NEW", mark: 0 },
    ],
  ])("%s", (line, expected) => {
    expect(only(line)).toMatchObject(expected);
    expect(only(line, 1)).toEqual(only(line));
  });

  test("what is not there is absent", () => {
    const line =
      "tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [OFFLOAD]";
    expect(only(line)).not.toHaveProperty("timeout");
    for (const field of ["state", "use", "id", "sent", "received", "age", "extra"])
      expect(only(line)).not.toHaveProperty(field);
  });
});

describe("what NAT does is read from both tuples", () => {
  test.each([
    ["src=10.0.0.1 dst=1.1.1.1 sport=5 dport=80 src=1.1.1.1 dst=10.0.0.1 sport=80 dport=5", undefined],
    [
      "src=10.0.0.1 dst=1.1.1.1 sport=5 dport=80 src=1.1.1.1 dst=9.9.9.9 sport=80 dport=6",
      "snat: source 10.0.0.1:5 → 9.9.9.9:6",
    ],
    [
      "src=1.1.1.1 dst=9.9.9.9 sport=5 dport=80 src=10.0.0.2 dst=1.1.1.1 sport=8080 dport=5",
      "dnat: destination 9.9.9.9:80 → 10.0.0.2:8080",
    ],
    [
      "src=fd00::1 dst=fd00::9 sport=5 dport=80 src=fd00::2 dst=fd00::3 sport=80 dport=5",
      "both: source [fd00::1]:5 → [fd00::3]:5, destination [fd00::9]:80 → [fd00::2]:80",
    ],
  ])("%s", (tuples, expected) => {
    const found = translation(only(`tcp 6 10 ESTABLISHED ${tuples} mark=0`));
    expect(found && `${found.kind}: ${found.text}`).toBe(expected);
  });

  test("of ICMP the id is translated, the change of type from request to reply is none", () => {
    const icmp = (id: number) =>
      only(
        `icmp 1 10 src=10.0.0.1 dst=1.1.1.1 type=8 code=0 id=5 src=1.1.1.1 dst=10.0.0.1 type=0 code=0 id=${id} mark=0`,
      );
    expect(translation(icmp(5))).toBeUndefined();
    expect(translation(icmp(6))?.text).toBe("source 10.0.0.1:5 → 10.0.0.1:6");
  });
});

describe("listings of real routers", () => {
  const machines = ["bw61", "bw612", "tx612"];
  const listings = [
    "conntrack-L.txt",
    "conntrack-L-o-extended.txt",
    "conntrack-L-o-extended-id-labels.txt",
    "conntrack-L-o-extended-id-timestamp-acct-on.txt",
    "proc-net-nf_conntrack.txt",
    "proc-net-nf_conntrack-acct-on.txt",
  ];
  test.each(machines.flatMap((machine) => listings.map((name) => `vm/${machine}/${name}`)))("%s", (path) => {
    const text = recording(path);
    const columns = value(conntrackList, text);
    const lines = text.trim().split("\n");
    expect(columns.count).toBe(lines.length);
    for (const [row, line] of lines.entries()) expect(written(entryAt(columns, row), line)).toBe(normal(line));
    expect(value(conntrackFile, text, 7)).toEqual(columns);
  });
});

test("the tool and the file tell the same of our own router", () => {
  const [tool, file] = [value(conntrackList, own("conntrack.txt")), value(conntrackFile, own("conntrack-file.txt"))];
  const entries = (columns: typeof tool) =>
    Array.from({ length: columns.count }, (_, row) => {
      const { id, use, ...entry } = entryAt(columns, row);
      return entry;
    });
  expect(entries(file)).toEqual(entries(tool));
  expect(entries(tool).map((entry) => `${entry.protocolName} ${translation(entry)?.text ?? "-"}`)).toEqual([
    "tcp source 10.77.1.2:55644 → 10.77.2.77:55644",
    "icmpv6 -",
    "icmp source 10.77.1.2:4747 → 10.77.2.77:4747",
  ]);
});

describe("garbage", () => {
  test("lines that are no entries are counted and quoted", () => {
    const outcome = read(conntrackFile, `${tcp}\nhello \u0007world\n\ntcp 6 x\n${tcp}\n`);
    expect(outcome.ok && outcome.value.count).toBe(2);
    expect(outcome.ok && outcome.warnings).toEqual([
      '2 lines of the router\'s answer could not be read as conntrack entries: "hello \ufffdworld", "tcp 6 x"',
    ]);
  });

  test("nothing of a line that was given up is left in the next entry", () => {
    const bad = `${tcp.replace("zone=0", "zone=9")} id=5 src=1.1.1.1 packets=4`;
    const outcome = read(conntrackFile, `${bad}\n${tcp.replace(" zone=0", "")}\n`);
    const entry = outcome.ok ? entryAt(outcome.value, 0) : undefined;
    expect(entry).toMatchObject({ zone: 0, id: 0 });
  });

  test("another program's output is no empty list", () => {
    expect(read(conntrackList, "Welcome to router\n")).toMatchObject({ ok: false, failure: { reason: "garbled" } });
    expect(read(conntrackList, "")).toMatchObject({ ok: true, value: { count: 0 } });
  });

  test("100 MB without an entry stay bounded", () => {
    const reader = conntrackFile.reader();
    const noise = new Uint8Array(1 << 20).map((_, at) => (at * 7919) % 251);
    const oneLine = new Uint8Array(1 << 20).fill(65);
    for (let megabyte = 0; megabyte < 50; megabyte++) reader.push(noise);
    for (let megabyte = 0; megabyte < 50; megabyte++) reader.push(oneLine);
    expect(byteSize(reader.soFar())).toBeLessThan(1 << 20);
    expect(reader.end({ code: 0, stderr: "", cut: false }).ok).toBe(false);
  });

  test("a key that is cut by the line's end takes nothing of the next line, wherever the piece ends", () => {
    const keys =
      "sport= dport= src= dst= mark= use= zone= packets= bytes= id= delta-time= type=8 srckey= [ASSURED] type=8 code=0 type=8 code=0 id=";
    const icmp = "icmp 1 29 src=1.1.1.1 dst=2.2.2.2 type=8 code=0 id=1 src=2.2.2.2 dst=1.1.1.1";
    for (const key of ["type=8 code=0 id=", "type=8 code=0", "type=8", ...keys.split(" ")])
      for (let end = 0; end <= key.length; end++)
        for (const rest of ["", "x=", "=1", "xx=5 ", tcp.slice(0, 20)]) {
          const outcome = read(conntrackFile, `${icmp} ${key.slice(0, end)}\n${tcp}\n${rest}`, {
            exit: { stderr: "", cut: true },
          });
          expect(outcome.ok && entryAt(outcome.value, outcome.value.count - 1), key.slice(0, end)).toMatchObject({
            mark: 48,
            use: 2,
          });
        }
  });

  test("random bytes and every prefix of a line never throw", () => {
    for (let end = 0; end < tcp.length; end++) read(conntrackFile, `${tcp.slice(0, end)}\n${tcp}\n`);
    for (let at = 0; at < tcp.length; at++) {
      const outcome = read(conntrackFile, `${tcp.slice(0, at)}\u00ff:${tcp.slice(at + 2)}\n${tcp}\n`);
      expect(outcome.ok && entryAt(outcome.value, outcome.value.count - 1).state).toBe("ESTABLISHED");
    }
  });
});

describe("how a run ended", () => {
  const refusal = "conntrack v1.4.7 (conntrack-tools): Operation failed: Operation not permitted\n";
  test.each([
    [{ code: 1, stderr: refusal, cut: false }, "notPermitted"],
    [{ code: 127, stderr: "sh: conntrack: not found", cut: false }, "missing"],
    [{ code: 1, stderr: "sudo: a password is required", cut: false }, "notPermitted"],
    [{ code: 1, stderr: "sudo: conntrack: command not found", cut: false }, "missing"],
    [{ code: 127, stderr: "sh: 1: sudo: not found", cut: false }, "notPermitted"],
    [{ code: 1, stderr: "operator is not in the sudoers file.", cut: false }, "notPermitted"],
    [{ code: 2, stderr: "conntrack v1.4.8: unknown option `x'", cut: false }, "unsupported"],
    [{ code: 126, stderr: "", cut: false }, "notPermitted"],
    [{ code: 1, stderr: "", cut: false }, "failed"],
    [{ stderr: "", cut: true }, "cut"],
  ])("%j", (exit, reason) => {
    const outcome = read(conntrackList, "", { exit });
    expect(outcome.ok ? "ok" : outcome.failure.reason).toBe(reason);
    expect(outcome.ok ? "" : outcome.failure.message).toMatch(/^.{20,}\.$/s);
  });

  test("a kernel without the file is not a missing program", () => {
    const exit = { code: 1, stderr: "cat: /proc/net/nf_conntrack: No such file or directory", cut: false };
    expect(read(conntrackFile, "", { exit })).toMatchObject({ ok: false, failure: { reason: "unsupported" } });
  });

  test("what came before the link was cut is shown, without the half of a line", () => {
    const outcome = read(conntrackDying, `${tcp}\n${tcp.slice(0, 150)}`, { exit: { stderr: "", cut: true } });
    expect(outcome).toMatchObject({ ok: true, value: { count: 1 } });
    expect(outcome.ok && outcome.warnings[0]).toContain("ended before");
  });
});

test("columns can be looked at while they come, and be handed over", () => {
  const reader = conntrackFile.reader();
  reader.push(new TextEncoder().encode(`${tcp}\n${tcp.slice(0, 40)}`));
  expect(reader.count).toBe(1);
  expect(entryAt(reader.soFar(), 0)).toEqual(only(tcp));
  reader.push(new TextEncoder().encode(`${tcp.slice(40)}\n`.repeat(5000).slice(0, -1)));
  const outcome = reader.end({ code: 0, stderr: "", cut: false });
  const columns = outcome.ok ? outcome.value : undefined;
  const moved = columns && structuredClone(columns, { transfer: transferables(columns) });
  expect(moved && entryAt(moved, 1)).toEqual(only(tcp));
  expect(moved && byteSize(moved) / moved.count).toBeLessThan(80);
});

function only(line: string, piece?: number): Entry {
  const outcome = read(conntrackList, `${line}\n`, { ...(piece && { piece }) });
  if (!outcome.ok || outcome.value.count !== 1) throw new Error(JSON.stringify(outcome));
  return entryAt(outcome.value, 0);
}

/** The entry as its line has it, to see that nothing was lost. */
function written(entry: Entry, line: string): string {
  const tuple = ({ source, destination, sourcePort, destinationPort, icmp }: Entry["original"]) => {
    const ports = sourcePort === undefined ? "" : ` sport=${sourcePort} dport=${destinationPort}`;
    return `src=${source} dst=${destination}${ports}${icmp ? ` type=${icmp.type} code=${icmp.code} id=${icmp.id}` : ""}`;
  };
  const traffic = (part: Entry["sent"]) =>
    part && part.packets > 0 ? ` packets=${part.packets} bytes=${part.bytes}` : "";
  const state = entry.state ? ` ${entry.state}` : "";
  const has = (name: string) => line.includes(` ${name}=`);
  return [
    `${entry.protocol} ${entry.timeout}${state} ${tuple(entry.original)}${traffic(entry.sent)}`,
    entry.unreplied ? "[UNREPLIED]" : "",
    `${tuple(entry.reply)}${traffic(entry.received)}`,
    entry.assured ? "[ASSURED]" : "",
    `mark=${entry.mark}`,
    has("zone") ? `zone=${entry.zone}` : "",
    has("delta-time") ? `delta-time=${entry.age}` : "",
    `use=${entry.use}`,
    has("id") ? `id=${entry.id}` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** The line without the names of family and protocol, IPv6 in short. */
function normal(line: string): string {
  return line
    .replace(/^(ipv[46] +\d+ )?\w+ +/, "")
    .replace(/(?<==)[\da-f]{4}(:[\da-f]{4}){7}/g, (address) => shortened(address));
}

function shortened(address: string): string {
  return address.replace(/(^|:)0{1,3}/g, "$1").replace(/(:0){2,}(?=:|$)/, ":");
}
