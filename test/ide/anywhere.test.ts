import { expect, test } from "vitest";
import { type Analysis, analyze } from "../../netfilter/analyze.js";
import { actionsAt } from "../../netfilter/ide/actions.js";
import { calleesAt, callersAt, callItemAt } from "../../netfilter/ide/calls.js";
import { completionsAt } from "../../netfilter/ide/completion.js";
import { folds } from "../../netfilter/ide/folding.js";
import { formatted } from "../../netfilter/ide/formatting.js";
import { hoverAt } from "../../netfilter/ide/hover.js";
import { definitionAt, highlightsAt, referencesAt } from "../../netfilter/ide/navigation.js";
import { prepareRename } from "../../netfilter/ide/rename.js";
import { selectionsAt } from "../../netfilter/ide/selection.js";
import { semanticTokens } from "../../netfilter/ide/semanticTokens.js";
import { documentSymbols } from "../../netfilter/ide/symbols.js";
import type { Language } from "../../netfilter/language.js";
import type { Span } from "../../netfilter/text/span.js";
import { iptablesSample, nftSample } from "./fixture.js";

/** Every span that any feature gives for a cursor there. */
function spansAt(analysis: Analysis, offset: number): Span[] {
  const renamed = prepareRename(analysis, offset);
  const definition = definitionAt(analysis, offset);
  const hover = hoverAt(analysis, offset);
  const item = callItemAt(analysis, offset);
  const calls = [...callersAt(analysis, offset), ...calleesAt(analysis, offset)];
  return [
    ...(hover ? [hover.span] : []),
    ...(item ? [item.whole, item.nameAt] : []),
    ...calls.flatMap(({ item, from }) => [item.whole, item.nameAt, ...from]),
    ...(definition ? [definition.from, definition.span, definition.nameSpan] : []),
    ...("span" in renamed ? [renamed.span] : []),
    ...referencesAt(analysis, offset, true),
    ...highlightsAt(analysis, offset).map(({ span }) => span),
    ...selectionsAt(analysis, offset),
    ...completionsAt(analysis, offset).items.map(({ span }) => span),
    ...actionsAt(analysis, { start: offset, end: offset }).flatMap(({ edits }) => edits.map(({ span }) => span)),
  ];
}

function check(text: string, language: Language, offsets: Iterable<number>): void {
  const analysis = analyze(text, language);
  const everywhere = [
    ...folds(analysis),
    ...formatted(analysis, { tabSize: 4, insertSpaces: false }).map(({ span }) => span),
    ...semanticTokens(analysis),
    ...documentSymbols(analysis).map(({ span }) => span),
  ];
  const spans = [...everywhere, ...[...offsets].flatMap((offset) => spansAt(analysis, offset))];
  expect(spans.filter(({ start, end }) => !(0 <= start && start <= end && end <= text.length))).toEqual([]);
}

const samples: readonly [Language, string][] = [
  ["nftables", nftSample],
  ["iptables", iptablesSample],
  ["ip6tables", iptablesSample.replaceAll("192.168.1.0/24", "fe80::/10")],
];

test.each(samples)("%s: a cursor may stand anywhere", (language, text) => {
  check(
    text,
    language,
    Array.from({ length: text.length + 1 }, (_, offset) => offset),
  );
});

test.each(samples)("%s: a text may end anywhere", (language, text) => {
  for (let end = 0; end < text.length; end += 3)
    check(
      text.slice(0, end),
      language,
      [0, end - 1, end].filter((at) => at >= 0),
    );
});

test.each(samples)("%s: a text may be read as the other language", (language, text) => {
  const other = language === "nftables" ? "iptables" : "nftables";
  check(
    text,
    other,
    Array.from({ length: text.length / 5 }, (_, index) => index * 5),
  );
});
