import type { BuiltinChain, Extension, IptablesTable, Narrowing, Value } from "../../facts/iptables/extension.js";
import type { Chain, Reference } from "../../model/ruleset.js";
import { error } from "../../syntax/iptables/messages.js";
import type { Loaded, OptionNode, RuleLine } from "../../syntax/iptables/nodes.js";
import { namesProtocol } from "../../syntax/iptables/values.js";
import { traits } from "../../syntax/traits.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";

/** Where a rule stands. */
export interface RulePlace {
  readonly table: IptablesTable | undefined;
  readonly chain: Chain;
  readonly reachedFrom: ReadonlyMap<BuiltinChain, Reference | undefined> | undefined;
  /** The traits without which nothing can be wrong with a rule here. */
  readonly mayRefuse: number;
}

/** A place in this chain of the table. */
export function placeIn(
  table: IptablesTable | undefined,
  chain: Chain,
  reachedFrom: RulePlace["reachedFrom"],
): RulePlace {
  const refused = chain.builtin ? noDevice[chain.name] : undefined;
  const devices = refused === undefined ? 0 : refused.letter === "i" ? traits.input : traits.output;
  return { table, chain, reachedFrom, mayRefuse: traits.confined | devices };
}

/** The first thing in a rule that its table, hook or protocol does not allow. */
export function misplaced(rule: RuleLine, place: RulePlace): Finding | undefined {
  if ((rule.traits & place.mayRefuse) === 0) return undefined;
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
function wrongHook(word: string, place: Span, hooks: readonly BuiltinChain[], { chain, reachedFrom }: RulePlace) {
  for (const [from, jump] of reachedFrom ?? []) {
    if (hooks.includes(from)) continue;
    const where = hooks.map((name) => `\`${name}\``).join(", ");
    const here = chain.name === from ? `this is \`${from}\`` : `\`${from}\` jumps here`;
    const related = jump && [
      { span: { start: jump.start, end: jump.end }, message: `\`${from}\` comes here by this jump.` },
    ];
    const message = `The kernel takes \`${word}\` only in ${where}, and ${here}.`;
    return error("hookNotAllowed", place, message, related ? { related } : {});
  }
  return undefined;
}

function wrongProtocol(loaded: Loaded, { main: { protocol } }: RuleLine): Finding | undefined {
  const { protocols, word, kind } = loaded.extension;
  if (!protocols || namesProtocol(protocol, protocols)) return undefined;
  const wanted = protocols.map((name) => `\`-p ${name}\``).join(" or ");
  const sign = kind === "match" ? "-m" : "-j";
  return error("missingOption", placeOf(loaded), `\`${sign} ${word}\` works only with ${wanted}: add it to the rule.`);
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
    const wanted = protocols.map((name) => `\`-p ${name}\``).join(" or ");
    return error("missingOption", node, `\`${said}\` works only with ${wanted}: add it to the rule.`);
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
