import { protocolAt } from "../facts/protocols.js";
import { formatAddress } from "../packet/address.js";
import type { Packet } from "../packet/packet.js";
import { flagNames } from "../packet/packetJson.js";
import type { Places } from "./places.js";
import type { Change, Disposition, Step, Trace } from "./trace.js";

/** A trace for people: the end in one sentence first, then a line a step, then what is taken for granted or not known. */
export function traceText(trace: Trace, places: Places, indent = ""): string {
  const lines = [
    `${packetText(trace.packet)}: ${dispositionText(trace.disposition)}`,
    ...stepLines(trace.steps, places),
    ...trace.assumptions.map((sentence) => `  assumed: ${sentence}`),
    ...trace.unknown.map(({ why }) => `  not known: ${why}`),
  ].map((line) => indent + line);
  const caused = trace.caused.map(
    (one) => `${indent}  it makes this machine send:\n${traceText(one, places, `${indent}  `)}`,
  );
  return [...lines, ...caused].join("\n");
}

/** The end of a packet's way as a sentence begins: `sent by wan1 to 10.0.1.1`. */
export function dispositionText(disposition: Disposition): string {
  switch (disposition.end) {
    case "sent":
      return `sent by ${disposition.oif}${disposition.nexthop === undefined ? "" : ` to ${disposition.nexthop}`}`;
    case "delivered":
      return "delivered to this machine's programs";
    case "queued":
      return `waits for the program on queue ${disposition.queue}`;
    case "unknown":
      return `not known. ${disposition.why}`;
    default:
      return `${disposition.end}: ${disposition.why}`;
  }
}

/** `lan0 tcp 192.168.1.10:40000 > 203.0.113.10:80 syn mark 0x30`. */
export function packetText(packet: Packet): string {
  const { iif, saddr, daddr, protocol, sport, dport, tcpFlags, icmpType, icmpCode, mark } = packet;
  const parts = [
    iif ?? "local",
    protocolAt(protocol)?.name ?? `protocol ${protocol}`,
    endText(formatAddress(saddr), sport),
    ">",
    endText(formatAddress(daddr), dport),
    tcpFlags === undefined ? "" : flagNames(tcpFlags),
    icmpType === undefined ? "" : `type ${icmpType}${icmpCode ? ` code ${icmpCode}` : ""}`,
    mark ? `mark 0x${mark.toString(16)}` : "",
  ];
  return parts.filter(Boolean).join(" ");
}

function endText(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A line a step, under the name of its hook. */
export function stepLines(steps: readonly Step[], places: Places): string[] {
  let hook = "";
  return steps.flatMap((step) => {
    const line = `    ${stepText(step, places)}`;
    const heading = step.kind === "route" ? "routing" : step.hook;
    if (heading === hook) return [line];
    hook = heading;
    return [`  ${heading}`, line];
  });
}

function stepText(step: Step, places: Places): string {
  const changes = step.changes.map(changeText).join("");
  switch (step.kind) {
    case "route":
      return step.says + changes;
    case "callback":
      return `${step.priority} ${step.function}: ${step.says}${changes}${step.verdict === "accept" ? "" : `, ${step.verdict}`}`;
    case "end":
      return `${step.priority} ${chainText(step.chain)}: ends, ${step.verdict}`;
    case "rule": {
      const { file, line, text } = places.of(step.rule);
      const met = step.matched === "unknown" ? "may match" : step.matched ? "matches" : "does not match";
      const verdict = step.verdict === undefined ? "" : `, ${step.verdict}`;
      return `${step.priority} ${chainText(step.chain)} ${file}:${line} ${met}${verdict}: ${text}${changes}`;
    }
  }
}

function chainText({
  table,
  name,
}: {
  readonly table: { readonly family: string; readonly name: string };
  readonly name: string;
}) {
  return `${table.family} ${table.name} ${name}`;
}

function changeText({ field, before, after }: Change): string {
  return `; ${field} ${before === undefined ? "" : `${before} `}becomes ${after}`;
}
