/** What lies directly in a folder. */
export interface Listing {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** False where there may be more than is told, so that nobody takes a name for missing. */
  readonly complete: boolean;
}

/**
 * The files beside the one that is read, as whoever asks knows them: from the disk, from open editors, from a test's table.
 * Paths are absolute, with `/` between their parts.
 */
export interface Files {
  /** Undefined where there is no such file or it cannot be read. */
  read(path: string): string | undefined;
  /** Undefined where there is no such folder or it cannot be read. */
  list(folder: string): Listing | undefined;
  /** Folders besides a file's own in which the tools may be started: those of the workspace. */
  readonly folders: readonly string[];
  /** Files that may include this one, as far as their `include` lines tell by its name. */
  includers(path: string): readonly string[];
}
