import {
  type CancellationToken,
  type Disposable,
  EventEmitter,
  Hover,
  type HoverProvider,
  InlayHint,
  type InlayHintsProvider,
  languages,
  MarkdownString,
  Position,
  type Range,
  type TextDocument,
  workspace,
} from "vscode";
import { amountText, type Counted, countersOf, deltaText, since } from "./counters.js";
import { type Reading, type RulesetDocuments, routerScheme } from "./documents.js";
import type { InThread } from "./inThread.js";

/** Characters that take some milliseconds to read. */
const longestAtOnce = 200_000;

/** What the counters of one reading say beside those of the reading before. */
interface Known {
  readonly text: string;
  readonly before: Reading | undefined;
  readonly counters: readonly Counted[];
  readonly deltas: ReadonlyMap<string, number>;
  readonly seconds: number;
}

/** Counters of live rulesets: sums of chains, what was added since the last reading, and a rule's handle and counter on hover. */
export class CounterHints implements InlayHintsProvider, HoverProvider, Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeInlayHints = this.changed.event;
  private readonly known = new WeakMap<TextDocument, Known>();
  private readonly disposables: Disposable[];

  constructor(
    private readonly documents: RulesetDocuments,
    private readonly inThread: InThread,
  ) {
    const selector = { scheme: routerScheme };
    this.disposables = [
      this.changed,
      languages.registerInlayHintsProvider(selector, this),
      languages.registerHoverProvider(selector, this),
      documents.onDidChangeFile(() => this.changed.fire()),
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("hookscope.counters.hints")) this.changed.fire();
      }),
    ];
  }

  async provideInlayHints(document: TextDocument, range: Range, token: CancellationToken): Promise<InlayHint[]> {
    if (!workspace.getConfiguration("hookscope").get("counters.hints", true)) return [];
    const known = await this.read(document);
    if (token.isCancellationRequested) return [];
    return known.counters
      .filter(({ line }) => line >= range.start.line && line <= range.end.line)
      .flatMap((counted) => hintOf(counted, known, document));
  }

  async provideHover(document: TextDocument, { line }: Position): Promise<Hover | undefined> {
    const known = await this.read(document);
    const found = known.counters.filter((counted) => counted.line === line);
    if (found.length === 0) return undefined;
    const text = new MarkdownString();
    for (const counted of found) text.appendText(sentenceOf(counted, known)).appendMarkdown("\n\n");
    return new Hover(text);
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async read(document: TextDocument): Promise<Known> {
    const text = document.getText();
    const { now, before } = this.documents.readings(document.uri);
    const last = this.known.get(document);
    if (last?.text === text && last.before === before) return last;
    const counters = await this.countersIn(text);
    const earlier = before && (last?.text === before.text ? last.counters : await this.countersIn(before.text));
    const deltas = earlier ? since(counters, earlier) : new Map<string, number>();
    const seconds = now && before ? (now.at - before.at) / 1000 : 0;
    const known = { text, before, counters, deltas, seconds };
    this.known.set(document, known);
    return known;
  }

  /** A long ruleset is read beside the editor, a short one sooner at once. */
  private async countersIn(text: string): Promise<readonly Counted[]> {
    return text.length > longestAtOnce ? this.inThread("counters", text) : countersOf(text);
  }
}

function hintOf(counted: Counted, { deltas, seconds }: Known, document: TextDocument): InlayHint[] {
  const { what, key, line, packets, bytes, handle } = counted;
  const delta = deltas.get(`${what} ${key}`);
  // An nft rule's own text has its numbers.
  const own = what === "rule" && handle !== undefined ? [] : [amountText(packets, bytes)];
  const fresh = delta === undefined ? [] : [deltaText(delta, seconds, own.length === 0)];
  const label = [...own, ...fresh].join("  ");
  if (label === "") return [];
  const prefix = what === "chain" ? "Σ " : what === "policy" ? "policy: " : "";
  const hint = new InlayHint(new Position(line, document.lineAt(line).text.length), prefix + label);
  hint.paddingLeft = true;
  hint.tooltip = sentenceOf(counted, { deltas, seconds });
  return [hint];
}

function sentenceOf(
  { what, key, packets, bytes, handle }: Counted,
  { deltas, seconds }: Pick<Known, "deltas" | "seconds">,
): string {
  const whose = {
    rule: handle === undefined ? "This rule has counted" : `Rule with handle ${handle}: has counted`,
    chain: "The counters of this chain's rules together (one packet may be counted by several):",
    policy: "The chain's policy has decided about",
  }[what];
  const delta = deltas.get(`${what} ${key}`);
  const fresh = delta === undefined ? "" : ` ${deltaText(delta, seconds)}.`;
  return `${whose} ${amountText(packets, bytes)}.${fresh}`;
}
