import { parseArgs } from "node:util";
import { gapsOf, withCounts } from "../../netfilter/diagram/counts.js";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { toSvg } from "../../netfilter/diagram/svg.js";
import { countedChains } from "../../netfilter/observe/counted/chains.js";
import { readCounters } from "../../netfilter/observe/counted/listing.js";
import { type ChainCount, CounterSeries, chainReadings } from "../../netfilter/observe/counted/series.js";
import type { GivenPacket } from "../../netfilter/packet/packetJson.js";
import { wholeRules } from "../../netfilter/simulate/listings.js";
import { Places } from "../../netfilter/simulate/places.js";
import { type Loaded, Router } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import type { Trace } from "../../netfilter/simulate/trace.js";
import { traceJson } from "../../netfilter/simulate/traceJson.js";
import { dispositionText, packetText, traceText } from "../../netfilter/simulate/traceText.js";
import type { Dialect } from "../check/files.js";
import { complain, print } from "../output.js";
import { readPacketsFile, readPacketText, readRulesets, readStateFile, Unusable } from "./reading.js";
import { oneOf, subcommand } from "./subcommand.js";

/** How `hookscope path` is called. */
export const pathUsage = `Usage: hookscope path --ruleset FILE... [--state FILE] [--packets FILE | --packet JSON]...

Follows packets through the kernel's hooks: the rules they meet and match, what is changed on them,
where they are routed and how they end. Several packets are a sequence: connections and sets stay.

  --ruleset FILE        a rules file; more than one in the order in which they are loaded
  --listings            the files are what nft and iptables-save list of one router: a table that
                        two of them show is met once
  --state FILE          JSON: addresses, routes, ip rules, sysctls, connections of the router
  --packet JSON         a packet: {"iif":"eth0","saddr":"10.0.0.1","daddr":"10.0.0.2",
                        "protocol":"tcp","sport":1025,"dport":22,"flags":"syn"}
  --packets FILE        such packets, one a line; - is standard input
  --steps all|matched   whether rules that did not match are told, too (default: all)
  --counters FILE       a listing with counters (iptables-save -c, nft list ruleset), twice or more, in
                        the order in which they were made: the picture tells what came in between
  --format text|json|svg
                        json: one line a packet; svg: the last packet's way as a picture (default: text)
  --dialect DIALECT     the language of the rules files: auto, nftables, iptables, ip6tables

Both kinds of JSON are described in docs/path.md.
Exit status: 0 the packets were followed, 2 a wrong call or an unusable file.
`;

interface PathCall {
  readonly rulesets: readonly string[];
  readonly areListings: boolean;
  readonly dialect: Dialect;
  readonly state: RouterState;
  readonly packets: readonly GivenPacket[];
  readonly format: "text" | "json" | "svg";
  readonly record: "all" | "matched";
  readonly counts: readonly ChainCount[];
}

/** Runs `hookscope path`; the exit status. */
export function pathCommand(args: string[]): Promise<number> {
  return subcommand(async () => {
    const call = understand(args);
    if (call === "help") print(pathUsage);
    else await follow(call);
    return 0;
  });
}

function understand(args: string[]): PathCall | "help" {
  const { values } = parseArgs({
    args,
    options: {
      ruleset: { type: "string", multiple: true, default: [] },
      listings: { type: "boolean", default: false },
      state: { type: "string" },
      packet: { type: "string", multiple: true, default: [] },
      packets: { type: "string", multiple: true, default: [] },
      counters: { type: "string", multiple: true, default: [] },
      steps: { type: "string", default: "all" },
      format: { type: "string", default: "text" },
      dialect: { type: "string", default: "auto" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  if (values.ruleset.length === 0) throw new Unusable("path needs --ruleset FILE: the rules that packets meet");
  const packets = [
    ...values.packets.flatMap(readPacketsFile),
    ...values.packet.map((text) => readPacketText(text, "--packet")),
  ];
  if (packets.length === 0) throw new Unusable("path needs a packet: --packet JSON or --packets FILE");
  const dialect = oneOf("--dialect", values.dialect, ["auto", "nftables", "iptables", "ip6tables"]);
  if (values.counters.length === 1 || (values.counters.length > 1 && values.format !== "svg"))
    throw new Unusable("--counters is given twice or more, one listing before the other, and with --format svg");
  return {
    rulesets: values.ruleset,
    areListings: values.listings,
    dialect,
    counts: countsIn(readRulesets(values.counters, dialect)),
    state: values.state === undefined ? {} : readStateFile(values.state),
    packets,
    format: oneOf("--format", values.format, ["text", "json", "svg"]),
    record: oneOf("--steps", values.steps, ["all", "matched"]),
  };
}

async function follow(call: PathCall): Promise<void> {
  const { state, packets, format, record, counts } = call;
  const loaded = loadedFor(call);
  const router = new Router(loaded, state);
  const places = new Places(loaded);
  const last = packets.at(-1);
  for (const given of packets) {
    const { packet, oif, after } = given;
    const options = { record, ...(oif !== undefined && { oif }), ...(after !== undefined && { after }) };
    const trace = router.send(packet, options);
    if (format === "json") print(`${JSON.stringify(traceJson(trace, places))}\n`);
    else if (format === "text") print(`${traceText(trace, places)}\n\n`);
    else if (given === last) print(`${picture(loaded, trace, counts)}\n`);
  }
}

function loadedFor({ rulesets, dialect, areListings }: PathCall): readonly Loaded[] {
  const read = readRulesets(rulesets, dialect);
  if (!areListings) return read;
  const { loaded, notes } = wholeRules(read);
  for (const note of notes) complain(note);
  return loaded;
}

/** What came in between listings of the same rules. */
function countsIn(listings: readonly Loaded[]): ChainCount[] {
  const series = new CounterSeries();
  for (const { ruleset, text } of listings)
    series.take(chainReadings(countedChains(ruleset, text), readCounters(text)));
  return series.counts();
}

function picture(loaded: readonly Loaded[], trace: Trace, counts: readonly ChainCount[]): string {
  const plain = layout(stacksOfRules(loaded), trace);
  const diagram = counts.length > 0 ? withCounts(plain, counts) : plain;
  const sentences = [`${packetText(trace.packet)}: ${dispositionText(trace.disposition)}`, ...gapsOf(diagram)];
  return toSvg(diagram, { heading: sentences.join(" ") });
}

/** Waits while the reader is slower than we are. */
