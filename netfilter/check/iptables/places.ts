import type { BuiltinChain, Extension, IptablesTable, Narrowing, Value } from "../../facts/iptables/extension.js";
import type { Chain } from "../../model/ruleset.js";
import { error } from "../../syntax/iptables/messages.js";
import type { Loaded, OptionNode, RuleLine } from "../../syntax/iptables/nodes.js";
import type { Form } from "../../syntax/iptables/ruleLine.js";
import { namesProtocol } from "../../syntax/iptables/values.js";
import { traits } from "../../syntax/traits.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Reach } from "./reach.js";

/** Where a rule stands. */
interface RulePlace {
  readonly table: IptablesTable | undefined;
  readonly chain: Chain;
  readonly reach: Reach;
}

/** The traits without which a rule may stand anywhere. */
export const placed = traits.confined | traits.input | traits.output;

/** Judges where rules stand in one table. */
export class RulePlaces {
  /** The forms of lines with which nothing is wrong in places of one kind. */
  private readonly fitting = new Map<string | number, Set<Form>>();

  constructor(
    private readonly table: IptablesTable | undefined,
    private readonly reach: Reach,
  ) {}

  /** The first thing in a rule that its table, hook or protocol does not allow. */
  misplaced(rule: RuleLine, chain: Chain): Finding | undefined {
    if ((rule.traits & (traits.confined | refusedDevice(chain))) === 0) return undefined;
    const { form } = rule;
    const fitting = this.fittingIn(chain);
    if (form && fitting.has(form)) return undefined;
    const found = firstMisplaced(rule, { table: this.table, chain, reach: this.reach });
    if (!found && form) fitting.add(form);
    return found;
  }

  private fittingIn(chain: Chain): Set<Form> {
    const kind = chain.builtin ? chain.name : this.reach.bitsOf(chain);
    const known = this.fitting.get(kind);
    if (known) return known;
    const forms = new Set<Form>();
    this.fitting.set(kind, forms);
    return forms;
  }
}

/** The trait of rules that ask for the interface which packets of a built-in chain do not have yet. */
function refusedDevice({ builtin, name }: Chain): number {
  const refused = builtin ? noDevice[name] : undefined;
  if (!refused) return 0;
  return refused.letter === "i" ? traits.input : traits.output;
}

function firstMisplaced(rule: RuleLine, place: RulePlace): Finding | undefined {
  const device = wrongDevice(rule, place.chain);
  if (device) return device;
  for (const match of rule.matches) {
    const found = misplacedExtension(match, rule, place);
    if (found) return found;
  }
  return rule.target && misplacedExtension(rule.target, rule, place);
}

function misplacedExtension(loaded: Loaded, rule: RuleLine, place: RulePlace): Finding | undefined {
  return wrongPlace(loaded, place) ?? wrongProtocol(loaded, rule) ?? tooNarrow(loaded, rule, place);
}

/** Built-in chains whose packets have no input or no output interface yet. */
const noDevice: Readonly<Record<string, { readonly letter: string; readonly why: string }>> = {
  PREROUTING: { letter: "o", why: "the way out is chosen only after it" },
  INPUT: { letter: "o", why: "its packets go nowhere" },
  OUTPUT: { letter: "i", why: "its packets came in nowhere" },
  POSTROUTING: { letter: "i", why: "packets made here came in nowhere" },
};

function wrongDevice({ options }: RuleLine, { name, builtin }: Chain): Finding | undefined {
  const rule = builtin ? noDevice[name] : undefined;
  const node = rule && options.find(({ option }) => option?.letter === rule.letter);
  if (!rule || !node) return undefined;
  return error("interfaceNotAllowed", node, `\`${node.word.text}\` is refused in \`${name}\`: ${rule.why}.`);
}

