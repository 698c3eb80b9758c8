import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { Span } from "../../text/span.js";
import type { Definition, Reference, Rule, Table, Variable } from "../ruleset.js";
import type { Builder } from "./builder.js";
import { namingPartsOf } from "./naming.js";
import { visitParts } from "./parts.js";

/** What stands around a name and says what it can mean. */
interface Context {
  readonly table: Table | undefined;
  readonly rule: Rule | undefined;
  /** The objects that the values of a map name. */
  readonly objects: string | undefined;
  readonly how: Reference["how"];
}

const nowhere: Context = { table: undefined, rule: undefined, objects: undefined, how: "use" };

/** Finds every place of a file that names something, and what it names. */
export class ReferenceFinder {
  readonly references: Reference[] = [];
  /** The chain that each jump leads to. */
  readonly targets = new Map<SyntaxNode, Reference>();

  constructor(
    private readonly builder: Builder,
    private readonly rules: ReadonlyMap<nft.Rule, Rule>,
    private readonly variables: ReadonlyMap<nft.Definition, Variable>,
    private readonly uses: ReadonlyMap<nft.Variable, nft.Definition | undefined>,
  ) {}

  find(file: nft.File): void {
    for (const item of file.items) this.visit(item, nowhere);
    this.references.sort((a, b) => a.start - b.start);
  }

  private visit(node: SyntaxNode, context: Context): void {
    switch (node.kind) {
      case "table":
        this.visitTable(node as nft.Table);
        return;
      case "chain":
      case "setDeclaration":
      case "flowtable":
      case "objectDeclaration":
        this.visitDeclaration(node as nft.Chain, context);
        return;
      case "ruleCommand":
      case "elementCommand":
      case "command":
        this.visitCommand(node as nft.RuleCommand | nft.ElementCommand | nft.Command);
        return;
      case "rule":
        this.visitRule(node as nft.Rule, context);
        return;
      case "jump":
        this.visitJump(node as nft.Jump, context);
        return;
      case "variable":
        this.visitVariable(node as nft.Variable, context);
        return;
      case "setReference":
        this.addSet((node as nft.SetReference).name, context);
        return;
      case "setStatement":
        this.visitSetStatement(node as nft.SetStatement, context);
        return;
      case "flowAdd":
        this.addObject((node as nft.FlowAdd).flowtable, "flowtable", context);
        return;
      case "objectReference":
        this.visitObjectReference(node as nft.ObjectReference, context);
        return;
      case "element":
        this.visitElement(node as nft.SetElement, context);
        return;
      default:
        this.visitParts(node, context);
        return;
    }
  }

  private visitParts(node: SyntaxNode, context: Context): void {
    visitParts(node, (part) => this.visit(part, context));
  }

  private visitRule(node: nft.Rule, { table }: Context): void {
    const parts = namingPartsOf(node);
    if (parts.length === 0) return;
    const context: Context = { table, rule: this.rules.get(node), objects: undefined, how: "lookup" };
    for (const part of parts) this.visit(part, context);
  }

  private visitTable(node: nft.Table): void {
    const name = node.name;
    const table = name && this.builder.table({ kind: "tableReference", start: 0, end: 0, family: node.family, name });
    if (name && table) this.addOwn(name, table, nowhere);
    for (const item of node.items) this.visit(item, { ...nowhere, table });
  }

  private visitDeclaration(
    node: nft.Chain | nft.SetDeclaration | nft.Flowtable | nft.ObjectDeclaration,
    outer: Context,
  ): void {
    const table = node.table ? this.visitTableReference(node.table) : outer.table;
    const context = { ...nowhere, table, objects: objectsOf(node) };
    const definition = node.name && this.declared(node, node.name.text, table);
    if (node.name && definition) this.addOwn(node.name, definition, context);
    for (const item of node.items) this.visit(item, context);
  }

  private declared(node: SyntaxNode, name: string, table: Table | undefined): Definition | undefined {
    if (node.kind === "chain") return this.builder.chain(table, name);
    if (node.kind === "setDeclaration") return this.builder.set(table, name);
    const type = node.kind === "flowtable" ? "flowtable" : (node as nft.ObjectDeclaration).type;
    return this.builder.object(table, type, name);
  }

  private visitTableReference(reference: nft.TableReference): Table | undefined {
    const table = this.builder.table(reference);
    const name = reference.name;
    if (name) this.add("table", name.text, "use", name, undefined, table);
    return table;
  }

