import { stacksOfList, stacksOfRules } from "../../netfilter/diagram/stacks.js";
import type { Ruleset } from "../../netfilter/model/ruleset.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { wholeRules } from "../../netfilter/simulate/listings.js";
import { rulesReader } from "../../netfilter/simulate/load.js";
import { overlaps } from "../../netfilter/simulate/overlaps.js";
import { type Loaded, Router } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { type Answer, withValue } from "./answer.js";
import type { Rules, RulesDocument } from "./calls.js";
import { diskFiles } from "./diskFiles.js";
import { stateOf } from "./given.js";
import { Shown } from "./shown.js";

/** The rules of all documents that packets meet, with what is known of the router: read, and ready for packets. */
export interface ReadyRules {
  /** In the order in which they were loaded. */
  readonly loaded: readonly Loaded[];
  /** What is not known of the rules, as sentences. */
  readonly notes: readonly string[];
  readonly state: RouterState;
  /** Puts traces of these rules into the view's words. */
  readonly shown: Shown;
  /** In that state; who sends packets does it in its `rehearse`, so that the next ones begin there again. */
  readonly router: Router;
}

/** What the thread of a view keeps of packets' rules from one call to the next: reading them takes longer than any packet. */
export class PathMemory {
  private readonly readRules = rulesReader();
  private readonly state = kept((text?: string, file?: string) =>
    stateOf(text === undefined || file === undefined ? undefined : { text, file }),
  );
  /** Every call brings a list of its own, most often the same. */
  private readonly hooks = kept((text?: string) => (text === undefined ? undefined : (JSON.parse(text) as HookList)));
  private readonly old = kept((...read: readonly Loaded[]) => read.map((one): Loaded => ({ ...one, isOld: true })));
  private readonly whole = kept((hooks: HookList | undefined, ...listings: readonly Loaded[]) =>
    wholeRules(listings, called(hooks)),
  );
  private readonly together = kept((...loaded: readonly Loaded[]) => loaded);
  private readonly stacks = kept(stacksOfRules);
  private readonly shown = kept((loaded: readonly Loaded[], hooks: HookList | undefined) => {
    const own = this.stacks(loaded);
    return new Shown(loaded, hooks ? stacksOfList(hooks, own) : own);
  });
  private readonly router = kept(
    (loaded: readonly Loaded[], state: RouterState, hooks: HookList | undefined) =>
      new Router(loaded, { ...state, ...(hooks && { hooks: called(hooks) ?? [] }) }),
  );

  /** Reads what has changed since the call before, and nothing else. */
  rulesOf({ documents, missing = [], state, hooks: list }: Rules): Answer<ReadyRules> {
    return withValue(this.state(state?.text, state?.file), (known) => {
      const hooks = this.hooks(list && JSON.stringify(list));
      const listings = documents.filter(({ listed }) => listed);
      const old = this.old(...this.read(listings.filter(({ isOld }) => isOld)));
      const whole = this.whole(hooks, ...this.read(listings.filter(({ isOld }) => !isOld)), ...old);
      const files = this.read(documents.filter(({ listed }) => !listed));
      const loaded = this.together(...whole.loaded, ...files);
      const shown = this.shown(loaded, hooks);
      const notes = [...missing, ...whole.notes, ...overlaps(files)];
      return { value: { loaded, notes, state: known, shown, router: this.router(loaded, known, hooks) } };
    });
  }

  /** One of the documents with all its tables, those that are taken from another one, too. */
  rulesetOf({ documents }: Rules, document: string): Ruleset | undefined {
    return this.read(documents.filter(({ name }) => name === document))[0]?.ruleset;
  }

  private read(documents: readonly RulesDocument[]): Loaded[] {
    return documents.map(({ name, text, language, onDisk }) =>
      this.readRules(name, text, language, onDisk ? diskFiles : undefined),
    );
  }
}

/** What is only inferred from rules does not tell of their order. */
function called(hooks: HookList | undefined): HookList["points"] | undefined {
  return hooks?.source === "inferred" ? undefined : hooks?.points;
}

/** Makes a value again only for other arguments than the last ones. */
function kept<Arguments extends readonly unknown[], Value>(
  make: (...given: Arguments) => Value,
): (...given: Arguments) => Value {
  let last: { readonly given: Arguments; readonly value: Value } | undefined;
  return (...given) => {
    const before = last?.given;
    const isSame = before?.length === given.length && given.every((one, at) => one === before[at]);
    if (!last || !isSame) last = { given, value: make(...given) };
    return last.value;
  };
}
