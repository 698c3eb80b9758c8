import { type BaseOption, baseOptions, type LineCommand, lineCommands } from "../../facts/iptables/base.js";
import type { Extension, Option } from "../../facts/iptables/extension.js";

/** A word that every line understands, with whether an argument must or may follow it. */
export type BaseWord =
  | { readonly letter: string; readonly argument: Argument; readonly option: BaseOption; readonly command?: undefined }
  | {
      readonly letter: string;
      readonly argument: Argument;
      readonly command: LineCommand;
      readonly option?: undefined;
    };

type Argument = "none" | "may" | "must";

const baseWords: readonly BaseWord[] = [
  ...baseOptions.map(
    (option): BaseWord => ({
      letter: option.letter ?? "",
      argument: option.values.length > 0 ? "must" : "none",
      option,
    }),
  ),
  ...lineCommands.map(
    (command): BaseWord => ({ letter: command.letter, argument: command.chain === "must" ? "must" : "may", command }),
  ),
];

/** Base options and commands by their letter with its dash. */
export const baseByLetter: ReadonlyMap<string, BaseWord> = new Map(
  baseWords.filter(({ letter }) => letter !== "").map((base) => [`-${base.letter}`, base]),
);

/** Base options and commands by their long names, dashes included. */
export const baseByName: ReadonlyMap<string, BaseWord> = new Map(
  baseWords.flatMap((base) => namesOf(base).map((name): [string, BaseWord] => [`--${name}`, base])),
);

function namesOf({ option, command }: BaseWord): readonly string[] {
  return option ? option.names : [command.name];
}

const optionMaps = new Map<Extension, ReadonlyMap<string, Option>>();

/** The options of an extension by their long names, dashes included. */
export function optionsByName(extension: Extension): ReadonlyMap<string, Option> {
  let map = optionMaps.get(extension);
  if (!map) {
    map = new Map(extension.options.flatMap((option) => option.names.map((name) => [`--${name}`, option] as const)));
    optionMaps.set(extension, map);
  }
  return map;
}