function wrongPlace(loaded: Loaded, place: RulePlace): Finding | undefined {
  const { extension, options } = loaded;
  const { table } = place;
  if (extension.tables && table && !extension.tables.includes(table)) {
    return wrongTable(extension, placeOf(loaded), table);
  }
  for (const { option, word } of options) {
    const found = option?.hooks && wrongHook(word.text, word, option.hooks, place);
    if (found) return found;
  }
  return extension.hooks && wrongHook(extension.word, placeOf(loaded), extension.hooks, place);
}

function wrongTable({ kind, word, tables = [] }: Extension, place: Span, table: IptablesTable): Finding {
  const where = tables.map((name) => `\`${name}\``).join(", ");
  return error(
    `${kind}NotAllowed`,
    place,
    `The kernel takes \`${word}\` only in the table ${where}, and this is \`${table}\`.`,
  );
}

/** Tells of the first hook outside of `hooks` from which the rule is reached. */
function wrongHook(word: string, place: Span, hooks: readonly BuiltinChain[], { chain, reach }: RulePlace) {
  const from = reach.basesOf(chain).find(({ name }) => !hooks.includes(name as BuiltinChain));
  if (!from) return undefined;
  const jump = reach.wayTo(chain, from);
  const where = hooks.map((name) => `\`${name}\``).join(", ");
  const here = chain.name === from.name ? `this is \`${from.name}\`` : `\`${from.name}\` jumps here`;
  const related = jump && [
    { span: { start: jump.start, end: jump.end }, message: `\`${from.name}\` comes here by this jump.` },
  ];
  const message = `The kernel takes \`${word}\` only in ${where}, and ${here}.`;
  return error("hookNotAllowed", place, message, related ? { related } : {});
}

function wrongProtocol(loaded: Loaded, { main: { protocol } }: RuleLine): Finding | undefined {
  const { protocols, underNegation, word, kind } = loaded.extension;
  if (!protocols || namesProtocol(protocol, protocols, underNegation)) return undefined;
  const sign = kind === "match" ? "-m" : "-j";
  return missingProtocol(`${sign} ${word}`, placeOf(loaded), protocol, protocols);
}

function missingProtocol(
  what: string,
  place: Span,
  protocol: OptionNode | undefined,
  protocols: readonly string[],
): Finding {
  const wanted = protocols.map((name) => `\`-p ${name}\``).join(" or ");
  const help = protocol?.negation ? "`! -p` only says what it is not" : "add it to the rule";
  return error("missingOption", place, `\`${what}\` works only with ${wanted}: ${help}.`);
}

/** Options and values that ask for a hook or protocol of their own. */
function tooNarrow({ extension, options }: Loaded, { main }: RuleLine, place: RulePlace): Finding | undefined {
  for (const narrowing of extension.narrows ?? []) {
    const node = options.find((each) => isMeant(each, narrowing));
    if (!node || options.some(({ option }) => narrowing.unless && option?.names.includes(narrowing.unless))) continue;
    const said = narrowing.value ? `${node.word.text} ${narrowing.value}` : node.word.text;
    const found = narrowing.hooks && wrongHook(said, node, narrowing.hooks, place);
    if (found) return found;
    const { protocols } = narrowing;
    if (!protocols || namesProtocol(main.protocol, protocols)) continue;
    return missingProtocol(said, node, main.protocol, protocols);
  }
  return undefined;
}

function isMeant({ option, value }: OptionNode, narrowing: Narrowing): boolean {
  if (!option?.names.includes(narrowing.option)) return false;
  return narrowing.value === undefined || fullWord(option.values[0], value?.text ?? "") === narrowing.value;
}

/** The word that an abbreviation stands for. */
function fullWord(value: Value | undefined, text: string): string {
  const lower = text.toLowerCase();
  if (value?.type !== "word" || !value.abbreviated || lower in value.words) return lower;
  return Object.keys(value.words).find((word) => word.toLowerCase().startsWith(lower)) ?? lower;
}

function placeOf({ by, options }: Loaded): Span {
  return by?.value ?? by ?? (options[0] as OptionNode);
}
