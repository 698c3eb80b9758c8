import type { Family } from "../../facts/hooks.js";
import { priorityNames } from "../../facts/priorities.js";
import type { Expression, Priority } from "../../syntax/nft/nodes.js";
import { parseNumber } from "./constants.js";
import { resolved, type Variables } from "./variables.js";

/** What a priority's name stands for in a family, whatever the hook. */
function namedPriority(word: string, family: Family): number | undefined {
  return priorityNames.find((name) => name.word === word && name.families.includes(family))?.value;
}

/** The priority as a number; undefined when it hangs on a name or variable that is not known. */
export function priorityOf(priority: Priority, family: Family, variables: Variables): number | undefined {
  const { base, sign, offset } = priority;
  const start = base.kind === "word" ? namedPriority(base.text, family) : baseNumber(base, family, variables);
  if (start === undefined) return undefined;
  return sign * start + (offset ? offset.sign * Number(offset.value.value) : 0);
}

function baseNumber(base: Expression, family: Family, variables: Variables): number | undefined {
  const value = resolved(base, variables);
  if (value?.kind === "number") return Number(value.value);
  const text = value?.kind === "string" ? value.value : value?.kind === "symbol" ? value.name : undefined;
  return text === undefined ? undefined : priorityOfText(text, family);
}

/** `filter`, `-10`, `mangle + 5` as the value of a variable. */
export function priorityOfText(text: string, family: Family): number | undefined {
  const signed = /^(-?)(\w+)$/.exec(text);
  const number = signed && parseNumber(signed[2] as string);
  if (number !== undefined && number !== null) return signed?.[1] ? -Number(number) : Number(number);
  const sum = /^(\w+)(?:\s*([+-])\s*(\d+))?$/.exec(text.trim());
  const named = sum && namedPriority(sum[1] as string, family);
  if (!sum || typeof named !== "number") return undefined;
  return named + (sum[3] ? Number(`${sum[2]}${sum[3]}`) : 0);
}
