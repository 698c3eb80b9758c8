import type { Case } from "./generate/scenario.js";
import type { LabRuleset, Wish } from "./kernel.js";

/** Whether a case still shows what is looked for. A case that the real tools refuse does not. */
export type Shows = (candidate: Case) => Promise<boolean>;

/** A smaller case that still shows it: packets first, then lines and blocks of rules, then routing. At most `tries` trials. */
export async function shrink(found: Case, shows: Shows, tries = 400): Promise<Case> {
  let left = tries;
  let best = found;
  const attempt = async (candidate: Case) => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await shows(candidate))) return false;
    best = candidate;
    return true;
  };
  await fewerPackets(() => best, attempt);
  for (let before = -1; before !== sizeOf(best) && left > 0; ) {
    before = sizeOf(best);
    await fewerLines(() => best, attempt);
    await lessRouting(() => best, attempt);
    await fewerPackets(() => best, attempt);
  }
  return best;
}

type Attempt = (candidate: Case) => Promise<boolean>;

function sizeOf({ packets, rulesets, plan }: Case): number {
  const text = rulesets.reduce((sum, { text }) => sum + text.length, 0);
  return packets.length + text + plan.routes.length + plan.rules.length;
}

/** Takes packets out by halves, quarters ... and one by one. */
async function fewerPackets(best: () => Case, attempt: Attempt): Promise<void> {
  for (let size = best().packets.length >> 1; size >= 1; size >>= 1) {
    for (let at = best().packets.length - size; at >= 0; at -= size) {
      const keep = best().packets.map((_, index) => index < at || index >= at + size);
      await attempt({ ...best(), packets: without(best().packets, keep) });
    }
  }
}

/** The packets that are kept; one that answers a packet that is not goes with it. */
export function without(packets: readonly Wish[], keep: readonly boolean[]): Wish[] {
  const places: (number | undefined)[] = [];
  const kept: Wish[] = [];
  for (const [index, wish] of packets.entries()) {
    const answered = "answer" in wish ? places[wish.answer] : 0;
    places.push(keep[index] && answered !== undefined ? kept.length : undefined);
    if (places[index] === undefined) continue;
    kept.push("answer" in wish ? { ...wish, answer: answered as number } : wish);
  }
  return kept;
}

async function fewerLines(best: () => Case, attempt: Attempt): Promise<void> {
  for (const which of best().rulesets.keys()) {
    if (await attempt({ ...best(), rulesets: best().rulesets.filter((_, index) => index !== which) })) return;
    for (const piece of pieces(best().rulesets[which] as LabRuleset)) {
      const { language, text } = best().rulesets[which] as LabRuleset;
      if (!text.includes(piece)) continue;
      const changed = { language, text: text.replace(piece, "") };
      await attempt({ ...best(), rulesets: best().rulesets.map((one, index) => (index === which ? changed : one)) });
    }
  }
}

/** What may be taken out of a file: its tables, chains and sets with all that is in them, then single lines. */
function pieces({ text }: LabRuleset): string[] {
  const lines = text.split("\n").slice(0, -1);
  const blocks = lines.flatMap((line, first) => {
    const end = line.startsWith("*")
      ? lines.indexOf("COMMIT", first)
      : line.endsWith(" {")
        ? blockEnd(lines, first)
        : -1;
    return end === -1 ? [] : [lines.slice(first, end + 1)];
  });
  const single = lines.filter((line) => !/[{}]$|^(\*|COMMIT|type )/.test(line)).map((line) => [line]);
  return [...blocks, ...single].map((piece) => `${piece.join("\n")}\n`);
}

function blockEnd(lines: readonly string[], first: number): number {
  let depth = 0;
  for (let index = first; index < lines.length; index++) {
    if (lines[index]?.endsWith(" {")) depth += 1;
    else if (lines[index] === "}" && --depth === 0) return index;
  }
  return -1;
}

async function lessRouting(best: () => Case, attempt: Attempt): Promise<void> {
  const planned = (changed: Partial<Case["plan"]>) => attempt({ ...best(), plan: { ...best().plan, ...changed } });
  await planned({ rules: [] });
  for (const rule of best().plan.rules) await planned({ rules: best().plan.rules.filter((one) => one !== rule) });
  for (const route of best().plan.routes) await planned({ routes: best().plan.routes.filter((one) => one !== route) });
  for (const name of Object.keys(best().plan.sysctls)) {
    const { [name]: _, ...sysctls } = best().plan.sysctls;
    await planned({ sysctls });
  }
}
