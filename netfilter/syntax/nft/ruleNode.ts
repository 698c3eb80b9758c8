import type { Span } from "../../text/span.js";
import type { SyntaxNode } from "../tree.js";
import type { Comment, NftNode, Statement } from "./nodes.js";
import type { Slot } from "./slots.js";
import type { WordNotes } from "./tokens.js";
import { asks, asksAddress, traitsOf } from "./traits.js";

/** What stands in a rule; `comment` is the last of it in the text. */
export interface RuleContent {
  readonly statements: readonly Statement[];
  readonly comment: Comment | undefined;
}

/** What rules have in common that differ only in words of which none decides about anything else. */
export interface Form {
  readonly traits: number;
  /** What each of its tokens is to the reader. */
  readonly notes: WordNotes;
  /** Which tokens, counted from 0, are the conditions: the first and the last of each. */
  readonly conditions: readonly Span[];
  /** Those of them about addresses. */
  readonly addresses: readonly Span[];
  /** Which tokens are words that may differ and that packets are asked for. */
  readonly asked: readonly (Span & { readonly slot: Slot })[];
  readonly memo: RuleMemo;
}

/** What checks found out about a rule and what holds for all of its form. It lies here: tables beside would have to be sought. */
export class RuleMemo {
  /** The parts that name something. */
  naming: readonly SyntaxNode[] | undefined;
  /** Where it stood when nothing was found in it. */
  standing: unknown;
  /** What the kernel takes in some places only. */
  restrictions: unknown;
}

/** Has the text as it is now, and reads again what stands in a rule of it. */
export interface RuleReader {
  readonly text: string;
  contentOf(rule: Span): RuleContent;
  /** Where tokens of a rule stand, by their numbers. */
  spansOf(rule: Span, tokens: readonly Span[]): readonly Span[];
}

/**
 * A rule. A large file has very many of them, and of most nobody wants to know more than a glance tells, so what stands in a rule
 * of a known form is read when somebody first asks for it, and what an edit has moved is read again.
 */
export class Rule implements NftNode, RuleContent {
  readonly kind = "rule";
  readonly #reader: RuleReader;
  #known: RuleContent | undefined;
  #memo: RuleMemo | undefined;
  #traits: number | undefined;
  #asked: readonly string[] | undefined;

  constructor(
    readonly start: number,
    readonly end: number,
    /** Whether it names a chain, set, object or variable, which stands elsewhere: most rules name nothing. */
    readonly names: boolean,
    reader: RuleReader,
    readonly form: Form | undefined,
    known?: RuleContent,
  ) {
    this.#reader = reader;
    this.#known = known;
  }

  /** The same object until the rule moves; for good where it names something. */
  get content(): RuleContent {
    this.#known ??= this.#reader.contentOf(this);
    return this.#known;
  }

  get statements(): readonly Statement[] {
    return this.content.statements;
  }

  get comment(): Comment | undefined {
    return this.content.comment;
  }

  get children(): readonly SyntaxNode[] {
    const { statements, comment } = this.content;
    return comment ? [...statements, comment] : statements;
  }

  /** What it says at a glance, in bits of `traits.ts`. */
  get traits(): number {
    this.#traits ??= this.form?.traits ?? traitsOf(this, this.#reader.text);
    return this.#traits;
  }

  get memo(): RuleMemo {
    this.#memo ??= this.form?.memo ?? new RuleMemo();
    return this.#memo;
  }

  /** Where its conditions stand. */
  get conditions(): readonly Span[] {
    if (this.#known || !this.form) return this.statements.filter(asks);
    return this.#reader.spansOf(this, this.form.conditions);
  }

  /** Where its conditions about addresses stand. */
  get addresses(): readonly Span[] {
    if (this.#known || !this.form) return this.statements.filter(asksAddress);
    return this.#reader.spansOf(this, this.form.addresses);
  }

  /** Whether it is certain at a glance that no packet has what both rules ask for. */
  isApartFrom(other: Rule): boolean {
    const { form } = this;
    if (!form || form !== other.form) return false;
    const [own, others] = [this.asked, other.asked];
    return form.asked.some(({ slot }, place) => slot.excludes(own[place] as string, others[place] as string));
  }

  private get asked(): readonly string[] {
    const { text } = this.#reader;
    this.#asked ??= this.#reader.spansOf(this, this.form?.asked ?? []).map(({ start, end }) => text.slice(start, end));
    return this.#asked;
  }

  /** Forgets what can be read again; false where others hold on to what stands in it, which then has to move too. */
  forget(): boolean {
    if (!this.names) this.#known = undefined;
    return !this.names;
  }

  /** Finds out now what its reader will not find any more, because the rule is about to leave the text that it was read in. */
  settle(): RuleContent {
    this.#traits = this.traits;
    return this.content;
  }
}
