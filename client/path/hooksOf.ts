import type { Outcome } from "../../netfilter/observe/command.js";
import { readCounters } from "../../netfilter/observe/counted/listing.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { modules } from "../../netfilter/observe/kernel/modules.js";
import { nftRuleset } from "../../netfilter/observe/rulesets.js";
import { rulesetFiles } from "../rulesets/files.js";
import type { InThread } from "../rulesets/inThread.js";
import type { Ask } from "../sidebar/item.js";
import { readHooks } from "../sidebar/sections/hooks.js";

/** A router's hooks, and in a sentence how they are known. */
export interface KnownHooks {
  readonly list: HookList;
  readonly says: string;
}

const sentences: Readonly<Record<HookList["source"], string>> = {
  nft: "Hooks as the kernel lists them.",
  bpftrace: "Hooks as bpftrace read them in the kernel.",
  inferred: "Hooks inferred from rules and modules, as this kernel tells them neither to nft nor to bpftrace.",
};

/** Milliseconds for which a view waits: nft answers at once, bpftrace within many seconds. */
const patienceMs = 1_500;
/** Milliseconds after which a list is read anew though the rules are the same: modules may have come. */
const lifeMs = 5 * 60_000;

/** A router's hook list for a view, read when it is asked for and kept for as long as the rules are the same. */
export class HooksOf {
  private known: { readonly key: string; readonly at: number; readonly hooks: KnownHooks | undefined } | undefined;
  private reading:
    | { readonly key: string; readonly done: Promise<KnownHooks | undefined>; isLate: boolean }
    | undefined;

  /** `arrived` hears of a list for which nobody waited any more. */
  constructor(
    private readonly ask: Ask,
    private readonly inThread: InThread,
    private readonly arrived: () => void,
  ) {}

  /** The list while the router has these rules; undefined where it is not known, or not yet. */
  async now(texts: readonly string[]): Promise<KnownHooks | undefined> {
    const key = texts.map((text) => readCounters(text).shape).join("\0");
    const { known } = this;
    if (known?.key === key && Date.now() - known.at < lifeMs) return known.hooks;
    if (this.reading?.key !== key) this.reading = { key, done: this.read(key), isLate: false };
    const { reading } = this;
    const late = Symbol("late");
    const first = await Promise.race([reading.done, after(patienceMs, late)]);
    if (first !== late) return first;
    if (!reading.isLate) void reading.done.then((hooks) => hooks && this.arrived());
    reading.isLate = true;
    return undefined;
  }

  private async read(key: string): Promise<KnownHooks | undefined> {
    const { ask, inThread } = this;
    const { outcome } = await readHooks(
      ask,
      () => inferHooks(ask, inThread),
      (list) => nameChains(list, ask, inThread),
    );
    const hooks = outcome.ok ? { list: outcome.value, says: sentences[outcome.value.source] } : undefined;
    this.known = { key, at: Date.now(), hooks };
    if (this.reading?.key === key) this.reading = undefined;
    return hooks;
  }
}

function after<Value>(ms: number, value: Value): Promise<Value> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

/** Works out from rulesets and modules what a kernel ought to call that does not tell its hooks. */
export async function inferHooks(ask: Ask, inThread: InThread): Promise<Outcome<HookList>> {
  const loaded = await ask(modules);
  const texts = await Promise.all(rulesetFiles.map(({ command }) => ask(command)));
  const [nft, ...others] = texts.map((outcome) =>
    outcome.ok && outcome.value.text.trim() !== "" ? outcome.value : undefined,
  );
  // The tables of iptables-nft stand in nft's list already.
  const rulesets = nft ? [nft, ...others.slice(2)] : others;
  const found = rulesets.filter((ruleset) => ruleset !== undefined);
  const names = loaded.ok ? loaded.value.map(({ name }) => name) : [];
  if (found.length === 0 && !loaded.ok) return loaded;
  return { ok: true, value: await inThread("inferHooks", { rulesets: found, modules: names }), warnings: [] };
}

/** Puts the base chains' names to functions that only bpftrace has read. */
export async function nameChains(list: HookList, ask: Ask, inThread: InThread): Promise<HookList> {
  const ruleset = await ask(nftRuleset);
  return ruleset.ok ? inThread("nameChains", { list, ruleset: ruleset.value }) : list;
}
