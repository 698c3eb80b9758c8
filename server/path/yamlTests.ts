import { isNode, LineCounter, parseDocument } from "yaml";
import { type Locate, type PacketTestFile, readPacketTests } from "../../netfilter/simulate/packetTestFile.js";
import type { FieldProblem } from "../../netfilter/text/fields.js";
import type { Span } from "../../netfilter/text/span.js";

/** Something wrong with a test file, by its place there. */
export interface PlacedProblem extends Span {
  readonly message: string;
}

/** A packet test file as it is read. */
export interface ParsedTests {
  readonly file: PacketTestFile;
  readonly problems: readonly PlacedProblem[];
  /** Where a value stands. */
  readonly locate: Locate;
}

/** Reads a packet test file's text, YAML or JSON. Never throws. */
export function parsePacketTests(text: string): ParsedTests {
  const document = parseDocument(text, { lineCounter: new LineCounter() });
  const locate = (path: FieldProblem["path"]): Span => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return { start: node.range[0], end: node.range[1] };
    }
    return { start: 0, end: text.length };
  };
  const problems: FieldProblem[] = [];
  const { content, aliases } = contentOf(document);
  const file = readPacketTests(content ?? {}, locate, problems);
  const broken = document.errors.map(({ pos, message }) => ({
    start: pos[0],
    end: pos[1],
    message: message.split("\n")[0] as string,
  }));
  const wrong = problems.map(({ path, message }) => ({ ...locate(path), message }));
  const unreadable = [...broken, ...aliases.map((message) => ({ ...locate([]), message }))];
  return { file, problems: unreadable.length > 0 ? unreadable : wrong, locate };
}

/** An alias that names nothing, or that stands for far too much, is found only now. */
function contentOf(document: ReturnType<typeof parseDocument>): { content: unknown; aliases: readonly string[] } {
  try {
    return { content: document.toJS(), aliases: [] };
  } catch (error) {
    return { content: undefined, aliases: [(error as Error).message] };
  }
}
