import type { IpFamily, Value } from "../../facts/iptables/extension.js";
import { findTarget } from "../../facts/iptables/index.js";
import type { Loaded, OptionNode } from "./nodes.js";
import type { Reading } from "./rule.js";
import { isTelling } from "./traits.js";
import { usualSpelling } from "./usual.js";
import { hasPorts, problemOf } from "./values.js";

/** The place of a word that decides about nothing else in its line: what holds for the line holds with every word taken here. */
export interface Slot {
  readonly is: "chain" | "jump" | "goto" | "value";
  /** What may stand here, as a regular expression. Its one group is what `takes` must be asked about, or a name. */
  readonly pattern: string;
  takes(text: string): boolean;
}

/** Words without quotes that begin neither like an option nor with a `!`. */
const word = '[^\\s"!-][^\\s"]*';
/** Short enough for a chain, and of letters that take one byte each. */
const chainName = "[#-,.-~][!#-~]{0,27}";

const chain: Slot = { is: "chain", pattern: `(${chainName})`, takes: (text) => nameOnly.test(text) };
const nameOnly = new RegExp(`^${chainName}$`);

/** A target brings in options of its own, and so is no word like another. */
const leads: Readonly<Record<string, Slot>> = {
  j: { is: "jump", pattern: `(${word})`, takes: (text) => !isTarget(text) },
  g: { is: "goto", pattern: `(${word})`, takes: () => true },
};

function isTarget(text: string): boolean {
  return (findTarget(text, "ipv4") ?? findTarget(text, "ipv6")) !== undefined;
}

class ValueSlot implements Slot {
  readonly is = "value";
  readonly pattern: string;
  /** Mostly the next word is the same. */
  private last: string | undefined;

  constructor(
    private readonly value: Value,
    private readonly family: IpFamily,
  ) {
    const usual = usualSpelling(value, family);
    this.pattern = usual === undefined ? `(${word})` : `(?:${usual}|(${word}))`;
  }

  takes(text: string): boolean {
    if (text === this.last) return true;
    const fits = !isTelling(this.value, text) && problemOf(this.value, text, this.family) === undefined;
    if (fits) this.last = text;
    return fits;
  }
}

const valueSlots = { ipv4: new Map<Value, Slot>(), ipv6: new Map<Value, Slot>() };

function slotOfValue(value: Value, family: IpFamily): Slot {
  const known = valueSlots[family].get(value);
  if (known) return known;
  const slot = new ValueSlot(value, family);
  valueSlots[family].set(value, slot);
  return slot;
}

/** Tells the slots of one line, whose options are to be asked about in order. */
export class LineSlots {
  private readonly owners: ReadonlyMap<OptionNode, Loaded>;
  /** Whether the protocol named so far has ports that NAT can translate. */
  private translates = false;

  constructor(
    private readonly line: Reading,
    private readonly family: IpFamily,
  ) {
    const loaded = line.target ? [...line.matches, line.target] : line.matches;
    this.owners = new Map(loaded.flatMap((one) => one.options.map((node) => [node, one] as const)));
  }

  /** The slot of each value of an option, none where the word itself counts. */
  of(node: OptionNode): readonly (Slot | undefined)[] {
    if (node === this.line.main.protocol) this.translates = hasPorts(node.value?.text ?? "");
    return node.values.map(({ text }, index) => {
      const slot = this.slotOf(node, index);
      return slot?.takes(text) ? slot : undefined;
    });
  }

  private slotOf(node: OptionNode, index: number): Slot | undefined {
    if (node === this.line.main.command) return index === 0 ? chain : undefined;
    const { option } = node;
    const value = option?.values[index];
    const owner = this.owners.get(node);
    if (!option || !value) return undefined;
    if (owner) return this.isDecisive(node, value, owner) ? undefined : slotOfValue(value, this.family);
    if (own.has(option.letter)) return slotOfValue(value, this.family);
    return this.line.target ? undefined : leads[option.letter ?? ""];
  }

  /** Whether a value decides where the rule may stand, what other values may be, or whether ports are named. */
  private isDecisive(
    { option }: OptionNode,
    { type }: Value,
    { extension: { options, narrows = [] } }: Loaded,
  ): boolean {
    if (type === "natAddress" || type === "natPorts") return !this.translates;
    return (
      options.some(({ lessThan }) => lessThan) ||
      narrows.some((each) => each.value !== undefined && option?.names.includes(each.option))
    );
  }
}

/** Letters of the base options that only ask whether a packet has a value. */
const own: ReadonlySet<string | undefined> = new Set(["s", "d", "i", "o"]);
