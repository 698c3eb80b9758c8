import type { Extension, IpFamily } from "../../facts/iptables/extension.js";
import { allMatches, allTargets, findMatch } from "../../facts/iptables/index.js";
import type { Finding, Fix } from "../../text/finding.js";
import { nearest } from "../../text/nearest.js";
import type { LoadedOptions } from "./loaded.js";
import { error, suggestion, warning, withFixes } from "./messages.js";
import type { Word } from "./nodes.js";

/** A word as a message shows it. */
export function printable(text: string): string {
  const shown = text.replace(/[\p{Cc}`]/gu, "\uFFFD");
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}

/** A word where the line wants an option, or its command where it is the `first`; `next` stands behind it. */
export function unexpectedWord(word: Word, first: boolean, next: Word | undefined, known: LoadedOptions): Finding {
  if (word.text.startsWith("#")) {
    const advice = "move it, or write it as `-m comment --comment`";
    const message = `A comment must have a line of its own and start at its first column: ${advice}.`;
    return error("unexpectedText", word, message);
  }
  if (first && /(^|\/)ip6?tables(-nft|-legacy)?$/.test(word.text)) return commandName(word, next);
  const dashed = `--${word.text}`;
  const meant =
    word.text.length > 1 && known.named(dashed) ? dashed : first ? nearest(word.text, ["COMMIT"]) : undefined;
  const { hint, fixes } = suggestion(word, meant);
  const what = first ? "is no command such as `-A`" : "is not an option, and no option before it takes it";
  const message = `\`${printable(word.text)}\` ${what}: a line is a command, then options and their values.${hint}`;
  return error("unexpectedText", word, message, withFixes(fixes));
}

/** `iptables` in front of a line, as in a shell script. */
function commandName(word: Word, next: Word | undefined): Finding {
  const edits = [{ span: { start: word.start, end: next?.start ?? word.end }, text: "" }];
  const fixes = [{ title: `Remove \`${word.text}\``, edits, preferred: true }];
  const message = `A restore file holds only what stands behind \`${word.text}\` in a shell: leave the word out.`;
  return error("unexpectedText", word, message, { fixes });
}

/**
 * An option that nothing loaded so far knows. What brings it in is offered where `fits` lets it stand before it. `lead` is what
 * the rule jumps to, if that is no target: it may be one that is misspelled.
 */
export function unknownOption(
  name: Word,
  text: string,
  known: LoadedOptions,
  fits: (owner: string) => boolean,
  lead: Word | undefined,
): Finding {
  const owners = text.startsWith("--") ? ownersOf(text.slice(2)) : [];
  const what = `\`${printable(text)}\` is no option of this rule's matches or target.`;
  if (owners.length > 0) {
    const meant = lead && nearest(lead.text, targetsAmong(owners));
    if (lead && meant) return ofMisspelledTarget(name, what, lead, meant);
    const quoted = owners.map((owner) => `\`${owner}\``);
    const shown = quoted.length > 4 ? [...quoted.slice(0, 4), "others"] : quoted;
    const message = `${what} It belongs to ${shown.join(" or ")}, which must stand before it.`;
    const fixes = quoted.length > 4 ? [] : loadFirst(name, owners.filter(fits));
    return error("unknownOption", name, message, { fixes });
  }
  const { hint, fixes } = suggestion(name, nearest(text, known.names()));
  return error("unknownOption", name, what + hint, withFixes(fixes));
}

function targetsAmong(owners: readonly string[]): string[] {
  return owners.filter((owner) => owner.startsWith("-j ")).map((owner) => owner.slice("-j ".length));
}

function ofMisspelledTarget(name: Word, what: string, lead: Word, meant: string): Finding {
  const { fixes } = suggestion(lead, meant);
  const message = `${what} It belongs to the target \`${meant}\`: did you mean that by \`${printable(lead.text)}\`?`;
  return error("unknownOption", name, message, withFixes(fixes));
}

/** Puts what brings the option in before it: safe to take unseen where only one thing does. */
function loadFirst({ start }: Word, owners: readonly string[]): Fix[] {
  return owners.map((owner) => ({
    title: `Insert \`${owner}\` before it`,
    edits: [{ span: { start, end: start }, text: `${owner} ` }],
    preferred: owners.length === 1,
  }));
}

/** Which matches and targets, loaded too late or not at all, would know this option: `-m conntrack`, `-p tcp`, `-j LOG`. */
function ownersOf(name: string): string[] {
  const knows = (extension: Extension) => extension.options.some(({ names }) => names.includes(name));
  const matches = allMatches.filter(knows).map(({ word, protocols }) => {
    return protocols?.includes(word) ? `-p ${word}` : `-m ${word}`;
  });
  const targets = allTargets.filter(knows).map(({ word }) => `-j ${word}`);
  return [...new Set([...matches, ...targets])];
}

/** An option cut so short that it may be several. */
export function ambiguousOption(name: Word, text: string, known: LoadedOptions): Finding {
  const fitting = [...known.names()].filter((each) => each.startsWith(text)).join("`, `");
  return error("unknownOption", name, `\`${text}\` may be \`${fitting}\`: write out which one is meant.`);
}

const familyNames = { ipv4: "IPv4", ipv6: "IPv6" };

/** A `-m NAME` that does not exist, or not for this family. */
export function unknownMatch(name: Word, family: IpFamily): Finding {
  const other: IpFamily = family === "ipv4" ? "ipv6" : "ipv4";
  if (findMatch(name.text, other)) {
    const message = `The match \`${name.text}\` exists only for ${familyNames[other]}, and this is read as an ${familyNames[family]} file.`;
    return error("unknownMatch", name, message);
  }
  const names = allMatches.filter(({ families }) => !families || families.includes(family)).map(({ word }) => word);
  const { hint, fixes } = suggestion(name, nearest(name.text, names));
  return error("unknownMatch", name, `There is no match \`${printable(name.text)}\`.${hint}`, withFixes(fixes));
}

/** A `!` that stands behind its option, with the fix that moves it. */
export function misplacedNegation(sign: Word, name: Word, next: Word | undefined): Finding {
  const fix = {
    title: `Move \`!\` before \`${name.text}\``,
    edits: [
      { span: { start: name.start, end: name.start }, text: "! " },
      { span: { start: sign.start, end: next?.start ?? sign.end }, text: "" },
    ],
    preferred: true,
  };
  const message = `\`!\` must stand before the option, as in \`! ${name.text}\`.`;
  return error("badValue", sign, message, { fixes: [fix] });
}

/** A value that stands in one word with its option, which not every release understands. */
export function gluedValue(name: Word, value: Word): Finding {
  const fix = {
    title: "Put a blank between",
    edits: [{ span: { start: name.end, end: value.start }, text: " " }],
    preferred: true,
  };
  const message = `iptables 1.8.9 takes the whole word for the value of \`${name.text}\` and then refuses the rule: put a blank between.`;
  return warning("gluedValue", { start: name.start, end: value.end }, message, { fixes: [fix] });
}

/** `-h` and `-V`, after which the tools end with success and without having loaded the table. */
export function stopsLoading(name: Word): Finding {
  const message = `At \`${name.text}\` the tool prints something, ends, and reports success, but loads nothing of this table: remove it.`;
  return warning("stopsLoading", name, message);
}
