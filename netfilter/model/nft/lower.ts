import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { Span } from "../../text/span.js";
import type { Action, Chain, Condition, Part, Reference, Table, Verdict } from "../ruleset.js";
import { ConditionReader } from "./conditions.js";
import { impliedConditions, neededBy } from "./dependencies.js";
import { markAction } from "./marks.js";
import { isSelector, subjectOf } from "./selectors.js";
import type { SetContents } from "./sets.js";
import { ValueReader } from "./values.js";
import { resolved, type Variables } from "./variables.js";

/** What lowering a rule needs to know about the rest of its file. */
export interface LowerContext {
  readonly text: string;
  readonly variables: Variables;
  /** The chain that a jump leads to, by the node that names it. */
  readonly targets: ReadonlyMap<SyntaxNode, Reference>;
  readonly sets: SetContents;
  /** Those of each table so far. */
  readonly readers: Map<Table, Readers>;
}

/** What reads the values and comparisons of the rules of one table. */
interface Readers {
  readonly values: ValueReader;
  readonly conditions: ConditionReader;
}

type MapEntry = NonNullable<Extract<Action, { do: "verdictMap" }>["entries"]>[number];

type BareAction<A = Action> = A extends Action ? Omit<A, "kind" | keyof Span> : never;

const inert: BareAction = { do: "other", effect: "inert" };
const unmodelled: BareAction = { do: "other", effect: "unmodelled" };

/** Says in the words of the model what a rule asks and does, in the order in which the kernel goes through it. */
export function lowerRule(rule: nft.Rule, chain: Chain, context: LowerContext): Part[] {
  return new Lowering(chain, context).lower(rule.statements);
}

/** What a rule does alone: its matches, which cost most, are not read. */
export function lowerActions(rule: nft.Rule, chain: Chain, context: LowerContext): Action[] {
  const statements = rule.statements.filter(({ kind }) => kind !== "match");
  const parts = new Lowering(chain, context).lower(statements);
  return parts.filter((part) => part.kind === "action");
}

/** What a jump does: `targets` tells by its node where it leads. */
export function jumpAction({ start, end, verb, target }: nft.Jump, targets: LowerContext["targets"]): Action {
  const to = targets.get(target);
  return { kind: "action", start, end, ...(to ? { do: verb, target: to } : unmodelled) };
}

function readersFor(table: Table, { readers, variables, sets, text }: LowerContext): Readers {
  let found = readers.get(table);
  if (!found) {
    const values = new ValueReader(variables, (name) => sets.find(table, name));
    found = { values, conditions: new ConditionReader(values, variables, text) };
    readers.set(table, found);
  }
  return found;
}

class Lowering {
  private readonly parts: Part[] = [];
  private readonly conditions: ConditionReader;
  private readonly values: ValueReader;

  constructor(
    private readonly chain: Chain,
    private readonly context: LowerContext,
  ) {
    const { values, conditions } = readersFor(chain.table, context);
    this.values = values;
    this.conditions = conditions;
  }

  lower(statements: readonly nft.Statement[]): Part[] {
    for (const statement of statements) this.statement(statement);
    return this.parts;
  }

  private statement(statement: nft.Statement): void {
    switch (statement.kind) {
      case "match":
        this.imply(statement.left, statement);
        this.parts.push(this.conditions.read(statement));
        break;
      case "verdict":
        this.act(statement, { do: "verdict", verdict: statement.verdict });
        return;
      case "jump":
        this.parts.push(jumpAction(statement, this.context.targets));
        return;
      case "vmap":
        this.verdictMap(statement);
        return;
      case "assignment":
        this.assign(statement);
        return;
      case "nat":
        this.need(neededBy(statement, this.chain.table.family));
        this.lookUp(statement.address, statement.port);
        this.act(statement, { do: "nat", type: statement.type });
        return;
      case "reject":
        this.need(neededBy(statement, this.chain.table.family));
        this.act(statement, { do: "verdict", verdict: "reject" });
        return;
      case "notrack":
        this.act(statement, { do: "notrack" });
        return;
      case "objectReference":
        this.object(statement);
        return;
      case "setStatement":
        this.updateSet(statement);
        return;
      default:
        this.simple(statement);
    }
  }

  /** Statements whose kind alone tells what they do. */
  private simple(statement: nft.Statement): void {
    const verdict = verdictKinds[statement.kind];
    const gate = gateFields[statement.kind];
    if (verdict) this.act(statement, { do: "verdict", verdict });
    else if (gate !== undefined) this.parts.push(this.conditions.opaque(statement, gate));
    else if (statement.kind === "xt" && statement.type.text === "match")
      this.parts.push(this.conditions.opaque(statement, "xt match"));
    else this.act(statement, inertKinds.has(statement.kind) ? inert : unmodelled);
  }

