import { layout } from "../../netfilter/diagram/layout.js";
import { type HookStack, stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { protocolAt } from "../../netfilter/facts/protocols.js";
import { formatAddress } from "../../netfilter/packet/address.js";
import type { Packet } from "../../netfilter/packet/packet.js";
import { flagNames, type GivenPacket } from "../../netfilter/packet/packetJson.js";
import { Places } from "../../netfilter/simulate/places.js";
import { type Loaded, Router } from "../../netfilter/simulate/router.js";
import type { ConntrackEntry, PortRange, RouterState, Tuple } from "../../netfilter/simulate/state.js";
import type { Change, Step, Trace } from "../../netfilter/simulate/trace.js";
import { dispositionText, packetText } from "../../netfilter/simulate/traceText.js";
import type { PathPacket, PathStep } from "../../webview/protocol.js";
import { sendExchange } from "./exchange.js";

/** Follows a packet, or the exchange that it begins, and what it makes the machine send. */
export function follow(
  loaded: readonly Loaded[],
  state: RouterState,
  given: GivenPacket,
  exchange: boolean,
): PathPacket[] {
  const router = new Router(loaded, state);
  const { packet, oif } = given;
  const traces = exchange ? sendExchange(router, given) : [router.send(packet, oif === undefined ? {} : { oif })];
  const shown = new Shown(loaded);
  return traces.flatMap((trace, index) => {
    const caused = trace.caused.map((one, place) =>
      shown.packet(one, `${index + 1}${"abcdefgh"[place] ?? "+"} caused`),
    );
    return [shown.packet(trace, String(index + 1)), ...caused];
  });
}

/** Puts traces into the words of the view. */
class Shown {
  private readonly places: Places;
  private readonly stacks: readonly HookStack[];

  constructor(loaded: readonly Loaded[]) {
    this.places = new Places(loaded);
    this.stacks = stacksOfRules(loaded);
  }

  packet(trace: Trace, number: string): PathPacket {
    const full = layout(this.stacks, trace);
    const { entry, assumptions, unknown } = trace;
    return {
      short: `${number}: ${shortText(trace.packet)}`,
      title: packetText(trace.packet),
      sentence: sentenceOf(trace),
      tone: full.way?.end.tone ?? "unknown",
      full,
      compact: layout(this.stacks, trace, { form: "compact" }),
      steps: trace.steps.map((step) => this.step(step)),
      assumptions,
      unknown: unknown.map(({ why, rule }) => (rule ? `${why} (${this.places.of(rule).text})` : why)),
      entry: entry ? entryText(entry) : "no entry of this connection",
    };
  }

  private step(step: Step): PathStep {
    const changes = step.changes.map(changeText);
    if (step.kind === "route") return { kind: "route", text: step.says, where: "", changes };
    const verdict = step.verdict === undefined ? {} : { verdict: step.verdict };
    if (step.kind === "callback")
      return { kind: "callback", text: step.says, where: step.function, changes, ...verdict };
    const { table, name } = step.chain;
    const where = `${table.family} ${table.name} ${name}`;
    if (step.kind === "end") return { kind: "end", text: endText(step), where, changes, ...verdict };
    const { file, line, text } = this.places.of(step.rule);
    const { start, end } = step.rule;
    const lastLine =
      line +
      this.places.lineOf(step.chain, { start: end, end }).line -
      this.places.lineOf(step.chain, { start, end }).line;
    return { kind: "rule", text, where, place: { file, line, lastLine }, matched: step.matched, changes, ...verdict };
  }
}

function shortText({ iif, tcpFlags, protocol }: Packet): string {
  const what = tcpFlags === undefined ? (protocolAt(protocol)?.name ?? protocol) : flagNames(tcpFlags);
  return `${iif ?? "local"} ${what}`;
}

function endText({ chain, verdict }: Step & { kind: "end" }): string {
  return chain.base ? `end of the chain: policy ${verdict}` : "end of the chain: back to the one that called it";
}

/** A sentence of its own: `Sent by wan1 to 10.0.1.1.` */
function sentenceOf({ disposition }: Trace): string {
  const text = dispositionText(disposition);
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function changeText({ field, before, after }: Change): string {
  const short = (value: string) => value.replaceAll(/\b0x0+(?=[\da-f])/gi, "0x");
  return before === undefined ? `${field}: ${short(after)}` : `${field}: ${short(before)} → ${short(after)}`;
}

function entryText({ original, reply, mark, state, status, zone }: ConntrackEntry): string {
  const parts = [
    protocolAt(original.protocol)?.name ?? `protocol ${original.protocol}`,
    state,
    `${tupleText(original)}, answers ${tupleText(reply)}`,
    mark ? `mark 0x${mark.toString(16)}` : undefined,
    zone ? `zone ${zone}` : undefined,
    status.length > 0 ? `[${status.join(" ")}]` : undefined,
  ];
  return parts.filter(Boolean).join(" ");
}

function tupleText({ saddr, daddr, sport, dport }: Tuple): string {
  return `${formatAddress(saddr)}${portText(sport)} > ${formatAddress(daddr)}${portText(dport)}`;
}

function portText(port: number | PortRange | undefined): string {
  if (port === undefined) return "";
  return typeof port === "number" ? ` port ${port}` : ` port ${port.from}-${port.to}`;
}
