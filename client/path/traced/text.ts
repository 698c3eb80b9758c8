/** Text of a trace: in memory, or a file of this machine, which may be larger than what fits there. */
export type TraceText =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly path: string; readonly size: number };

/** A part of it, as it goes to the thread: what stands in a file is read there. */
export type TracePiece =
  | { readonly text: string }
  | { readonly path: string; readonly from: number; readonly to: number };

/** So many bytes or characters are read at once: the view hears of each piece, and can cancel behind it. */
const pieceLength = 1_000_000;

/** The parts of a text, in order, each with the part of the whole that is read behind it, from 0 to 1. */
export function* piecesOf(source: TraceText): Generator<{ readonly piece: TracePiece; readonly progress: number }> {
  const length = "text" in source ? source.text.length : source.size;
  for (let from = 0; from < length; from += pieceLength) {
    const to = Math.min(length, from + pieceLength);
    const piece = "text" in source ? { text: source.text.slice(from, to) } : { path: source.path, from, to };
    yield { piece, progress: to / length };
  }
}
