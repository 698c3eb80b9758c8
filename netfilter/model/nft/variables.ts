import type { Definition, Expression, File, NftTree, Rule, Template, Variable } from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import { namingPartsOf } from "./naming.js";
import { visitParts } from "./parts.js";

/** What the variables of a file stand for, as nft binds them while it reads: at the place of use, from the inside out. */
export interface Variables {
  /** Every `define` and `redefine`, in order, with the table block in which it stands. */
  readonly definitions: readonly { readonly node: Definition; readonly block: SyntaxNode | undefined }[];
  readonly uses: ReadonlyMap<Variable, Definition | undefined>;
  /** Each `define` of a name that is known already, with the earlier definition: nft refuses it. */
  readonly repeated: readonly { readonly again: Definition; readonly first: Definition }[];
  /** The names that were in reach of a variable that is defined nowhere. */
  readonly inReach: ReadonlyMap<Variable, readonly string[]>;
}

const cache = new WeakMap<NftTree, Variables>();

/** Binds every variable of the file. */
export function variablesOf(tree: NftTree): Variables {
  let found = cache.get(tree);
  if (!found) {
    found = /\$|define/.test(tree.text) ? new Binder().bind(tree.root) : none;
    cache.set(tree, found);
  }
  return found;
}

const none: Variables = { definitions: [], uses: new Map(), repeated: [], inReach: new Map() };

/** The expression itself, or what it stands for where it is a variable; undefined for one that stands for nothing. */
export function resolved(expression: Expression, { uses }: Variables): Expression | undefined {
  let value: Expression | undefined = expression;
  for (let steps = 0; value?.kind === "variable"; steps++) {
    if (steps > 64) return undefined;
    value = uses.get(value)?.value;
  }
  return value;
}

/** What nft writes of a template; undefined where a variable in it stands for no single word or number. */
export function templateText({ start, value, variables }: Template, { uses }: Variables): string | undefined {
  let text = "";
  let at = 0;
  for (const variable of variables) {
    const word = wordOf(uses.get(variable)?.value);
    if (word === undefined) return undefined;
    const from = variable.start - start - 1;
    text += value.slice(at, from) + word;
    at = from + variable.end - variable.start;
  }
  return text + value.slice(at);
}

function wordOf(expression: Expression | undefined): string | undefined {
  switch (expression?.kind) {
    case "string":
      return expression.value;
    case "symbol":
      return expression.name;
    case "number":
      return expression.value.toString();
    default:
      return undefined;
  }
}

type Scope = Map<string, Definition>;

class Binder {
  private readonly definitions: { node: Definition; block: SyntaxNode | undefined }[] = [];
  private readonly uses = new Map<Variable, Definition | undefined>();
  private readonly repeated: { again: Definition; first: Definition }[] = [];
  private readonly inReach = new Map<Variable, readonly string[]>();
  /** Innermost last. Tables, chains and anonymous chains open one; sets and objects do not. */
  private readonly scopes: Scope[] = [new Map()];

  bind(file: File): Variables {
    for (const item of file.items) this.visit(item, undefined);
    const { definitions, uses, repeated, inReach } = this;
    return { definitions, uses, repeated, inReach };
  }

  private visit(node: SyntaxNode, block: SyntaxNode | undefined): void {
    switch (node.kind) {
      case "definition":
        this.define(node as Definition, block);
        return;
      case "variable":
        this.use(node as Variable);
        return;
      case "table":
        this.within(node, node);
        return;
      case "chain":
      case "anonymousChain":
        this.within(node, block);
        return;
      case "rule":
        for (const part of namingPartsOf(node as Rule)) this.visit(part, block);
        return;
      default:
        visitParts(node, (part) => this.visit(part, block));
    }
  }

  private within(node: SyntaxNode, block: SyntaxNode | undefined): void {
    this.scopes.push(new Map());
    visitParts(node, (part) => this.visit(part, block));
    this.scopes.pop();
  }

  private define(node: Definition, block: SyntaxNode | undefined): void {
    if (node.value) this.visit(node.value, block);
    const scope = this.scopes.at(-1) as Scope;
    const name = node.name.text;
    if (!node.value) {
      scope.delete(name);
      return;
    }
    const first = this.find(name);
    if (first && node.verb.text === "define") this.repeated.push({ again: node, first });
    scope.set(name, node);
    this.definitions.push({ node, block });
  }

  private use(node: Variable): void {
    const definition = this.find(node.name.text);
    this.uses.set(node, definition);
    if (!definition) this.inReach.set(node, [...new Set(this.scopes.flatMap((scope) => [...scope.keys()]))]);
  }

  private find(name: string): Definition | undefined {
    for (let depth = this.scopes.length - 1; depth >= 0; depth--) {
      const found = this.scopes[depth]?.get(name);
      if (found) return found;
    }
    return undefined;
  }
}
