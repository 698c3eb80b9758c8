/** What the rules of one file remember between packets. */
export class Memory {
  /** Bytes left of each quota that was begun. */
  readonly quotas = new Map<object, bigint>();
  /** The lists of `-m recent` by name, each from the address that was seen longest ago. */
  readonly lists = new Map<string, Map<number | bigint, Seen>>();
  /** Ipsets that a SET rule has changed: what they hold now is not followed. */
  readonly changedSets = new Set<string>();

  /** Keeps what is remembered now; what comes back puts it in again. */
  snapshot(): () => void {
    const quotas = [...this.quotas];
    const lists = [...this.lists].map(([name, list]) => [name, [...list]] as const);
    const sets = [...this.changedSets];
    return () => {
      refill(this.quotas, quotas);
      refill(
        this.lists,
        lists.map(([name, list]) => [name, new Map(list)] as const),
      );
      this.changedSets.clear();
      for (const name of sets) this.changedSets.add(name);
    };
  }
}

/** An address on a list of `-m recent`: when it came, in seconds and oldest first, and the TTL of its last packet. */
export interface Seen {
  readonly times: readonly number[];
  readonly ttl: number;
}

function refill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
