import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type ClientCapabilities,
  type CodeAction,
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentHighlight,
  DocumentHighlightKind,
  type DocumentLink,
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type Hover,
  type Location,
  type LocationLink,
  MarkupKind,
  type Position,
  type Range,
  type SelectionRange,
  type SemanticTokensBuilder,
  SymbolKind,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { IncludedFile } from "../netfilter/analyze.js";
import type { Action } from "../netfilter/ide/actions.js";
import type { Call, CallItem } from "../netfilter/ide/calls.js";
import type { Completion } from "../netfilter/ide/completion.js";
import type { Fold } from "../netfilter/ide/folding.js";
import type { Hover as IdeHover } from "../netfilter/ide/hover.js";
import type { Highlight, Target } from "../netfilter/ide/navigation.js";
import type { SemanticToken } from "../netfilter/ide/semanticTokens.js";
import type { DocumentSymbol as IdeSymbol } from "../netfilter/ide/symbols.js";
import type { Edit, Finding, Severity } from "../netfilter/text/finding.js";
import type { Place } from "../netfilter/text/sources.js";
import type { Span } from "../netfilter/text/span.js";

/** The kind under which everything that is safe to fix runs on saving. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.hookscope`;

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const tags = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated };

const symbolKinds: Record<IdeSymbol["kind"], SymbolKind> = {
  table: SymbolKind.Namespace,
  chain: SymbolKind.Class,
  set: SymbolKind.Array,
  map: SymbolKind.Object,
  object: SymbolKind.Struct,
  variable: SymbolKind.Variable,
};

const completionKinds: Record<Completion["kind"], CompletionItemKind> = {
  keyword: CompletionItemKind.Keyword,
  match: CompletionItemKind.Property,
  action: CompletionItemKind.Function,
  option: CompletionItemKind.Field,
  value: CompletionItemKind.EnumMember,
  table: CompletionItemKind.Module,
  chain: CompletionItemKind.Class,
  set: CompletionItemKind.Variable,
  object: CompletionItemKind.Struct,
  variable: CompletionItemKind.Variable,
};

/** The files besides the document, for places that lie in them. */
export interface OtherFiles {
  read(path: string): string | undefined;
  uriOf(path: string): string;
}

/** Turns what `ide` says in offsets into the protocol's words for one version of a document, and back. */
export class Convert {
  private readonly opened = new Map<string, TextDocument>();

  constructor(
    private readonly document: TextDocument,
    private readonly client: ClientCapabilities,
    private readonly others?: OtherFiles,
  ) {}

  offset(position: Position): number {
    return this.document.offsetAt(position);
  }

  span({ start, end }: Range): Span {
    return { start: this.offset(start), end: this.offset(end) };
  }

  range({ start, end }: Span): Range {
    return { start: this.document.positionAt(start), end: this.document.positionAt(end) };
  }

  diagnostic(finding: Finding): Diagnostic {
    const related = finding.related?.map(({ file, span, message }) => ({
      location: this.location({ ...span, ...(file !== undefined && { file }) }),
      message,
    }));
    return {
      range: this.range(finding.span),
      severity: severities[finding.severity],
      code: finding.code,
      source: "hookscope",
      message: finding.message,
      ...(related && { relatedInformation: related }),
      ...(finding.tag && { tags: [tags[finding.tag]] }),
    };
  }

  /** Tied to the version it was made for, where the client understands that. */
  workspaceEdit(edits: readonly Edit[]): WorkspaceEdit {
    const byUri = new Map<string, TextEdit[]>();
    for (const { file, span, text } of edits) {
      const { uri, range } = this.location({ ...span, ...(file !== undefined && { file }) });
      const textEdits = byUri.get(uri) ?? [];
      byUri.set(uri, textEdits);
      textEdits.push({ range, newText: text });
    }
    if (!this.client.workspace?.workspaceEdit?.documentChanges) return { changes: Object.fromEntries(byUri) };
    const own = this.document;
    const changes = [...byUri].map(([uri, edits]) => {
      return { textDocument: { uri, version: uri === own.uri ? own.version : null }, edits };
    });
    return { documentChanges: changes };
  }

  codeAction(action: Action): CodeAction {
    return {
      title: action.title,
      kind: action.kind === "fixAll" ? fixAllKind : CodeActionKind.QuickFix,
      isPreferred: action.preferred,
      diagnostics: action.findings.map((finding) => this.diagnostic(finding)),
      edit: this.workspaceEdit(action.edits),
    };
  }