  private visitCommand(node: nft.RuleCommand | nft.ElementCommand | nft.Command): void {
    const table = node.table && this.visitTableReference(node.table);
    const context = { ...nowhere, table };
    if (node.kind === "ruleCommand") {
      this.addChain(node.chain, context);
      if (node.rule) this.visit(node.rule, context);
    } else if (node.kind === "elementCommand") {
      this.addSet(node.set, context);
      this.visit(node.elements, context);
    } else {
      if (node.name) this.visitCommandName(node, node.name, context);
      for (const item of node.items) this.visit(item, context);
    }
  }

  private visitCommandName({ object }: nft.Command, name: nft.Name, context: Context): void {
    const type = object.map(({ text }) => text).join(" ");
    if (type === "chain" || type === "rule") this.addChain(name, context);
    else if (type === "set" || type === "map" || type === "meter") this.addSet(name, context);
    else this.addObject(name, type, context);
  }

  private visitJump({ verb, target }: nft.Jump, context: Context): void {
    if (target.kind === "name") {
      this.targets.set(target, this.addChain(target, { ...context, how: verb }));
    } else if (target.kind === "variable") {
      this.visitVariable(target, context);
      const value = this.uses.get(target)?.value;
      const name = value?.kind === "symbol" ? value.name : value?.kind === "string" ? value.value : undefined;
      if (name !== undefined) this.targets.set(target, this.chainReference(name, target, { ...context, how: verb }));
    } else {
      const definition = this.builder.anonymous.get(target);
      this.targets.set(target, new ReferenceOfNode("chain", "", verb, target, undefined, definition));
      this.visitParts(target, context);
    }
  }

  private visitVariable(node: nft.Variable, { rule }: Context): void {
    const definition = this.uses.get(node);
    const variable = definition && this.variables.get(definition);
    this.add("variable", node.name.text, "lookup", node.name, rule, variable);
  }

  private visitSetStatement(node: nft.SetStatement, context: Context): void {
    this.visit(node.set, { ...context, how: "update" });
    this.visit(node.element, context);
  }

  private visitObjectReference({ type, object }: nft.ObjectReference, context: Context): void {
    if (object.kind === "string" || object.kind === "symbol") this.addObject(object, type, context);
    else this.visit(object, { ...context, objects: type });
  }

  private visitElement(node: nft.SetElement, context: Context): void {
    const { value } = node;
    if (context.objects === undefined || (value?.kind !== "string" && value?.kind !== "symbol")) {
      this.visitParts(node, context);
      return;
    }
    this.visit(node.key, context);
    this.addObject(value, context.objects, context);
  }

  // ------------------------------------------------------------------------------------------ adding

  /** A name in a second declaration is a reference to the first. */
  private addOwn(name: nft.Name, definition: Definition, context: Context): void {
    if (definition.nameSpan.start === name.start) return;
    this.add(definition.kind, name.text, context.how, name, undefined, definition);
  }

  private addChain(name: nft.Name, context: Context): Reference {
    const reference = this.chainReference(name.text, name, context);
    this.references.push(reference);
    return reference;
  }

  private chainReference(name: string, place: Span, { table, rule, how }: Context): Reference {
    return new ReferenceOfNode("chain", name, how, place, rule, this.builder.chain(table, name));
  }

  private addSet(name: nft.Name, { table, rule, how }: Context): void {
    const definition = this.builder.set(table, name.text);
    this.add(definition?.kind ?? "set", name.text, how, name, rule, definition);
  }

  private addObject(node: nft.Name | nft.StringLiteral | nft.SymbolExpression, type: string, context: Context): void {
    const { table, rule, how } = context;
    const name = node.kind === "name" ? node.text : node.kind === "string" ? node.value : node.name;
    const definition = this.builder.object(table, type, name);
    this.add("object", name, how, node, rule, definition);
  }

  private add(...parts: ConstructorParameters<typeof ReferenceOfNode>): void {
    this.references.push(new ReferenceOfNode(...parts));
  }
}

/** A class, for there may be as many as rules: what is there and what is not has its place. */
class ReferenceOfNode implements Reference {
  readonly start: number;
  readonly end: number;
  readonly rule?: Rule;
  readonly definition?: Definition;

  constructor(
    readonly kind: Definition["kind"],
    readonly name: string,
    readonly how: Reference["how"],
    { start, end }: Span,
    rule: Rule | undefined,
    definition: Definition | undefined,
  ) {
    this.start = start;
    this.end = end;
    if (rule) this.rule = rule;
    if (definition) this.definition = definition;
  }
}

function objectsOf(node: SyntaxNode): string | undefined {
  if (node.kind !== "setDeclaration") return undefined;
  for (const item of (node as nft.SetDeclaration).items)
    if (item.kind === "setType" || item.kind === "setTypeof") return item.objectType;
  return undefined;
}
