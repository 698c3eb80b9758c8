import type { Rule } from "../model/ruleset.js";
import type { Span } from "../text/span.js";
import type { Disposition, Trace, Unknown } from "./trace.js";

/** A question that came up in a try. */
interface Question {
  readonly why: string;
  readonly span: Span | undefined;
  rule?: Rule;
}

/** The answers of one try, in the order in which the questions come up: those given first, `false` from there on. */
export class Answers {
  readonly asked: Question[] = [];
  readonly given: boolean[] = [];

  constructor(private readonly planned: readonly boolean[]) {}

  /** Answers the next question. */
  next(why: string, span: Span | undefined): boolean {
    const answer = this.planned[this.asked.length] ?? false;
    this.asked.push({ why, span });
    this.given.push(answer);
    return answer;
  }

  /** Notes the rule whose evaluation asked the questions from `index` on. */
  attribute(index: number, rule: Rule): void {
    for (const question of this.asked.slice(index)) question.rule ??= rule;
  }
}

/** A packet's way under one set of answers. */
export interface Try {
  readonly answers: Answers;
  readonly trace: Trace;
}

/** So many ways are gone before giving up: five questions each way. */
const mostTries = 32;

/**
 * Goes every way that the answers to a packet's questions open, the first try being gone already. `run` starts from the same
 * state each time. The result is the first try's trace with what all of them say together.
 */
export function settle(first: Try, run: (planned: readonly boolean[]) => Try): Trace {
  const tries = [first];
  const open = branches(first, 0);
  while (open.length > 0 && tries.length < mostTries) {
    const planned = open.shift() as readonly boolean[];
    const next = run(planned);
    tries.push(next);
    open.push(...branches(next, planned.length));
  }
  const unknown = questionsOf(tries);
  const outcomes = new Map(tries.map(({ trace }) => [outcomeKey(trace), trace.disposition]));
  const disposition = open.length > 0 ? tooMany(unknown) : agreed([...outcomes.values()], unknown);
  return { ...first.trace, unknown, disposition };
}

/** The other answers to the questions that a try came to beyond what was planned for it. */
function branches({ answers }: Try, from: number): boolean[][] {
  const found: boolean[][] = [];
  for (let at = from; at < answers.given.length; at++) found.push([...answers.given.slice(0, at), !answers.given[at]]);
  return found;
}

function questionsOf(tries: readonly Try[]): Unknown[] {
  const questions = new Map<string, Unknown>();
  for (const { answers } of tries)
    for (const { why, span, rule } of answers.asked) {
      const key = `${why} ${span?.start} ${span?.end}`;
      if (!questions.has(key)) questions.set(key, { why, ...(span && { span }), ...(rule && { rule }) });
    }
  return [...questions.values()];
}

function tooMany(unknown: readonly Unknown[]): Disposition {
  return { end: "unknown", why: `Too much is not known to try every way: ${firstReasons(unknown)}.` };
}

function agreed(outcomes: readonly Disposition[], unknown: readonly Unknown[]): Disposition {
  if (outcomes.length === 1) return outcomes[0] as Disposition;
  const ends = [...new Set(outcomes.map(endText))];
  const what = ends.length === 1 ? `${ends[0]} either way, but not the same packet` : ends.join(" or ");
  return { end: "unknown", why: `It is ${what}, depending on what is not known: ${firstReasons(unknown)}.` };
}

function firstReasons(unknown: readonly Unknown[]): string {
  const reasons = unknown.slice(0, 3).map(({ why }) => why.replace(/\.$/, ""));
  return reasons.join("; ") + (unknown.length > 3 ? `; and ${unknown.length - 3} more` : "");
}

/** A disposition in few words: `sent by wan1`, `dropped`. */
export function endText(disposition: Disposition): string {
  return disposition.end === "sent" ? `sent by ${disposition.oif}` : disposition.end;
}

/** Equal for traces whose outcome is the same: how and where it ended, as what packet, with which entry and answers. */
function outcomeKey({ disposition, last, entry, caused }: Trace): string {
  const end = "oif" in disposition ? [disposition.oif, disposition.nexthop] : [];
  const parts = [disposition.end, end, last, entry && { ...entry, timeout: 0 }, caused.map(outcomeKey)];
  return JSON.stringify(parts, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}
