import { isAbsolute, join } from "node:path";
import SSHConfig, { type Line, LineType } from "ssh-config";
import type { Machine } from "./files.js";
import { matchesPattern, matchesPatterns } from "./patterns.js";

/** The options that ssh_config holds for one name: by keyword in lower case, the first value found winning. */
export interface Options {
  /** All words of the value. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Every `IdentityFile`, in the order of the files. */
  readonly identityFiles: readonly string[];
  /** What was passed over, in sentences for a person. */
  readonly notes: readonly string[];
}

interface Reading {
  readonly machine: Machine;
  /** As the person calls it. */
  readonly name: string;
  /** A user that is known before any file is read. */
  readonly user: string | undefined;
  readonly values: Map<string, readonly string[]>;
  readonly identityFiles: string[];
  readonly notes: Set<string>;
  final: boolean;
  finalAsked: boolean;
}

const maxDepth = 16;
const section = /^(host|match)$/i;

/** Reads `~/.ssh/config` and the machine's own configuration for a name. Never throws: what cannot be read is a note. */
export function optionsFor(machine: Machine, name: string, user?: string): Options {
  const values = new Map<string, readonly string[]>();
  const reading: Reading = {
    ...{ machine, name, user, values, identityFiles: [], notes: new Set<string>() },
    ...{ final: false, finalAsked: false },
  };
  readAll(reading);
  if (reading.finalAsked) {
    // ssh reads everything once more for `Match final`; identity files would stand twice.
    const found = [...reading.identityFiles];
    reading.final = true;
    readAll(reading);
    reading.identityFiles.splice(0, found.length);
  }
  return { values, identityFiles: [...new Set(reading.identityFiles)], notes: [...reading.notes] };
}

/** Every name that a `Host` line gives without wildcards, in the order of the files: what can be offered to a person. */
export function hostNames(machine: Machine): readonly string[] {
  const names = configFiles(machine).flatMap((path) => namesIn(machine, path, 0));
  return [...new Set(names)];
}

function namesIn(machine: Machine, path: string, depth: number): readonly string[] {
  if (depth > maxDepth) return [];
  return walk(parsed(machine, path, undefined)).flatMap((line) => {
    if (isDirective(line, "include"))
      return includedFiles(machine, path, wordsOf(line)).flatMap((file) => namesIn(machine, file, depth + 1));
    return isDirective(line, "host") ? wordsOf(line).filter((word) => !/[*?!]/.test(word)) : [];
  });
}

function configFiles({ home }: Machine): readonly string[] {
  return [join(home, ".ssh/config"), "/etc/ssh/ssh_config"];
}

function readAll(reading: Reading): void {
  for (const path of configFiles(reading.machine)) readFile(reading, path, 0);
}

function readFile(reading: Reading, path: string, depth: number): void {
  if (depth > maxDepth) {
    reading.notes.add(`${path} was left out: its Include lines go deeper than ${maxDepth} files.`);
    return;
  }
  readLines(reading, parsed(reading.machine, path, reading.notes), path, depth);
}

function parsed(machine: Machine, path: string, notes: Set<string> | undefined): readonly Line[] {
  const text = machine.read(path);
  if (text === undefined) return [];
  try {
    return SSHConfig.parse(text);
  } catch (error) {
    notes?.add(`${path} could not be read as an ssh configuration: ${(error as Error).message}.`);
    return [];
  }
}

function readLines(reading: Reading, lines: readonly Line[], path: string, depth: number): void {
  for (const line of lines) {
    if (line.type !== LineType.DIRECTIVE) continue;
    if (section.test(line.param)) {
      if ("config" in line && applies(reading, line)) readLines(reading, line.config, path, depth);
    } else if (isDirective(line, "include")) {
      for (const file of includedFiles(reading.machine, path, wordsOf(line))) readFile(reading, file, depth + 1);
    } else keep(reading, line.param.toLowerCase(), wordsOf(line));
  }
}

function keep(reading: Reading, keyword: string, words: readonly string[]): void {
  if (keyword === "identityfile") reading.identityFiles.push(...words);
  else if (!reading.values.has(keyword)) reading.values.set(keyword, words);
}

function applies(reading: Reading, line: Line): boolean {
  if (isDirective(line, "host")) return matchesPatterns(wordsOf(line), reading.name);
  const words = [...wordsOf(line)];
  let fulfilled = true;
  while (words.length > 0) {
    const word = words.shift() as string;
    const negated = word.startsWith("!");
    const answer = criterion(reading, word.replace("!", "").toLowerCase(), words);
    fulfilled &&= answer !== undefined && answer !== negated;
  }
  return fulfilled;
}

/** Whether one criterion of a `Match` line holds, undefined when that cannot be known here; takes its argument off `rest`. */
function criterion(reading: Reading, keyword: string, rest: string[]): boolean | undefined {
  if (keyword === "all") return true;
  if (keyword === "canonical") return false;
  if (keyword === "final") {
    reading.finalAsked = true;
    return reading.final;
  }
  const patterns = (rest.shift() ?? "").split(",");
  const subject = subjectOf(reading, keyword);
  if (subject !== undefined) return matchesPatterns(patterns, subject);
  reading.notes.add(`"Match ${keyword}" was passed over: Hookscope does not evaluate it.`);
  return undefined;
}

function subjectOf({ machine, name, user, values }: Reading, keyword: string): string | undefined {
  if (keyword === "host") return values.get("hostname")?.[0]?.replaceAll("%h", name) ?? name;
  if (keyword === "originalhost") return name;
  if (keyword === "user") return user ?? values.get("user")?.[0] ?? machine.user;
  return keyword === "localuser" ? machine.user : undefined;
}

/** The files that an `Include` names, sorted as a shell would; relative ones lie beside the file that a person owns. */
function includedFiles(machine: Machine, from: string, patterns: readonly string[]): readonly string[] {
  const base = from.startsWith("/etc/ssh") ? "/etc/ssh" : join(machine.home, ".ssh");
  return patterns.flatMap((pattern) => {
    const path = pattern.replace(/^~(?=\/)/, machine.home);
    return expanded(machine, isAbsolute(path) ? path : join(base, path));
  });
}

function expanded(machine: Machine, pattern: string): readonly string[] {
  const [first = "", ...parts] = pattern.split("/");
  return parts.reduce<readonly string[]>(
    (folders, part) =>
      /[*?]/.test(part)
        ? folders.flatMap((folder) => matchingNames(machine, folder, part).map((name) => `${folder}/${name}`))
        : folders.map((folder) => `${folder}/${part}`),
    [first],
  );
}

function matchingNames(machine: Machine, folder: string, pattern: string): readonly string[] {
  const visible = (name: string) => pattern.startsWith(".") || !name.startsWith(".");
  return machine
    .list(folder || "/")
    .filter((name) => visible(name) && matchesPattern(pattern, name.toLowerCase()))
    .sort();
}

function walk(lines: readonly Line[]): readonly Line[] {
  return lines.flatMap((line) => ("config" in line ? [line, ...walk(line.config)] : [line]));
}

function isDirective(line: Line, keyword: string): boolean {
  return line.type === LineType.DIRECTIVE && line.param.toLowerCase() === keyword;
}

function wordsOf(line: Line): readonly string[] {
  if (line.type !== LineType.DIRECTIVE) return [];
  return typeof line.value === "string" ? [line.value] : line.value.map(({ val }) => val);
}
