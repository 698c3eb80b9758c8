import { detectLanguage } from "../../netfilter/language.js";
import type { Condition, Rule, Ruleset } from "../../netfilter/model/ruleset.js";
import { conditionsOf } from "../../netfilter/model/walk.js";
import { type AddressFamily, formatAddress } from "../../netfilter/packet/address.js";
import { readPacket } from "../../netfilter/packet/packetJson.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { Places } from "../../netfilter/simulate/places.js";
import { type Loaded, Router } from "../../netfilter/simulate/router.js";
import { nameOf } from "../../netfilter/text/paths.js";

/** More rules than these are not looked through for an example. */
const mostRules = 5000;
/** Longer rules are no help as an expectation. */
const longestRule = 90;

/**
 * The text of a first test file for a rules file: a packet by an interface and to a port that a rule asks for, with the end that it
 * has as the rules are now. Undefined where the text is not known to be rules.
 */
export function draftTests(path: string, text: string): string | undefined {
  const language = detectLanguage(path, text);
  if (!language) return undefined;
  const loaded = loadRules(path, text, language);
  const example = exampleOf(loaded.ruleset);
  const family = language === "ip6tables" ? "ipv6" : example.family;
  const packet = { iif: example.iif, ...addresses(family, example), ...example.service, ...moreOf(example) };
  return fileText(nameOf(path), packet, expectationOf(loaded, packet));
}

interface Example {
  readonly family: AddressFamily;
  readonly iif: string;
  readonly oif?: string;
  readonly saddr?: string;
  readonly daddr?: string;
  readonly service: { readonly protocol: string; readonly sport: number; readonly dport: number };
}

/** The rule that says most about the packets that it lets through, and what it leaves open as is usual. */
function exampleOf(ruleset: Ruleset): Example {
  const rules = ruleset.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules)).slice(0, mostRules);
  const found = rules.map((rule) => ({ rule, ...askedBy(rule) }));
  const [best] = found.toSorted((a, b) => worth(b) - worth(a));
  const iif = best?.iif ?? found.find((one) => one.iif)?.iif ?? "eth0";
  const service = best?.service ?? { protocol: "tcp", sport: 40000, dport: 22 };
  const { oif, saddr, daddr } = best ?? {};
  const forward = best?.rule.chain.base?.hook === "forward";
  return {
    family: best?.rule.chain.table.family === "ip6" ? "ipv6" : "ipv4",
    iif,
    service,
    ...(forward && { oif: oif ?? found.find((one) => one.oif)?.oif ?? "eth1" }),
    ...(saddr !== undefined && { saddr }),
    ...(daddr !== undefined && { daddr }),
  };
}

type Asked = Partial<Pick<Example, "iif" | "oif" | "saddr" | "daddr" | "service">>;

function askedBy(rule: Rule): Asked {
  const asked: { -readonly [K in keyof Asked]: Asked[K] } = {};
  for (const condition of conditionsOf(rule)) {
    const { field, values, op } = condition;
    if (op !== "==") continue;
    const name = values.kind === "names" ? values.names.find((one) => one !== "lo" && !one.endsWith("*")) : undefined;
    if (field === "meta iifname" && name !== undefined) asked.iif = name;
    if (field === "meta oifname" && name !== undefined) asked.oif = name;
    const number = firstNumber(condition);
    if (number === undefined) continue;
    const [, protocol] = /^(tcp|udp) dport$/.exec(field) ?? [];
    if (protocol) asked.service = { protocol, sport: 40000, dport: Number(number) };
    const [, six, side] = /^ip(6?) ([sd]addr)$/.exec(field) ?? [];
    if (side) asked[side as "saddr" | "daddr"] = formatAddress({ family: six ? "ipv6" : "ipv4", value: number });
  }
  return asked;
}

/** Of a whole network the first machine. */
function firstNumber({ values }: Condition): bigint | undefined {
  const first = values.kind === "ranges" ? values.ranges[0] : undefined;
  return first && (first.to > first.from ? first.from + 1n : first.from);
}

function worth({ rule, iif, service }: Asked & { readonly rule: Rule }): number {
  const accepts = rule.actions.some((action) => action.do === "verdict" && action.verdict === "accept");
  const { hook } = rule.chain.base ?? {};
  const filters = hook === "input" || hook === "forward";
  return (iif ? 4 : 0) + (service ? 4 : 0) + (accepts ? 2 : 0) + (filters ? 1 : 0);
}

/** Addresses that are there for examples, but for those that the rule asks for. */
function addresses(family: AddressFamily, { saddr, daddr }: Example): { saddr: string; daddr: string } {
  const isOurs = (text: string | undefined) => text?.includes(":") === (family === "ipv6");
  const usual = family === "ipv6" ? ["2001:db8::10", "2001:db8::1"] : ["192.0.2.10", "192.0.2.1"];
  const pick = (text: string | undefined, index: 0 | 1) => (text !== undefined && isOurs(text) ? text : usual[index]);
  return { saddr: pick(saddr, 0) as string, daddr: pick(daddr, 1) as string };
}

function moreOf({ oif, service }: Example) {
  return { ...(service.protocol === "tcp" && { flags: "syn" }), ...(oif !== undefined && { oif }) };
}

/** What the rules do with it now. */
function expectationOf(loaded: Loaded, packet: object): Record<string, string> {
  const given = readPacket(packet, [], []);
  if (!given) return {};
  const trace = new Router([loaded]).send(given.packet, given.oif === undefined ? {} : { oif: given.oif });
  const places = new Places([loaded]);
  const decided = trace.steps.findLast(
    (step) => step.kind === "rule" && step.matched === true && decides(step.verdict),
  );
  const rule = decided?.kind === "rule" ? places.of(decided.rule).text : undefined;
  return { end: trace.disposition.end, ...(rule !== undefined && rule.length <= longestRule && { rule }) };
}

function decides(verdict: string | undefined): boolean {
  return verdict === "accept" || verdict === "drop" || verdict === "reject";
}

function fileText(rules: string, packet: object, expectation: Record<string, string>): string {
  return `# Packets that must pass or not. Run them here, in the Testing view, or with \`hookscope test\`.
rules: ${scalar(rules)}
# state: router.json   # the router's addresses and routes; without them every packet is taken to be for this machine

tests:
  - name: ${scalar(nameFor(packet, expectation))}
    packet: ${flow(packet)}
    expect: ${flow(expectation)}
`;
}

function nameFor(packet: object, { end }: Record<string, string>): string {
  const { iif, protocol, dport } = packet as { iif: string; protocol: string; dport: number };
  return `${protocol} port ${dport} from ${iif} is ${end}`;
}

function flow(object: object): string {
  const fields = Object.entries(object).map(([name, value]) => `${name}: ${scalar(value)}`);
  return `{ ${fields.join(", ")} }`;
}

/** Quoted where YAML would take it for something else. */
function scalar(value: unknown): string {
  const text = String(value);
  return typeof value === "number" || /^[a-z][\w. -]*$/i.test(text) || /^\d+\.\d+\.\d+\.\d+$/.test(text)
    ? text
    : JSON.stringify(text);
}
