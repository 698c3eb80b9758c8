import type { IpFamily } from "../../facts/iptables/extension.js";
import type { Action, Condition, Rule } from "../../model/ruleset.js";
import { lineOf } from "../../model/written.js";
import type { Loaded, OptionNode, RuleLine } from "../../syntax/iptables/nodes.js";
import { conditionKey } from "../conditions.js";
import { Runs } from "../runs.js";
import { icmpKey, sameValue, usual } from "./usual.js";
import { valueKey } from "./values.js";

/** What one rule of a line does; a line with several addresses loads as several. */
export interface LineKey {
  readonly key: string;
  readonly certain: boolean;
}

/** Writes a line's rules so that all spellings of one rule come out the same. */
export function lineKeys(rule: Rule, family: IpFamily): LineKey[] {
  const line = lineOf(rule);
  if (!line) return [];
  return addressChoices(line, rule).map((choice) => {
    const runs = new Runs();
    for (const condition of rule.parts) if (condition.kind === "condition") ask(condition, choice, line, family, runs);
    runs.act(deed(rule, line, family));
    return { key: runs.key(), certain: !line.broken };
  });
}

/** The one address that stands for a list, by the offset of its option. */
type Choice = ReadonlyMap<number, Condition>;

/** `-s a,b` loads as one rule for each address, and with `-d c,d` as one for each pair. */
function addressChoices(line: RuleLine, rule: Rule): Choice[] {
  let choices: Choice[] = [new Map()];
  for (const option of line.options) {
    const letter = option.option?.letter;
    if ((letter !== "s" && letter !== "d") || !option.values[0]?.text.includes(",")) continue;
    const asked = rule.parts.find(
      (part): part is Condition => part.kind === "condition" && part.start === option.start,
    );
    if (asked?.values.kind !== "ranges") continue;
    const { ranges } = asked.values;
    const each = ranges.map((range): Condition => ({ ...asked, values: { kind: "ranges", ranges: [range] } }));
    choices = choices.flatMap((choice) => each.map((one) => new Map([...choice, [option.start, one]])));
  }
  return choices;
}

function ask(condition: Condition, choice: Choice, line: RuleLine, family: IpFamily, runs: Runs): void {
  const key = conditionKey(choice.get(condition.start) ?? condition);
  if (key !== undefined) {
    runs.ask(key);
    return;
  }
  const match = line.matches.find((one) => isAt(one, condition.start));
  const written = match ? partKey(match, condition.start, family) : baseKey(line, condition.start, family);
  if (match && stateful.has(match.extension.word)) runs.act(written);
  else runs.ask(written);
}

function isAt({ by, options }: Loaded, start: number): boolean {
  return by?.start === start || options.some((option) => option.start === start);
}

/** A whole match, or the one option of it that the condition stands for. */
function partKey(match: Loaded, start: number, family: IpFamily): string {
  const { extension, by, options } = match;
  const only = options.find((option) => option.start === start);
  if (!only || !by || icmpFields[extension.word]) return loadedKey(match, family);
  return `${extension.word} ${optionKey(only, family, extension.word)}`;
}

function baseKey({ options }: RuleLine, start: number, family: IpFamily): string {
  const option = options.find((one) => one.start === start);
  return option ? optionKey(option, family, "") : "unread";
}

/** Matches that count or remember each look, so that their place among the others matters. */
const stateful: ReadonlySet<string> = new Set([
  ...["limit", "hashlimit", "recent", "quota", "quota2", "statistic", "nfacct", "rateest", "connlimit"],
]);

function loadedKey({ extension, options }: Loaded, family: IpFamily): string {
  const type = icmpFields[extension.word];
  const named = type && options[0];
  if (named) return icmpType(type, named, family);
  const written = options
    .map((option) => optionKey(option, family, extension.word))
    .filter((key) => !usual(extension.word, key));
  return `${extension.word} ${[...new Set(written)].sort().join(" ")}`.trim();
}

const icmpFields: Readonly<Record<string, string>> = { icmp: "icmp type", icmp6: "icmpv6 type" };

/** Written as the model writes a type by number, so that both meet. */
function icmpType(field: string, { negation, values }: OptionNode, family: IpFamily): string {
  const number = icmpKey(values[0]?.text ?? "", family);
  const range = /^\d+$/.test(number) ? `${number}-${number}` : number;
  return `${field} ${negation ? "!=" : "=="} ${range}`;
}

function optionKey({ option, word, negation, values }: OptionNode, family: IpFamily, extension: string): string {
  const name = option?.names[0] ?? word.text;
  const written = values.map(({ text }, at) => sameValue(extension, name, valueKey(text, option?.values[at], family)));
  const opposite = opposites[name];
  if (negation && opposite) return `${opposite} ${written.join(" ")}`;
  return `${negation ? "!" : ""}${name} ${written.join(" ")}`.trim();
}

/** Options of which one is the other negated. */
const opposites: Readonly<Record<string, string>> = {
  "connlimit-above": "connlimit-upto",
  "connlimit-upto": "connlimit-above",
};

function deed(rule: Rule, line: RuleLine, family: IpFamily): string {
  const action = rule.actions[0];
  if (!action) return "count";
  if (action.do === "jump" || action.do === "goto") return `${action.do} ${action.target.name}`;
  return markKey(action) ?? (line.target ? loadedKey(line.target, family) : (line.main.jump?.values[0]?.text ?? ""));
}

function markKey(action: Action): string | undefined {
  if (action.do !== "setMark" || action.value === "opaque") return undefined;
  const { target, clear, value } = action;
  const written = "constant" in value ? `${value.constant >>> 0}` : `${value.from}&${value.mask >>> 0}`;
  return `set ${target} mark ~${clear >>> 0} ^ ${written}`;
}
