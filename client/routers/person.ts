/** A host key that no file knows, shown to the person before it is trusted. */
export interface NewHostKey {
  /** As the person calls the router, and where it is. */
  readonly router: string;
  readonly address: string;
  readonly type: string;
  /** `SHA256:...`. */
  readonly fingerprint: string;
  /** The file that it will be written to; absent when there is none. */
  readonly file?: string;
  /** What else speaks for care, in sentences: other types known, a certificate authority that cannot be checked. */
  readonly remarks: readonly string[];
}

/** Something only the person knows: password, passphrase, one-time code. */
export interface SecretQuestion {
  readonly router: string;
  /** What is asked, such as `Password of admin@edge`. */
  readonly title: string;
  /** What the server itself says, when it says something. */
  readonly detail?: string;
  /** True when the last answer was wrong. */
  readonly again: boolean;
  /** True when the answer may be shown while it is typed. */
  readonly echo: boolean;
  /** True when the person may have it remembered. */
  readonly mayRemember: boolean;
}

/** The person's answer. */
export interface SecretAnswer {
  readonly value: string;
  /** Keep it in the secret storage. */
  readonly remember: boolean;
}

/** The person at the editor. Every question ends with `undefined` or false when they decline or `signal` fires. */
export interface Person {
  trustsKey(key: NewHostKey, signal: AbortSignal): Promise<boolean>;
  secret(question: SecretQuestion, signal: AbortSignal): Promise<SecretAnswer | undefined>;
}

/** Where secrets are kept between sessions; VS Code's SecretStorage is one. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

/** Where it is written what is done on routers; VS Code's LogOutputChannel is one. No secret ever comes here. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}

/** What connecting needs of the world around it. */
export interface Surroundings {
  readonly person: Person;
  readonly secrets: Secrets;
  readonly log: Log;
}
