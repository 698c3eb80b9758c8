import type { IpFamily } from "../../facts/iptables/extension.js";
import type { RuleLine, Word } from "../../syntax/iptables/nodes.js";
import { Memo } from "../memo.js";
import type { Action, Chain, Definition, Part, Reference, Rule } from "../ruleset.js";
import { actionOf } from "./actions.js";
import { conditionsOf } from "./conditions.js";

/** A class, so that what is found out later has its place from the start: there are as many as rules. */
export class ReferenceOfWord implements Reference {
  readonly name: string;
  start: number;
  end: number;
  rule?: Rule;
  definition?: Definition;

  constructor(
    readonly kind: Reference["kind"],
    readonly how: Reference["how"],
    { text, start, end }: Pick<Word, "text" | "start" | "end">,
  ) {
    this.name = text;
    this.start = start;
    this.end = end;
  }
}

/** The chain of the table that a line goes on in, where it names one. */
export function jumpIn({ start, lead }: RuleLine): ReferenceOfWord | undefined {
  if (!lead) return undefined;
  const word = { text: lead.name, start: start + lead.start, end: start + lead.end };
  return new ReferenceOfWord("chain", lead.how, word);
}

/**
 * A rule whose parts are worked out when they are first asked for. It outlives the version of the text that it was read in, and
 * takes along what it asks and does and where it leads.
 */
export class RuleOfLine implements Rule {
  isOld = false;
  /** The chain that it goes on in. */
  readonly jump: ReferenceOfWord | undefined;
  private stands: Chain | undefined;
  private lowered: readonly Part[] | undefined;
  private done: readonly Action[] | undefined;
  private kept: Memo | undefined;
  /** Where the line stood when its parts were last asked for. */
  private place: number;

  constructor(
    readonly node: RuleLine,
    private readonly family: IpFamily,
  ) {
    this.place = node.start;
    this.jump = jumpIn(node);
    if (this.jump) this.jump.rule = this;
  }

  /** Puts the rule into a chain of the version at hand. */
  stand(chain: Chain): void {
    this.isOld = this.stands !== undefined;
    this.stands = chain;
    const { jump, node } = this;
    if (!jump || !node.lead) return;
    jump.start = node.start + node.lead.start;
    jump.end = node.start + node.lead.end;
  }

  get chain(): Chain {
    return this.stands as Chain;
  }

  get start(): number {
    return this.node.start;
  }

  get end(): number {
    return this.node.end;
  }

  get traits(): number {
    return this.node.traits;
  }

  get comment(): string | undefined {
    return this.node.matches.find(({ extension }) => extension.word === "comment")?.options[0]?.value?.text.trim();
  }

  get counters(): Rule["counters"] {
    const { packets, bytes } = this.node.counters ?? {};
    return packets === undefined || bytes === undefined ? undefined : { packets, bytes };
  }

  get memo(): Memo {
    this.kept ??= new Memo();
    return this.kept;
  }

  get parts(): readonly Part[] {
    this.settle();
    this.lowered ??= [...conditionsOf(this.node, this.family), ...this.actions];
    return this.lowered;
  }

  get actions(): readonly Action[] {
    this.settle();
    const { main, target } = this.node;
    this.done ??= main.jump ? [actionOf(main.jump, target, this.jump)] : none;
    return this.done;
  }

  /** Moves what was worked out to where the line is now. */
  private settle(): void {
    const { start } = this.node;
    const by = start - this.place;
    if (by === 0) return;
    this.place = start;
    for (const part of this.lowered ?? this.done ?? none) move(part, by);
  }
}

const none: readonly never[] = [];

function move(span: { start: number; end: number }, by: number): void {
  span.start += by;
  span.end += by;
}
