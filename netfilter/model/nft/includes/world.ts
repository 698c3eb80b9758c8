import { type Inside, parseFragment } from "../../../syntax/nft/fragment.js";
import type { File, FileItem, Include, NftNode, NftTree } from "../../../syntax/nft/nodes.js";
import { parseNft } from "../../../syntax/nft/parse.js";
import type { Token } from "../../../syntax/tree.js";
import type { Files } from "../../../text/files.js";
import type { Finding } from "../../../text/finding.js";
import { type PlacedText, Sources } from "../../../text/sources.js";
import { resolveInclude } from "./resolve.js";
import { shift } from "./shift.js";

/** The file that a person looks at. */
export interface NamedText {
  readonly path: string;
  readonly text: string;
  /** Of an earlier version of the text: what has not changed is taken over, so that it is of no use afterwards. */
  readonly previous?: NftTree | undefined;
}

/** A file as it is read at one place. */
export interface Source extends PlacedText {
  readonly tree: NftTree;
  /** What stands in it, without the blocks around. */
  readonly items: readonly NftNode[];
  /** The block in which it is included; absent at file level. */
  readonly inside: Inside | undefined;
  /** Who includes it, and where; absent for the file that is given to nft. */
  readonly by: Inclusion | undefined;
}

/** An `include` and the file in which it stands. */
export interface Inclusion {
  readonly include: Include;
  readonly source: Source;
}

/** An `include` that nft refuses, or that we cannot judge. */
export interface IncludeProblem extends Inclusion {
  /**
   * `missing`: there is no such file; `tooDeep`: files include each other more levels deep than nft follows; `joined`: the file's
   * last line has no end and goes on with what follows its `include`.
   */
  readonly kind: "missing" | "tooDeep" | "joined";
  /** The file that is sought or read. */
  readonly path: string;
}

/** Everything that nft reads when it is given one file, as one tree in which files stand in place of their `include`. */
export interface World {
  readonly tree: NftTree;
  readonly sources: Sources;
  /** The document first. */
  readonly read: readonly Source[];
  readonly problems: readonly IncludeProblem[];
}

/** nft reads so many files deep, the first one counted. */
const deepest = 16;
/** More than any ruleset has; what lies beyond is left unread. */
const mostFiles = 1000;
const mostText = 1 << 25;
/** The others begin at a multiple of this, so that they stay where they are while the document in front of them grows. */
const grain = 1 << 16;

/** Reads `root` with all that it includes; undefined where `document` is not among them. */
export function readWorld(root: NamedText, document: NamedText, files: Files): World | undefined {
  return new Reader(root, document, files).read();
}

class Reader {
  private readonly sources: Source[] = [];
  private readonly problems: IncludeProblem[] = [];
  /** Where the next file begins. */
  private end: number;
  private documentRead = false;

  constructor(
    private readonly root: NamedText,
    private readonly document: NamedText,
    private readonly files: Files,
  ) {
    this.end = Math.ceil((document.text.length + 1) / grain) * grain;
  }

  read(): World | undefined {
    const root = this.open(this.root.path, this.root.text, undefined, undefined);
    const items = this.itemsOf(root, 1);
    if (!this.documentRead) return undefined;
    const read = this.sources.sort((a, b) => a.base - b.base);
    const sources = new Sources(read);
    const own = (read[0] as Source).tree;
    const tree = own.root.items === items ? own : new WholeTree(sources, own, items as readonly FileItem[]);
    return { tree, sources, read, problems: this.problems };
  }

  /** The document has the first place however late it is read; where it is read again, it has another. */
  private open(path: string, text: string, inside: Inside | undefined, by: Inclusion | undefined): Source {
    const isDocument = path === this.document.path && !this.documentRead;
    this.documentRead ||= isDocument;
    const base = isDocument ? 0 : this.end;
    if (!isDocument) this.end += text.length + 1;
    const source: Source = { ...this.parse(path, text, base, inside), path, base, inside, by };
    this.sources.push(source);
    return source;
  }

  private parse(path: string, text: string, base: number, inside: Inside | undefined): Parsed {
    return base === 0 ? parse(text, inside, this.document.previous) : parsedAt(this.files, path, text, base, inside);
  }

  /** What stands in a file, with others in place of their `include`. */
  private itemsOf(source: Source, depth: number): readonly NftNode[] {
    const { items, text, inside } = source;
    return text.includes("include") ? this.expand(items, source, inside, depth) : items;
  }

