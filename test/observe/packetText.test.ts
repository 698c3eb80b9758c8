import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readPacketText, understood } from "../../netfilter/observe/packetText/packetText.js";
import type { FoundPacket } from "../../netfilter/observe/packetText/reading.js";

function recorded(name: string): string {
  return readFileSync(new URL(`recordings/${name}`, import.meta.url), "utf8");
}

function found(text: string): FoundPacket {
  const reading = readPacketText(text);
  if ("problem" in reading) throw new Error(`${reading.problem}\n${text}`);
  return reading;
}

/** A form on one line: `lan0> tcp 10.0.0.1:40000 > 10.0.0.2:443 syn`. */
function short({ fields }: FoundPacket): string {
  const { iif, oif, saddr, daddr, protocol, sport, dport, flags, icmpType, mark } = fields;
  const end = (address = "", port?: string) => (port === undefined ? address : `${address} ${port}`);
  const way = `${iif === undefined ? "?" : iif}>${oif ?? ""}`;
  return [way, protocol, `${end(saddr, sport)} > ${end(daddr, dport)}`, flags, icmpType, mark && `mark ${mark}`]
    .filter(Boolean)
    .join(" ");
}

/** Each packet of the recording with the options under which it was printed. */
function tcpdumpPackets(): { options: string; text: string }[] {
  let options = "";
  const packets: { options: string; text: string }[] = [];
  for (const line of recorded("tcpdump.txt").split("\n")) {
    const last = packets.at(-1);
    if (line.startsWith("# ")) options = line.slice(2).trim();
    else if (line.startsWith("    ") && last && options.includes("-v")) last.text += `\n${line}`;
    else if (line !== "") packets.push({ options, text: line });
  }
  return packets;
}

test("tcpdump on every interface: what each line says", () => {
  const lines = tcpdumpPackets().filter(({ options }) => options === "any -nn");
  const shown = lines.flatMap(({ text }) => (text.includes(" ARP, ") ? [] : [short(found(text))]));
  expect([...new Set(shown)]).toMatchInlineSnapshot(`
    [
      "lan0> ipv6-icmp fe80::ff:fe00:2 > ff02::16 mld2-listener-report",
      ">lan0 ipv6-icmp fe80::ff:fe00:1 > ff02::16 mld2-listener-report",
      "lan0> icmp 10.77.1.2 > 10.77.1.1 echo-request",
      ">lan0 icmp 10.77.1.1 > 10.77.1.2 echo-reply",
      "lan0> ipv6-icmp fd77:1::2 > ff02::1:ff00:1 nd-neighbor-solicit",
      ">lan0 ipv6-icmp fd77:1::1 > fd77:1::2 nd-neighbor-advert",
      "lan0> ipv6-icmp fd77:1::2 > fd77:1::1 echo-request",
      ">lan0 ipv6-icmp fd77:1::1 > fd77:1::2 echo-reply",
      "lan0> tcp 10.77.1.2 40000 > 10.77.1.1 443 syn",
      ">lan0 tcp 10.77.1.1 443 > 10.77.1.2 40000 syn,ack",
      "lan0> tcp 10.77.1.2 40000 > 10.77.1.1 443 ack",
      "lan0> tcp 10.77.1.2 40000 > 10.77.1.1 443 psh,ack",
      ">lan0 tcp 10.77.1.1 443 > 10.77.1.2 40000 ack",
      ">lan0 tcp 10.77.1.1 443 > 10.77.1.2 40000 psh,ack",
      ">lan0 tcp 10.77.1.1 443 > 10.77.1.2 40000 fin,ack",
      ">lan0 tcp 10.77.1.1 22 > 10.77.1.2 40001 rst,ack",
      "lan0> tcp fd77:1::2 40002 > fd77:1::1 8443 syn",
      ">lan0 tcp fd77:1::1 8443 > fd77:1::2 40002 rst,ack",
      ">lan0 icmp 10.77.1.1 > 10.77.1.2 destination-unreachable",
      "lan0> udp 10.77.1.2 40003 > 10.77.1.1 53",
      "lan0> udp 10.77.1.2 40003 > 10.77.1.1 123",
      "lan0> gre 10.77.1.2 > 10.77.1.1",
      "lan0> esp 10.77.1.2 > 10.77.1.1",
      "lan0> 99 10.77.1.2 > 10.77.1.1",
      "lan0> sctp 10.77.1.2 40005 > 10.77.1.1 7777",
      "lan0> dccp 10.77.1.2 40006 > 10.77.1.1 5001",
      "lan0> ipencap 10.77.1.2 > 10.77.1.1",
      "lan0> udplite 10.77.1.2 > 10.77.1.1",
      "lan0> vrrp 10.77.1.2 > 10.77.1.1",
      "lan0> icmp 10.77.1.2 > 10.77.1.1 timestamp-request",
      "lan0> icmp 10.77.1.2 > 10.77.1.1 redirect",
      "lan0> icmp 10.77.1.2 > 10.77.1.1 time-exceeded",
      "lan0> icmp 10.77.1.2 > 10.77.1.1 destination-unreachable",
      "lan0> icmp 10.77.1.2 > 10.77.1.1 parameter-problem",
      "lan0> udp 10.77.1.2 40008 > 10.77.1.1 9",
      "lan0> udp 10.77.1.2 > 10.77.1.1",
      "lan0> tcp 10.77.1.2 40010 > 10.77.1.1 443 syn",
      "?> tcp 10.77.1.2 40011 > 10.77.1.1 443 syn",
      "lan0> udp 10.77.1.2 68 > 10.77.1.1 67",
      "lan0> tcp 10.77.1.2 40009 > 10.77.1.1 80 syn,ece,cwr",
      "lan0> tcp 10.77.1.2 40009 > 10.77.1.1 81 none",
      "lan0> tcp 10.77.1.2 40009 > 10.77.1.1 82 fin,psh,urg",
    ]
  `);
});