  private act({ start, end }: Span, action: BareAction): void {
    this.parts.push({ kind: "action", start, end, ...action } as Action);
  }

  /** What nft asks before it reads a field, unless this rule has asked for it. */
  private imply(expression: nft.Expression, place: Span): void {
    for (const part of expression.kind === "concatenation" ? expression.parts : [expression]) {
      const selector = part.kind === "binary" ? [part.left, part.right].find(isSelector) : part;
      if (!selector || !isSelector(selector) || selector.kind === "inner") continue;
      this.need(impliedConditions(subjectOf(selector), this.chain.table.family, place));
    }
  }

  private need(conditions: readonly Condition[]): void {
    for (const condition of conditions) {
      if (!this.parts.some((part) => part.kind === "condition" && sameField(part, condition)))
        this.parts.push(condition);
    }
  }

  private verdictMap(statement: nft.VerdictMap): void {
    this.imply(statement.key, statement);
    const targets: Reference[] = [];
    const verdicts = new Set<Verdict>();
    const entries: MapEntry[] = [];
    const literal = this.literal(statement.mapping);
    for (const element of literal ?? this.elements(statement.mapping)) {
      if (element.kind !== "element") continue;
      const verdict = element.value && resolved(element.value, this.context.variables);
      if (verdict?.kind !== "verdictValue") continue;
      const leads = verdict.verdict.kind === "verdict" ? verdict.verdict.verdict : this.targetOf(verdict.verdict);
      if (typeof leads === "string") verdicts.add(leads);
      else if (leads) targets.push(leads);
      if (leads && literal) entries.push({ key: this.mapKey(statement.key, element), leads });
    }
    const field = this.conditions.fieldText(statement.key);
    const whole = literal !== undefined && literal.length === entries.length;
    this.act(statement, { do: "verdictMap", field, targets, verdicts: [...verdicts], ...(whole && { entries }) });
  }

  private targetOf({ target }: nft.Jump): Reference | undefined {
    return this.context.targets.get(target);
  }

  private mapKey(asked: nft.Expression, { key }: nft.SetElement): Condition {
    const condition = this.conditions.opaque(key, this.conditions.fieldText(asked));
    return isSelector(asked) ? { ...condition, values: this.values.read(key, subjectOf(asked)) } : condition;
  }

  /** The elements of a map that stands in the rule itself. */
  private literal(mapping: nft.Expression): readonly nft.Expression[] | undefined {
    const value = resolved(mapping, this.context.variables);
    return value?.kind === "setLiteral" ? value.elements : undefined;
  }

  private elements(mapping: nft.Expression): Iterable<nft.Expression> {
    const value = resolved(mapping, this.context.variables);
    return value?.kind === "setReference" ? this.context.sets.elementsOf(this.chain.table, value.name.text) : [];
  }

  private assign(statement: nft.Assignment): void {
    const mark = markAction(statement, this.values, this.context.variables);
    if (mark) {
      this.act(statement, mark);
      return;
    }
    this.imply(statement.target, statement);
    const { target } = statement;
    const harmless = target.kind === "tcpOption" || (target.kind === "meta" && target.key.text === "nftrace");
    this.act(statement, harmless ? inert : unmodelled);
  }

  /** A rule goes no further than a map that has no answer. */
  private lookUp(...values: readonly (nft.Expression | undefined)[]): void {
    for (const value of values) if (value?.kind === "map") this.parts.push(this.conditions.opaque(value, "map"));
  }

  private object(statement: nft.ObjectReference): void {
    this.lookUp(statement.object);
    if (statement.type === "quota" || statement.type === "limit")
      this.parts.push(this.conditions.opaque(statement, statement.type));
    else this.act(statement, statement.type === "counter" ? inert : unmodelled);
  }

  /** State within an element lets only some packets past; the set may be full. */
  private updateSet(statement: nft.SetStatement): void {
    const { options, valueOptions } = statement.element;
    const gate = [...options, ...valueOptions].some(({ kind }) => gateFields[kind] !== undefined);
    if (gate) this.parts.push(this.conditions.opaque(statement, `${statement.operation} set`));
    else this.act(statement, unmodelled);
  }
}

const verdictKinds: Readonly<Record<string, Verdict>> = { queue: "queue", fwd: "stolen" };

/** Statements that let only some packets past, which hangs on state that no file tells. */
const gateFields: Readonly<Record<string, string>> = {
  limit: "limit",
  quota: "quota",
  connectionLimit: "ct count",
  meter: "meter",
};

const inertKinds: ReadonlySet<string> = new Set(["counter", "last", "log", "dup", "flowAdd", "resetOption"]);

function sameField(a: Condition, b: Condition): boolean {
  return a.field === b.field && a.op === "==" && a.values.kind === "ranges" && b.values.kind === "ranges";
}
