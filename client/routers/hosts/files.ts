import { readdirSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";

/** What the reading of ssh's configuration sees of this machine. */
export interface Machine {
  readonly home: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file's text; undefined when it is not there or may not be read. */
  read(path: string): string | undefined;
  /** Names in a folder; none when it is not there. */
  list(folder: string): readonly string[];
}

/** This machine itself. */
export const thisMachine: Machine = {
  home: homedir(),
  user: userInfo().username,
  env: process.env,
  read: (path) => orElse(() => readFileSync(path, "utf8"), undefined),
  list: (folder) => orElse(() => readdirSync(folder), []),
};

function orElse<Value>(work: () => Value, otherwise: Value): Value {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
