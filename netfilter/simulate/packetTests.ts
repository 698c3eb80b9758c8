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
export interface PacketFailure extends Unmet {
  readonly step: PacketStep;
}

/** What was expected and what came: as a sentence, and as two lines `end: dropped` to lay side by side. */
interface Unmet {
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
}

/** Runs a test on the rules. Every packet is sent, also behind a failure. */
export function runPacketTest(test: PacketTest, loaded: readonly Loaded[], state: RouterState): PacketTestResult {
  const router = new Router(loaded, state);
  const places = new Places(loaded);
  const failures: PacketFailure[] = [];
  const traces = test.packets.map((step) => {
    const { packet, oif, after } = step;
    const trace = router.send(packet, { ...(oif !== undefined && { oif }), ...(after !== undefined && { after }) });
    failures.push(...unmet(step.expect, trace, places).map((one) => ({ step, ...one })));
    return trace;
  });
  return { test, failures, traces };
}

function unmet(expect: Expectation, trace: Trace, places: Places): Unmet[] {
  const { disposition } = trace;
  const came = dispositionText(disposition);
  const failures: Unmet[] = [];
  const miss = (what: string, field: string, wanted: string, actual = came) =>
    failures.push({
      message: `expected ${what}, but it is ${came}`,
      expected: `${field}: ${wanted}`,
      actual: `${field}: ${actual}`,
    });
  const { end, oif, nexthop, why } = expect;
  if (end !== undefined && end !== disposition.end) miss(end, "end", end);
  else {
    if (oif !== undefined && oifOf(disposition) !== oif) miss(`to be sent by ${oif}`, "oif", oif, oifOf(disposition));
    if (nexthop !== undefined && nexthopOf(disposition) !== nexthop)
      miss(`to be sent to ${nexthop}`, "nexthop", nexthop, nexthopOf(disposition));
    if (why !== undefined && !("why" in disposition && disposition.why.includes(why)))
      miss(`the reason "${why}"`, "why", why);
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
function unmetRule(wanted: string, { steps }: Trace, places: Places): Unmet[] {
  const met = steps.filter((step) => step.kind === "rule").filter(({ rule }) => places.of(rule).text.includes(wanted));
  if (met.some(({ matched }) => matched === true)) return [];
  const how = howMet(met[0], places);
  const message = `expected a rule with "${wanted}" to match, but ${how}`;
  return [{ message, expected: `rule: "${wanted}" matches`, actual: `rule: ${how}` }];
}

function howMet(first: Extract<Trace["steps"][number], { kind: "rule" }> | undefined, places: Places): string {
  if (!first) return "the packet meets no such rule";
  const { file, line } = places.of(first.rule);
  return `the one at ${file}:${line} ${first.matched === "unknown" ? "may match or not" : "does not match"}`;
}

function otherFields(wanted: Readonly<Record<string, unknown>>, came: Record<string, unknown>): Unmet[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const actual = came[name];
    if (sameValue(value, actual)) return [];
    const [a, b] = [JSON.stringify(value), JSON.stringify(actual) ?? "not there"];
    const message = `expected ${name} ${a} at the end, but it is ${b}`;
    return [{ message, expected: `packet.${name}: ${a}`, actual: `packet.${name}: ${b}` }];
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
