import type { Language } from "../../netfilter/language.js";
import { type GivenPacket, readPacket } from "../../netfilter/packet/packetJson.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { type FieldProblem, pathText } from "../../netfilter/text/fields.js";
import type { PacketForm, PathPacket } from "../../webview/protocol.js";
import { diskFiles } from "./diskFiles.js";
import { follow } from "./followed.js";
import { type Suggestion, suggestPacket } from "./suggest.js";

/** The rules that a packet meets, as they stand in the editor. */
export interface Rules {
  /** A path, or another address of a document that is no file. */
  readonly name: string;
  readonly text: string;
  readonly language: Language;
  /** Whether files that it includes may be looked for on the disk. */
  readonly onDisk: boolean;
  /** The text of the state file; absent where there is none. */
  readonly state?: { readonly file: string; readonly text: string };
}

/** An answer, or what is wrong with the question. */
export type Answer<T> = { readonly value: T } | { readonly problems: readonly string[] };

/** What the thread of rulesets can be asked about packets: argument and answer of each call. */
export interface PathCalls {
  /** A packet that the rule at the offset matches; any packet where no rule is there. */
  suggestPacket: [{ readonly rules: Rules; readonly offset: number }, Answer<Suggestion>];
  followPacket: [
    { readonly rules: Rules; readonly form: PacketForm; readonly exchange: boolean },
    Answer<readonly PathPacket[]>,
  ];
}

type Performers = { readonly [Call in keyof PathCalls]: (argument: PathCalls[Call][0]) => PathCalls[Call][1] };

/** How each is answered. */
export const pathPerformers: Performers = {
  suggestPacket: ({ rules, offset }) => {
    const { ruleset } = load(rules);
    const all = ruleset.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
    const rule = all.find(({ start, end }) => start <= offset && offset <= end);
    return then(stateOf(rules), (state) => ({ value: suggestPacket(ruleset, rule, state) }));
  },
  followPacket: ({ rules, form, exchange }) =>
    then(stateOf(rules), (state) =>
      then(packetOf(form), (given) => ({ value: follow([load(rules)], state, given, exchange) })),
    ),
};

function load({ name, text, language, onDisk }: Rules): Loaded {
  return loadRules(name, text, language, onDisk ? diskFiles : undefined);
}

/** Without a state file nothing is known of the router; what is assumed then, the traces say. */
function stateOf({ state }: Rules): Answer<RouterState> {
  if (!state) return { value: {} };
  const problems: FieldProblem[] = [];
  try {
    const value = readState(JSON.parse(state.text), problems);
    return value ? { value } : { problems: texts(problems, state.file) };
  } catch (error) {
    return { problems: [`${state.file}: this is not JSON: ${(error as Error).message}`] };
  }
}

function packetOf(form: PacketForm): Answer<GivenPacket> {
  const given = Object.entries(form).filter(([, text]) => text.trim() !== "");
  const problems: FieldProblem[] = [];
  const value = readPacket(Object.fromEntries(given.map(([field, text]) => [field, text.trim()])), [], problems);
  return value ? { value } : { problems: texts(problems) };
}

function texts(problems: readonly FieldProblem[], file?: string): string[] {
  return problems.map(({ path, message }) =>
    [file, path.length > 0 ? pathText(path) : "", message].filter(Boolean).join(": "),
  );
}

function then<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return "problems" in answer ? answer : next(answer.value);
}
