import { describe, expect, test } from "vitest";
import { kernelLog, kernelLogFollow, type LogEntry, readLogLine } from "../../netfilter/observe/kernel/log.js";
import { modules } from "../../netfilter/observe/kernel/modules.js";
import { sysctlFacts } from "../../netfilter/observe/kernel/sysctlFacts.js";
import { interfaceSysctls, sysctls } from "../../netfilter/observe/kernel/sysctls.js";
import { ip6tablesSave, iptablesSave, nftRuleset } from "../../netfilter/observe/rulesets.js";
import { fine, read, recording, value } from "./recordings.js";

describe("kernel log", () => {
  test.each<[string, Partial<LogEntry>]>([
    [
      "[   45.274059] nf_conntrack: nf_conntrack: table full, dropping packet",
      { kind: "tableFull", uptime: 45.274059 },
    ],
    [
      "4,371,46621840,-;nf_conntrack: nf_conntrack: table full, dropping packet",
      { kind: "tableFull", uptime: 46.62184 },
    ],
    [
      "Sat Nov 21 07:37:26 2026 kern.warn kernel: [   45.274059] nf_conntrack: table full, dropping packet",
      { kind: "tableFull", uptime: 45.274059 },
    ],
    [
      "[   45.274059] router kernel: nf_conntrack: table full, dropping packet",
      { kind: "tableFull", uptime: 45.274059 },
    ],
    [
      "kern  :warn  : [   45.274059] nf_conntrack: table full, dropping packet",
      { kind: "tableFull", uptime: 45.274059 },
    ],
    [
      "[   72.313011] nf_ct_proto_6: bad checksum IN=lan0 OUT= MAC=86:a3:39:4c:18:af:12:ac:da:30:a0:ce:08:00 SRC=192.168.7.2 DST=192.0.2.80 LEN=40 PROTO=TCP SPT=41000 DPT=80 SEQ=1000 SYN URGP=0 ",
      { kind: "invalid", meaning: expect.stringContaining("checksum is wrong") },
    ],
    [
      "[   85.800426] nf_ct_proto_6: SEQ is over upper bound 3678531061 (over the window of the receiver) IN=lan0 OUT= SRC=192.168.7.2 DST=192.0.2.80 PROTO=TCP ACK",
      { kind: "invalid", meaning: expect.stringContaining("beyond the window") },
    ],
    [
      "[  195.145282] LOGTEST: IN=lan0 OUT=wan1 MACSRC=6e:ac:d4:20:b8:45 SRC=192.168.7.2 DST=192.0.2.80 LEN=40 ID=2120 DF PROTO=TCP SPT=46013 DPT=80 SYN URGP=0 MARK=0x30 ",
      {
        kind: "packet",
        packet: expect.objectContaining({
          prefix: "LOGTEST: ",
          flags: ["DF", "SYN"],
          fields: expect.objectContaining({ IN: "lan0", DPT: "80", MARK: "0x30" }),
        }),
      },
    ],
    [
      "[    9.100000] IPv4: martian source 10.0.0.1 from 192.0.2.9, on dev wan1",
      { kind: "martian", meaning: expect.stringContaining("192.0.2.9 to 10.0.0.1 came in by wan1") },
    ],
    ["[    9.100000] nf_conntrack: default automatic helper assignment has been turned off", { kind: "other" }],
  ])("%s", (line, expected) => {
    expect(readLogLine(line)).toMatchObject(expected);
  });

  test.each(["[    1.000000] usb 1-1: new device", "", "[  1.0] eth0: link IN= up", "--- rst"])(
    "not of netfilter: %s",
    (line) => {
      expect(readLogLine(line)).toBeUndefined();
    },
  );

  test("of a router whose table was full, in each of its forms", () => {
    for (const form of ["dmesg.txt", "dmesg-x.txt", "dmesg-T.txt", "dev-kmsg.txt"]) {
      const entries = value(kernelLog, recording(`vm/bw61/c-table-full-${form}`));
      expect(entries.length, form).toBeGreaterThan(4);
      expect(new Set(entries.map(({ kind }) => kind)), form).toEqual(new Set(["tableFull"]));
    }
  });

  test("of invalid packets: each has a meaning of its own", () => {
    const entries = value(kernelLog, recording("vm/tx612/d-log_invalid-dmesg.txt"));
    expect(entries.map(({ kind }) => kind)).toEqual(new Array(5).fill("invalid"));
    expect(entries.every(({ meaning = "" }) => (meaning.match(/\./g) ?? []).length >= 2)).toBe(true);
  });

  test("an ICMP error's inner packet does not hide the outer one", () => {
    const packet = readLogLine(
      "[ 1.000000] X IN=lan0 OUT= SRC=1.1.1.1 DST=2.2.2.2 LEN=68 ID=5 PROTO=ICMP TYPE=3 CODE=1 [SRC=2.2.2.2 DST=3.3.3.3 LEN=40 PROTO=UDP SPT=1 DPT=2 ] ",
    )?.packet;
    expect(packet?.fields).toMatchObject({ SRC: "1.1.1.1", DST: "2.2.2.2", PROTO: "ICMP" });
    expect(packet?.fields).not.toHaveProperty("SPT");
  });

  test("read on as it grows", () => {
    const reader = kernelLogFollow.reader();
    reader.push(new TextEncoder().encode("6,1,5,-;boot\n4,2,46621840,-;nf_conntrack: table full, dropping pac"));
    expect(reader.take()).toEqual([]);
    reader.push(new TextEncoder().encode("ket\n SUBSYSTEM=x\n"));
    expect(reader.take().map(({ kind }) => kind)).toEqual(["tableFull"]);
    expect(reader.end({ stderr: "", cut: true })).toMatchObject({ ok: true, value: { count: 1 } });
    expect(
      read(kernelLogFollow, "", { exit: { code: 1, stderr: "cat: /dev/kmsg: Operation not permitted", cut: false } }),
    ).toMatchObject({
      failure: { reason: "notPermitted" },
    });
  });
});

