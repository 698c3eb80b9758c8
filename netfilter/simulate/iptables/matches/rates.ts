import { parseNumber } from "../../../syntax/iptables/numbers.js";
import type { Connection } from "../../context.js";
import type { Memory } from "../memory.js";
import { type Options, readNumber, spanOf } from "../options.js";
import { invert, type Test, unsure } from "../test.js";
import { entryOf, type Matches } from "./define.js";

/** Matches that count and measure. A limit is taken not to be reached, which is stated, unless the state says otherwise. */
export const rateMatches: Matches = {
  limit: (options) => notReached(options, true),
  hashlimit: (options) => notReached(options, options.has("hashlimit-upto") !== isNegatedRate(options)),
  connlimit: connlimitTest,
  connbytes: connbytesTest,
  quota: quotaTest,
  statistic: statisticTest,
  rateest: (options) => unsure("How fast the estimator's packets come is not known.", options.span),
  nfacct: () => (passage) => {
    passage.assume("The nfacct counters that rules name have no quota.");
    return true;
  },
};

function notReached({ nodes: [first] }: Options, answer: boolean): Test {
  const name = first?.option?.word.replace(/^--/, "").replace(/-.*/, "") ?? "limit";
  const sentence = `No rule's \`-m ${name}\` has reached its limit.`;
  return (passage) => {
    if (passage.limits === undefined) passage.assume(sentence);
    return (passage.limits === "over") !== answer;
  };
}

function isNegatedRate(options: Options): boolean {
  return options.negated("hashlimit-upto") || options.negated("hashlimit-above");
}

/** The connection itself counts, so that a limit of 0 is always passed. */
function connlimitTest(options: Options): Test {
  const above = options.has("connlimit-above");
  const name = above ? "connlimit-above" : "connlimit-upto";
  const always = options.number(name) === 0;
  const negated = options.negated(name);
  return (passage) => {
    if (!always && passage.limits === undefined) passage.assume("No rule's `-m connlimit` has reached its limit.");
    const reached = always || passage.limits === "over";
    return (above === reached) !== negated;
  };
}

function connbytesTest(options: Options): Test {
  const [first = "", last = ""] = (options.text("connbytes") ?? "").split(":");
  const from = readNumber(first) ?? 0;
  const to = readNumber(last) ?? Number.POSITIVE_INFINITY;
  const direction = options.text("connbytes-dir") ?? "both";
  const mode = options.text("connbytes-mode") ?? "bytes";
  const negated = options.negated("connbytes");
  return (passage) => {
    const entry = entryOf(passage);
    if (!entry) return false;
    const count = countOf(entry, direction, mode);
    if (count === undefined) {
      passage.assume("No connection has reached the bytes or packets that a rule's `-m connbytes` asks for.");
      return (from === 0) !== negated;
    }
    return (count >= from && count <= to) !== negated;
  };
}

function countOf({ packets, bytes }: Connection, direction: string, mode: string): number | undefined {
  if (!packets || !bytes) return undefined;
  const of = ({ original, reply }: { readonly original: number; readonly reply: number }) =>
    direction === "original" ? original : direction === "reply" ? reply : original + reply;
  if (mode === "packets") return of(packets);
  if (mode === "bytes") return of(bytes);
  return of(packets) === 0 ? 0 : Math.floor(of(bytes) / of(packets));
}

/** Counted from a fresh load. A packet that does not fit uses the rest up. */
function quotaTest(options: Options, memory: Memory): Test {
  const whole = BigInt(parseNumber(options.text("quota") ?? "") ?? 0);
  const test: Test = (passage) => {
    passage.assume("Quotas are as full as the rules file says.");
    const left = memory.quotas.get(options) ?? whole;
    const length = BigInt(passage.headers.length ?? 0);
    memory.quotas.set(options, left >= length ? left - length : 0n);
    return left >= length;
  };
  return invert(test, options.negated("quota"));
}

function statisticTest(options: Options): Test {
  const node = options.find("probability") ?? options.find("every");
  const negated = node?.negation !== undefined;
  const text = node?.values[0]?.text ?? "";
  const share = node?.option?.names[0] === "every" ? 1 / (readNumber(text) ?? 0) : Number(text);
  if (share === 1 || share === 0) return () => (share === 1) !== negated;
  return unsure("Whether the packet is one of those that match is chance.", spanOf(node ?? options.span));
}