  hover({ span, markdown }: IdeHover): Hover {
    return { range: this.range(span), contents: { kind: MarkupKind.Markdown, value: markdown } };
  }

  location({ file, start, end }: Place): Location {
    const document = this.documentOf(file);
    return { uri: document.uri, range: { start: document.positionAt(start), end: document.positionAt(end) } };
  }

  private documentOf(file: string | undefined): TextDocument {
    if (file === undefined || !this.others) return this.document;
    let document = this.opened.get(file);
    if (!document) {
      document = TextDocument.create(this.others.uriOf(file), "nftables", 0, this.others.read(file) ?? "");
      this.opened.set(file, document);
    }
    return document;
  }

  /** A link also says which text it starts from, for names that are more than what the editor takes for a word. */
  definition({ from, file, nameSpan, span }: Target): LocationLink[] | Location {
    const there = file === undefined ? {} : { file };
    const name = this.location({ ...nameSpan, ...there });
    if (!this.client.textDocument?.definition?.linkSupport) return name;
    const link = {
      originSelectionRange: this.range(from),
      targetUri: name.uri,
      targetRange: this.location({ ...span, ...there }).range,
      targetSelectionRange: name.range,
    };
    return [link];
  }

  link({ span, file }: IncludedFile): DocumentLink {
    return { range: this.range(span), target: this.location({ start: 0, end: 0, file }).uri };
  }

  textEdits(edits: readonly Edit[]): TextEdit[] {
    return edits.map(({ span, text }) => ({ range: this.range(span), newText: text }));
  }

  callItem({ name, kind, detail, whole, nameAt }: CallItem): CallHierarchyItem {
    const { uri, range } = this.location(whole);
    return { name, kind: symbolKinds[kind], detail, uri, range, selectionRange: this.location(nameAt).range };
  }

  incoming({ item, from }: Call): CallHierarchyIncomingCall {
    return { from: this.callItem(item), fromRanges: from.map((place) => this.location(place).range) };
  }

  outgoing({ item, from }: Call): CallHierarchyOutgoingCall {
    return { to: this.callItem(item), fromRanges: from.map((place) => this.location(place).range) };
  }

  highlight({ span, write }: Highlight): DocumentHighlight {
    return { range: this.range(span), kind: write ? DocumentHighlightKind.Write : DocumentHighlightKind.Read };
  }

  symbol({ name, detail, kind, span, nameSpan, children }: IdeSymbol): DocumentSymbol {
    return {
      name,
      detail,
      kind: symbolKinds[kind],
      range: this.range(span),
      selectionRange: this.range(nameSpan),
      children: children.map((child) => this.symbol(child)),
    };
  }

  fold({ start, end, kind }: Fold): FoldingRange {
    const [startLine, endLine] = [this.document.positionAt(start).line, this.document.positionAt(end).line];
    // A block's last line, `}` or COMMIT, stays in sight.
    if (kind === "block") return { startLine, endLine: Math.max(startLine, endLine - 1) };
    return { startLine, endLine, kind: FoldingRangeKind.Comment };
  }

  /** The first span is the innermost. */
  selection(spans: readonly Span[]): SelectionRange {
    const ranges = spans.map((span) => this.range(span));
    const outermost: SelectionRange = { range: ranges.at(-1) ?? this.range({ start: 0, end: 0 }) };
    return ranges.slice(0, -1).reduceRight<SelectionRange>((parent, range) => ({ range, parent }), outermost);
  }

  /** A token over several lines becomes one for each, for the protocol knows no others. */
  pushTokens(tokens: readonly SemanticToken[], builder: SemanticTokensBuilder): void {
    const text = this.document.getText();
    for (const { start, end, type, modifiers } of tokens) {
      for (const piece of lines(text, start, end)) {
        const { line, character } = this.document.positionAt(piece.start);
        builder.push(line, character, piece.end - piece.start, type, modifiers);
      }
    }
  }

  completion({ label, kind, span, text, detail, markdown, sort }: Completion): CompletionItem {
    return {
      label,
      kind: completionKinds[kind],
      textEdit: { range: this.range(span), newText: text },
      ...(detail && { detail }),
      ...(markdown && { documentation: { kind: MarkupKind.Markdown, value: markdown } }),
      ...(sort && { sortText: sort }),
    };
  }
}

function* lines(text: string, start: number, end: number): Generator<Span> {
  for (let at = start; at < end; ) {
    const lineBreak = text.indexOf("\n", at);
    const stop = lineBreak === -1 || lineBreak > end ? end : lineBreak;
    if (stop > at) yield { start: at, end: stop };
    at = stop + 1;
  }
}
