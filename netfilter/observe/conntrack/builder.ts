import { AddressTable } from "./addressTable.js";
import type { Columns } from "./columns.js";
import { StateNames, TextTable } from "./names.js";

type Typed = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const optional = {
  use: Uint16Array,
  zone: Uint16Array,
  id: Uint32Array,
  packets: Float64Array,
  bytes: Float64Array,
  replyPackets: Float64Array,
  replyBytes: Float64Array,
  age: Uint32Array,
  extra: Uint32Array,
} as const;

/** A column that is made when the first entry needs it. */
export type OptionalColumn = keyof typeof optional;

const optionalColumns = Object.keys(optional) as OptionalColumn[];

/** Columns that grow. The scanner writes the fields of row `count` straight into the arrays. */
export class ColumnsBuilder {
  count = 0;
  capacity = 1024;
  protocol = new Uint8Array(this.capacity);
  state = new Uint8Array(this.capacity);
  flags = new Uint8Array(this.capacity);
  timeout = new Uint32Array(this.capacity);
  source = new Uint32Array(this.capacity);
  destination = new Uint32Array(this.capacity);
  replySource = new Uint32Array(this.capacity);
  replyDestination = new Uint32Array(this.capacity);
  sourcePort = new Uint16Array(this.capacity);
  destinationPort = new Uint16Array(this.capacity);
  replySourcePort = new Uint16Array(this.capacity);
  replyDestinationPort = new Uint16Array(this.capacity);
  mark = new Uint32Array(this.capacity);
  use: Uint16Array<ArrayBuffer> | undefined;
  zone: Uint16Array<ArrayBuffer> | undefined;
  id: Uint32Array<ArrayBuffer> | undefined;
  packets: Float64Array<ArrayBuffer> | undefined;
  bytes: Float64Array<ArrayBuffer> | undefined;
  replyPackets: Float64Array<ArrayBuffer> | undefined;
  replyBytes: Float64Array<ArrayBuffer> | undefined;
  age: Uint32Array<ArrayBuffer> | undefined;
  extra: Uint32Array<ArrayBuffer> | undefined;
  readonly addresses = new AddressTable();
  readonly states = new StateNames();
  readonly extras = new TextTable();

  /** Writes a field that not every listing has. */
  put(column: OptionalColumn, value: number): void {
    let array = this[column];
    if (!array) {
      array = new optional[column](this.capacity);
      (this as Record<OptionalColumn, Typed>)[column] = array;
    }
    array[this.count] = value;
  }

  /** Empties what a line that was given up, or an earlier use, may have left in row `count`: the rest is written anyway. */
  clear(): void {
    for (const column of optionalColumns) {
      const array = this[column];
      if (array) array[this.count] = 0;
    }
  }

  /** Makes room for at least half as many rows again. */
  grow(): void {
    this.capacity = Math.ceil(this.capacity * 1.5);
    this.#replace((array) => resized(array, this.capacity));
  }

  /** What has been read, as arrays of its own that are just as long as they must be. */
  finish(): Columns {
    this.#replace((array) => resized(array, this.count));
    this.capacity = this.count;
    return { ...this.#columns((array) => array), addresses: this.addresses.words() };
  }

  /** What has been read so far, without a copy: good until more is read. */
  soFar(): Columns {
    return { ...this.#columns((array) => array.subarray(0, this.count)), addresses: this.addresses.live };
  }

  #columns(view: (array: Typed) => Typed): Omit<Columns, "addresses"> {
    const views = Object.fromEntries(this.#entries().map(([name, array]) => [name, view(array)]));
    const { count, states, extras } = this;
    return { ...(views as unknown as Columns), count, states: states.names, extras: extras.texts };
  }

  #replace(change: (array: Typed) => Typed): void {
    for (const [name, array] of this.#entries()) (this as unknown as Record<string, Typed>)[name] = change(array);
  }

  #entries(): [string, Typed][] {
    return Object.entries(this).filter((entry): entry is [string, Typed] => ArrayBuffer.isView(entry[1]));
  }
}

function resized(array: Typed, length: number): Typed {
  if (length <= array.length) return array.slice(0, length);
  const larger = new (array.constructor as new (length: number) => Typed)(length);
  larger.set(array);
  return larger;
}
