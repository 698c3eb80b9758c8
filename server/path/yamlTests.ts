import { isNode, LineCounter, parseDocument } from "yaml";
import { type PacketTestFile, readPacketTests } from "../../netfilter/simulate/packetTestFile.js";
import type { FieldProblem } from "../../netfilter/text/fields.js";
import type { Span } from "../../netfilter/text/span.js";

/** Something wrong with a test file, by its place there. */
export interface PlacedProblem extends Span {
  readonly message: string;
}

/** Reads a packet test file's text, YAML or JSON. */
export function parsePacketTests(text: string): { readonly file: PacketTestFile; readonly problems: PlacedProblem[] } {
  const document = parseDocument(text, { lineCounter: new LineCounter() });
  const locate = (path: FieldProblem["path"]): Span => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return { start: node.range[0], end: node.range[1] };
    }
    return { start: 0, end: text.length };
  };
  const problems: FieldProblem[] = [];
  const file = readPacketTests(document.toJS() ?? {}, locate, problems);
  const broken = document.errors.map(({ pos, message }) => ({
    start: pos[0],
    end: pos[1],
    message: message.split("\n")[0] as string,
  }));
  const wrong = problems.map(({ path, message }) => ({ ...locate(path), message }));
  return { file, problems: broken.length > 0 ? broken : wrong };
}