  /** The same list where there is no `include`. One that cannot be read stays. */
  private expand(items: readonly NftNode[], source: Source, inside: Inside | undefined, depth: number) {
    let changed = false;
    const expanded = items.flatMap((item): readonly NftNode[] => {
      const replaced = this.expandItem(item, source, inside, depth);
      changed ||= replaced.length !== 1 || replaced[0] !== item;
      return replaced;
    });
    return changed ? expanded : items;
  }

  private expandItem(item: NftNode, source: Source, inside: Inside | undefined, depth: number): readonly NftNode[] {
    if (item.kind === "include") return this.include({ include: item as Include, source }, inside, depth);
    const within = insideOf(item);
    if (!within) return [item];
    const { items } = item as NftNode & { items: readonly NftNode[] };
    const expanded = this.expand(items, source, within, depth);
    return [expanded === items ? item : ({ ...item, items: expanded } as NftNode)];
  }

  private include(by: Inclusion, inside: Inside | undefined, depth: number): readonly NftNode[] {
    const found = resolveInclude(by.include.path.value, this.root.path, this.files);
    if (found.kind === "unknown") return [by.include];
    if (found.kind === "missing") {
      this.problems.push({ ...by, kind: "missing", path: found.sought });
      return [by.include];
    }
    if (depth >= deepest && found.paths[0]) {
      this.problems.push({ ...by, kind: "tooDeep", path: found.paths[0] });
      return [by.include];
    }
    const texts = found.paths.map((path) => this.textOf(path));
    this.noteJoined(by, found.paths, texts);
    const items = texts.flatMap((text, index) => {
      if (text === undefined || this.sources.length >= mostFiles || this.end > mostText) return [by.include];
      return this.itemsOf(this.open(found.paths[index] as string, text, inside, by), depth + 1);
    });
    return found.complete ? items : [...items, by.include];
  }

  private textOf(path: string): string | undefined {
    return path === this.document.path ? this.document.text : this.files.read(path);
  }

  /** The line break behind `include` is read before the file: nothing but its own ends its last line. */
  private noteJoined(by: Inclusion, paths: readonly string[], texts: readonly (string | undefined)[]): void {
    const { include, source } = by;
    const behind = source.text.slice(include.end - source.base).replace(/^[ \t]*[\n;]/, "");
    for (const [index, text] of texts.entries()) {
      const next = texts[index + 1] ?? behind;
      if (text !== undefined && isOpen(text) && !/^[ \t]*([\n;]|$)/.test(next))
        this.problems.push({ ...by, kind: "joined", path: paths[index] as string });
    }
  }
}

/** True for a text whose last line has no end. A comment without one is an error of its own. */
function isOpen(text: string): boolean {
  const last = text.slice(text.lastIndexOf("\n") + 1).trimEnd();
  return last !== "" && !last.endsWith(";") && !last.includes("#");
}

/** All files as one tree; its tokens and errors of syntax are the document's. */
class WholeTree implements NftTree {
  readonly root: File;

  constructor(
    private readonly sources: Sources,
    private readonly document: NftTree,
    items: readonly FileItem[],
  ) {
    this.root = { kind: "file", start: 0, end: document.text.length, items };
  }

  get text(): string {
    return this.sources.text;
  }

  get tokens(): readonly Token[] {
    return this.document.tokens;
  }

  get errors(): readonly Finding[] {
    return this.document.errors;
  }
}

/** The kind of block that an item is, if other files may be included in it. */
function insideOf(item: NftNode): Inside | undefined {
  switch (item.kind) {
    case "table":
    case "chain":
    case "flowtable":
      return item.kind;
    case "setDeclaration":
      return (item as unknown as { keyword: { text: string } }).keyword.text === "map" ? "map" : "set";
    case "objectDeclaration":
      return (item as unknown as { type: Inside }).type;
    default:
      return undefined;
  }
}

type Parsed = Pick<Source, "tree" | "items"> & { readonly text: string };

/** What was read last at each place. */
const parsed = new WeakMap<Files, Map<string, Parsed>>();

/** While a person edits one file, the others stay as they were. */
function parsedAt(files: Files, path: string, text: string, base: number, inside: Inside | undefined): Parsed {
  const known = parsed.get(files) ?? new Map<string, Parsed>();
  parsed.set(files, known);
  if (known.size > mostFiles) known.clear();
  const key = `${path}\n${base}\n${inside}`;
  let found = known.get(key);
  if (found?.text !== text) {
    found = parse(text, inside);
    shift([found.items, found.tree.root, found.tree.errors], base);
    known.set(key, found);
  }
  return found as Parsed;
}

function parse(text: string, inside: Inside | undefined, previous?: NftTree): Parsed {
  if (inside) return { text, ...parseFragment(text, inside, previous) };
  const tree = parseNft(text, previous);
  return { text, tree, items: tree.root.items };
}
