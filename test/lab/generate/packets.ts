import { tcpFlag } from "../../../netfilter/packet/packet.js";
import type { WirePacket, Wish } from "../kernel.js";
import { pool } from "./pool.js";
import type { Random } from "./random.js";

/** About `count` packets: exchanges, some of them woven into each other, and strays. */
export function randomPackets(random: Random, count: number): Wish[] {
  const packets: Wish[] = [];
  while (packets.length < count) {
    const exchanges = random.times(1, 3, () => exchange(random));
    packets.push(...woven(random, exchanges, packets.length));
  }
  return packets.map(numbered);
}

/** Puts exchanges into one row, each in its own order; `answer` becomes a place in the row, which begins at `base`. */
function woven(random: Random, exchanges: readonly (readonly Wish[])[], base: number): Wish[] {
  const row: Wish[] = [];
  const places = exchanges.map((): number[] => []);
  while (row.length < exchanges.flat().length) {
    const index = random.pick(exchanges.flatMap((all, which) => (places[which]?.length === all.length ? [] : [which])));
    const own = places[index] as number[];
    const wish = exchanges[index]?.[own.length] as Wish;
    own.push(base + row.length);
    row.push("answer" in wish ? { ...wish, answer: own[wish.answer] as number } : wish);
  }
  return row;
}

/** Every packet has an IPv4 identification of its own, so that a trace can be told from another's. */
function numbered(wish: Wish, index: number): Wish {
  if (!("answer" in wish)) return { packet: { ipId: index + 1, ...wish.packet } };
  if ("icmpError" in wish) return { ...wish, packet: { ipId: index + 1, ...wish.packet } };
  return { ...wish, packet: { ipId: index + 1, ...wish.packet } };
}

function exchange(random: Random): Wish[] {
  const ends = endsOf(random);
  return random.weighed<() => Wish[]>([
    [5, () => tcp(random, ends)],
    [3, () => udp(random, ends)],
    [2, () => echo(random, ends)],
    [3, () => [{ packet: { ...ends, ...stray(random, ends) } }]],
  ])();
}

type Ends = Pick<WirePacket, "iif" | "boundTo" | "saddr" | "daddr" | "mark" | "ttl" | "dscp">;

/** From where to where: what comes in by an interface, or a packet of the router's own. */
function endsOf(random: Random): Ends {
  const { lan, internet, router, unowned } = pool[random.chance(0.65) ? "ipv4" : "ipv6"];
  const wan = random.pick(["wan1", "wan2"] as const);
  const own = wan === "wan1" ? router[1] : router[2];
  const { iif, saddr, daddr } = random.weighed<Ends>([
    [8, { iif: "lan0", saddr: random.pick(lan), daddr: random.pick(internet) }],
    [3, { iif: "lan0", saddr: random.pick(lan), daddr: random.pick(router) }],
    [4, { iif: wan, saddr: random.pick(internet), daddr: own }],
    [2, { iif: wan, saddr: random.pick(internet), daddr: random.pick(lan) }],
    [1, { iif: random.pick(pool.devices), saddr: random.pick([...lan, ...internet]), daddr: random.pick(unowned) }],
    [3, { saddr: random.pick(router), daddr: random.pick(internet) }],
    [1, { saddr: router[0], daddr: random.pick(lan) }],
    [1, { saddr: random.pick(router), daddr: random.pick(router) }],
  ]);
  return {
    ...(iif === undefined ? {} : { iif }),
    saddr,
    daddr,
    ...(iif === undefined && random.chance(0.3) ? { mark: random.pick(pool.marks) } : {}),
    ...(iif === undefined && random.chance(0.1) ? { boundTo: random.pick(pool.devices) } : {}),
    ...(random.chance(0.1) ? { ttl: random.pick([1, 2, 63, 255]) } : {}),
    ...(random.chance(0.1) ? { dscp: random.pick([8, 46]) } : {}),
  };
}

function ports(random: Random) {
  return { sport: random.pick([...pool.clientPorts, ...pool.ports]), dport: random.pick(pool.ports) };
}

const { syn, ack, fin, rst, psh, urg } = tcpFlag;
const client = 1000;
const server = 5000;