describe("settings", () => {
  const text = [
    "/proc/sys/net/ipv4/ip_forward:0",
    "/proc/sys/net/netfilter/nf_conntrack_max:262144",
    "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established:600",
    "/proc/sys/net/netfilter/nf_log/2:NONE",
    "/proc/sys/net/bridge/bridge-nf-call-iptables:1",
    "/proc/sys/kernel/osrelease:6.1.0-56-cloud-amd64",
    "",
  ].join("\n");

  test("with what they do, whether they were changed and what is remarkable", () => {
    const found = value(sysctls, text).map(
      ({ name, changed, remark }) => `${name}${changed ? " changed" : ""}${remark ? ` ! ${remark}` : ""}`,
    );
    expect(found).toMatchInlineSnapshot(`
      [
        "net.ipv4.ip_forward ! This machine does not forward IPv4: no packet reaches the forward hook.",
        "net.netfilter.nf_conntrack_max",
        "net.netfilter.nf_conntrack_tcp_timeout_established changed ! Shorter than the two hours and four minutes that RFC 5382 asks for: idle connections whose programs rely on TCP keepalive break.",
        "net.netfilter.nf_log.2",
        "net.bridge.bridge-nf-call-iptables ! Traffic that a bridge switches passes IP's chains too, and rules for routed traffic block it.",
        "kernel.osrelease",
      ]
    `);
  });

  test("of interfaces, whose names may have dots", () => {
    const lines =
      "/proc/sys/net/ipv4/conf/lan0.5/rp_filter:1\n/proc/sys/net/ipv4/conf/all/log_martians:1\n/proc/sys/net/ipv4/conf/all/unknown:1\n/proc/sys/net/ipv6/conf/all/forwarding:1\n";
    const outcome = read(interfaceSysctls, lines, { exit: { code: 2, stderr: "", cut: false } });
    expect(outcome.ok && outcome.value.map(({ name, value: own, interface: device }) => [name, own, device])).toEqual([
      ["net.ipv6.conf.all.forwarding", "1", "all"],
      ["net.ipv4.conf.lan0.5.rp_filter", "1", "lan0.5"],
      ["net.ipv4.conf.all.log_martians", "1", "all"],
    ]);
    expect(outcome.ok && outcome.value[1]?.remark).toContain("Strict");
  });

  test("none of them is told in less than a sentence, and none twice", () => {
    expect(sysctlFacts.filter(({ doc }) => !/^[A-Z].{10,}\.$/.test(doc))).toEqual([]);
    expect(new Set(sysctlFacts.map(({ name }) => name)).size).toBe(sysctlFacts.length);
    expect(read(sysctls, "hello\n")).toMatchObject({ failure: { reason: "garbled" } });
  });
});

test("modules", () => {
  const text =
    "nf_conntrack_netlink 61440 0 - Live 0x0000000000000000\nnf_nat 65536 4 xt_nat,nft_redir, Live 0x0\nbuiltin 1 - - Live 0x0\n";
  expect(value(modules, text)).toEqual([
    { name: "nf_conntrack_netlink", references: 0, usedBy: [] },
    { name: "nf_nat", references: 4, usedBy: ["xt_nat", "nft_redir"] },
    { name: "builtin", usedBy: [] },
  ]);
  expect(value(modules, recording("vm/tx612/proc-modules.txt")).some(({ name }) => name === "nf_conntrack")).toBe(true);
  const exit = { code: 1, stderr: "cat: /proc/modules: No such file or directory", cut: false };
  expect(read(modules, "", { exit })).toMatchObject({ failure: { reason: "unsupported" } });
});

describe("rulesets come as text", () => {
  test("whole, and in pieces that cut characters", () => {
    const text =
      'table ip t { # handle 1\n\tchain c { # handle 1\n\t\tcounter packets 5 bytes 6 comment "größe €🪝" # handle 2\n\t}\n}\n';
    for (const piece of [1, 2, 3, 5, 1000]) expect(value(nftRuleset, text, piece).text).toBe(text);
    expect(value(iptablesSave, recording("vm/tx612/iptables-save-c.txt")).language).toBe("iptables");
    expect(value(nftRuleset, "")).toEqual({ language: "nftables", text: "" });
  });

  test("none of bytes that are no text, nor of another program", () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256);
    expect(read(ip6tablesSave, bytes)).toMatchObject({ failure: { reason: "garbled" } });
    expect(read(nftRuleset, "bash: welcome\n")).toMatchObject({ failure: { reason: "garbled" } });
  });

  test("half of it is told as half", () => {
    const outcome = read(iptablesSave, "*filter\n:INPUT ACCEPT", { exit: { stderr: "", cut: true } });
    expect(outcome).toMatchObject({ ok: true, warnings: [expect.stringContaining("not whole")] });
    expect(read(iptablesSave, "", { exit: { stderr: "", cut: true } })).toMatchObject({ failure: { reason: "cut" } });
    expect(read(iptablesSave, "", { exit: fine })).toMatchObject({ ok: true, value: { text: "" } });
  });
});
