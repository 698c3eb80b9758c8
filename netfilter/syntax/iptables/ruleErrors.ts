import type { IpFamily, IptablesTable, Value } from "../../facts/iptables/extension.js";
import { findOption } from "../../facts/iptables/index.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import { error } from "./messages.js";
import type { Loaded, OptionNode, Word } from "./nodes.js";
import { parseNumber } from "./numbers.js";
import type { RuleContent } from "./ruleLine.js";
import { byteLength, problemOf, protocolNumber } from "./values.js";

/** The longest name of a chain, in bytes. */
const longestChainName = 28;

interface RulePlace {
  readonly family: IpFamily;
  readonly table: IptablesTable | undefined;
}

/**
 * The first error that shows only when a whole line has been read. Where it hangs on a value and on something else besides,
 * `slots.ts` must know that: a line of a known form is not read to the end.
 */
export function ruleError(rule: RuleContent, place: RulePlace): Finding | undefined {
  return (
    dropInNat(rule, place) ??
    loadedErrors(rule) ??
    commandError(rule) ??
    (rule.main.protocol && neverMatches(rule.main.protocol)) ??
    addressErrors(rule, place.family)
  );
}

function dropInNat({ main: { command, jump } }: RuleContent, { table }: RulePlace): Finding | undefined {
  if (table !== "nat") return undefined;
  const policy = command?.command?.rest === "policy" ? command.more[0] : undefined;
  const drop = [jump?.value, policy].find((word) => word?.text === "DROP");
  if (!drop) return undefined;
  return error(
    "targetNotAllowed",
    drop,
    "The tools refuse `DROP` in the nat table, which only the first packet of a connection visits: drop in `filter`, or in `raw` to be early.",
  );
}

function loadedErrors({ matches, target }: RuleContent): Finding | undefined {
  for (const match of matches) {
    const found = loadedError(match);
    if (found) return found;
  }
  return target && loadedError(target);
}

/** Options of a match or target that are missing or may not stand together. */
function loadedError(loaded: Loaded): Finding | undefined {
  const place = loaded.by ?? loaded.options[0];
  if (!place) return undefined;
  return missingOption(loaded, place) ?? conflict(loaded) ?? missingCompanion(loaded) ?? tooGreat(loaded);
}

function missingOption({ extension, options }: Loaded, place: Span): Finding | undefined {
  for (const group of extension.needs ?? none) {
    if (options.some((node) => hasName(node, group))) continue;
    const wanted = group.map((name) => `\`--${name}\``);
    const text = wanted.length === 1 ? wanted[0] : `one of ${wanted.join(", ")}`;
    return error("missingOption", place, `\`${extension.word}\` does nothing without ${text}: add it after the name.`);
  }
  return undefined;
}

function conflict({ extension, options }: Loaded): Finding | undefined {
  if (options.length < 2) return undefined;
  for (const group of extension.excludes ?? none) {
    const [first, second] = options.filter((node) => hasName(node, group));
    if (!first || !second || first.option === second.option) continue;
    return error(
      "conflictingOptions",
      second.word,
      `\`${second.word.text}\` and \`${first.word.text}\` cannot stand together for \`${extension.word}\`: leave one out.`,
      { related: [{ span: spanOf(first.word), message: "This is the other one." }] },
    );
  }
  return undefined;
}

function missingCompanion({ extension, options }: Loaded): Finding | undefined {
  for (const node of options) {
    for (const name of node.option?.requires ?? none) {
      if (options.some((other) => hasName(other, [name]))) continue;
      const wanted = findOption(extension, name)?.word ?? `--${name}`;
      return error("missingOption", node.word, `\`${node.word.text}\` needs \`${wanted}\` beside it.`);
    }
  }
  return undefined;
}

/** An option whose number must not reach that of another one. */
function tooGreat({ options }: Loaded): Finding | undefined {
  for (const node of options) {
    const bound = node.option?.lessThan;
    if (!bound) continue;
    const other = options.find((each) => hasName(each, [bound.option]));
    const [number, most] = [node, other].map((each) => each?.value && parseNumber(each.value.text));
    if (!other || number === undefined || most === undefined) continue;
    if (bound.orEqual ? number <= most : number < most) continue;
    const limit = bound.orEqual ? "not be greater than" : "be less than";
    return error(
      "badValue",
      node,
      `The number of \`${node.word.text}\` must ${limit} that of \`${other.word.text}\`.`,
      {
        related: [{ span: spanOf(other), message: "This is the other one." }],
      },
    );
  }
  return undefined;
}

const none: readonly never[] = [];

function hasName({ option }: OptionNode, names: readonly string[]): boolean {
  return option?.names.some((name) => names.includes(name)) ?? false;
}

function commandError({ main: { command }, counters, options, rest }: RuleContent): Finding | undefined {
  if (!command) {
    const first = options[0] ?? rest[0] ?? counters;
    return (
      first &&
      error("missingOption", first, "The line has no command: start it with `-A CHAIN`, as in `-A INPUT -j ACCEPT`.")
    );
  }
  const chain = command.value;
  if (chain && isTooLong(chain.text)) return chainTooLong(chain);
  if (command.command?.rest === "rule" && !isDeleteByNumber(command)) return undefined;
  const extra = options.find(({ option }) => ofRules.has(option?.letter ?? ""));
  if (!extra) return undefined;
  return error(
    "unexpectedText",
    extra,
    `\`${extra.word.text}\` belongs to a rule, and \`${command.word.text}\` takes none here.`,
  );
}

/** Letters of the base options that only a rule may have. */
const ofRules = new Set(["s", "d", "p", "j", "g", "i", "o", "f"]);

function isDeleteByNumber({ command, more }: OptionNode): boolean {
  return command?.letter === "D" && more.length > 0;
}

/** Whether a chain's name has more bytes than the kernel keeps. */
export function isTooLong(name: string): boolean {
  return name.length * 3 > longestChainName && byteLength(name) > longestChainName;
}

/** The error for such a name. */
export function chainTooLong(name: Word): Finding {
  const length = byteLength(name.text);
  return error(
    "badValue",
    name,
    `The chain's name has ${length} bytes, and ${longestChainName} is the most: shorten it.`,
  );
}

function neverMatches(node: OptionNode): Finding | undefined {
  const value = node.negation && node.value;
  if (!value || protocolNumber(value.text) !== 0) return undefined;
  return error(
    "badValue",
    value,
    `No packet is of no protocol: \`! -p ${value.text}\` could never match and is refused.`,
  );
}

/** Addresses are read last, so that a `-4` or `-6` further on may save the line. */
function addressErrors({ options }: RuleContent, family: IpFamily): Finding | undefined {
  let several = false;
  let negated: OptionNode | undefined;
  for (const node of options) {
    const { option, negation, word, value } = node;
    if (option?.letter !== "s" && option?.letter !== "d") continue;
    if (!value) continue;
    const problem = problemOf(option.values[0] as Value, value.text, family);
    if (problem) return error("badValue", value, `\`${value.text}\` after \`${word.text}\` ${problem.message}.`);
    several ||= value.text.includes(",");
    if (negation) negated ??= node;
  }
  return several && negated ? severalAddressesNegated(negated) : undefined;
}

function severalAddressesNegated(negated: OptionNode): Finding {
  return error(
    "conflictingOptions",
    negated,
    "`!` is refused where several addresses stand: the tools make one rule of each, and together they would match everything. Write a chain of its own that returns for each address.",
  );
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}
