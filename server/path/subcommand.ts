import { complain } from "../output.js";
import { Unusable } from "./reading.js";

/** Does what a subcommand was called for; the exit status, 2 with a message where the call or a file is of no use. */
export async function subcommand(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    const known = error instanceof Unusable || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
    const message = known
      ? (error as Error).message
      : `a fault of hookscope's own, please report it: ${(error as Error).stack}`;
    complain(message);
    return 2;
  }
}

/** The value of an option that takes one of some words. */
export function oneOf<T extends string>(option: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new Unusable(`${option} is one of ${words.join(", ")}, not '${value}'`);
  return found;
}
