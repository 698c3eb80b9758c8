/** As much of a `TestItem` as tells the tree. */
export interface Node<Self> {
  readonly children: Iterable<readonly [string, Self]>;
}

/** The items without children among those that are asked for and below them, each once, in order; nothing asked for is everything. */
export function leaves<Item extends Node<Item>>(
  roots: Iterable<Item>,
  include: readonly Item[] | undefined,
  exclude: readonly Item[] = [],
): Item[] {
  const left = new Set(exclude);
  const found = new Set<Item>();
  const walk = (item: Item) => {
    if (left.has(item)) return;
    const children = [...item.children];
    if (children.length === 0) found.add(item);
    for (const [, child] of children) walk(child);
  };
  for (const item of include ?? roots) walk(item);
  return [...found];
}

/** Values in lists by their key, in order. */
export function grouped<Key, Value>(values: Iterable<Value>, keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value)) ?? [];
    groups.set(keyOf(value), group);
    group.push(value);
  }
  return groups;
}
