/** What an edit has left of a text: its start up to `head`, and what stood from `tail - shift` on and now stands from `tail` on. */
export interface Change {
  /** So many characters are the same at both texts' start. */
  readonly head: number;
  /** Where in the new text that begins which is the same up to both texts' end. */
  readonly tail: number;
  /** How far what is behind the edit has moved. */
  readonly shift: number;
}

/** Compares two versions of a text from both of their ends, of which no character is counted twice. */
export function changeBetween(before: string, after: string): Change {
  const shorter = Math.min(before.length, after.length);
  const head = commonHead(before, after, shorter);
  const tail = after.length - commonTail(before, after, shorter - head);
  return { head, tail, shift: after.length - before.length };
}

/** Texts are compared in pieces of this length, which is quicker than letter by letter. */
const piece = 4096;

function commonHead(a: string, b: string, most: number): number {
  let at = 0;
  while (at + piece <= most && a.slice(at, at + piece) === b.slice(at, at + piece)) at += piece;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function commonTail(a: string, b: string, most: number): number {
  const [aEnd, bEnd] = [a.length, b.length];
  let count = 0;
  while (
    count + piece <= most &&
    a.slice(aEnd - count - piece, aEnd - count) === b.slice(bEnd - count - piece, bEnd - count)
  )
    count += piece;
  while (count < most && a.charCodeAt(aEnd - count - 1) === b.charCodeAt(bEnd - count - 1)) count++;
  return count;
}
