import type { Hook } from "../facts/hooks.js";
import type { Chain, Reference, Rule } from "../model/ruleset.js";
import type { TraceEvent, TracePlace, TraceTool } from "../observe/trace/event.js";
import type { HookOf } from "../observe/trace/group.js";
import { Places } from "../simulate/places.js";
import type { Loaded } from "../simulate/router.js";
import { type Backend, ChainForm } from "./chainForm.js";
import { type FoundRule, gone } from "./found.js";
import { plainText } from "./ruleText.js";
import { verdictOf, verdictOfRule } from "./told.js";

type RuleEvent = Extract<TraceEvent, { kind: "rule" }>;

/** The rules that traced packets met, made ready to be found by handle, by position and by text. */
export class TracedRules {
  private readonly forms = new Map<string, ChainForm[]>();
  private readonly places: Places;
  private readonly suited = new Map<string, readonly ChainForm[]>();
  private readonly unseen = new Map<Backend, ReadonlySet<string>>();
  private bases: readonly Chain[] | undefined;

  /**
   * `loaded` are the rules that steps are to name; `aside` are listings that only tell something of them: `nft -a list ruleset`
   * the handles of what `iptables-save` prints. Where one chain is in both kinds of text, its iptables lines are named.
   */
  constructor(
    readonly loaded: readonly Loaded[],
    aside: readonly Loaded[] = [],
  ) {
    this.places = new Places(loaded);
    for (const one of [...loaded, ...aside])
      for (const { chains } of one.ruleset.tables)
        for (const chain of chains) {
          const place = placeOf(chain);
          this.forms.set(place, [...(this.forms.get(place) ?? []), new ChainForm(chain, one, loaded.includes(one))]);
        }
  }

  /** The hook of a base chain, for `TraceGrouper`. */
  readonly hookOf: HookOf = (family, table, chain) => this.base(`${family} ${table} ${chain}`)?.hook;

  /** Hook and priority of a base chain, be it only in a listing aside. */
  base(place: string): { readonly hook: Hook; readonly priority: number | undefined } | undefined {
    return this.forms.get(place)?.find(({ chain }) => chain.base)?.chain.base;
  }

  /** Whether the rules translate addresses of the family at all. */
  translates(family: "ip" | "ip6"): boolean {
    return [...this.forms.values()].some((forms) =>
      forms.some(
        ({ chain: { base, table } }) => base?.type === "nat" && (table.family === family || table.family === "inet"),
      ),
    );
  }

  /** The base chains from which a chain of the rules can be reached. */
  basesOf(chain: Chain): readonly Chain[] {
    return chain.table.chains.filter((one) => one.base && reaches(one, chain, new Set()));
  }

  /** Chains that the tool never shows. */
  unseenBy(tool: TraceTool | undefined): ReadonlySet<string> {
    if (tool === undefined) return new Set();
    const other = tool === "log" ? "nft" : "legacy";
    const known = this.unseen.get(other) ?? this.placesOf(other);
    this.unseen.set(other, known);
    return known;
  }

  private placesOf(backend: Backend): ReadonlySet<string> {
    const own = [...this.forms].filter(([, forms]) => forms.every((one) => one.backend === backend));
    return new Set(own.map(([place]) => place));
  }

  /** The rule on one line, without what it counted. */
  textOf(rule: Rule): string {
    return plainText(this.places.of(rule).text);
  }

  /** Base chains that the kernel surely has: iptables-save also prints built-in ones that iptables-nft never made. */
  get surelyThere(): readonly Chain[] {
    this.bases ??= [...this.forms.values()].flatMap((forms) => {
      const form = forms.find(({ named }) => named);
      return form?.chain.base && forms.some(({ isSurelyThere }) => isSurelyThere) ? [form.chain] : [];
    });
    return this.bases;
  }

  /** The chain that an event names, as the rules have it; undefined when they do not. */
  chainOf(event: TracePlace): Chain | undefined {
    return this.named(event)[0]?.chain;
  }

