import { parseArgs } from "node:util";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { toSvg } from "../../netfilter/diagram/svg.js";
import { readTraceText } from "../../netfilter/observe/trace/commands.js";
import { type PacketTrace, TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { wholeRules } from "../../netfilter/simulate/listings.js";
import { Places } from "../../netfilter/simulate/places.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { connectionsOf } from "../../netfilter/traced/connection.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { playTraced, type SimulatedTraced } from "../../netfilter/traced/sequence.js";
import { pairJson, pairLine, pairText, type TracedPair } from "../../netfilter/traced/tracedText.js";
import type { Dialect } from "../check/files.js";
import { complain, print } from "../output.js";
import { readRulesets, readStateFile, textOf, Unusable } from "./reading.js";
import { oneOf, subcommand } from "./subcommand.js";

/** How `hookscope trace` is called. */
export const traceUsage = `Usage: hookscope trace [OPTION]... FILE | -

Reads a saved trace of a router's packets (nft monitor trace, xtables-monitor --trace, TRACE lines
of the kernel log, in any mix), puts it together by packet, joins it to the rules, and holds each
packet against its simulation.

  --ruleset FILE        the rules that were loaded: nft -a list ruleset, iptables-save, rules files;
                        more than one in the order in which they are loaded
  --state FILE          JSON: addresses, routes, ip rules, sysctls, connections of the router
  --packet N            all of one packet: its steps, the simulated ones, the first difference;
                        without it, a line for each packet
  --format text|json|svg
                        json: one line a packet; svg: the packet's way as a picture (default: text)
  --dialect DIALECT     the language of the rules files: auto, nftables, iptables, ip6tables

Exit status: 0 the trace was read, 2 a wrong call or an unusable file.
`;

interface TraceCall {
  readonly file: string;
  readonly rulesets: readonly string[];
  readonly dialect: Dialect;
  readonly state: RouterState;
  readonly packet?: number;
  readonly format: "text" | "json" | "svg";
}

/** Runs `hookscope trace`; the exit status. */
export function traceCommand(args: string[]): Promise<number> {
  return subcommand(async () => {
    const call = understand(args);
    if (call === "help") print(traceUsage);
    else await show(call);
    return 0;
  });
}

function understand(args: string[]): TraceCall | "help" {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ruleset: { type: "string", multiple: true, default: [] },
      state: { type: "string" },
      packet: { type: "string" },
      format: { type: "string", default: "text" },
      dialect: { type: "string", default: "auto" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new Unusable("trace needs one file with a trace, or - for standard input");
  const packet = numberOf(values.packet);
  const format = oneOf("--format", values.format, ["text", "json", "svg"]);
  if (format === "svg" && packet === undefined)
    throw new Unusable("--format svg draws one packet's way: --packet N says whose");
  return {
    file,
    rulesets: values.ruleset,
    dialect: oneOf("--dialect", values.dialect, ["auto", "nftables", "iptables", "ip6tables"]),
    state: values.state === undefined ? {} : readStateFile(values.state),
    ...(packet !== undefined && { packet }),
    format,
  };
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Unusable(`--packet is a packet's number in the list, from 1, not '${text}'`);
  return Number(text);
}

async function show({ file, rulesets, dialect, state, packet, format }: TraceCall): Promise<void> {
  const { loaded, notes } = wholeRules(readRulesets(rulesets, dialect));
  for (const note of notes) complain(note);
  const pairs = pairsOf(packetsIn(textOf(file), file, loaded), loaded, state);
  const wanted = packet === undefined ? pairs : pairs.slice(packet - 1, packet);
  if (wanted.length === 0) throw new Unusable(`there is no packet ${packet}: the trace shows ${pairs.length}`);
  const places = new Places(loaded);
  for (const pair of wanted) print(`${textOfPair(pair, places, loaded, { format, isAlone: packet !== undefined })}\n`);
}

function textOfPair(
  pair: TracedPair,
  places: Places,
  loaded: readonly Loaded[],
  { format, isAlone }: { readonly format: TraceCall["format"]; readonly isAlone: boolean },
): string {
  if (format === "json") return JSON.stringify(pairJson(pair, places));
  if (format === "text") return isAlone ? pairText(pair, places) : pairLine(pair);
  const { observed: seen } = pair;
  return toSvg(layout(stacksOfRules(loaded), seen), { heading: `${seen.title}: ${seen.sentence}` });
}

function packetsIn(text: string, file: string, loaded: readonly Loaded[]): readonly PacketTrace[] {
  const grouper = new TraceGrouper(new TracedRules(loaded).hookOf, Number.POSITIVE_INFINITY);
  for (const item of readTraceText(text)) {
    if (item.kind === "lost") grouper.lost();
    else grouper.add(item);
  }
  const { traces } = grouper;
  if (traces.length === 0)
    throw new Unusable(
      `${file}: there is no trace in it: nft monitor trace, xtables-monitor --trace and the kernel log's TRACE lines are read`,
    );
  return traces;
}

/** Without rules nothing can be simulated. */
function pairsOf(traces: readonly PacketTrace[], loaded: readonly Loaded[], state: RouterState): TracedPair[] {
  const rules = new TracedRules(loaded);
  const played: readonly SimulatedTraced[] = loaded.length === 0 ? [] : playTraced(traces, loaded, state);
  const connections = connectionsOf(traces);
  return traces.map((trace, index) => {
    const seen = observed(trace, rules);
    const simulated = played[index];
    const difference =
      simulated && "trace" in simulated
        ? firstDifference(simulated.trace, seen, (rule) => rules.textOf(rule))
        : undefined;
    const connection = (connections[index] as number) + 1;
    return {
      number: index + 1,
      connection,
      observed: seen,
      ...(simulated && { simulated }),
      ...(difference && { difference }),
    };
  });
}

/** Waits while the reader is slower than we are. */
