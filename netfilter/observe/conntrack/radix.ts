/** The row numbers from 0. */
export function allRows(count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

/** Sorts rows by their keys, the least significant key first in the list; rows with equal keys stay as they were. */
export function radixSort(rows: Uint32Array, keys: readonly Uint32Array[], descending: boolean): Uint32Array {
  const flip = descending ? 0xffff : 0;
  let sorted = rows;
  for (const key of keys) {
    sorted = countingSort(sorted, key, 0, flip);
    if (largest(key) > 0xffff) sorted = countingSort(sorted, key, 16, flip);
  }
  return sorted;
}

function largest(keys: Uint32Array): number {
  let most = 0;
  for (let at = 0; at < keys.length; at++) if ((keys[at] as number) > most) most = keys[at] as number;
  return most;
}

function countingSort(rows: Uint32Array, keys: Uint32Array, shift: number, flip: number): Uint32Array {
  const starts = new Uint32Array(0x10001);
  for (let at = 0; at < rows.length; at++) {
    const digit = ((((keys[rows[at] as number] as number) >>> shift) & 0xffff) ^ flip) + 1;
    starts[digit] = (starts[digit] as number) + 1;
  }
  for (let digit = 1; digit < starts.length; digit++)
    starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number);
  const sorted = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const digit = (((keys[row] as number) >>> shift) & 0xffff) ^ flip;
    const place = starts[digit] as number;
    sorted[place] = row;
    starts[digit] = place + 1;
  }
  return sorted;
}

/** The place of each IPv6 address of the table in ascending order. */
export function addressRanks(addresses: Uint32Array): Uint32Array {
  const count = addresses.length / 4;
  const words = [3, 2, 1, 0].map((word) => {
    const values = new Uint32Array(count);
    for (let index = 0; index < count; index++) values[index] = addresses[index * 4 + word] as number;
    return values;
  });
  const sorted = radixSort(allRows(count), words, false);
  const ranks = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++) ranks[sorted[rank] as number] = rank;
  return ranks;
}
