import { parseAddress } from "../../netfilter/packet/address.js";
import type { Packet } from "../../netfilter/packet/packet.js";
import { tcpStates } from "../../netfilter/simulate/conntrack/tcp.js";
import {
  type Direction,
  directionOfPacket,
  directionOfTuple,
  inverse,
  keyOf,
  plain,
  tupleOf,
} from "../../netfilter/simulate/conntrack/tuple.js";
import type { ConntrackEntry, ConntrackStatus, RouterState } from "../../netfilter/simulate/state.js";
import { type FieldProblem, Fields } from "../../netfilter/text/fields.js";
import type { PacketForm, PathPacket } from "../../webview/protocol.js";
import { type Answer, withValue } from "./answer.js";
import { problemTexts } from "./given.js";
import { entryText } from "./shown.js";

/** What a person says that conntrack knows before the packet. */
export interface SaidConnection {
  /** In place of the router's own entries. */
  readonly state: Pick<RouterState, "conntrack">;
  /** The same as a sentence. */
  readonly assumption: string;
}

/** What a form says of the packet's connection; nothing where the router's own entries hold. */
export function saidConnection(
  form: PacketForm,
  packet: Packet,
  { conntrack = [] }: RouterState,
): Answer<SaidConnection | undefined> {
  return withValue(wordsOf(form), (words): Answer<SaidConnection | undefined> => {
    if (words.connection === undefined) return { value: undefined };
    const way = directionOfPacket(packet);
    if (words.connection === "new") return { value: way && forgetting(way, conntrack) };
    return withValue(entryOf(words, way), (entry) => ({ value: remembering(entry, conntrack) }));
  });
}

/** The packets of an exchange; with the first it is told what was said of its connection. */
export function told(said: SaidConnection | undefined, packets: readonly PathPacket[]): readonly PathPacket[] {
  const [first, ...others] = packets;
  if (!said || !first) return packets;
  return [{ ...first, assumptions: [said.assumption, ...first.assumptions] }, ...others];
}

function forgetting(way: Direction, conntrack: readonly ConntrackEntry[]): SaidConnection | undefined {
  const others = without(conntrack, [way]);
  if (others.length === conntrack.length) return undefined;
  return { state: { conntrack: others }, assumption: "conntrack had forgotten the packet's connection before" };
}

function remembering(entry: ConntrackEntry, conntrack: readonly ConntrackEntry[]): SaidConnection {
  const ways = [entry.original, entry.reply].map(directionOfTuple);
  return {
    state: { conntrack: [...without(conntrack, ways), entry] },
    assumption: `conntrack had an entry of the packet's connection before: ${entryText(entry)}`,
  };
}

/** Entries that go neither of the ways. */
function without(conntrack: readonly ConntrackEntry[], ways: readonly Direction[]): ConntrackEntry[] {
  const keys = new Set(ways.map((way) => keyOf(way, 0)));
  return conntrack.filter(
    ({ original, reply }) => ![original, reply].some((tuple) => keys.has(keyOf(directionOfTuple(tuple), 0))),
  );
}

interface Words {
  readonly connection: "new" | "original" | "reply" | undefined;
  readonly state: string | undefined;
  readonly mark: number | undefined;
  readonly otherWay: string | undefined;
}

function wordsOf({ connection, ctState, ctMark, otherWay }: PacketForm): Answer<Words> {
  const problems: FieldProblem[] = [];
  const text = (value: string | undefined) => value?.trim() || undefined;
  const fields = new Fields({ connection: text(connection), ctMark: text(ctMark) }, [], problems, "a connection");
  const words: Words = {
    connection: fields.word("connection", ["new", "original", "reply"]),
    state: text(ctState)?.toUpperCase(),
    mark: fields.number("ctMark", { to: 0xffff_ffff }),
    otherWay: text(otherWay),
  };
  return problems.length > 0 ? { problems: problemTexts(problems) } : { value: words };
}

function entryOf({ connection, state, mark = 0, otherWay }: Words, way: Direction | undefined): Answer<ConntrackEntry> {
  const turned = way && inverse(way);
  if (!way || !turned)
    return {
      problems: ["connection: conntrack keeps no entry for such a packet: its ports or its ICMP type do not allow it."],
    };
  if (!way.saddr)
    return { problems: ["connection: of a known connection, the packet's source address has to be told."] };
  if (way.protocol === 6 && state !== undefined && !tcpStates.some((one) => one === state))
    return { problems: [`ctState: TCP has the states ${tcpStates.join(", ")} in conntrack, not "${state}".`] };
  const other = otherWay === undefined ? turned : wayIn(otherWay, turned);
  if (!other) return { problems: [notAWay(otherWay)] };
  const [original, reply] = connection === "reply" ? [other, way] : [way, other];
  const known = state === "UNREPLIED" ? undefined : (state ?? usualStates[way.protocol]);
  const status = statusOf(original, reply, state ?? known);
  return {
    value: {
      original: tupleOf(original),
      reply: tupleOf(reply),
      status,
      mark,
      ...(known !== undefined && { state: known }),
    },
  };
}

function notAWay(text = ""): string {
  return `otherWay: it is two ends such as 198.51.100.20:443 > 203.0.113.5:40000, [2001:db8::1]:443 > [2001:db8::2]:40000, or two addresses, not "${text}".`;
}

/** Of connections that have gone both ways. */
const usualStates: Readonly<Record<number, string>> = { 6: "ESTABLISHED", 33: "OPEN", 132: "ESTABLISHED" };
const beginnings: readonly (string | undefined)[] = ["UNREPLIED", "SYN_SENT", "NONE", "COOKIE_WAIT", "REQUEST"];

function statusOf(original: Direction, reply: Direction, state: string | undefined): ConntrackStatus[] {
  const status: ConntrackStatus[] = ["confirmed"];
  if (!beginnings.includes(state)) status.push("seen-reply");
  if (!beginnings.includes(state) && state !== undefined && state !== "SYN_RECV") status.push("assured");
  const plainReply = inverse(original);
  if (reply.daddr !== plainReply?.daddr || reply.dport !== plainReply.dport) status.push("snat");
  if (reply.saddr !== plainReply?.saddr || reply.sport !== plainReply.sport) status.push("dnat");
  return status;
}

/** A way as its two ends; what they leave out is as it stands in `usual`. */
function wayIn(text: string, usual: Direction): Direction | undefined {
  const [from, to, more] = text.split(/\s*(?:>|→)\s*/).map(endIn);
  if (!from || !to || more !== undefined || from.family !== usual.family || to.family !== usual.family)
    return undefined;
  return {
    ...usual,
    saddr: from.address,
    daddr: to.address,
    sport: from.port ?? usual.sport,
    dport: to.port ?? usual.dport,
  };
}

function endIn(text: string) {
  const [, bracketed, bare, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+|[\da-f:]+?:[\da-f]*))(?::(\d+))?$/i.exec(text) ?? [];
  const whole = /^[\da-f:]+$/i.test(text) ? text : (bracketed ?? bare ?? "");
  const address = parseAddress(whole, "nftables");
  const number = whole === text || port === undefined ? undefined : Number(port);
  if (!address || (number ?? 0) > 0xffff) return undefined;
  return { family: address.family, address: plain(address), port: number };
}
