import type { Extension, IpFamily, Option } from "../../facts/iptables/extension.js";
import { findProtocolMatch } from "../../facts/iptables/index.js";
import { protocolAt } from "../../facts/protocols.js";
import { type BaseWord, baseByName, optionsByName } from "./grammar.js";
import type { Loaded } from "./nodes.js";
import { parseNumber } from "./numbers.js";

/** A match or target while its rule is still read. */
export type LoadedDraft = { -readonly [K in keyof Loaded]: Loaded[K] };

/** What a long option stands for: a base word, or an option of something that the rule has loaded. */
export type Meaning =
  | { readonly base: BaseWord }
  | { readonly option: Option; readonly loaded: LoadedDraft }
  | "ambiguous"
  | undefined;

/**
 * The options that a rule understands so far. As in getopt, a whole name wins over one cut short, base options over those
 * of extensions, and later extensions over earlier ones.
 */
export class LoadedOptions {
  private readonly loaded: LoadedDraft[] = [];
  /** The options of each by name, at the same index. */
  private readonly options: ReadonlyMap<string, Option>[] = [];

  /** Forgets all, for the next rule. */
  clear(): void {
    this.loaded.length = 0;
    this.options.length = 0;
  }

  /** Makes an extension's options understood. A second `-m` of the same one takes them over from the first. */
  add(loaded: LoadedDraft): void {
    const known = this.placeOf(loaded.extension);
    if (known !== -1) this.loaded[known] = loaded;
    else {
      this.loaded.push(loaded);
      this.options.push(optionsByName(loaded.extension));
    }
  }

  has(extension: Extension): boolean {
    return this.placeOf(extension) !== -1;
  }

  private placeOf(extension: Extension): number {
    for (let index = 0; index < this.loaded.length; index++)
      if ((this.loaded[index] as LoadedDraft).extension === extension) return index;
    return -1;
  }

  /** The option of exactly this name, dashes included. */
  named(name: string): Meaning {
    const base = baseByName.get(name);
    if (base) return { base };
    for (let index = this.loaded.length - 1; index >= 0; index--) {
      const option = (this.options[index] as ReadonlyMap<string, Option>).get(name);
      if (option) return { option, loaded: this.loaded[index] as LoadedDraft };
    }
    return undefined;
  }

  /** The only option whose name starts like this. */
  abbreviated(start: string): Meaning {
    let found: Meaning;
    for (const candidate of this.startingWith(start)) {
      if (found && !sameMeaning(found, candidate)) return "ambiguous";
      found = candidate;
    }
    return found;
  }

  private *startingWith(start: string): Iterable<Meaning> {
    for (const [name, base] of baseByName) if (name.startsWith(start)) yield { base };
    for (const [index, options] of this.options.entries()) {
      const loaded = this.loaded[index] as LoadedDraft;
      for (const [name, option] of options) if (name.startsWith(start)) yield { option, loaded };
    }
  }

  /** Every long name that is understood, dashes included. */
  *names(): Iterable<string> {
    yield* baseByName.keys();
    for (const options of this.options) yield* options.keys();
  }
}

function sameMeaning(a: Meaning, b: Meaning): boolean {
  if (typeof a !== "object" || typeof b !== "object") return false;
  if ("base" in a || "base" in b) return "base" in a && "base" in b && a.base === b.base;
  return a.option === b.option && a.loaded === b.loaded;
}

/** The match that `-p PROTOCOL` brings in when one of its options is met. */
export function matchOfProtocol(protocol: string, family: IpFamily): Extension | undefined {
  const number = parseNumber(protocol);
  const name = number === undefined ? protocol : protocolAt(Number(number))?.name;
  return name === undefined ? undefined : findProtocolMatch(name, family);
}
