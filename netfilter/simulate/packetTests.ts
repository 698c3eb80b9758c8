import { parseAddress } from "../packet/address.js";
import { type GivenPacket, packetJson } from "../packet/packetJson.js";
import type { Span } from "../text/span.js";
import { Places } from "./places.js";
import { type Loaded, Router } from "./router.js";
import type { RouterState } from "./state.js";
import type { Disposition, Trace } from "./trace.js";
import { dispositionText } from "./traceText.js";

/** The ends that a test may expect of a packet. */
export const expectedEnds = ["sent", "delivered", "dropped", "rejected", "stolen", "queued", "unknown"] as const;

/** What a packet's author expects of it; what is absent may be anything. */
export interface Expectation {
  readonly end?: (typeof expectedEnds)[number];
  readonly oif?: string;
  readonly nexthop?: string;
  /** Part of the text of a rule that must be met and match, such as `dport 22 accept`. */
  readonly rule?: string;
  /** The packet as it ends: fields by their names in a packet's JSON. */
  readonly packet?: Readonly<Record<string, unknown>>;
  /** Part of the sentence that tells why. */
  readonly why?: string;
}

/** A packet with what is expected of it, and where it stands in the file. */
export interface PacketStep extends GivenPacket, Span {
  readonly expect: Expectation;
}

/** One test: packets that are sent one after the other through a router that is fresh. */
export interface PacketTest extends Span {
  readonly name: string;
  readonly packets: readonly PacketStep[];
}

/** What became of a test. `failures` is empty when it passed. */
export interface PacketTestResult {
  readonly test: PacketTest;
  readonly failures: readonly PacketFailure[];
  /** One for each packet that was sent. */
  readonly traces: readonly Trace[];
}

/** An expectation that was not met. */
export interface PacketFailure {
  readonly step: PacketStep;
  /** What was expected and what came. */
  readonly message: string;
}

/** Runs a test on the rules. Every packet is sent, also behind a failure. */
export function runPacketTest(test: PacketTest, loaded: readonly Loaded[], state: RouterState): PacketTestResult {
  const router = new Router(loaded, state);
  const places = new Places(loaded);
  const failures: PacketFailure[] = [];
  const traces = test.packets.map((step) => {
    const { packet, oif, after } = step;
    const trace = router.send(packet, { ...(oif !== undefined && { oif }), ...(after !== undefined && { after }) });
    for (const message of unmet(step.expect, trace, places)) failures.push({ step, message });
    return trace;
  });
  return { test, failures, traces };
}

function unmet(expect: Expectation, trace: Trace, places: Places): string[] {
  const { disposition } = trace;
  const came = dispositionText(disposition);
  const failures: string[] = [];
  const miss = (what: string) => failures.push(`expected ${what}, but it is ${came}`);
  if (expect.end !== undefined && expect.end !== disposition.end) miss(expect.end);
  else {
    if (expect.oif !== undefined && oifOf(disposition) !== expect.oif) miss(`to be sent by ${expect.oif}`);
    if (expect.nexthop !== undefined && nexthopOf(disposition) !== expect.nexthop)
      miss(`to be sent to ${expect.nexthop}`);
    if (expect.why !== undefined && !("why" in disposition && disposition.why.includes(expect.why)))
      miss(`the reason "${expect.why}"`);
  }
  if (expect.rule !== undefined) failures.push(...unmetRule(expect.rule, trace, places));
  if (expect.packet) failures.push(...otherFields(expect.packet, packetJson(trace.last)));
  return failures;
}

function oifOf(disposition: Disposition): string | undefined {
  return disposition.end === "sent" ? disposition.oif : undefined;
}

function nexthopOf(disposition: Disposition): string | undefined {
  return disposition.end === "sent" ? disposition.nexthop : undefined;
}

/** The rule must have matched; if it was only met, or not even that, the message says so. */
function unmetRule(wanted: string, { steps }: Trace, places: Places): string[] {
  const met = steps.filter((step) => step.kind === "rule").filter(({ rule }) => places.of(rule).text.includes(wanted));
  if (met.some(({ matched }) => matched === true)) return [];
  const [first] = met;
  if (!first) return [`expected a rule with "${wanted}" to match, but the packet meets no such rule`];
  const { file, line } = places.of(first.rule);
  const how = first.matched === "unknown" ? "may match or not" : "does not match";
  return [`expected a rule with "${wanted}" to match, but the one at ${file}:${line} ${how}`];
}

function otherFields(wanted: Readonly<Record<string, unknown>>, came: Record<string, unknown>): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const actual = came[name];
    return sameValue(value, actual)
      ? []
      : [`expected ${name} ${JSON.stringify(value)} at the end, but it is ${JSON.stringify(actual) ?? "not there"}`];
  });
}

/** Numbers may be written in hexadecimal, addresses in any spelling. */
function sameValue(wanted: unknown, actual: unknown): boolean {
  if (wanted === actual) return true;
  if (typeof actual === "number") return Number(wanted) === actual;
  if (typeof wanted !== "string" || typeof actual !== "string")
    return JSON.stringify(wanted) === JSON.stringify(actual);
  const [a, b] = [parseAddress(wanted, "nftables"), parseAddress(actual, "nftables")];
  return a !== undefined && b !== undefined && a.family === b.family && a.value === b.value;
}
