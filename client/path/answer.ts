/** An answer, or what is wrong with the question. */
export type Answer<T> = { readonly value: T } | { readonly problems: readonly string[] };

/** Goes on with an answer's value; problems stay. */
export function withValue<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return "problems" in answer ? answer : next(answer.value);
}
