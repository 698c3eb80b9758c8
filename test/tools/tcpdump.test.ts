import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { readPacketText } from "../../netfilter/observe/packetText/packetText.js";
import type { PacketWords } from "../../netfilter/observe/packetText/reading.js";
import { formatAddress } from "../../netfilter/packet/address.js";
import { flagNames } from "../../netfilter/packet/packetJson.js";

// Packets made of bytes, printed by the real tcpdump with each of its options, and read again.

/** The same numbers in every run. */
let seed = 20_261_121;
const random = (below: number) => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) % below;
};
const bytes = (...values: readonly number[]) => Buffer.from(values);
const word16 = (value: number) => bytes(value >> 8, value & 255);
const address = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at === 0 ? 32 : random(256))));

function addressText(one: Buffer): string {
  const value = BigInt(`0x${one.toString("hex")}`);
  return formatAddress({ family: one.length === 4 ? "ipv4" : "ipv6", value });
}

/** A transport header, and what is to be read of it. */
function transport(six: boolean): { readonly number: number; readonly header: Buffer; readonly words: PacketWords } {
  const [sport, dport] = [1 + random(65_535), 1 + random(65_535)];
  const ports = { sport: String(sport), dport: String(dport) };
  const kind = random(3);
  if (kind === 0) {
    const flags = random(256);
    const header = Buffer.concat([
      word16(sport),
      word16(dport),
      bytes(0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 4, 0, 0, 0, 0, 0),
    ]);
    return { number: 6, header, words: { protocol: "tcp", ...ports, flags: flagNames(flags) || "none" } };
  }
  if (kind === 1) {
    const data = Buffer.alloc(random(80), random(256));
    const header = Buffer.concat([word16(sport), word16(dport), word16(8 + data.length), word16(0), data]);
    return { number: 17, header, words: { protocol: "udp", ...ports } };
  }
  const asks = random(2) === 0;
  const header = Buffer.concat([
    bytes(six ? (asks ? 128 : 129) : asks ? 8 : 0, 0, 0, 0),
    word16(random(65_536)),
    word16(1),
    Buffer.alloc(20),
  ]);
  const icmpType = asks ? "echo-request" : "echo-reply";
  return { number: six ? 58 : 1, header, words: { protocol: six ? "ipv6-icmp" : "icmp", icmpType } };
}

function packet(): { readonly frame: Buffer; readonly words: PacketWords } {
  const six = random(2) === 0;
  const { number, header, words } = transport(six);
  const [from, to] = [address(six ? 16 : 4), address(six ? 16 : 4)];
  const head = six
    ? Buffer.concat([bytes(0x60, 0, 0, random(256)), word16(header.length), bytes(number, 64), from, to])
    : Buffer.concat([
        bytes(0x45, 0),
        word16(20 + header.length),
        word16(random(65_536)),
        bytes(0x40, 0, 64, number, 0, 0),
        from,
        to,
      ]);
  const tag = random(5) === 0 ? bytes(0x81, 0, 0, 1 + random(250)) : bytes();
  const ether = Buffer.concat([bytes(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2), tag, six ? bytes(0x86, 0xdd) : bytes(8, 0)]);
  return {
    frame: Buffer.concat([ether, head, header]),
    words: { saddr: addressText(from), daddr: addressText(to), ...words },
  };
}

/** A capture file: a packet each second, so that its line is found by its time. */
function capture(frames: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  const records = frames.flatMap((frame, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_000_000 + index);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([head, ...records]);
}

const packets = Array.from({ length: 400 }, packet);
const file = capture(packets.map(({ frame }) => frame));

test.each(["-tt", "-tt -e", "-tt -v", "-tt -vvv -e", "-tt -S -X", "-tt --number", "-tt -A -v"])(
  "tcpdump -n %s",
  (options) => {
    const argv = ["-n", "-Z", "root", ...options.split(" "), "-r", "-"];
    const printed = execFileSync("tcpdump", argv, {
      input: file,
      stdio: ["pipe", "pipe", "ignore"],
      maxBuffer: 1 << 26,
    });
    const texts = printed.toString("latin1").split(/^(?= *(?:\d+ {2})?1\d{6}\.0{6} )/m);
    expect(texts.length).toBe(packets.length);
    for (const [index, text] of texts.entries()) {
      const reading = readPacketText(text);
      const fields = "problem" in reading ? reading.problem : reading.fields;
      expect([text.split("\n", 2).join("\n"), fields]).toEqual([expect.anything(), packets[index]?.words]);
    }
  },
);
