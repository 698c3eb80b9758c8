import type { Trouble } from "./trouble.js";

/** Where a router's connection stands. */
export type ConnectionState =
  | { readonly is: "disconnected" }
  | {
      readonly is: "connecting";
      /** What is being done, for a person: "logging in to edge as admin". */
      readonly step: string;
    }
  | { readonly is: "connected" }
  /** The connection was lost; the next attempt comes by itself. */
  | {
      readonly is: "waiting";
      /** Milliseconds until the next attempt, counted from the change to this state. */
      readonly delayMs: number;
      readonly trouble: Trouble;
    }
  /** Nothing is tried any more until a person asks for it. */
  | { readonly is: "failed"; readonly trouble: Trouble };

/** A listener's way out. */
export interface Disposable {
  dispose(): void;
}

/** One value and those who want to know when it changes. */
export class Observable<Value> {
  private readonly listeners = new Set<(value: Value) => void>();

  constructor(private current: Value) {}

  get value(): Value {
    return this.current;
  }

  set value(value: Value) {
    this.current = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  /** Calls on every change, not at once. */
  onChange(listener: (value: Value) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }
}
