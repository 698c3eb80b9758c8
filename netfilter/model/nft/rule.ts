import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import { Memo } from "../memo.js";
import type { Action, Chain, Part, Rule } from "../ruleset.js";
import { jumpAction, type LowerContext, lowerActions, lowerRule } from "./lower.js";
import { namingPartsOf } from "./naming.js";

/** What the rules of one version of a file are lowered with, once all of it is known. */
export interface Lowering {
  readonly text: string;
  context: LowerContext | undefined;
}

/** What has been worked out of a rule: its actions, and all of its parts where somebody asked for them. */
interface Lowered {
  readonly actions: Action[];
  parts?: Part[];
}

/**
 * A rule whose parts are worked out when first read: most rules of a file are never looked at. It outlives the version of the
 * text that it was read in, and takes along what cannot be any other in the next.
 */
export class NftRule implements Rule {
  isOld = false;
  private lowered: Lowered | undefined;
  /** Where the rule stood when its parts were last asked for. */
  private place = 0;
  /** False where jumps may lead to chains of an earlier version. */
  private isLed = true;
  /** Whether it names nothing but the chains that its own jumps lead to. */
  private leadsOnly: boolean | undefined;
  private kept: Memo | undefined;

  constructor(
    readonly node: nft.Rule,
    private stands: Chain,
    private lowering: Lowering,
  ) {}

  /** Puts the rule of an earlier version into a chain of this one; false where it may ask for something else there. */
  stand(chain: Chain, lowering: Lowering): boolean {
    if (this.stands.table.family !== chain.table.family || !this.canMove()) return false;
    this.isOld = true;
    this.isLed = !this.node.names;
    this.stands = chain;
    this.lowering = lowering;
    return true;
  }

  private canMove(): boolean {
    if (!this.node.names) return true;
    this.leadsOnly ??= namesJumpsOnly(this.node);
    return this.leadsOnly;
  }

  get chain(): Chain {
    return this.stands;
  }

  get start(): number {
    return this.node.start;
  }

  get end(): number {
    return this.node.end;
  }

  get comment(): string | undefined {
    const text = this.node.comment?.text;
    return text && (text.kind === "string" ? text.value : text.text);
  }

  get counters(): Rule["counters"] {
    const counter = this.node.statements.find((statement) => statement.kind === "counter");
    return counter?.packets && counter.bytes && { packets: counter.packets.value, bytes: counter.bytes.value };
  }

  get traits(): number {
    return this.node.traits;
  }

  get memo(): Memo {
    this.kept ??= new Memo();
    return this.kept;
  }

  get parts(): readonly Part[] {
    const { context } = this.lowering;
    if (!context) return none;
    const known = this.upToDate(context);
    if (known?.parts) return known.parts;
    const parts = lowerRule(this.node, this.stands, context);
    return this.keep(known ? withActions(parts, known.actions) : parts, known?.actions ?? actionsAmong(parts));
  }

  get actions(): readonly Action[] {
    const { context } = this.lowering;
    if (!context) return none;
    const known = this.upToDate(context);
    if (known) return known.actions;
    this.lowered = { actions: lowerActions(this.node, this.stands, context) };
    this.place = this.node.start;
    return this.lowered.actions;
  }

  private keep(parts: Part[], actions: Action[]): readonly Part[] {
    this.lowered = { parts, actions };
    this.place = this.node.start;
    return parts;
  }

  private upToDate({ targets }: LowerContext): Lowered | undefined {
    const { lowered, node } = this;
    if (!lowered) return undefined;
    if (this.place !== node.start) move(lowered, node.start - this.place);
    if (!this.isLed) lead(lowered, node, targets);
    this.place = node.start;
    this.isLed = true;
    return lowered;
  }
}

const none: never[] = [];

function actionsAmong(parts: readonly Part[]): Action[] {
  return parts.filter((part) => part.kind === "action");
}

/** An action is one object, whether it is met among the parts or alone. */
function withActions(parts: readonly Part[], actions: readonly Action[]): Part[] {
  let next = 0;
  return parts.map((part) => (part.kind === "action" ? (actions[next++] ?? part) : part));
}

/** Nothing else of a rule hangs on where its own jumps lead. */
function namesJumpsOnly(rule: nft.Rule): boolean {
  return namingPartsOf(rule).every((part) => isJump(part, rule));
}

function isJump(part: SyntaxNode, rule: nft.Rule): boolean {
  return part.kind === "jump" && rule.statements.includes(part as nft.Jump);
}

/** The chains that jumps lead to are others in every version of the text. */
function lead({ actions, parts = none }: Lowered, { statements }: nft.Rule, targets: LowerContext["targets"]): void {
  for (const statement of statements) {
    if (statement.kind !== "jump") continue;
    const old = actions.find(({ start }) => start === statement.start);
    if (!old) continue;
    const action = jumpAction(statement, targets);
    actions[actions.indexOf(old)] = action;
    if (parts.length > 0) parts[parts.indexOf(old)] = action;
  }
}

function move({ actions, parts = actions }: Lowered, by: number): void {
  for (const part of parts) {
    shift(part, by);
    if (part.kind === "action" && part.do === "verdictMap") for (const { key } of part.entries ?? []) shift(key, by);
  }
}

function shift(part: { start: number; end: number }, by: number): void {
  part.start += by;
  part.end += by;
}
