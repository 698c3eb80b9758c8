import { findHeader, findStatement, headers, keys, statements } from "../../facts/nft/index.js";
import type { Problem } from "../../model/nft/constants.js";
import type { Span } from "../../text/span.js";
import type { Expectation } from "./evaluator.js";
import { refuse, suggestion } from "./refusal.js";
import { type Type, typeText } from "./types.js";

const examples: Readonly<Record<Problem | "parts" | "verdict", (type: Type) => string>> = {
  name: ({ datatype }) =>
    datatype?.word === "mark" || datatype?.word === "inet_service" || datatype?.word === "inet_proto"
      ? "neither a number nor a name that is known for it"
      : "none of its names and no number",
  number: () => "no number",
  range: ({ bits }) => `larger than ${(1n << BigInt(bits)) - 1n}`,
  address: () => "no address of that kind",
  otherFamily: () => "an address of the other family",
  time: () => "no length of time; it is written like `1h30m` or `10s`",
  date: () => 'no moment; it is written like `"2024-12-24 18:00"`',
  hour: () => 'no time of day; it is written like `"18:00"` or `"06:30:15"`',
  label: () => "no label; the largest one is 127",
  parts: (type) => `one value where ${type.parts?.length} are joined by dots`,
  verdict: () => "no verdict; `accept`, `drop`, `return`, `continue`, `jump CHAIN` and `goto CHAIN` are",
};

/** Refuses a word that is no value of the expected type. */
export function refuseConstant(problem: Problem | "parts" | "verdict", word: string, place: Span, type: Type): never {
  const names = problem === "verdict" ? verdicts : (type.datatype?.constants.map(({ word }) => word) ?? []);
  const { hint, fixes } = suggestion(word, place, problem === "name" || problem === "verdict" ? names : []);
  const wanted = `A value of type \`${typeText(type)}\` is expected here`;
  refuse("badValue", place, `${wanted}, and \`${word}\` is ${examples[problem](type)}.${hint}`, fixes && { fixes });
}

const verdicts = ["accept", "drop", "return", "continue", "queue"];

/** Refuses a word that stands where nothing says what it could be: usually a misspelt statement or expression. */
export function refuseBareWord(word: string, place: Span): never {
  const { hint, fixes } = suggestion(word, place, ruleWords);
  const known = findHeader(word) ?? findStatement(word);
  const message = known
    ? `\`${word}\` stands where it means nothing by itself: something is missing before or after it.`
    : `\`${word}\` is no statement, and nothing before it says what it could be a value of.${hint}`;
  refuse("unknownWord", place, message, fixes && { fixes });
}

const ruleWords = [
  ...statements.map(({ word }) => word),
  ...headers.filter(({ group }) => group === "payload").map(({ word }) => word),
  ...keys.filter(({ bare }) => bare).map(({ word }) => word),
  ...["meta", "ct", "fib", "socket", "rt"],
];

/** Refuses a number that the expected length cannot hold. */
export function checkNumber(value: bigint, place: Span, { bits, highest }: Expectation, statementBits: number): void {
  const length = Math.max(bits, statementBits);
  const limit = highest > 0 ? BigInt(highest) : length > 0 ? largestOf(length) : undefined;
  if (limit === undefined || value <= limit) return;
  const why = highest > 0 ? "" : `, which is as much as ${length} bits hold`;
  refuse("badValue", place, `${value} is too large here: the largest value is ${limit}${why}.`);
}

const largest: bigint[] = [];

/** The largest number of so many bits. */
function largestOf(bits: number): bigint {
  let number = largest[bits];
  if (number === undefined) {
    number = (1n << BigInt(bits)) - 1n;
    largest[bits] = number;
  }
  return number;
}

/** Refuses a text that is empty, nothing but a wildcard, or too long. */
export function checkText(text: string, place: Span, { bits }: Expectation): void {
  const bytes = byteLength(text);
  if (text === "") refuse("badValue", place, "An empty text can never match. Put a name between the quotes.");
  if (text === "*") refuse("badValue", place, "`*` alone matches every name: leave this comparison out instead.");
  if (bits === 0 || (bytes + 1) * 8 <= bits) return;
  refuse("badValue", place, `This text has ${bytes} characters, and at most ${bits / 8 - 1} are possible here.`);
}

/** Length in UTF-8, which is what nft counts. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
