import {
  type CallHierarchyItem,
  type CancellationToken,
  CodeActionKind,
  type Connection,
  LSPErrorCodes,
  ResponseError,
  SemanticTokensBuilder,
  type TextDocumentPositionParams,
} from "vscode-languageserver";
import { actionsAt } from "../netfilter/ide/actions.js";
import { calleesAt, callersAt, callItemAt } from "../netfilter/ide/calls.js";
import { completionsAt } from "../netfilter/ide/completion.js";
import { folds } from "../netfilter/ide/folding.js";
import { formatted } from "../netfilter/ide/formatting.js";
import { hoverAt } from "../netfilter/ide/hover.js";
import { definitionAt, highlightsAt, referencesAt } from "../netfilter/ide/navigation.js";
import { prepareRename, type Refusal, rename } from "../netfilter/ide/rename.js";
import { selectionsAt } from "../netfilter/ide/selection.js";
import { semanticTokens } from "../netfilter/ide/semanticTokens.js";
import { documentSymbols } from "../netfilter/ide/symbols.js";
import type { Span } from "../netfilter/text/span.js";
import { fixAllKind } from "./convert.js";
import type { Answer, Subject } from "./session.js";

/** Ties every request to the feature that answers it. */
export function register(connection: Connection, answer: Answer): void {
  registerReading(connection, answer);
  registerChanging(connection, answer);
  registerTokens(connection, answer);
  registerCalls(connection, answer);
}

/** What only looks at the document. */
function registerReading(connection: Connection, answer: Answer): void {
  connection.onHover(
    answer(({ analysis, convert }, { position }) => {
      const hover = hoverAt(analysis, convert.offset(position));
      return hover ? convert.hover(hover) : null;
    }, null),
  );
  connection.onDefinition(
    answer(({ analysis, convert }, { position }) => {
      const target = definitionAt(analysis, convert.offset(position));
      return target ? convert.definition(target) : null;
    }, null),
  );
  connection.onReferences(
    answer(({ analysis, convert }, { position, context }) => {
      const places = referencesAt(analysis, convert.offset(position), context.includeDeclaration);
      return places.map((place) => convert.location(place));
    }, []),
  );
  connection.onDocumentHighlight(
    answer(({ analysis, convert }, { position }) => {
      return highlightsAt(analysis, convert.offset(position)).map((highlight) => convert.highlight(highlight));
    }, []),
  );
  connection.onDocumentSymbol(
    answer(({ analysis, convert }) => documentSymbols(analysis).map((symbol) => convert.symbol(symbol)), []),
  );
  connection.onFoldingRanges(answer(({ analysis, convert }) => folds(analysis).map((fold) => convert.fold(fold)), []));
  connection.onDocumentLinks(
    answer(({ analysis, convert }) => (analysis.included ?? []).map((included) => convert.link(included)), []),
  );
  connection.onSelectionRanges(
    answer(({ analysis, convert }, { positions }) => {
      return positions.map((position) => convert.selection(selectionsAt(analysis, convert.offset(position))));
    }, []),
  );
}

/** What proposes to change it. */
function registerChanging(connection: Connection, answer: Answer): void {
  connection.onCompletion(
    answer(({ analysis, convert }, { position }) => {
      const { items, incomplete } = completionsAt(analysis, convert.offset(position));
      return { isIncomplete: incomplete, items: items.map((completion) => convert.completion(completion)) };
    }, null),
  );
  connection.onCodeAction(
    answer(({ analysis, convert }, { range, context }) => {
      const actions = actionsAt(analysis, convert.span(range)).map((action) => convert.codeAction(action));
      const wanted = context.only ?? [CodeActionKind.QuickFix, fixAllKind];
      return actions.filter(({ kind }) => wanted.some((only) => kind === only || kind?.startsWith(`${only}.`)));
    }, []),
  );
  connection.onDocumentFormatting(
    answer(({ analysis, convert }, { options }) => convert.textEdits(formatted(analysis, options)), []),
  );
  connection.onDocumentRangeFormatting(
    answer(({ analysis, convert }, { options, range }) => {
      return convert.textEdits(formatted(analysis, options, convert.span(range)));
    }, []),
  );
  connection.onPrepareRename(
    answer(({ analysis, convert }, { position }) => {
      const { span, name } = granted(prepareRename(analysis, convert.offset(position)));
      return { range: convert.range(span), placeholder: name };
    }, null),
  );
  connection.onRenameRequest(
    answer(({ analysis, convert }, { position, newName }) => {
      return convert.workspaceEdit(granted(rename(analysis, convert.offset(position), newName)));
    }, null),
  );
}

/** Which chains jump to a chain, and to which ones it jumps. An item that comes back tells its place, where all is read anew. */
function registerCalls(connection: Connection, answer: Answer): void {
  const { callHierarchy } = connection.languages;
  callHierarchy.onPrepare(
    answer(({ analysis, convert }, { position }) => {
      const item = callItemAt(analysis, convert.offset(position));
      return item ? [convert.callItem(item)] : null;
    }, null),
  );
  const ofItem = <R>(find: (subject: Subject, offset: number) => R[]) => {
    const found = answer(
      (subject, { position }: TextDocumentPositionParams) => find(subject, subject.convert.offset(position)),
      [],
    );
    return ({ item: { selectionRange, uri } }: { item: CallHierarchyItem }, token: CancellationToken) =>
      found({ textDocument: { uri }, position: selectionRange.start }, token);
  };
  callHierarchy.onIncomingCalls(
    ofItem(({ analysis, convert }, offset) => callersAt(analysis, offset).map((call) => convert.incoming(call))),
  );
  callHierarchy.onOutgoingCalls(
    ofItem(({ analysis, convert }, offset) => calleesAt(analysis, offset).map((call) => convert.outgoing(call))),
  );
}

/** Longer texts get their colours range by range, as the editor shows them. */
const longestFullText = 200_000;

/** Colours: after a change only what differs from the tokens sent before travels. */
function registerTokens(connection: Connection, answer: Answer): void {
  const sent = new WeakMap<object, SemanticTokensBuilder>();

  function fill({ analysis, convert }: Subject, builder: SemanticTokensBuilder, range?: Span) {
    convert.pushTokens(semanticTokens(analysis, range), builder);
    return builder;
  }

  connection.languages.semanticTokens.on(
    answer((subject) => {
      if (subject.analysis.tree.text.length > longestFullText) return null;
      const builder = new SemanticTokensBuilder();
      sent.set(subject.document, builder);
      return fill(subject, builder).build();
    }, null),
  );
  connection.languages.semanticTokens.onDelta(
    answer((subject, { previousResultId }) => {
      if (subject.analysis.tree.text.length > longestFullText) return null;
      const builder = sent.get(subject.document) ?? new SemanticTokensBuilder();
      sent.set(subject.document, builder);
      builder.previousResult(previousResultId);
      return fill(subject, builder).buildEdits();
    }, null),
  );
  connection.languages.semanticTokens.onRange(
    answer((subject, { range }) => {
      return fill(subject, new SemanticTokensBuilder(), subject.convert.span(range)).build();
    }, null),
  );
}

function granted<T extends object>(answer: T | Refusal): T {
  if ("refused" in answer) throw new ResponseError(LSPErrorCodes.RequestFailed, answer.refused);
  return answer;
}
