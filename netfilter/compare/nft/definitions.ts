import type { SetDraft } from "../../model/nft/builder.js";
import { familyOf } from "../../model/nft/builder.js";
import { resolved, type Variables } from "../../model/nft/variables.js";
import type { NamedObject, NamedSet, Table } from "../../model/ruleset.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Keyed, Setting, SideSet } from "../sides.js";
import { showElement } from "./elementText.js";
import { type ExpressionKeys, typeNamed } from "./expressions.js";
import { bytesOf } from "./rules.js";
import { typesOfSet } from "./setTypes.js";

type Declared = nft.SetDeclaration | nft.ObjectDeclaration | nft.Flowtable | nft.Table;

/** Where tables, sets, objects and flowtables are declared, by what they are called. */
export type Declarations = ReadonlyMap<string, readonly Declared[]>;

/** Finds every declaration of a file. */
export function declarationsOf(file: nft.File): Declarations {
  const found = new Map<string, Declared[]>();
  const add = (kind: string, table: string, node: Declared) => {
    const key = `${kind} ${table} ${node.name?.text}`;
    const known = found.get(key);
    if (known) known.push(node);
    else found.set(key, [node]);
  };
  const visit = (item: nft.FileItem | nft.TableItem, home: string | undefined) => {
    const own = home ?? ("table" in item && item.table ? tableName(item.table) : "");
    if (item.kind === "setDeclaration") add("set", own, item);
    else if (item.kind === "objectDeclaration") add(item.type, own, item);
    else if (item.kind === "flowtable") add("flowtable", own, item);
    else if (item.kind === "table") {
      const name = tableName(item);
      add("table", name, item);
      for (const inner of item.items) visit(inner, name);
    }
  };
  for (const item of file.items) visit(item, undefined);
  return found;
}

function tableName({ family, name }: nft.Table | nft.TableReference): string {
  return `${familyOf(family)} ${name?.text}`;
}

/** Reads what tables, sets and objects are set to. */
export class DefinitionKeys {
  constructor(
    private readonly declarations: Declarations,
    private readonly expressions: ExpressionKeys,
    private readonly variables: Variables,
  ) {}

  table({ family, name }: Table): Setting[] {
    const nodes = (this.declarations.get(`table ${family} ${name} ${name}`) ?? []) as nft.Table[];
    const flags = nodes.flatMap(({ items }) => items.flatMap((item) => (item.kind === "flags" ? item.flags : [])));
    return setting("flags", [...new Set(flags.map(({ text }) => text))].sort().join(","));
  }

  set(set: NamedSet): SideSet {
    const { table, name, kind, span } = set;
    const nodes = (this.declarations.get(`set ${table.family} ${table.name} ${name}`) ?? []) as nft.SetDeclaration[];
    const items = nodes.flatMap((node) => node.items);
    const declared = items.flatMap((item): Setting[] => this.setSetting(item));
    const flags = set.flags.filter((flag) => flag !== "dynamic" && flag !== "timeout").sort();
    const types = typesOfSet(items, this.expressions);
    const dynamic = set.flags.includes("dynamic") || set.flags.includes("timeout");
    return {
      kind,
      name,
      ...span,
      settings: [...setting("flags", flags.join(",")), ...unique(declared, dynamic)],
      elements: this.elements(set, types),
      volatile: dynamic || declared.some((one) => one.name === "timeout"),
    };
  }

  private setSetting(item: nft.SetItem): Setting[] {
    if (item.kind === "setType" || item.kind === "setTypeof") {
      const { key, value } = typesOfSet([item], this.expressions);
      const type = (all: typeof key) => all.map(({ datatype }) => datatype?.word ?? "?").join(" . ");
      return setting("type", `${type(key)}${value.length > 0 ? ` : ${type(value)}` : ""}${item.objectType ?? ""}`);
    }
    if (item.kind !== "setting" || item.name.text === "auto-merge") return [];
    const types = times.has(item.name.text) ? [typeNamed("time")] : [];
    const value = item.values
      .map((one) => (one.kind === "word" ? one.text : this.expressions.key(one, types)))
      .join(" ");
    return setting(item.name.text, value);
  }

  private elements(set: NamedSet, { key, value }: ReturnType<typeof typesOfSet>): Keyed[] {
    const all = (set as SetDraft).contents.flatMap((content) => {
      const literal = resolved(content, this.variables);
      return literal?.kind === "setLiteral" ? literal.elements : [];
    });
    const { start, end } = set.elements ?? set.span;
    return this.expressions
      .elements(all, key, value)
      .map((one) => ({ key: one, text: showElement(one, key), start, end }));
  }

  object({ type, name, table, span }: NamedObject): Keyed & { readonly name: string } {
    const nodes = this.declarations.get(`${type} ${table.family} ${table.name} ${name}`) ?? [];
    const keys = nodes.flatMap(({ items }) => (items as nft.NftNode[]).flatMap((item) => this.objectItem(item, table)));
    const key = [...new Set(keys)].sort().join("; ");
    return { name: `${type} ${name}`, key, text: key, ...span };
  }

  private objectItem(item: nft.NftNode, table: Table): string[] {
    switch (item.kind) {
      case "counter":
      case "comment":
        return [];
      case "quota": {
        const { mode, amount } = item as nft.Quota;
        return [`quota ${mode?.text ?? "until"} ${bytesOf(amount)}`];
      }
      case "setting": {
        const { name, values } = item as nft.Setting;
        if (name.text === "l3proto" && values.map((one) => this.word(one)).join() === table.family) return [];
        return [`${name.text} ${values.map((one) => this.word(one)).join(" ")}`];
      }
      default:
        return [this.word(item)];
    }
  }

  private word(node: nft.NftNode): string {
    if (node.kind === "word" || node.kind === "name") return (node as nft.Word).text;
    const parts = Object.entries(node).flatMap(([name, value]) =>
      name === "start" || name === "end" || name === "kind" || value === undefined ? [] : [value].flat(),
    );
    const written = parts.map((part) => (isNode(part) ? this.word(part) : `${part}`));
    return node.kind === "list" || node.kind === "setLiteral" ? written.sort().join(",") : written.join(" ");
  }
}

const times: ReadonlySet<string> = new Set(["timeout", "gc-interval"]);

function setting(name: string, value: string): Setting[] {
  return value === "" ? [] : [{ name, value }];
}

/** The last of each name, without what is so anyway: nft itself limits a set that rules fill. */
function unique(settings: readonly Setting[], dynamic: boolean): Setting[] {
  const last = new Map(settings.map(({ name, value }) => [name, value]));
  if (dynamic && last.get("size") === "65535") last.delete("size");
  if (last.get("policy") === "performance") last.delete("policy");
  return [...last].map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isNode(value: unknown): value is nft.NftNode {
  return typeof value === "object" && value !== null && "kind" in value;
}
