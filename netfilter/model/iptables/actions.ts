import type { Loaded, OptionNode } from "../../syntax/iptables/nodes.js";
import { parseNumber } from "../../syntax/iptables/numbers.js";
import type { Span } from "../../text/span.js";
import type { Action, MarkAction, Reference, Verdict } from "../ruleset.js";

type Deed = Action extends infer Each ? (Each extends unknown ? Omit<Each, "kind" | "start" | "end"> : never) : never;

const verdicts: Readonly<Record<string, Verdict>> = {
  ACCEPT: "accept",
  DROP: "drop",
  RETURN: "return",
  REJECT: "reject",
  QUEUE: "queue",
  NFQUEUE: "queue",
};

const translations: Readonly<Record<string, Extract<Action, { do: "nat" }>["type"]>> = {
  SNAT: "snat",
  DNAT: "dnat",
  MASQUERADE: "masquerade",
  REDIRECT: "redirect",
  NETMAP: "netmap",
};

/** Targets after which a packet goes on just as it would have. */
const inert = new Set(["LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "LED", "IDLETIMER", "RATEEST", "TEE", "CHECKSUM"]);

/** What `-j` or `-g` does; `jump` is the chain it names where it names one. */
export function actionOf(by: Span, target: Loaded | undefined, jump: Reference | undefined): Action {
  const { start, end } = by;
  if (jump) return { kind: "action", start, end, do: jump.how === "goto" ? "goto" : "jump", target: jump };
  return { kind: "action", start, end: lastEnd(end, target), ...deedOf(target) } as Action;
}

function lastEnd(end: number, target: Loaded | undefined): number {
  let last = end;
  for (const option of target?.options ?? []) last = Math.max(last, option.end);
  return last;
}

function deedOf(target: Loaded | undefined): Deed {
  const word = target?.extension.word ?? "";
  const verdict = verdicts[word];
  if (verdict) return { do: "verdict", verdict };
  const type = translations[word];
  if (type) return { do: "nat", type };
  if (target && (word === "MARK" || word === "CONNMARK")) return markDeed(word, target.options);
  if (word === "HMARK") return { do: "setMark", target: "packet", clear: all, value: "opaque" };
  if (word === "NOTRACK" || (word === "CT" && target?.options.some(isNamed("notrack")))) return { do: "notrack" };
  return { do: "other", effect: inert.has(word) ? "inert" : "unmodelled" };
}

const all = 0xffff_ffff;

type Write = Pick<MarkAction, "clear" | "value">;

/** How each option of MARK and CONNMARK writes, given its value and mask. */
const writes: Readonly<Record<string, (value: number, mask: number) => Write>> = {
  "set-xmark": (value, mask) => ({ clear: mask, value: { constant: value } }),
  "set-mark": (value, mask) => ({ clear: (value | mask) >>> 0, value: { constant: value } }),
  "and-mark": (value) => ({ clear: ~value >>> 0, value: { constant: 0 } }),
  "or-mark": (value) => ({ clear: value, value: { constant: value } }),
  "xor-mark": (value) => ({ clear: 0, value: { constant: value } }),
};

function markDeed(word: "MARK" | "CONNMARK", options: readonly OptionNode[]): Deed {
  const own = word === "MARK" ? "packet" : "connection";
  if (options.some(isNamed("save-mark"))) return copy("packet", "connection", options);
  if (options.some(isNamed("restore-mark"))) return copy("connection", "packet", options);
  const node = options.find(({ option }) => option && writes[option.names[0] ?? ""]);
  const [value, mask = all] = (node?.value?.text ?? "").split("/").map(readMark);
  if (!node || options.length > 1 || value === undefined)
    return { do: "setMark", target: own, clear: all, value: "opaque" };
  const write = writes[node.option?.names[0] ?? ""] as (typeof writes)[string];
  return { do: "setMark", target: own, ...write(value, mask) };
}

/** `--save-mark` and `--restore-mark` with their masks; shifted marks are not worked out. */
function copy(from: "packet" | "connection", to: "packet" | "connection", options: readonly OptionNode[]): Deed {
  const maskOf = (name: string) => {
    const text = options.find(isNamed(name))?.value?.text ?? options.find(isNamed("mask"))?.value?.text;
    return text === undefined ? all : readMark(text);
  };
  const masks = { packet: maskOf("nfmask"), connection: maskOf("ctmask") };
  const shifted = options.some(isNamed("left-shift-mark")) || options.some(isNamed("right-shift-mark"));
  const [clear, mask] = [masks[to], masks[from]];
  if (shifted || clear === undefined || mask === undefined)
    return { do: "setMark", target: to, clear: all, value: "opaque" };
  return { do: "setMark", target: to, clear, value: { from, mask } };
}

function readMark(text: string): number | undefined {
  const value = parseNumber(text);
  return value === undefined ? undefined : Number(value) >>> 0;
}

function isNamed(name: string): (node: OptionNode) => boolean {
  return ({ option }) => option?.names.includes(name) ?? false;
}
