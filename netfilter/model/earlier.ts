/** So far ahead a rule is sought where an edit has taken some away. */
const reach = 64;
/** So many rules that are not found nearby make it likely that much was moved about. */
const patience = 8;

/**
 * The rules that were made for an earlier version of a text, in the order in which they were made: nearly all are asked for in
 * the same order again.
 */
export class EarlierRules<R extends { readonly node: object }> {
  private next = 0;
  private missed = 0;
  private places: ReadonlyMap<object, number> | undefined;

  constructor(private readonly made: readonly R[]) {}

  /** The rule of a node that has been taken over from the earlier version; some are not found. */
  take(node: R["node"]): R | undefined {
    const place = this.made[this.next]?.node === node ? this.next : this.placeOf(node);
    if (place === undefined) return undefined;
    this.next = place + 1;
    return this.made[place];
  }

  private placeOf(node: object): number | undefined {
    if (this.next >= this.made.length && !this.places) return undefined;
    const end = Math.min(this.next + reach, this.made.length);
    for (let place = this.next + 1; place < end; place++) if (this.made[place]?.node === node) return place;
    if (++this.missed < patience) return undefined;
    this.places ??= new Map(this.made.map((rule, place) => [rule.node, place]));
    return this.places.get(node);
  }
}
