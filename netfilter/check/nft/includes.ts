import type { IncludeProblem, Inclusion, Source, World } from "../../model/nft/includes/world.js";
import type { Finding, Related } from "../../text/finding.js";
import { nameOf } from "../../text/paths.js";
import type { Sources } from "../../text/sources.js";
import type { Span } from "../../text/span.js";
import { errorAt } from "./refusal.js";

/** The code of what is said of an `include` whose file has errors. */
const refusedInclude = "refusedInclude";
/** How many errors of an included file are linked. */
const mostLinked = 5;

/**
 * What is wrong with the document, of all that is wrong with the files that are read together with it: findings in the document
 * itself, and one for each of its `include` lines that brings errors.
 */
export function ownFindings(world: World, found: readonly Finding[]): Finding[] {
  const { sources, read, problems } = world;
  const piece = splitBlock(world);
  if (piece) return [pieceFinding(piece)];
  const syntax = read.flatMap((source) => syntaxErrors(source));
  const all = [...syntax, ...problems.map(problemFinding), ...found];
  const own = all.filter(({ span }) => sources.isOwn(span)).map((finding) => localized(finding, sources));
  const elsewhere = all.filter(({ span, severity }) => severity === "error" && !sources.isOwn(span));
  return [...own, ...byInclude(elsewhere, world)];
}

/** The end of an included file is not the end of what nft reads: whether its last line goes on is judged where it is included. */
function syntaxErrors({ tree, by }: Source): readonly Finding[] {
  if (!by) return tree.errors;
  const openComment = tree.text.slice(tree.text.lastIndexOf("\n") + 1).includes("#");
  return openComment ? tree.errors : tree.errors.filter(({ code }) => code !== "missingLineBreak");
}

/** A file that opens a block which another one closes: none of them can be judged by itself. */
function splitBlock({ read }: World): Source | undefined {
  if (read.length < 2) return undefined;
  const having = (codes: RegExp) => read.filter(({ tree }) => tree.errors.some(({ code }) => codes.test(code)));
  const [unclosed, stray] = [having(/^unclosedBlock$/), having(/^(strayBrace|outsideTable)$/)];
  return unclosed.find((source) => stray.some((other) => other !== source));
}

function pieceFinding({ path }: Source): Finding {
  const message = `\`${nameOf(path)}\` opens a block that another file closes. nft reads them as one text, but no file of them can be judged by itself.`;
  return { code: "splitBlock", severity: "information", span: { start: 0, end: 0 }, message };
}

// ---------------------------------------------------------------------------------------------- the document's own

/** With spans of other files told apart. A fix that would change another file is left out. */
export function localized(finding: Finding, sources: Sources): Finding {
  if (sources.texts.length === 1) return finding;
  const { related, fixes } = finding;
  const here = fixes?.filter(({ edits }) => edits.every(({ span }) => sources.isOwn(span)));
  return {
    ...finding,
    ...(related && { related: related.map(({ span, message }) => relatedAt(span, message, sources)) }),
    ...(fixes && { fixes: here ?? [] }),
  };
}

function relatedAt(span: Span, message: string, sources: Sources): Related {
  const { file, start, end } = sources.locate(span);
  return { ...(file !== undefined && { file }), span: { start, end }, message };
}

const problemTexts: Readonly<Record<IncludeProblem["kind"], (problem: IncludeProblem) => string>> = {
  missing: ({ include, path }) => {
    const relative = include.path.value.startsWith(".");
    const place = relative
      ? " nft looks for it from the folder in which it is started, not from that of this file."
      : "";
    return `There is no file \`${path}\`, so nft refuses this \`include\`.${place} A pattern with \`*\` may find nothing.`;
  },
  tooDeep: ({ path }) =>
    `\`${nameOf(path)}\` would be the 17th file that is open here: nft follows no more than 16 levels. Does it include itself?`,
  joined: ({ path }) =>
    `\`${nameOf(path)}\` does not end with a line break, so its last line goes on with the one that follows here. End that file with a line break.`,
};

function problemFinding(problem: IncludeProblem): Finding {
  const codes = { missing: "missingInclude", tooDeep: "includeTooDeep", joined: "joinedInclude" };
  return errorAt(codes[problem.kind], problem.include.path, problemTexts[problem.kind](problem));
}

// ---------------------------------------------------------------------------------------------- other files' errors

/** One finding for each `include` of the document through which a file with errors comes. */
function byInclude(errors: readonly Finding[], { sources, read }: World): Finding[] {
  const groups = new Map<Inclusion["include"], Finding[]>();
  const byBase = new Map(read.map((source) => [source.base, source]));
  for (const error of errors) {
    const include = broughtBy(byBase.get(sources.at(error.span.start).base));
    if (!include) continue;
    const group = groups.get(include) ?? [];
    groups.set(include, group);
    group.push(error);
  }
  return [...groups].map(([include, group]) => includeFinding(include, group, sources));
}

/** The document's `include` that leads to `source`. */
function broughtBy(source: Source | undefined): Inclusion["include"] | undefined {
  let by = source?.by;
  while (by && by.source.base !== 0) by = by.source.by;
  return by?.include;
}

function includeFinding(include: Inclusion["include"], errors: readonly Finding[], sources: Sources): Finding {
  const sorted = [...errors].sort((a, b) => a.span.start - b.span.start);
  const first = sorted[0] as Finding;
  const more = sorted.length > 1 ? ` There are ${sorted.length - 1} more.` : "";
  const name = nameOf(sources.at(first.span.start).path);
  const message = `\`${name}\` has an error, so that nothing of this file is loaded: ${first.message}${more}`;
  const related = sorted.slice(0, mostLinked).map(({ span, message }) => relatedAt(span, message, sources));
  return errorAt(refusedInclude, include.path, message, { related });
}
