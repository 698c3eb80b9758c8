import { readFileSync } from "node:fs";
import { type GivenPacket, readPacket } from "../../netfilter/packet/packetJson.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import type { FieldProblem } from "../../netfilter/text/fields.js";
import { pathText } from "../../netfilter/text/fields.js";
import { type Dialect, inputs } from "../check/files.js";
import { placeOf } from "../check/localFiles.js";

/** Something given on the command line that is of no use; the message is for the person who gave it. */
export class Unusable extends Error {}

/** The rules files, in the order in which they are loaded. */
export function readRulesets(paths: readonly string[], dialect: Dialect): Loaded[] {
  return [...inputs(paths, dialect, new Uint8Array())].map((input) => {
    if ("problem" in input) throw new Unusable(`${input.file}: ${input.problem}`);
    const { file, text, language } = input;
    const place = placeOf(file);
    const loaded = loadRules(language === "nftables" ? place.path : file, text, language, place.files);
    return { ...loaded, name: file };
  });
}

/** The router's state out of a JSON file. */
export function readStateFile(file: string): RouterState {
  const problems: FieldProblem[] = [];
  const state = readState(parsed(textOf(file), file), problems);
  if (!state) throw new Unusable(problemText(file, problems));
  return state;
}

/** One packet given as JSON. */
export function readPacketText(text: string, where: string): GivenPacket {
  const problems: FieldProblem[] = [];
  const given = readPacket(parsed(text, where), [], problems);
  if (!given) throw new Unusable(problemText(where, problems));
  return given;
}

/** Packets, one a line; blank lines and lines that begin with `#` are passed over. `-` is standard input. */
export function readPacketsFile(file: string): GivenPacket[] {
  const lines = textOf(file).split("\n");
  return lines.flatMap((line, index) =>
    line.trim() === "" || line.startsWith("#") ? [] : [readPacketText(line, `${file}:${index + 1}`)],
  );
}

/** The text of a file, or of standard input for `-`. */
export function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Unusable(`${file}: cannot be read: ${(error as Error).message}`);
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Unusable(`${where}: this is not JSON: ${(error as Error).message}`);
  }
}

function problemText(where: string, problems: readonly FieldProblem[]): string {
  const lines = problems.map(
    ({ path, message }) => `${where}: ${path.length > 0 ? `${pathText(path)}: ` : ""}${message}`,
  );
  return lines.join("\nhookscope: ");
}
