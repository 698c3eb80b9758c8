import type { Passage } from "../../context.js";
import { entryOf } from "../matches/define.js";
import { type Options, readMasked } from "../options.js";
import { type Deed, goOn, type Targets } from "./define.js";

/** Targets that write marks and classes. */
export const markTargets: Targets = {
  MARK: packetMark,
  CONNMARK: connectionMark,
  SECMARK: () => goOn,
  CONNSECMARK: () => goOn,
  CLASSIFY: classify,
  HMARK: hashMark,
};

const all = 0xffff_ffff;

/** `mark = (mark & ~clear) ^ value`. */
interface Write {
  readonly clear: number;
  readonly value: number;
}

/** What an option that sets a mark says; undefined when none is there. */
function writeOf(options: Options): Write | undefined {
  for (const { option, values } of options.nodes) {
    const { value, mask = all } = readMasked(values[0]?.text) ?? {};
    if (value === undefined) continue;
    const name = option?.names[0];
    if (name === "set-xmark") return { clear: mask, value };
    if (name === "set-mark") return { clear: mask | value, value };
    if (name === "and-mark") return { clear: ~value, value: 0 };
    if (name === "or-mark") return { clear: value, value };
    if (name === "xor-mark") return { clear: 0, value };
  }
  return undefined;
}

function packetMark(options: Options): Deed {
  const { clear, value } = writeOf(options) ?? { clear: 0, value: 0 };
  const kept = ~clear;
  return (passage) => {
    setPacketMark(passage, (passage.meta.mark & kept) ^ value);
    return "continue";
  };
}

/** Writes the packet's mark and tells of it where it is another one. */
export function setPacketMark(passage: Passage, mark: number): void {
  const before = passage.meta.mark;
  const after = mark >>> 0;
  if (before === after) return;
  passage.meta.mark = after;
  passage.changed({ field: "meta mark", before: markText(before), after: markText(after) });
}

function setConnectionMark(passage: Passage, mark: number): void {
  const entry = entryOf(passage);
  const after = mark >>> 0;
  if (!entry || entry.mark === after) return;
  passage.changed({ field: "ct mark", before: markText(entry.mark), after: markText(after) });
  entry.mark = after;
}

function markText(mark: number): string {
  return `0x${mark.toString(16).padStart(8, "0")}`;
}

/** Nothing happens to a packet without an entry. */
function connectionMark(options: Options): Deed {
  const shift = shiftOf(options);
  const mask = options.number("mask");
  const packetMask = options.number("nfmask") ?? mask ?? all;
  const entryMask = options.number("ctmask") ?? mask ?? all;
  if (options.has("save-mark")) {
    return (passage) => {
      const entry = entryOf(passage);
      if (entry) setConnectionMark(passage, (entry.mark & ~entryMask) ^ shift(passage.meta.mark & packetMask));
      return "continue";
    };
  }
  if (options.has("restore-mark")) {
    return (passage) => {
      const entry = entryOf(passage);
      if (entry) setPacketMark(passage, (passage.meta.mark & ~packetMask) ^ shift(entry.mark & entryMask));
      return "continue";
    };
  }
  const { clear, value } = writeOf(options) ?? { clear: 0, value: 0 };
  return (passage) => {
    const entry = entryOf(passage);
    if (entry) setConnectionMark(passage, shift((entry.mark & ~clear) ^ value));
    return "continue";
  };
}

function shiftOf(options: Options): (mark: number) => number {
  const left = options.number("left-shift-mark");
  const right = options.number("right-shift-mark");
  if (left !== undefined) return (mark) => mark << left;
  if (right !== undefined) return (mark) => mark >>> right;
  return (mark) => mark;
}

function classify(options: Options): Deed {
  const [major = 0, minor = 0] = (options.text("set-class") ?? "").split(":").map((part) => Number.parseInt(part, 16));
  const after = ((major << 16) | minor) >>> 0;
  return (passage) => {
    const before = passage.meta.priority;
    if (before !== after) {
      passage.meta.priority = after;
      passage.changed({ field: "meta priority", before: classText(before), after: classText(after) });
    }
    return "continue";
  };
}

function classText(priority: number): string {
  return `${(priority >>> 16).toString(16)}:${(priority & 0xffff).toString(16)}`;
}

/** The hash is not worked out: of few marks each is tried, of many the first and the last. */
function hashMark(options: Options): Deed {
  const first = options.number("hmark-offset") ?? 0;
  const count = options.number("hmark-mod") ?? 1;
  const candidates = count <= mostTried ? Array.from({ length: count }, (_, index) => first + index) : [first];
  const last = first + count - 1;
  return (passage) => {
    const why = (mark: number) => `Whether HMARK's hash gives the mark ${mark} is not worked out.`;
    const mark = candidates.find((one) => one === last || passage.guess(why(one), options.span));
    setPacketMark(passage, mark ?? last);
    return "continue";
  };
}

const mostTried = 8;
