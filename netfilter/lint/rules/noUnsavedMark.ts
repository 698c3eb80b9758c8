import { afterMark, type KnownMark, markHolds, unknownMark } from "../../model/knownMark.js";
import { rulesThatMark } from "../../model/markUse.js";
import type { Action, Chain, Condition, Definition, MarkAction, Rule, Ruleset } from "../../model/ruleset.js";
import {
  conditionsOf,
  endsChain,
  isChain,
  markActionsOf,
  reachableFrom,
  runsLater,
  sameCondition,
} from "../../model/walk.js";
import type { Edit } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { removal, spoken } from "../ruleText.js";

/** From the story of a router whose connections died after their second packet. */
export const noUnsavedMark: Lint = {
  id: "noUnsavedMark",
  severity: "warning",
  summary: "An accept between setting the packet's mark and saving it to the connection skips the save.",
  doc: [
    "A packet's mark lives as long as the packet. To give the connection's later packets the same mark, it must be copied",
    "to the conntrack entry (`CONNMARK --save-mark`, `ct mark set meta mark`). An accept verdict ends the walk through the",
    "base chain at once, so a save further down never runs: replies find no mark to restore, get another one, are routed",
    "elsewhere, and a masqueraded connection is then destroyed because its outgoing interface changed.",
    "",
    "Told only when the mark set before is certain to reach the accept, the skipped rule would have saved it, the ruleset",
    "restores marks somewhere, and no base chain that runs later saves them.",
    "",
    "Save the mark before accepting, or drop the accept and let the packet go on to the save.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          ":office - [0:0]",
          "-A PREROUTING -j CONNMARK --restore-mark",
          "-A PREROUTING -m mark ! --mark 0 -j ACCEPT",
          "-A PREROUTING -s 192.0.2.7/32 -j office",
          "-A PREROUTING -j CONNMARK --save-mark",
          "-A office -j MARK --set-xmark 0x36/0xff",
          "-A office -j ACCEPT",
          "#         ^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    meta mark set ct mark",
          "    meta mark != 0 accept",
          "    ip saddr 192.0.2.7 meta mark set 0x36 accept",
          "    #                                     ^^^^^^",
          "    ct mark set meta mark",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          ":office - [0:0]",
          "-A PREROUTING -j CONNMARK --restore-mark",
          "-A PREROUTING -m mark ! --mark 0 -j ACCEPT",
          "-A PREROUTING -s 192.0.2.7/32 -j office",
          "-A PREROUTING -j CONNMARK --save-mark",
          "-A office -j MARK --set-xmark 0x36/0xff",
          "COMMIT",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    meta mark set ct mark",
          "    meta mark != 0 accept",
          "    ip saddr 192.0.2.7 meta mark set 0x36 ct mark set meta mark accept",
          "    ct mark set meta mark",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find(context: LintContext): Iterable<LintFinding> {
  const { ruleset, text } = context;
  if (!text.includes(wordOfSaves[ruleset.language])) return;
  const marks = collectMarkRules(ruleset);
  if (!marks.set || !marks.restored || marks.savedIn.size === 0) return;
  const told = new Set<Action>();
  for (const chain of marks.savedIn) {
    if ([...marks.savedIn].some((other) => runsLater(chain, other))) continue;
    for (const skip of new Walk().skips(chain)) {
      if (told.has(skip.accept)) continue;
      told.add(skip.accept);
      yield describe(skip, context);
    }
  }
}

/** What stands in every rule that saves a mark: most files have none, and that is quickly seen. */
const wordOfSaves = { iptables: "CONNMARK", nftables: "mark" };

/** Which base chains save marks, and whether any rule sets or restores one: without these there is nothing to lose. */
function collectMarkRules(ruleset: Ruleset) {
  const result = { set: false, restored: false, savedIn: new Set<Chain>() };
  const marking = new Set(rulesThatMark(ruleset));
  if (marking.size === 0) return result;
  const chains = new Set([...marking].map(({ chain }) => chain));
  for (const base of ruleset.tables.flatMap((table) => table.chains).filter((chain) => chain.base)) {
    for (const chain of reachableFrom(base)) {
      if (!chains.has(chain)) continue;
      for (const action of chain.rules.filter((rule) => marking.has(rule)).flatMap(markActionsOf)) {
        if (isSave(action)) result.savedIn.add(base);
        else if (isRestore(action)) result.restored = true;
        else if (action.target === "packet") result.set = true;
      }
    }
  }
  return result;
}

/** A mark that was set and not yet saved, with everything that had to hold to get there. */
interface Pending {
  readonly rule: Rule;
  readonly guards: readonly Condition[];
  readonly mark: KnownMark;
}

/** Where the walk goes on when a chain returns. */
interface Frame {
  readonly chain: Chain;
  readonly index: number;
  readonly guards: readonly Condition[];
  readonly caller: Frame | undefined;
}

interface Skip {
  readonly accept: Action;
  readonly rule: Rule;
  readonly set: Rule;
  readonly save: { readonly rule: Rule; readonly action: Action };
}

/** Follows one base chain through its jumps, with the marks that are set and not saved yet. */
class Walk {
  private pending: Pending[] = [];
  private readonly found: Skip[] = [];
  /** Bounds the walk where many chains jump to each other. */
  private budget = 50_000;

  skips(base: Chain): readonly Skip[] {
    this.follow(base, [], undefined, 0);
    return this.found;
  }

  private follow(chain: Chain, guards: readonly Condition[], caller: Frame | undefined, depth: number): void {
    if (depth > 16) return;
    for (const [index, rule] of chain.rules.entries()) {
      if (this.budget-- <= 0) return;
      let held = guards;
      for (const part of rule.parts) {
        if (part.kind === "condition") held = [...held, part];
        else if (part.do === "jump") this.enter(part.target.definition, held, { chain, index, guards, caller }, depth);
        else if (part.do === "goto") this.enter(part.target.definition, held, caller, depth);
        else this.meet(part, rule, held, { chain, index, guards, caller });
      }
      if (held.length === guards.length && rule.parts.some(endsChain)) return;
    }
  }

  private enter(
    target: Definition | undefined,
    guards: readonly Condition[],
    caller: Frame | undefined,
    depth: number,
  ): void {
    if (isChain(target)) this.follow(target, guards, caller, depth + 1);
  }

  private meet(action: Action, rule: Rule, guards: readonly Condition[], frame: Frame): void {
    if (action.do === "setMark") this.mark(action, rule, guards);
    if (action.do !== "verdict" || action.verdict !== "accept") return;
    for (const pending of this.pending.filter((mark) => implied(guards, mark))) {
      const save = skippedSave(frame, pending);
      if (save) this.found.push({ accept: action, rule, set: pending.rule, save });
    }
    this.pending = this.pending.filter((mark) => !implied(guards, mark));
  }

  private mark(action: MarkAction, rule: Rule, guards: readonly Condition[]): void {
    if (action.target === "connection") {
      this.pending = [];
    } else if (isRestore(action)) {
      this.pending = this.pending.filter((mark) => !implied(guards, mark));
    } else {
      const earlier = this.pending.findLast((mark) => implied(guards, mark));
      this.pending = this.pending.filter((mark) => mark !== earlier);
      this.pending.push({ rule, guards, mark: afterMark(earlier?.mark ?? unknownMark, action) });
    }
  }
}

/** The save that a packet with this mark would have met next, had it not been accepted at `frame`. */
function skippedSave(frame: Frame | undefined, pending: Pending): Skip["save"] | undefined {
  for (let at = frame; at; at = at.caller) {
    for (const rule of at.chain.rules.slice(at.index + 1)) {
      if (!implied([...at.guards, ...conditionsOf(rule)], pending)) continue;
      const action = rule.actions.find((done) => done.do === "setMark" && isSave(done));
      if (action) return { rule, action };
      if (rule.parts.some(endsChain)) return undefined;
    }
  }
  return undefined;
}

/**
 * Whether `guards` are certain to hold for every packet that got this mark: what stood on the way to it holds still, unless
 * it asked for the mark, which is then read from what was set.
 */
function implied(guards: readonly Condition[], { guards: known, mark }: Pending): boolean {
  return guards.every((guard, place) => {
    if (known[place] === guard) return true;
    if (guard.field === "meta mark") return markHolds(guard, mark) === true;
    return known.some((other) => sameCondition(guard, other));
  });
}

function isSave({ target, value }: MarkAction): boolean {
  return target === "connection" && typeof value === "object" && "from" in value && value.from === "packet";
}

function isRestore({ target, value }: MarkAction): boolean {
  return target === "packet" && typeof value === "object" && "from" in value && value.from === "connection";
}

function describe({ accept, rule, set, save }: Skip, { text, ruleset }: LintContext): LintFinding {
  const written = (span: Span) => spoken(span, text);
  const saving = written(save.action);
  return {
    span: accept,
    message:
      `\`${written(accept)}\` ends the walk before \`${saving}\` runs, so the mark set for this packet is never saved to ` +
      "its connection: replies and later packets get another mark and may leave by another interface, where a " +
      "masqueraded connection is destroyed. Save the mark before accepting, or let the packet go on.",
    related: [
      { span: save.rule.node, message: `\`${saving}\` is skipped` },
      { span: set.node, message: "the mark is set here" },
    ],
    fixes: [
      {
        title: `Insert \`${saving}\` before accepting`,
        edits: [saveFirst(accept, rule, save, text, ruleset)],
        preferred: true,
      },
      ...(rule.parts.every((part) => part === accept) ? removal(rule, text, remedy) : []),
    ],
  };
}

const remedy = "Remove this accept, so that the packet goes on";

/** nftables: one more statement before the verdict. iptables: the same rule once more, saving instead of accepting. */
function saveFirst(accept: Span, rule: Rule, save: Skip["save"], text: string, { language }: Ruleset): Edit {
  const saving = text.slice(save.action.start, save.action.end);
  if (language === "nftables") return { span: { start: accept.start, end: accept.start }, text: `${saving} ` };
  const { start, end } = rule.node;
  const twin = text.slice(start, accept.start) + saving + text.slice(accept.end, end);
  return { span: { start, end: start }, text: `${twin}\n` };
}
