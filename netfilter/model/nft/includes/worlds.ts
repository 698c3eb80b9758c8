import type { Files } from "../../../text/files.js";
import { type NamedText, readWorld, type World } from "./world.js";

/** So many files are asked whether they include the document before the search is given up. */
const mostAsked = 50;
/** Levels of includes that nft follows. */
const mostLevels = 16;

/**
 * Everything that is read together with a document, once for each file that somebody gives to nft and that leads to it: those
 * that nobody includes. The document's own where no file includes it. At most `most` of them.
 */
export function worldsOf(document: NamedText, files: Files, most: number): World[] {
  const worlds: World[] = [];
  for (const path of mayLeadTo(document.path, files)) {
    if (worlds.length >= most) break;
    if (worlds.some(({ read }) => read.some((source) => source.path === path))) continue;
    const text = files.read(path);
    const world =
      text === undefined
        ? undefined
        : readWorld({ path, text }, worlds.length > 0 ? { ...document, previous: undefined } : document, files);
    if (world) worlds.push(world);
  }
  if (worlds.length > 0) return worlds;
  return [readWorld(document, document, files) as World];
}

/** The files that perhaps include `path`, themselves or through others, those farthest up first. */
function mayLeadTo(path: string, files: Files): string[] {
  const found = new Set<string>();
  let level = [path];
  for (let depth = 0; depth < mostLevels && level.length > 0 && found.size < mostAsked; depth++) {
    const next = new Set(level.flatMap((lower) => files.includers(lower)));
    level = [...next].filter((upper) => upper !== path && !found.has(upper));
    for (const upper of level) found.add(upper);
  }
  return [...found].reverse();
}