test("tcpdump's options change nothing of what is read", () => {
  const syn = { saddr: "10.77.1.2", daddr: "10.77.1.1", protocol: "tcp", sport: "40000", dport: "443", flags: "syn" };
  const lines = tcpdumpPackets().filter(({ text }) => text.includes(".40000 > ") && !text.includes("lan0"));
  expect(lines.length).toBeGreaterThanOrEqual(11);
  for (const { options, text } of lines) {
    const { flags, ...rest } = syn;
    expect([options, found(text).fields]).toEqual([options, options.includes("-q") ? rest : syn]);
  }
  const both = lines.map(({ text }) => text).join("\n");
  expect(found(`tcpdump: listening on lan0, link-type EN10MB\n\n${both}`).fields).toEqual(syn);
});

test("what a line of tcpdump leaves open is said", () => {
  const check = (part: string, options: string, ...expected: readonly RegExp[]) => {
    const line = tcpdumpPackets().find((one) => one.options === options && one.text.includes(part));
    const { says, notes } = found(line?.text ?? "");
    for (const [index, pattern] of expected.entries()) expect([says, ...notes][index]).toMatch(pattern);
    expect(notes.length).toBe(expected.length - 1);
  };
  check("443: Flags [S]", "any -nn", /saw coming in by lan0\.$/);
  check("Flags [S.]", "any -nn", /saw leaving by lan0\.$/, /counts as this machine's own/);
  check("443", "lan0 -nn -tt", /^A packet that tcpdump saw\.$/);
  check("443", "lan0 -nn -q", /saw/, /flags/);
  check("https", "lan0", /saw/, /^https is port 443\.$/);
  check("vlan 7", "lan0 -nn -e", /saw/, /carried in VLAN 7/);
  check("PPPoE", "any -nn", /coming in/, /carried in PPPoE/);
  check("ip-proto-17", "any -nn", /saw/, /later fragment/);
  check("host 10.77.1.1 unreachable,", "any -nn", /saw/, /no place in the form/);
});

test("what conntrack knows: the next packet in the original direction, and the entry", () => {
  const lines = recorded("conntrack.txt").trim().split("\n");
  expect(lines.map((line) => found(line).fields)).toMatchInlineSnapshot(`
    [
      {
        "connection": "original",
        "ctMark": "0x30",
        "ctState": "TIME_WAIT",
        "daddr": "10.77.2.2",
        "dport": "81",
        "flags": "ack",
        "otherWay": "10.77.2.2:81 > 10.77.2.77:55644",
        "protocol": "tcp",
        "saddr": "10.77.1.2",
        "sport": "55644",
      },
      {
        "connection": "original",
        "daddr": "fd77:2::2",
        "icmpType": "echo-request",
        "protocol": "icmpv6",
        "saddr": "fd77:1::2",
      },
      {
        "connection": "original",
        "daddr": "10.77.2.2",
        "icmpType": "echo-request",
        "otherWay": "10.77.2.2 > 10.77.2.77",
        "protocol": "icmp",
        "saddr": "10.77.1.2",
      },
    ]
  `);
  expect(
    recorded("conntrack-file.txt")
      .trim()
      .split("\n")
      .map((line) => found(line).fields),
  ).toEqual(lines.map((line) => found(line).fields));
  expect(found(lines[0] as string).says).toMatchInlineSnapshot(
    `"The next packet of a connection in conntrack's table, in the original direction (TIME_WAIT, mark 0x30)."`,
  );
});

test("events of conntrack: made by a packet, known, gone", () => {
  const gone =
    "[DESTROY] tcp 6 431990 ESTABLISHED src=10.0.0.2 dst=192.0.2.7 sport=1 dport=443 src=192.0.2.7 dst=10.0.0.2 sport=443 dport=1 [ASSURED] mark=54";
  const shown = [...recorded("events.txt").trim().split("\n"), gone]
    .map((line) => [/\[(NEW|UPDATE|DESTROY)\]/.exec(line)?.[1], found(line)] as const)
    .map(([kind, { fields }]) => [kind, fields.protocol, fields.flags, fields.connection, fields.ctState].join(" "));
  expect([...new Set(shown)]).toMatchInlineSnapshot(`
    [
      "NEW icmp  new ",
      "UPDATE icmp  original ",
      "NEW icmpv6  new ",
      "UPDATE icmpv6  original ",
      "NEW tcp syn new ",
      "UPDATE tcp ack original SYN_RECV",
      "UPDATE tcp ack original ESTABLISHED",
      "UPDATE tcp ack original FIN_WAIT",
      "UPDATE tcp ack original LAST_ACK",
      "UPDATE tcp ack original TIME_WAIT",
      "DESTROY tcp ack new ",
    ]
  `);
});

test("the kernel's log", () => {
  const check = (line: string, expected: string, says: RegExp, ...notes: readonly RegExp[]) => {
    const reading = found(line);
    expect([short(reading), reading.says]).toEqual([expected, expect.stringMatching(says)]);
    for (const [index, pattern] of notes.entries()) expect(reading.notes[index]).toMatch(pattern);
    expect(reading.notes.length).toBe(notes.length);
  };
  const trace = recorded("log.txt").split("\n")[1] as string;
  check(trace, "lan0> tcp 10.77.1.2 42001 > 10.77.2.2 80 syn", /TRACE .* mangle MYCHAIN/, /0x5/);
  const through =
    "Nov 21 10:00:00 gw kernel: [   97.930135] fw-drop: IN=lan0 OUT=wan0 MAC=86:a3:39:4c:18:af:12:ac:da:30:a0:ce:08:00 SRC=10.0.0.2 DST=192.0.2.7 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=UDP SPT=5000 DPT=53 LEN=40";
  check(through, "lan0>wan0 udp 10.0.0.2 5000 > 192.0.2.7 53", /logged as "fw-drop:"/, /on its way through/);
  const ufw =
    "[Sat Nov 21 10:00:00 2026] [UFW BLOCK] IN=eth0 OUT= MAC=86:a3:39:4c:18:af:12:ac:da:30:a0:ce:08:00 SRC=192.0.2.7 DST=10.0.0.2 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=54321 PROTO=TCP SPT=50000 DPT=23 WINDOW=65535 RES=0x00 SYN URGP=0";
  check(ufw, "eth0> tcp 192.0.2.7 50000 > 10.0.0.2 23 syn", /logged as "\[UFW BLOCK\]"\.$/);
  const own =
    "OUT-LOG IN= OUT=wan0 SRC=fd00::1 DST=fd00::2 LEN=104 TC=0 HOPLIMIT=64 FLOWLBL=1 PROTO=ICMPv6 TYPE=128 CODE=0 ID=7 SEQ=1 MARK=0x36";
  check(own, ">wan0 icmpv6 fd00::1 > fd00::2 128 mark 0x36", /logged as "OUT-LOG"/, /own packet/);
});

test("traces of nft and xtables-monitor", () => {
  const packets = (file: string, word: string) =>
    recorded(file)
      .split("\n")
      .filter((line) => line.includes(word))
      .map((line) => short(found(line)));
  expect([...new Set(packets("trace-nft.txt", " packet: "))]).toMatchInlineSnapshot(`
    [
      "lan0> icmp 10.77.1.2 > 10.77.2.2 echo-request",
      "lan0>wan0 icmp 10.77.1.2 > 10.77.2.2 echo-request",
      "wan0> icmp 10.77.2.2 > 10.77.2.77 echo-reply",
      "wan0>lan0 icmp 10.77.2.2 > 10.77.1.2 echo-reply",
      "lan0> udp 10.77.1.2 50069 > 10.77.2.2 5353",
      "lan0>wan0 udp 10.77.1.2 50069 > 10.77.2.2 5353",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 syn",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 syn",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 ack",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 ack",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 psh,ack",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 psh,ack",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 fin,ack",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 fin,ack",
      "lan0> tcp 10.77.1.2 42788 > 10.77.2.2 82 syn",
      "lan0>wan0 tcp 10.77.1.2 42788 > 10.77.2.2 82 syn",
    ]
  `);
  expect([...new Set(packets("trace-xtables.txt", "PACKET: "))]).toMatchInlineSnapshot(`
    [
      "lan0> 10.77.1.2 > 10.77.2.2",
      "lan0>wan0 10.77.1.2 > 10.77.2.2",
      "wan0> 10.77.2.2 > 10.77.2.77",
      "wan0>lan0 10.77.2.2 > 10.77.1.2",
      "lan0> udp 10.77.1.2 50069 > 10.77.2.2 5353",
      "lan0>wan0 udp 10.77.1.2 50069 > 10.77.2.2 5353",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 syn",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 syn",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 ack",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 ack",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 ack,psh",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 ack,psh",
      "lan0> tcp 10.77.1.2 55644 > 10.77.2.2 81 ack,fin",
      "lan0>wan0 tcp 10.77.1.2 55644 > 10.77.2.2 81 ack,fin",
      "lan0> tcp 10.77.1.2 42788 > 10.77.2.2 82 syn",
      "lan0>wan0 tcp 10.77.1.2 42788 > 10.77.2.2 82 syn",
    ]
  `);
  const [first = ""] = recorded("trace-nft.txt").split("\n");
  expect(found(first).says).toMatchInlineSnapshot(`"A packet of nft's trace, seen at inet fw pre."`);
});

test("what is no packet is explained", () => {
  const check = (text: string, expected: RegExp | string) =>
    expect(readPacketText(text)).toEqual({
      problem: typeof expected === "string" ? expected : expect.stringMatching(expected),
    });
  check("", understood);
  check("accept\ndrop", understood);
  check("a > b: c", understood);
  check(tcpdumpPackets().find(({ text }) => text.includes("ARP, Req"))?.text ?? "", /ARP message/);
  check("10:00:00.000000 IP gw.example.https > 10.0.0.1.40000: Flags [.], length 0", /"gw\.example\.https".*-n/);
  check("10:00:00.000000 IP 10.0.0.2.frobnicate > 10.0.0.1.40000: Flags [.], length 0", /"frobnicate" is no known/);
  check(
    "trace id 337fe2cd inet fw forward rule ct state established accept (verdict accept)",
    /not of the packet itself/,
  );
  check(" TRACE: 2 d094f7c3 raw:PREROUTING:policy:ACCEPT ", /not of the packet itself/);
  check('trace id 1 arp f c packet: iif "lan0" arp operation request', /no IP addresses/);
});

test("of many lines the first packet counts", () => {
  const lines = [
    "# some words",
    "10:00:00.0 ARP, Request who-has 10.0.0.1 tell 10.0.0.2",
    "IP 10.0.0.3.1 > 10.0.0.4.2: UDP, length 0",
  ];
  expect(short(found(lines.join("\r\n")))).toBe("?> udp 10.0.0.3 1 > 10.0.0.4 2");
});

test("no text makes it throw", () => {
  const seeds = [
    ...recorded("tcpdump.txt").split("\n"),
    ...recorded("conntrack.txt").split("\n"),
    ...recorded("trace-nft.txt").split("\n"),
  ];
  for (const [index, seed] of seeds.entries()) {
    readPacketText(seed.slice(0, (index * 7) % (seed.length + 1)));
    readPacketText(seed.slice((index * 5) % (seed.length + 1)));
    readPacketText(seed.replaceAll(/\d/g, (digit) => String((Number(digit) * 7 + index) % 10)));
  }
});
