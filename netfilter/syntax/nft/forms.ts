import type { Span } from "../../text/span.js";
import type { Form } from "./ruleNode.js";
import type { PlacedSlot, Slot } from "./slots.js";

/** Letters that stand in a rule as they are, and what follows them: the place of a word, or the line's end. */
interface Step {
  readonly letters: string;
  readonly slot: Slot | undefined;
  readonly next: Step[];
  readonly form: Form | undefined;
}

/** So many ways on are tried one after the other. */
const mostWays = 64;
/** So many more rules may be learnt than found again before it is plain that this file repeats little. */
const patience = 200;

/**
 * The forms of the faultless rules met so far that name nothing. A large file has a handful of them: a rule that is letter for
 * letter like an earlier one, but for words that decide about nothing else, is without fault too if each of these may stand
 * there. What else stands in it need not be read before somebody asks.
 */
export class Forms {
  private readonly first: Step[] = [];
  private left = patience;

  /** False where it does not pay to look for forms. */
  get areOfUse(): boolean {
    return this.left > 0;
  }

  /** The form of the rule that stands from `start` to the line's end; undefined where none is known to fit. */
  find(text: string, { start, end }: Span): Form | undefined {
    let steps = this.first;
    let at = start;
    for (let way = 0; way < steps.length; way++) {
      const { letters, slot, form, next } = steps[way] as Step;
      if (!text.startsWith(letters, at)) continue;
      const stop = at + letters.length;
      if (form && stop === end) return this.found(form);
      const after = slot ? slot.endOf(text, stop) : -1;
      if (after === -1) continue;
      at = after;
      steps = next;
      way = -1;
    }
    return undefined;
  }

  private found(form: Form): Form {
    if (this.left < patience) this.left++;
    return form;
  }

  /** Takes note of the form of the rule from `start` to the line's end; undefined where there are too many like it. */
  learn(text: string, { start, end }: Span, slots: readonly PlacedSlot[], form: Form): Form | undefined {
    this.left--;
    let steps = this.first;
    let at = start;
    for (const { start: stop, end: after, slot } of slots) {
      const step = wayOn(steps, { letters: text.slice(at, stop), slot, next: [], form: undefined });
      if (!step) return undefined;
      steps = step.next;
      at = after;
    }
    return wayOn(steps, { letters: text.slice(at, end), slot: undefined, next: [], form })?.form;
  }
}

/** The step that is there already, else the new one; undefined where there are too many ways on. */
function wayOn(steps: Step[], step: Step): Step | undefined {
  const known = steps.find(({ letters, slot }) => letters === step.letters && slot === step.slot);
  if (known) return known;
  if (steps.length >= mostWays) return undefined;
  steps.push(step);
  return step;
}
