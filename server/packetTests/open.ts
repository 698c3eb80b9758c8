import { detectLanguage } from "../../netfilter/language.js";
import { loadRules, type ReadRules } from "../../netfilter/simulate/load.js";
import type { PacketTest } from "../../netfilter/simulate/packetTests.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { type FieldProblem, pathText } from "../../netfilter/text/fields.js";
import type { Files } from "../../netfilter/text/files.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";
import { folderOf, joined } from "../../netfilter/text/paths.js";
import type { Span } from "../../netfilter/text/span.js";
import { type ParsedTests, type PlacedProblem, parsePacketTests } from "../path/yamlTests.js";

/** A packet test file with all that it names, ready to run. */
export interface OpenedTests {
  readonly tests: readonly PacketTest[];
  readonly loaded: readonly Loaded[];
  readonly state: RouterState;
  /** What keeps tests from being run: in a test it concerns that one, elsewhere all. */
  readonly problems: readonly PlacedProblem[];
  /** What a tool would not load of the rules, and what the tests thus run without. */
  readonly warnings: readonly PlacedProblem[];
  /** Paths of the files that were read, or sought in vain, besides this one. */
  readonly uses: readonly string[];
}

/** How files are read, and called where a person is told of them: as the test file does where nothing else is said. */
export interface OpenOptions {
  readonly readRules?: ReadRules;
  readonly nameOf?: (path: string) => string;
}

/** Reads a test file's text and the files that it names. `path` is absolute; never throws. */
export function openTests(path: string, text: string, files: Files, options: OpenOptions = {}): OpenedTests {
  return new Opening(path, parsePacketTests(text), files, options).open();
}

class Opening {
  private readonly problems: PlacedProblem[];
  private readonly warnings: PlacedProblem[] = [];
  private readonly uses = new Set<string>();

  constructor(
    private readonly path: string,
    private readonly parsed: ParsedTests,
    private readonly files: Files,
    private readonly options: OpenOptions,
  ) {
    this.problems = [...parsed.problems];
  }

  open(): OpenedTests {
    const { tests, rules, state } = this.parsed.file;
    const loaded = rules.flatMap((name, index) => this.rules(name, index) ?? []);
    const known = typeof state === "string" ? this.state(state) : state;
    const { problems, warnings } = this;
    return { tests, loaded, state: known, problems, warnings, uses: [...this.uses] };
  }

  private rules(name: string, index: number): Loaded | undefined {
    const where = this.parsed.locate(["rules", index]);
    const text = this.read(name, where);
    if (text === undefined) return undefined;
    const path = this.beside(name);
    const language = detectLanguage(path, text);
    if (!language) {
      const message = `${name}: cannot tell nftables from iptables here; give the file a name such as rules.v4 or rules.nft`;
      this.problems.push({ ...where, message });
      return undefined;
    }
    const { readRules = loadRules, nameOf = () => name } = this.options;
    const loaded = { ...readRules(path, text, language, this.files), name: nameOf(path) };
    for (const { path } of loaded.sources?.texts ?? []) this.uses.add(path);
    this.warnOf(loaded, where);
    return loaded;
  }

  private warnOf({ name, text, tree }: Loaded, where: Span): void {
    const [first] = tree.errors;
    if (!first) return;
    const line = new LineIndex(text).position(first.span.start).line + 1;
    const message = `${name} would not load, and the tests run without what cannot be read: line ${line}: ${first.message}`;
    this.warnings.push({ ...where, message });
  }

  private state(name: string): RouterState {
    const where = this.parsed.locate(["state"]);
    const text = this.read(name, where);
    if (text === undefined) return {};
    const problems: FieldProblem[] = [];
    const state = readState(jsonOf(text, problems), problems);
    for (const { path, message } of problems)
      this.problems.push({ ...where, message: `${name}: ${path.length > 0 ? `${pathText(path)}: ` : ""}${message}` });
    return state ?? {};
  }

  private read(name: string, where: Span): string | undefined {
    const path = this.beside(name);
    this.uses.add(path);
    const text = this.files.read(path);
    if (text === undefined)
      this.problems.push({ ...where, message: `${name}: there is no such file, or it cannot be read` });
    return text;
  }

  private beside(name: string): string {
    return name.startsWith("/") ? name : joined(folderOf(this.path), name);
  }
}

function jsonOf(text: string, problems: FieldProblem[]): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    problems.push({ path: [], message: `this is not JSON: ${(error as Error).message}` });
    return {};
  }
}
