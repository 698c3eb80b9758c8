/** What became of one item when two sequences are laid beside each other. */
export type Aligned<T> =
  | { readonly kind: "equal" | "moved" | "changed"; readonly left: T; readonly right: T }
  | { readonly kind: "removed"; readonly left: T }
  | { readonly kind: "added"; readonly right: T };

/** How an item is recognised, and by which words one that was edited is found again. */
export interface Alike<T> {
  readonly key: (item: T) => string;
  readonly words: (item: T) => ReadonlySet<string>;
}

/**
 * Lays two sequences beside each other, in the order of `left` with what only `right` has at its place. An item that stands
 * elsewhere is `moved` (told at its place in `right`); one that went where another, similar one came is `changed`. Takes
 * n log n steps, whatever differs.
 */
export function align<T>(left: readonly T[], right: readonly T[], alike: Alike<T>): Aligned<T>[] {
  const keys = { left: left.map(alike.key), right: right.map(alike.key) };
  const partner = partners(keys.left, keys.right);
  const steady = longestRising(partner);
  const origin = new Map(partner.flatMap((to, at) => (to === undefined ? [] : [[to, left[at] as T] as const])));
  const found: Aligned<T>[] = [];
  let [l, r] = [0, 0];
  for (const [at, to] of [...steady, [left.length, right.length] as const]) {
    const removed = left.slice(l, at).filter((_, index) => partner[l + index] === undefined);
    found.push(...gap(removed, rightItems(right.slice(r, to), r, origin), alike));
    if (at < left.length) found.push({ kind: "equal", left: left[at] as T, right: right[to] as T });
    [l, r] = [at + 1, to + 1];
  }
  return found;
}

/** What stands in a gap of the right side: new there, or come from elsewhere on the left. */
function rightItems<T>(items: readonly T[], from: number, origin: ReadonlyMap<number, T>): Aligned<T>[] {
  return items.map((right, index): Aligned<T> => {
    const left = origin.get(from + index);
    return left === undefined ? { kind: "added", right } : { kind: "moved", left, right };
  });
}

/** For each item of the left its place on the right: ends that agree first, then the n-th of a kind with the n-th. */
function partners(left: readonly string[], right: readonly string[]): (number | undefined)[] {
  const partner = new Array<number | undefined>(left.length).fill(undefined);
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) partner[start] = start++;
  let end = 0;
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) {
    partner[left.length - 1 - end] = right.length - 1 - end;
    end++;
  }
  const places = new Map<string, number[]>();
  for (let at = right.length - end - 1; at >= start; at--) {
    const key = right[at] as string;
    const known = places.get(key);
    if (known) known.push(at);
    else places.set(key, [at]);
  }
  for (let at = start; at < left.length - end; at++) partner[at] = places.get(left[at] as string)?.pop();
  return partner;
}

/** The longest row of pairs that keeps the order on both sides. */
function longestRising(partner: readonly (number | undefined)[]): (readonly [number, number])[] {
  const tails: number[] = [];
  const before = new Array<number>(partner.length).fill(-1);
  for (const [at, to] of partner.entries()) {
    if (to === undefined) continue;
    const place = firstNotBelow(tails, to, partner);
    before[at] = place > 0 ? (tails[place - 1] as number) : -1;
    tails[place] = at;
  }
  const row: (readonly [number, number])[] = [];
  for (let at = tails.at(-1) ?? -1; at !== -1; at = before[at] as number) row.push([at, partner[at] as number]);
  return row.reverse();
}

function firstNotBelow(tails: readonly number[], to: number, partner: readonly (number | undefined)[]): number {
  let [low, high] = [0, tails.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((partner[tails[middle] as number] as number) < to) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Gaps with more than this many pairs to look at are paired with nobody. */
const patience = 4096;
/** Of the words of two items together, the part that must be in both. */
const similar = 0.34;

/** Pairs what went with what came at the same place, most similar first. */
function gap<T>(removed: readonly T[], right: readonly Aligned<T>[], alike: Alike<T>): Aligned<T>[] {
  const came = right.flatMap((item) => (item.kind === "added" ? [item.right] : []));
  const pairs = new Map<T, T>();
  if (removed.length * came.length <= patience) {
    const offers = removed.flatMap((from) => came.map((to) => ({ from, to, share: share(from, to, alike) })));
    const taken = new Set<T>();
    for (const { from, to } of offers.filter((o) => o.share >= similar).sort((a, b) => b.share - a.share)) {
      if (taken.has(from) || pairs.has(to)) continue;
      taken.add(from);
      pairs.set(to, from);
    }
  }
  const paired = new Set(pairs.values());
  return [
    ...removed.filter((item) => !paired.has(item)).map((item): Aligned<T> => ({ kind: "removed", left: item })),
    ...right.map((item): Aligned<T> => {
      const from = item.kind === "added" ? pairs.get(item.right) : undefined;
      return from !== undefined && item.kind === "added" ? { kind: "changed", left: from, right: item.right } : item;
    }),
  ];
}

function share<T>(a: T, b: T, { words }: Alike<T>): number {
  const [first, second] = [words(a), words(b)];
  let both = 0;
  for (const word of first) if (second.has(word)) both++;
  return both / Math.max(1, first.size + second.size - both);
}
