import { layout } from "../../netfilter/diagram/layout.js";
import type { HookStack } from "../../netfilter/diagram/stacks.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { protocolAt } from "../../netfilter/facts/protocols.js";
import type { Chain } from "../../netfilter/model/ruleset.js";
import { formatAddress } from "../../netfilter/packet/address.js";
import type { Packet } from "../../netfilter/packet/packet.js";
import { flagNames } from "../../netfilter/packet/packetJson.js";
import { Places } from "../../netfilter/simulate/places.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { ConntrackEntry, PortRange, Tuple } from "../../netfilter/simulate/state.js";
import type { Change, Step, Trace } from "../../netfilter/simulate/trace.js";
import { dispositionText, packetText } from "../../netfilter/simulate/traceText.js";
import type { PathPacket, PathStep } from "../../webview/protocol.js";

/** Puts traces, simulated or observed, into the words of the view. */
export class Shown {
  private readonly places: Places;

  /** `stacks` are what is called at the hooks: a router's own list where it is known, else what the rules bring. */
  constructor(
    loaded: readonly Loaded[],
    private readonly stacks: readonly HookStack[] = stacksOfRules(loaded),
  ) {
    this.places = new Places(loaded);
  }

  /** A trace with its pictures. `number` stands before it in its tab. */
  packet(trace: Trace, number: string): PathPacket {
    const isOld = (chain: Chain) => this.places.isOld(chain);
    const full = layout(this.stacks, trace, { isOld });
    const { entry, assumptions, unknown } = trace;
    return {
      short: `${number}: ${shortText(trace.packet)}`,
      title: packetText(trace.packet),
      sentence: sentenceOf(trace),
      tone: full.way?.end.tone ?? "unknown",
      full,
      compact: layout(this.stacks, trace, { form: "compact", isOld }),
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
    const twin = this.places.twinOf(step.rule);
    const place = { file, line, lastLine, ...(twin && { twin }) };
    return { kind: "rule", text: uncounted(text), where, place, matched: step.matched, changes, ...verdict };
  }
}

/** What `iptables-save -c` has counted says nothing of this packet. */
function uncounted(text: string): string {
  return text.replace(/^\[\d+:\d+\] /, "");
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

/** `tcp ESTABLISHED 10.0.0.2 port 1 > ..., answers ..., mark 0x36 [assured]`. */
export function entryText({ original, reply, mark, state, status, zone }: ConntrackEntry): string {
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
