import type { Files, Listing } from "../../netfilter/text/files.js";
import { folderOf, nameOf } from "../../netfilter/text/paths.js";

/** A folder tree that stands in a table of paths and texts. */
export function memoryFiles(texts: Readonly<Record<string, string>>, folders: readonly string[] = []): Files {
  const paths = Object.keys(texts);
  return {
    folders,
    read: (path) => texts[path],
    list(folder): Listing | undefined {
      const below = paths.filter((path) => path.startsWith(folder === "/" ? "/" : `${folder}/`));
      if (below.length === 0) return undefined;
      const names = below.map((path) => path.slice(folder === "/" ? 1 : folder.length + 1).split("/"));
      const files = names.filter(({ length }) => length === 1).map(([name]) => name as string);
      const inner = names.filter(({ length }) => length > 1).map(([name]) => name as string);
      return { files, folders: [...new Set(inner)], complete: true };
    },
    includers: (path) =>
      paths.filter(
        (other) =>
          /include/.test(texts[other] ?? "") &&
          folderOf(path).startsWith(folderOf(other)) &&
          nameOf(other) !== nameOf(path),
      ),
  };
}
