import { nearest } from "./nearest.js";

/** What is wrong with a value that a person or a tool gave as data, and where in it. */
export interface FieldProblem {
  /** Keys and indices that lead to the value. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is expected. */
  readonly message: string;
}

/** A range of whole numbers, and words that stand for some. */
export interface NumberForm {
  readonly from?: number;
  readonly to: number;
  readonly words?: ReadonlyMap<string, number>;
}

/** The fields of an object of unknown origin, read one by one; what is wrong is noted, and nothing is thrown. */
export class Fields {
  private readonly read = new Set<string>();
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    readonly path: FieldProblem["path"],
    readonly problems: FieldProblem[],
    /** What the object is, for messages: `a packet`. */
    private readonly what: string,
  ) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    this.values = isObject ? (value as Record<string, unknown>) : {};
    if (!isObject) this.complain(undefined, `${what} is an object with named fields, not ${kindOf(value)}`);
  }

  /** Notes that something is wrong with a field, or with the whole. */
  complain(name: string | undefined, message: string): void {
    this.problems.push({ path: name === undefined ? this.path : [...this.path, name], message });
  }

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  /** Whether the key is there, even without a value. */
  hasKey(name: string): boolean {
    return Object.hasOwn(this.values, name);
  }

  /** Every key, in order. */
  names(): readonly string[] {
    return Object.keys(this.values);
  }

  /** The value as it is; whoever asks looks at it. */
  raw(name: string): unknown {
    this.read.add(name);
    return this.values[name] ?? undefined;
  }

  string(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    this.complain(name, `${name} is a text, not ${kindOf(value)}`);
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value;
    this.complain(name, `${name} is true or false, not ${kindOf(value)}`);
    return undefined;
  }

  /** A whole number: as such, as decimal or hexadecimal text, or as one of the words. */
  number(name: string, { from = 0, to, words }: NumberForm): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const found = typeof value === "string" ? (words?.get(value.toLowerCase()) ?? numberOf(value)) : value;
    if (typeof found === "number" && Number.isInteger(found) && from <= found && found <= to) return found;
    const near = typeof value === "string" && words ? nearest(value, words.keys()) : undefined;
    const range = `a whole number from ${from} to ${to}${words ? " or a name" : ""}`;
    const hint = near ? `: did you mean ${near}?` : "";
    this.complain(name, `${name} is ${range}, not ${JSON.stringify(value) ?? kindOf(value)}${hint}`);
    return undefined;
  }

  /** One of some words. */
  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    const value = this.raw(name);
    const found = words.find((word) => word === value);
    if (value !== undefined && found === undefined)
      this.complain(name, `${name} is one of ${words.join(", ")}, not ${JSON.stringify(value)}`);
    return found;
  }

  /** The items of a list, each read by `item`; those that come to nothing are left out. */
  list<T>(name: string, item: (value: unknown, path: FieldProblem["path"]) => T | undefined): T[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) {
      this.complain(name, `${name} is a list, not ${kindOf(value)}`);
      return undefined;
    }
    const items = value.map((one, index) => item(one, [...this.path, name, index]));
    return items.filter((one) => one !== undefined);
  }

  /** Complains about fields that nobody has read. */
  end(): void {
    for (const name of Object.keys(this.values)) {
      if (this.read.has(name)) continue;
      const near = nearest(name, this.read);
      this.complain(name, `${this.what} has no field ${name}${near ? `: did you mean ${near}?` : ""}`);
    }
  }
}

/** What a reader asks of a field; of `any` it looks at the value itself. */
export type FieldForm =
  | { readonly kind: "text" | "boolean" | "list" | "any" }
  | ({ readonly kind: "number" } & NumberForm)
  | { readonly kind: "word"; readonly words: readonly string[] };

/** Fields without an object: tells what a reader asks for, every field with the form that was last asked of it. */
export class AskedFields extends Fields {
  readonly asked = new Map<string, FieldForm>();

  constructor() {
    super({}, [], [], "nothing");
  }

  override has(): boolean {
    return true;
  }

  override raw(name: string): undefined {
    this.asked.set(name, { kind: "any" });
  }

  override string(name: string): undefined {
    this.asked.set(name, { kind: "text" });
  }

  override boolean(name: string): undefined {
    this.asked.set(name, { kind: "boolean" });
  }

  override number(name: string, form: NumberForm): undefined {
    this.asked.set(name, { kind: "number", ...form });
  }

  override word(name: string, words: readonly string[]): undefined {
    this.asked.set(name, { kind: "word", words });
  }

  override list(name: string): undefined {
    this.asked.set(name, { kind: "list" });
  }
}

/** A number in decimal or hexadecimal; undefined for all other texts. */
function numberOf(text: string): number | undefined {
  return /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : undefined;
}

/** What a value is, for a message. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `the ${typeof value} ${JSON.stringify(value)}`;
}

/** `packets[3].saddr`. */
export function pathText(path: FieldProblem["path"]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}
