import type { Language } from "../../netfilter/language.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import type { ChainLines, PacketForm, PathPacket } from "../../webview/protocol.js";
import { type Answer, withValue } from "./answer.js";
import { saidConnection, told } from "./connection.js";
import { describe, type RulesDescription } from "./described.js";
import { type FilledForm, fillFrom } from "./fill.js";
import { follow } from "./followed.js";
import { packetOf, type StateText } from "./given.js";
import type { PathMemory } from "./memory.js";
import { ruleLines } from "./ruleLines.js";
import { type Suggestion, suggestPacket } from "./suggest.js";

/** One text of rules, as it stands in an editor or as a router lists it. */
export interface RulesDocument {
  /** A path, or another address of a document that is no file: steps name their document by it. */
  readonly name: string;
  readonly text: string;
  readonly language: Language;
  /** Whether files that it includes may be looked for on the disk. */
  readonly onDisk: boolean;
  /** A router's own listing: tables that several of them show are the same. */
  readonly listed?: true;
  /** Listed by `iptables-legacy-save` or its like for IPv6. */
  readonly isOld?: true;
}

/** All rules that a packet meets on one machine, and what is known of that. */
export interface Rules {
  /** In the order in which they were loaded. */
  readonly documents: readonly RulesDocument[];
  /** Sentences about rules that are there, or may be, and could not be read. */
  readonly missing?: readonly string[];
  /** Absent where nothing is known. */
  readonly state?: StateText;
  /** What the router's kernel says that it calls, for the pictures and the order among equals; absent: what the rules bring. */
  readonly hooks?: HookList;
}

/**
 * What the thread of rulesets can be asked about packets: argument and answer of each call.
 *
 * A view asks by the `ask` of a `RulesetThread` of its own (`client/rulesets/inThread.ts`), which lives as long as the view. Its
 * performers get what the thread keeps: `memory.rulesOf(rules)` answers with the rules read, their router and `shown`, which puts
 * any trace into the view's words, and reads only what has changed since the last call, whichever call that was.
 *
 * A call that keeps more than that, such as a session of traced packets, is added so: a field of `Memory`
 * (`client/rulesets/calls.ts`) that holds the session; the call and its performer, which gets the memory; and its name in
 * `client/rulesets/keptCalls.ts`, as `begins` for the call that begins a session anew and `adds` for those that add to it. The
 * thread may end at any time (a question is cancelled, a view rests for minutes, memory runs out); those calls are then made
 * again in the next one, in their order and with the same arguments, before anything else is asked: what a performer does must
 * follow from the calls alone.
 */
export interface PathCalls {
  /** A packet that the rule at the offset of a document matches; any packet where no rule is there. */
  suggestPacket: [{ readonly rules: Rules; readonly document: string; readonly offset: number }, Answer<Suggestion>];
  /** What of the documents is followed, and what they leave open. */
  describeRules: [Rules, Answer<RulesDescription>];
  /** The packet in a text that was pasted: a line of tcpdump, conntrack, a trace or the kernel's log. */
  packetFromText: [{ readonly rules: Rules; readonly text: string }, Answer<FilledForm>];
  /** Where all rules stand, for those on which the cursor stands and which no packet met. */
  ruleLines: [{ readonly rules: Rules }, Answer<readonly ChainLines[]>];
  followPacket: [
    { readonly rules: Rules; readonly form: PacketForm; readonly exchange: boolean },
    Answer<readonly PathPacket[]>,
  ];
}

type Performers = {
  readonly [Call in keyof PathCalls]: (
    argument: PathCalls[Call][0],
    memory: { readonly path: PathMemory },
  ) => PathCalls[Call][1];
};

/** How each is answered. */
export const pathPerformers: Performers = {
  suggestPacket: ({ rules, document, offset }, memory) =>
    withValue(memory.path.rulesOf(rules), ({ state }) => {
      const ruleset = memory.path.rulesetOf(rules, document);
      if (!ruleset) return { problems: [`${document} is none of the rules that are followed.`] };
      const all = ruleset.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
      const rule = all.find(({ start, end }) => start <= offset && offset <= end);
      return { value: suggestPacket(ruleset, rule, state) };
    }),
  describeRules: (rules, memory) =>
    withValue(memory.path.rulesOf(rules), (ready) => ({ value: describe(rules.documents, ready) })),
  packetFromText: ({ rules, text }, memory) =>
    withValue(memory.path.rulesOf(rules), ({ state }) => fillFrom(text, state)),
  ruleLines: ({ rules }, memory) =>
    withValue(memory.path.rulesOf(rules), ({ loaded }) => ({ value: ruleLines(loaded) })),
  followPacket: ({ rules, form, exchange }, memory) =>
    withValue(memory.path.rulesOf(rules), ({ shown, router, state }) =>
      withValue(packetOf(form), (given) =>
        withValue(saidConnection(form, given.packet, state), (said) => ({
          value: told(
            said,
            router.rehearse(() => follow(router, shown, given, exchange), said?.state),
          ),
        })),
      ),
    ),
};
