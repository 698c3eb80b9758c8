import type { Extension, IpFamily, Option } from "./extension.js";
import { allMatches } from "./matches.js";
import { allTargets } from "./targets.js";

export { baseOptions, commit, lineCommands, policies } from "./base.js";
export { allMatches } from "./matches.js";
export { findBuiltinChain, findTable, tables } from "./tables.js";
export { allTargets } from "./targets.js";

/** The match that `-m NAME` brings in for this family. */
export function findMatch(name: string, family: IpFamily): Extension | undefined {
  return matchesByName()[family].get(name);
}

/** The target or verdict that `-j NAME` means for this family, if it is not a chain. */
export function findTarget(name: string, family: IpFamily): Extension | undefined {
  return targetsByName()[family].get(name);
}

/** The match that `-p NAME` brings in without `-m` for this family. */
export function findProtocolMatch(protocol: string, family: IpFamily): Extension | undefined {
  return matchesByProtocol()[family].get(protocol);
}

/** An option of a match or target by one of its long names, without dashes. */
export function findOption(extension: Extension, name: string): Option | undefined {
  return extension.options.find(({ names }) => names.includes(name));
}

/** Delays `make` to the first call and keeps what it made. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

type ByFamily = Readonly<Record<IpFamily, ReadonlyMap<string, Extension>>>;

function byFamily(extensions: readonly Extension[], namesOf: (extension: Extension) => readonly string[]): ByFamily {
  const mapFor = (family: IpFamily) =>
    new Map(
      extensions
        .filter(({ families }) => families?.includes(family) ?? true)
        .flatMap((extension) => namesOf(extension).map((name): [string, Extension] => [name, extension])),
    );
  return { ipv4: mapFor("ipv4"), ipv6: mapFor("ipv6") };
}

const ownNames = ({ word, aliases = [] }: Extension) => [word, ...aliases];
const matchesByName = once(() => byFamily(allMatches, ownNames));
const targetsByName = once(() => byFamily(allTargets, ownNames));
const matchesByProtocol = once(() => byFamily(allMatches, ({ word, loadedBy }) => loadedBy ?? [word]));