  /**
   * Which rule of a chain of the rules an event is about; `from` is the first that the packet can have come to. The chain's name
   * may be another one than the event's: one that is written in a rule has no name of its own.
   */
  find(event: RuleEvent, chain: Chain, from: number): FoundRule {
    if (event.position !== undefined) return at(chain, event.position - 1);
    const forms =
      chain.name === "" ? (this.forms.get(placeOf(chain)) ?? []).filter((one) => one.chain === chain) : this.all(event);
    const alike = forms.filter((one) => one.chain.rules.length === chain.rules.length);
    const found = byHandle(event, alike);
    if (found && ("index" in found || event.rule === undefined)) return found;
    const other = chain.name === "" ? byVerdict(event, chain) : byText(event, alike, from);
    return "index" in other ? other : (found ?? other);
  }

  /** Those that may be named, the one to name first. */
  private named(event: TracePlace): readonly ChainForm[] {
    return this.all(event).filter(({ named }) => named);
  }

  private all(event: TracePlace): readonly ChainForm[] {
    const place = placeText(event);
    const key = `${event.by === "log"} ${place}`;
    const known = this.suited.get(key) ?? suitedTo(event.by === "log", this.forms.get(place) ?? []);
    this.suited.set(key, known);
    return known;
  }
}

/** The kernel log is written by old iptables, whose tables nft does not list; nft and xtables-monitor tell of all others. */
function suitedTo(isLog: boolean, forms: readonly ChainForm[]): readonly ChainForm[] {
  const suited = forms.filter(({ backend }) => backend === "any" || (backend === "legacy") === isLog);
  return [...(suited.length > 0 ? suited : forms)].sort((a, b) => rank(a) - rank(b));
}

function at({ rules }: Chain, index: number): FoundRule {
  if (index >= 0 && index < rules.length) return { index };
  return gone(`the chain has no rule ${index + 1}`);
}

function rank({ language }: ChainForm): number {
  return language === "iptables" ? 0 : 1;
}

function reaches(from: Chain, to: Chain, seen: Set<Chain>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return from.table.chains.some((next) => calls(from, next) && reaches(next, to, seen));
}

function calls({ rules }: Chain, next: Chain): boolean {
  return rules.some(({ actions }) =>
    actions.some((action) => leadsOf(action).some(({ definition }) => definition === next)),
  );
}

function leadsOf(action: Rule["actions"][number]): readonly Reference[] {
  if (action.do === "jump" || action.do === "goto") return [action.target];
  return action.do === "verdictMap" ? action.targets : [];
}

/** Handles are counted anew when a ruleset is loaded anew, so that the text must fit, too, where it can be compared. */
function byHandle({ handle, rule }: RuleEvent, forms: readonly ChainForm[]): FoundRule | undefined {
  if (handle === undefined) return undefined;
  const form = forms.find((one) => one.hasHandles);
  if (!form) return undefined;
  const index = form.withHandle(handle);
  if (index === undefined) return gone(`no rule of the chain has the handle ${handle}`);
  const judge = rule === undefined ? undefined : forms.find((one) => one.reads(rule));
  if (rule === undefined || !judge || judge.isAt(index, rule)) return { index };
  return gone(`the rule with the handle ${handle} is another one`);
}

function byText({ rule, handle }: RuleEvent, forms: readonly ChainForm[], from: number): FoundRule {
  const judge = rule === undefined ? undefined : (forms.find((one) => one.reads(rule)) ?? forms[0]);
  if (rule !== undefined && judge) return judge.withText(rule, from);
  if (handle === undefined) return { problem: "the trace does not tell which rule it was" };
  return { problem: `the trace tells the rule by its handle ${handle}, which only \`nft -a list ruleset\` shows` };
}

/** No listing has handles of rules in a chain without a name, and no trace their text: what the rule decided may be enough. */
function byVerdict(event: RuleEvent, { rules }: Chain): FoundRule {
  const told = verdictOf(event, undefined);
  const found = rules.flatMap((rule, index) => {
    const own = verdictOfRule(rule);
    return told === undefined || own === undefined || own === told ? [index] : [];
  });
  const [only] = found;
  if (only !== undefined && found.length === 1) return { index: only };
  return { problem: "no tool shows handles of rules in a chain without a name" };
}

/** `ip filter FORWARD`. */
export function placeText({ family, table, chain }: TracePlace): string {
  return `${family} ${table} ${chain}`;
}

/** The same of a chain of the rules. */
export function placeOf({ name, table }: Chain): string {
  return `${table.family} ${table.name} ${name}`;
}
