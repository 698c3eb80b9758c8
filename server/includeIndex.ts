import { partMatcher } from "../netfilter/model/nft/includes/glob.js";
import type { Files } from "../netfilter/text/files.js";
import { folderOf, nameOf } from "../netfilter/text/paths.js";

/** What tells which names the last part of a file's `include` lines stand for. */
type Asked = readonly ((name: string) => boolean)[];

/** Of a workspace so many files are looked at, and of a folder beside a file so many. */
const mostFiles = 5000;
const mostNeighbours = 500;
/** Links may lead in a circle: the walk through a workspace ends after so many folders. */
const mostFolders = 20_000;
/** So many folders above a file's own are searched for those that include it. */
const levelsAbove = 2;
const passedOver: ReadonlySet<string> = new Set([".git", ".hg", ".svn", "node_modules"]);

/** Knows which files may include a file: by their `include` lines, the name asked for alone. */
export class IncludeIndex {
  private readonly asked = new Map<string, { readonly text: string; readonly asked: Asked }>();
  private readonly neighbours = new Map<string, { readonly until: number; readonly paths: readonly string[] }>();
  /** Files of the workspace that have `include` lines. */
  private including = new Set<string>();

  constructor(
    private readonly files: Pick<Files, "read" | "list">,
    /** How long, in milliseconds, a folder's files are taken to be the same. */
    private readonly trust: number,
  ) {}

  /** `also` are files to ask besides those that are known: the open ones. */
  includers(path: string, also: readonly string[] = []): string[] {
    const fits = (other: string) => other !== path && this.askedBy(other).some((matches) => matches(nameOf(path)));
    return [...new Set([...this.near(path), ...also, ...this.including])].filter(fits);
  }

  /** Looks again at a file that has changed; true where it has `include` lines. */
  update(path: string): boolean {
    const includes = mayBeRules(path) && this.askedBy(path).length > 0;
    if (includes) this.including.add(path);
    else this.including.delete(path);
    this.neighbours.delete(folderOf(path));
    return includes;
  }

  /** Goes through the folders of a workspace a few files at a time, so that nobody has to wait for it. */
  async build(folders: readonly string[]): Promise<void> {
    const waiting = [...folders];
    let [seen, walked] = [0, 0];
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      if (seen >= mostFiles || ++walked > mostFolders) break;
      const { files = [], folders: inner = [] } = this.files.list(folder) ?? {};
      for (const name of inner) if (!passedOver.has(name)) waiting.push(`${folder}/${name}`);
      for (const name of files.filter(mayBeRules)) {
        if (++seen > mostFiles) break;
        this.update(`${folder}/${name}`);
        if (seen % 10 === 0) await letOthersRun();
      }
      await letOthersRun();
    }
  }

  private near(path: string): string[] {
    const found: string[] = [];
    let folder = folderOf(path);
    for (let level = 0; level <= levelsAbove; level++) {
      found.push(...this.includingIn(folder));
      if (folder === "/") break;
      folder = folderOf(folder);
    }
    return found;
  }

  private includingIn(folder: string): readonly string[] {
    const known = this.neighbours.get(folder);
    if (known && known.until > Date.now()) return known.paths;
    const names = (this.files.list(folder)?.files ?? []).filter(mayBeRules).slice(0, mostNeighbours);
    const paths = names
      .map((name) => `${folder === "/" ? "" : folder}/${name}`)
      .filter((path) => this.askedBy(path).length > 0);
    this.neighbours.set(folder, { until: Date.now() + this.trust, paths });
    return paths;
  }

  private askedBy(path: string): Asked {
    const text = this.files.read(path);
    if (!text?.includes("include")) return [];
    const known = this.asked.get(path);
    if (known?.text === text) return known.asked;
    const asked = [...text.matchAll(includeLine)].map(([, pattern = ""]) => partMatcher(nameOf(pattern)));
    if (asked.length > 0) this.asked.set(path, { text, asked });
    else this.asked.delete(path);
    return asked;
  }
}

function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const includeLine = /(?:^|[{;])[ \t]*include[ \t]+"([^"\n]*)"/gm;

/** Names that a file with nftables rules may have. */
function mayBeRules(path: string): boolean {
  return /\.(nft|nftables|conf|rules)$|^[^.]+$/.test(nameOf(path));
}
