/** Scrolls one box, and nothing around it, just so far that something in it is seen. */
export function revealIn(box: Element, inside: Element): void {
  const [outer, inner] = [box.getBoundingClientRect(), inside.getBoundingClientRect()];
  box.scrollTop += past(outer.top, outer.bottom, inner.top, inner.bottom);
  box.scrollLeft += past(outer.left, outer.right, inner.left, inner.right);
}

function past(start: number, end: number, from: number, to: number): number {
  if (from < start) return from - start;
  return to > end ? Math.min(to - end, from - start) : 0;
}
