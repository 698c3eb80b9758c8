import { templateText, type Variables } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator } from "./evaluator.js";
import { refuse } from "./refusal.js";
import { byteLength } from "./words.js";

const longestPrefix = 127;

/** `log`: a group takes the packet elsewhere than the kernel's log, so their options exclude each other. */
export function checkLog({ variables }: Evaluator, { options }: nft.Log): void {
  const find = (...names: string[]) => options.find(({ name }) => names.includes(name.text));
  const group = find("group", "snaplen", "queue-threshold");
  const level = find("level");
  const flags = find("flags");
  const kernel = level ?? flags;
  if (group && kernel) {
    const text = `\`${group.name.text}\` hands packets to a program, and \`${kernel.name.text}\` is for the kernel's own log. Leave one out.`;
    refuse("conflictingOptions", kernel, text);
  }
  const audit = level?.values.some((value) => value.kind === "word" && value.text === "audit");
  if (audit && options.length > 1)
    refuse("conflictingOptions", options[0] as nft.Option, "`level audit` takes no other option.");
  const prefix = find("prefix");
  if (prefix) checkPrefix(prefix, variables);
}

function checkPrefix({ values: [value] }: nft.Option, variables: Variables): void {
  if (value?.kind !== "string" && value?.kind !== "template") return;
  const text = value.kind === "string" ? value.value : templateText(value, variables);
  if (text === undefined) return;
  const length = byteLength(text);
  if (length > longestPrefix)
    refuse("badValue", value, `A log prefix has at most ${longestPrefix} characters, and this one has ${length}.`);
  if (length === 0) refuse("badValue", value, "An empty log prefix is refused. Leave `prefix` out.");
}