/** A handshake, some data and an end, as far as the packets come through. */
function tcp(random: Random, ends: Ends): Wish[] {
  const flow = { ...ends, protocol: 6, ...ports(random) };
  const from = (tcpFlags: number, tcpSeq: number, tcpAck: number, payload = 0): Wish => ({
    packet: { ...flow, tcpFlags, tcpSeq, tcpAck, payload },
  });
  const back = (answer: number, tcpFlags: number, tcpSeq: number, tcpAck: number, payload = 0): Wish => ({
    answer,
    packet: { tcpFlags, tcpSeq, tcpAck, payload },
  });
  // A reset closes a connection only with the number that the other side expects: that of the answer.
  const reset = (answer: number): Wish => ({ answer, packet: { tcpFlags: rst } });
  const open: Wish = {
    packet: { ...flow, tcpFlags: syn, tcpSeq: client, ...(random.chance(0.5) ? { tcpMss: 1460 } : {}) },
  };
  const whole: Wish[] = [
    open,
    back(0, syn | ack, server, client + 1),
    from(ack, client + 1, server + 1),
    from(psh | ack, client + 1, server + 1, 100),
    back(3, psh | ack, server + 1, client + 101, 50),
    random.pick([from(fin | ack, client + 101, server + 51), reset(4), reset(3)]),
    back(0, fin | ack, server + 51, client + 102),
    from(ack, client + 102, server + 52),
  ];
  const refused: Wish[] = [
    open,
    random.pick([back(0, rst | ack, 0, client + 1), trouble(random, flow.saddr, 0)]),
    open,
  ];
  return random.chance(0.15) ? refused : whole.slice(0, random.int(1, whole.length));
}

function udp(random: Random, ends: Ends): Wish[] {
  const flow = { ...ends, protocol: 17, ...ports(random) };
  const payload = random.pick([0, 10, 400]);
  const there: Wish = { packet: { ...flow, payload } };
  const back: Wish = { answer: 0, packet: { payload: 20 } };
  const whole = [there, random.chance(0.2) ? trouble(random, flow.saddr, 0) : back, there, back];
  return whole.slice(0, random.int(1, 4));
}

function echo(random: Random, ends: Ends): Wish[] {
  const [protocol, icmpType] = ends.saddr.includes(":") ? [58, 128] : [1, 8];
  const there: Wish = { packet: { ...ends, protocol, icmpType, icmpCode: 0, icmpId: random.int(1, 3) } };
  return [there, { answer: 0 } as Wish, there].slice(0, random.int(1, 3));
}

/** Unreachable, time exceeded, parameter problem; the first ones are the usual ones. */
const errors4: readonly IcmpError[] = [
  [3, 3],
  [3, 3],
  [3, 1],
  [11, 0],
  [12, 0],
];
const errors6: readonly IcmpError[] = [
  [1, 4],
  [1, 4],
  [1, 0],
  [3, 0],
  [4, 0],
];
type IcmpError = readonly [type: number, code: number];

/** The answer of somebody on the way, or of the server itself. */
function trouble(random: Random, asker: string, answer: number): Wish {
  const six = asker.includes(":");
  const saddr = six ? "2001:db8:ee::1" : "192.0.2.1";
  const [icmpType, icmpCode] = random.pick(six ? errors6 : errors4);
  const error = { protocol: six ? 58 : 1, icmpType, icmpCode };
  return { answer, icmpError: { saddr, ...error } };
}

/** What the router does with protocols that it does not speak is none of the lab's business. */
function isRouter(address: string): boolean {
  return [...pool.ipv4.router, ...pool.ipv6.router].some((own) => own === address);
}

/** A packet that belongs to nothing: odd flags, odd protocols, answers to questions that nobody asked. */
function stray(random: Random, { iif, saddr, daddr }: Ends): Omit<WirePacket, "saddr" | "daddr"> {
  const six = saddr.includes(":");
  return random.weighed<() => Omit<WirePacket, "saddr" | "daddr">>([
    [
      4,
      () => ({
        protocol: 6,
        ...ports(random),
        tcpFlags: random.pick([ack, fin | ack, syn | ack, 0, fin | psh | urg, syn | fin]),
      }),
    ],
    [1, () => ({ protocol: 6, sport: 6000, dport: random.pick(pool.ports), tcpFlags: rst })],
    [1, () => ({ protocol: 17, sport: 53, dport: random.pick(pool.clientPorts) })],
    // A program's echo reply, unlike the kernel's own, would be told of its rejection: the simulator takes all for the kernel's.
    [iif ? 1 : 0, () => ({ protocol: six ? 58 : 1, icmpType: six ? 129 : 0, icmpCode: 0, icmpId: 9 })],
    [isRouter(daddr) ? 0 : 1, () => ({ protocol: 50, payload: 20 })],
    [isRouter(daddr) ? 0 : 1, () => ({ protocol: 132, ...ports(random) })],
  ])();
}
