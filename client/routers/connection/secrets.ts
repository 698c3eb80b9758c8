import type { Person, SecretQuestion, Secrets } from "../person.js";

/** Answers questions for secrets from memory, from the secret storage, or by asking; forgets what turned out to be wrong. */
export interface Wallet {
  /** Undefined when the person declines. `key` names the secret, such as `password admin@edge:22`. */
  secret(key: string, question: Question, signal: AbortSignal): Promise<string | undefined>;
  /** Says that the last answer was wrong, so that it is not given again. */
  wrong(key: string): Promise<void>;
  /** Says that the last answer was right: now it is remembered, if that is wanted. */
  right(key: string): Promise<void>;
}

/** What is asked; whether it is asked again the wallet knows. */
export type Question = Omit<SecretQuestion, "again">;

const prefix = "hookscope.router.";

/** Made once for a router, so that a reconnect asks nothing twice. */
export function createWallet(person: Person, secrets: Secrets): Wallet {
  const inMemory = new Map<string, string>();
  const toRemember = new Set<string>();
  const failed = new Set<string>();
  return {
    secret: async (key, question, signal) => {
      const held = inMemory.get(key) ?? (await secrets.get(prefix + key));
      if (held !== undefined) {
        inMemory.set(key, held);
        return held;
      }
      const answer = await person.secret({ ...question, again: failed.has(key) }, signal);
      if (!answer || signal.aborted) return undefined;
      // A code is good for one login only.
      if (!question.mayRemember) return answer.value;
      inMemory.set(key, answer.value);
      if (answer.remember) toRemember.add(key);
      return answer.value;
    },
    wrong: async (key) => {
      failed.add(key);
      toRemember.delete(key);
      if (inMemory.delete(key)) await secrets.delete(prefix + key);
    },
    right: async (key) => {
      failed.delete(key);
      const value = inMemory.get(key);
      if (toRemember.delete(key) && value !== undefined) await secrets.store(prefix + key, value);
    },
  };
}
