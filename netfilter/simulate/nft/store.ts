import type { ValueType } from "../../model/nft/values.js";
import type { Outcome, Passage } from "../context.js";
import type { Piece } from "./constants.js";
import { joined, type Key, Lookup } from "./lookup.js";
import { Cell, type Memory } from "./memory.js";
import type { Atom, Part, Step } from "./reading.js";

/** What a map gives for a key. */
export type Given =
  | { readonly kind: "verdict"; readonly outcome: Outcome | undefined }
  | { readonly kind: "data"; readonly pieces: readonly Piece[] | undefined }
  | { readonly kind: "object"; readonly name: string };

/** What a set holds for a key. */
export interface Element {
  readonly gives?: Given;
  /** The counters, limits and quotas of the element: each may end the rule. */
  readonly states: readonly Step[];
  /** Seconds it lives from the load on, for elements of the file. */
  readonly lifetime?: number;
  /** Seconds since 1970, for elements that rules added. */
  readonly expires?: number;
}

/** How a set is declared. */
export interface SetShape {
  readonly name: string;
  readonly types: readonly ValueType[];
  readonly valueTypes: readonly ValueType[];
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly size: number;
}

/** How many elements a set may take from rules where its declaration does not say. */
export const defaultSize = 65_535;

/** A set or map with its elements: the file's, and those that rules added or took away. */
export class SetStore {
  private readonly lookup = new Lookup<Element>();
  private readonly distinct: Element[] = [];
  private count = 0;
  private dynamic: Cell<Map<Atom, Element | null>> | undefined;
  private started: number | undefined;
  /** True where some element could not be read: whoever is not found may be that one. */
  unreadable = false;

  constructor(
    readonly shape: SetShape,
    private readonly memory: Memory,
  ) {}

  /** Adds an element of the file. */
  load(key: Key, element: Element): void {
    this.count++;
    this.lookup.add(key, element);
    if (this.distinct.length < most) this.distinct.push(element);
  }

  /** What a key that is known leads to. */
  find(passage: Passage, key: readonly Atom[]): Element | undefined {
    if (this.dynamic) return this.candidates(passage, key)[0];
    const element = this.lookup.find(key);
    return element && this.lives(element, passage) ? element : undefined;
  }

  /** The same for a key of one part. */
  findOne(passage: Passage, key: Atom): Element | undefined {
    if (this.dynamic) return this.candidates(passage, [key])[0];
    const element = this.lookup.findOne(key);
    return element && this.lives(element, passage) ? element : undefined;
  }

  /** What the key may lead to; several where ports of it are not known, all where the key is not. */
  candidates(passage: Passage, key: readonly Part[] | undefined): (Element | undefined)[] {
    if (key === undefined) return [undefined, ...this.distinct, ...this.added()];
    const found = this.dynamic ? this.findAdded(passage, key) : this.lookup.findAny(key);
    return found.map((element) => (element && this.lives(element, passage) ? element : undefined));
  }

  /** Adds an element for a rule, or finds the one that is there already; undefined when the set is full. */
  put(passage: Passage, key: readonly Atom[], make: () => Element, update: boolean): Element | undefined {
    const [known] = this.candidates(passage, key);
    if (known && !update) return known;
    if (!known && this.isFull(passage)) return undefined;
    const element = known ? { ...known, ...renewed(make()) } : make();
    this.changes.edit().set(joined(key), element);
    return element;
  }

  /** Takes an element away for a rule. */
  remove(key: readonly Atom[]): void {
    this.changes.edit().set(joined(key), null);
  }

  private get changes(): Cell<Map<Atom, Element | null>> {
    this.dynamic ??= new Cell(this.memory, new Map<Atom, Element | null>(), (map) => new Map(map));
    return this.dynamic;
  }

  /** What has run out makes room; it is looked for only when there seems to be none. */
  private isFull(passage: Passage): boolean {
    const { size } = this.shape;
    if (this.count + (this.dynamic?.value.size ?? 0) < size) return false;
    return this.count + this.added().filter((element) => this.lives(element, passage)).length >= size;
  }

  private added(): Element[] {
    return [...(this.dynamic?.value.values() ?? [])].filter((element) => element !== null);
  }

  private findAdded(passage: Passage, key: readonly Part[]): (Element | undefined)[] {
    if (!key.every(isAtom)) return [...this.lookup.findAny(key), ...this.added()];
    const added = this.dynamic?.value.get(joined(key));
    if (added && this.lives(added, passage)) return [added];
    return added === null ? [undefined] : [this.lookup.find(key)];
  }

  private lives({ lifetime, expires }: Element, passage: Passage): boolean {
    if (lifetime === undefined && expires === undefined) return true;
    const { now } = passage;
    if (now === undefined) {
      passage.assume(`No element of the set \`${this.shape.name}\` runs out.`);
      return true;
    }
    this.started ??= now;
    return now < (expires ?? this.started + (lifetime as number));
  }
}

/** Elements to choose from where the key is not known: more would only make the same question longer. */
const most = 64;

function renewed({ expires }: Element): Partial<Element> {
  return expires === undefined ? {} : { expires };
}

/** True for a part that is known. */
export function isAtom(part: Part): part is Atom {
  return typeof part !== "object";
}
