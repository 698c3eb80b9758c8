import type { Entry } from "../../facts/catalogue.js";
import { keyword } from "../../facts/nft/index.js";
import type { KeywordGroup } from "../../facts/nft/types.js";
import type { Role, Token } from "../tree.js";
import { Kind, type Lexed } from "./lexer.js";

const roles: readonly Role[] = [
  "unknown",
  "comment",
  "string",
  "number",
  "operator",
  "punctuation",
  "keyword",
  "match",
  "statement",
  "verdict",
  "constant",
  "family",
  "hook",
  "priority",
  "address",
  "interface",
  "tableName",
  "chainName",
  "setName",
  "objectName",
  "variable",
  "counter",
];
const roleNumbers = new Map(roles.map((role, number) => [role, number]));

/** The catalogue's entries met so far, so that a token's is a small number; the first stands for none. */
const entries: (Entry | undefined)[] = [undefined];
const entryNumbers = new Map<Entry, number>();

function numberOf(entry: Entry): number {
  let number = entryNumbers.get(entry);
  if (number === undefined) {
    number = entries.push(entry) - 1;
    entryNumbers.set(entry, number);
  }
  return number;
}

/** What some tokens in a row are to the reader. */
export interface WordNotes {
  readonly roleOf: Uint8Array;
  readonly entryOf: Uint16Array;
}

/** Notes what each raw token is to the reader; a column beside the lexer's, so that a check pays nothing for tokens. */
export class TokenNotes implements WordNotes {
  readonly roleOf: Uint8Array;
  readonly entryOf: Uint16Array;

  constructor(private readonly lexed: Lexed) {
    this.roleOf = new Uint8Array(lexed.count);
    this.entryOf = new Uint16Array(lexed.count);
  }

  set(index: number, role: Role, entry: Entry | undefined): void {
    this.roleOf[index] = roleNumbers.get(role) as number;
    this.entryOf[index] = entry === undefined ? 0 : numberOf(entry);
  }

  /** Takes over the notes of another text's tokens from `first` up to `after`, which here stand so many tokens later. */
  copy({ roleOf, entryOf }: WordNotes, first: number, after: number, moved: number): void {
    this.roleOf.set(roleOf.subarray(first, after), first + moved);
    this.entryOf.set(entryOf.subarray(first, after), first + moved);
  }

  /** Those of the tokens from `first` up to `after`. */
  slice(first: number, after: number): WordNotes {
    return { roleOf: this.roleOf.slice(first, after), entryOf: this.entryOf.slice(first, after) };
  }

  /** Notes the same for the tokens from `first` on. */
  put(first: number, { roleOf, entryOf }: WordNotes): void {
    this.roleOf.set(roleOf, first);
    this.entryOf.set(entryOf, first);
  }

  /** All tokens in order of place, comments among them, line breaks left out. */
  collect(): Token[] {
    const { kinds, starts, ends, count, comments } = this.lexed;
    const tokens: Token[] = [];
    let comment = 0;
    for (let at = 0; at < count; at++) {
      const start = starts[at] as number;
      for (; comment < comments.length && (comments[comment] as number) < start; comment += 2) {
        tokens.push({ start: comments[comment] as number, end: comments[comment + 1] as number, role: "comment" });
      }
      const kind = kinds[at];
      if (kind !== Kind.Newline && kind !== Kind.CarriageReturn && kind !== Kind.End) {
        tokens.push(this.token(at, start, ends[at] as number));
      }
    }
    return selectorsWhole(tokens);
  }

  private token(at: number, start: number, end: number): Token {
    const role = roles[this.roleOf[at] as number] as Role;
    const entry = entries[this.entryOf[at] as number] ?? entryByRole(role, this.lexed.text.slice(start, end));
    return entry ? { start, end, role, entry } : { start, end, role };
  }
}

const groupsByRole: Partial<Record<Role, readonly KeywordGroup[]>> = {
  keyword: ["structure", "command", "object", "option"],
  operator: ["operator"],
  priority: ["priority"],
};

/** The catalogue's word for a token that the parser took for what it is in any place. */
function entryByRole(role: Role, text: string): Entry | undefined {
  for (const group of groupsByRole[role] ?? []) {
    const entry = keyword(text, group);
    if (entry) return entry;
  }
  return undefined;
}

/** `meta` of `meta mark` and `ct` of `ct original saddr` tell what the key tells. */
function selectorsWhole(tokens: Token[]): Token[] {
  let key: Entry | undefined;
  for (let at = tokens.length - 1; at >= 0; at--) {
    const token = tokens[at] as Token;
    if (token.role !== "match") key = undefined;
    else if (token.entry === undefined) {
      if (key) token.entry = key;
    } else if (token.entry.kind === "expression") key = token.entry;
  }
  return tokens;
}
