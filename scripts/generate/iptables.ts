import type { Extension, Option } from "../../netfilter/facts/iptables/extension.js";
import { allMatches, allTargets, baseOptions, lineCommands } from "../../netfilter/facts/iptables/index.js";
import { type Grammar, groups, oneOf, scopes, whole } from "./grammar.js";

const wordStart = '(?<![^\\s"!,])';
const wordEnd = '(?![^\\s",])';

/** The grammar of iptables-save files; its words are those of the catalogue. */
export function iptablesGrammar(): Grammar {
  const matchOptions = new Set(names([...baseOptions, ...allMatches.flatMap(({ options }) => options)]));
  const letters = baseOptions.flatMap(({ letter }) => letter ?? []);
  const targetOptions = names(allTargets.flatMap(({ options }) => options)).filter((name) => !matchOptions.has(name));
  const [verdicts, actions] = split(allTargets, ({ options, terminal }) => terminal === true && options.length === 0);
  return {
    name: "iptables-save",
    scopeName: "source.iptables",
    patterns: [
      whole("comment", "^#.*$"),
      groups("^(\\*\\s*)(\\S+)", "keyword", "tableName"),
      groups("^(:)(\\S+)\\s+([A-Z]+|-)?(?:\\s+(\\[\\d+:\\d+\\]))?", "punctuation", "chainName", "constant", "counter"),
      whole("keyword", "^COMMIT$"),
      groups("^(\\[\\d+:\\d+\\])", "counter"),
      groups(`${wordStart}(${command})\\s+([^-\\s]\\S*)`, "keyword", "chainName"),
      {
        begin: '"',
        end: '"|$',
        name: scopes.string,
        patterns: [{ match: "\\\\.", name: "constant.character.escape" }],
      },
      groups(`${wordStart}(-m|--match)\\s+(${words(allMatches)})${wordEnd}`, "match", "match"),
      groups(`${wordStart}(-[jg]|--jump|--goto)\\s*(${words(verdicts)})${wordEnd}`, "statement", "verdict"),
      groups(`${wordStart}(-[jg]|--jump|--goto)\\s*(${words(actions)})${wordEnd}`, "statement", "statement"),
      groups(`${wordStart}(-[jg]|--jump|--goto)\\s*([^-\\s"]\\S*)`, "statement", "chainName"),
      groups(`${wordStart}(-[io]|--(?:in|out)-interface)\\s*([^-\\s!"]\\S*)`, "match", "interface"),
      groups(`${wordStart}(-p|--proto(?:col)?)\\s*([a-z][\\w-]*)`, "match", "constant"),
      whole("match", `${wordStart}(?:-${oneOf(letters)}|--${oneOf(matchOptions)})(?![\\w-])`),
      whole("statement", `${wordStart}--${oneOf(targetOptions)}(?![\\w-])`),
      whole("operator", `${wordStart}!${wordEnd}`),
      whole("address", `${wordStart}${address}`),
      whole("number", `${wordStart}(?:0x[\\da-fA-F]+|\\d+)(?:[:/,-](?:0x[\\da-fA-F]+|\\d+))*(?=[\\s,/"]|$)`),
      whole("constant", `${wordStart}${oneOf(values([...allMatches, ...allTargets]))}(?![\\w.:-])`),
    ],
  };
}

const command = `-${oneOf(lineCommands.map(({ letter }) => letter))}|--${oneOf(lineCommands.map(({ name }) => name))}`;
const address = "(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[\\da-fA-F]{0,4}:[\\da-fA-F:]*:[\\da-fA-F:.]*)(?:/[\\d.]+|:\\d+)?";

function names(options: readonly Option[]): string[] {
  return options.flatMap(({ names }) => names);
}

function words(extensions: readonly Extension[]): string {
  return oneOf(extensions.map(({ word }) => word));
}

/** Words with a meaning of their own that options take: `NEW`, `SYN`, `port-unreach`. */
function values(extensions: readonly Extension[]): string[] {
  const taken = extensions.flatMap(({ options }) => options.flatMap(({ values }) => values));
  return taken
    .flatMap((value) => (value.type === "word" ? Object.keys(value.words) : []))
    .filter((word) => /^\D/.test(word));
}

function split<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
