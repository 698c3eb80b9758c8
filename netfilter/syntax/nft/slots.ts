import type { Span } from "../../text/span.js";
import type { Log, Match, NftNode } from "./nodes.js";
import type { RuleContent } from "./ruleNode.js";

/** The place of a word that decides about nothing else in its rule: what holds for the rule holds with every word taken here. */
export interface Slot {
  /** The end of the word that begins at `start`; -1 where none stands that is taken. */
  endOf(text: string, start: number): number;
  /** Whether no packet has what both of two words ask for; false where that is not certain. */
  excludes(a: string, b: string): boolean;
}

export interface PlacedSlot extends Span {
  readonly slot: Slot;
  /** Whether packets are asked for the word itself, and not for another. */
  readonly asks: boolean;
}

/** A word of which only the shape counts. */
class ShapeSlot implements Slot {
  private readonly shape: RegExp;

  constructor(
    shape: string,
    /** Whether a value has one spelling, and a packet one value. */
    private readonly isExact = false,
  ) {
    this.shape = new RegExp(`${shape}(?=[ \\t\\n])`, "y");
  }

  excludes(a: string, b: string): boolean {
    return this.isExact && a !== b;
  }

  endOf(text: string, start: number): number {
    this.shape.lastIndex = start;
    return this.shape.test(text) ? this.shape.lastIndex : -1;
  }
}

/** Two numbers, the smaller one first. */
class RangeSlot extends ShapeSlot {
  override endOf(text: string, start: number): number {
    const end = super.endOf(text, start);
    if (end === -1) return -1;
    const [from, to] = endsOf(text.slice(start, end));
    return from < to ? end : -1;
  }

  override excludes(a: string, b: string): boolean {
    const [[from, to], [otherFrom, otherTo]] = [endsOf(a), endsOf(b)];
    return to < otherFrom || otherTo < from;
  }
}

function endsOf(range: string): [number, number] {
  const dash = range.indexOf("-");
  return [Number(range.slice(0, dash)), Number(range.slice(dash + 1))];
}

const byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const ipv4 = `${byte}(?:\\.${byte}){3}`;
/** Of the spellings that there are, the usual one: some groups, two colons, and one or two groups. */
const ipv6 = "(?:[0-9a-f]{1,4}:){1,5}(?::[0-9a-f]{1,4}){1,2}";
const portNumber = "(?:[1-5][0-9]{4}|[1-9][0-9]{0,3})";
/** Words that would count if they stood in it, were it not a text. */
const telling = '(?![^"\\n]*(?:mark|iif|oif))';

const addresses: Readonly<Record<string, Slot>> = { ip: new ShapeSlot(ipv4, true), ip6: new ShapeSlot(ipv6) };
const networks: Readonly<Record<string, Slot>> = {
  ip: new ShapeSlot(`${ipv4}/(?:3[0-2]|[12]?[0-9])`),
  ip6: new ShapeSlot(`${ipv6}/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])`),
};
const port = new ShapeSlot(portNumber, true);
const ports = new RangeSlot(`${portNumber}-${portNumber}`);
const interfaceName = new ShapeSlot(`"${telling}[A-Za-z][A-Za-z0-9._-]{0,14}"`, true);
const quoted = new ShapeSlot(`"${telling}[A-Za-z0-9 _,.:/()=+@-]{1,60}"`);

/** Where other words might stand in a faultless rule as well, in order of place. */
export function slotsIn({ statements, comment }: RuleContent, text: string): PlacedSlot[] {
  const found: PlacedSlot[] = [];
  const note = ({ start, end }: NftNode, slot: Slot | undefined, asks = false) => {
    if (slot?.endOf(text, start) === end) found.push({ start, end, slot, asks });
  };
  for (const statement of statements) {
    if (statement.kind === "match") note(statement.right, slotOfValue(statement), statement.operator?.text !== "!=");
    else if (statement.kind === "log") for (const prefix of prefixesOf(statement)) note(prefix, quoted);
  }
  if (comment) note(comment.text, quoted);
  return found;
}

function prefixesOf({ options }: Log): readonly NftNode[] {
  return options.flatMap(({ name, values }) => (name.text === "prefix" ? values : []));
}

/** What an equality compares with, where one value is as good as another. */
function slotOfValue({ left, operator, right }: Match): Slot | undefined {
  if (operator && operator.text !== "==" && operator.text !== "!=") return undefined;
  if (left.kind === "meta") return interfaceKeys.has(left.key.text) ? interfaceName : undefined;
  if (left.kind !== "payload") return undefined;
  const field = left.field?.text;
  if (field === "sport" || field === "dport") return right.kind === "range" ? ports : port;
  if (field !== "saddr" && field !== "daddr") return undefined;
  return (right.kind === "prefix" ? networks : addresses)[left.header.text];
}

const interfaceKeys: ReadonlySet<string> = new Set(["iifname", "oifname"]);
