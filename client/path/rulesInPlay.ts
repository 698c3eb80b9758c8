import type { Rules, RulesDocument } from "./calls.js";
import type { StateText } from "./given.js";

/** Where rules are read: documents by the addresses that `PathStep.place` and `RulesDocument.name` have. */
export interface Shelf {
  /** The addresses of all listings of a router, where the address is one of its; undefined for files. */
  listings(address: string): readonly string[] | undefined;
  /** The file for the other version of IP that is loaded with a file. */
  twin(address: string): Promise<string | undefined>;
  /** A document as it stands; `anew`: as the router lists it now. Fails where it cannot be read. */
  read(address: string, anew: boolean): Promise<RulesDocument>;
  /** When a listing was read last, in milliseconds; 0 for never. */
  readAt(address: string): Promise<number>;
  /** What is known of the machine: from a file, or from the router itself now. */
  state(address: string): Promise<StateText | undefined>;
  /** The name for people: `rules.v4`, `iptables-legacy`. */
  titleOf(address: string): string;
}

/** What keeps a person's choices from one session to the next. */
export interface Choices {
  get(key: string): Choice | undefined;
  update(key: string, choice: Choice): PromiseLike<void>;
}

/** By address: documents beside the usual ones, and usual ones that are not followed. */
export interface Choice {
  readonly added: readonly string[];
  readonly leftOut: readonly string[];
}

/** A document whose rules are followed, or that could not be read. */
export interface SourceInPlay {
  readonly address: string;
  readonly title: string;
  readonly document?: RulesDocument;
  /** Why it could not be read. */
  readonly problem?: string;
}

/** All rules that packets meet, as they are now. */
export interface PlayedRules {
  readonly rules: Rules;
  readonly sources: readonly SourceInPlay[];
  /** When the router told its state, in milliseconds; absent where no router did. */
  readonly stateAt?: number;
}

interface Reading<T> {
  readonly at: number;
  readonly value: T;
}

/** Milliseconds for which what a router told is taken as it was. */
const freshMs = 60_000;

/**
 * The documents whose rules one view follows: of a router all its listings; of a file itself and the one for the other version of
 * IP that is loaded with it; and what a person adds or leaves out, which is remembered.
 */
export class RulesInPlay {
  private readonly listings: readonly string[] | undefined;
  private readonly readings = new Map<string, Reading<SourceInPlay>>();
  private state: Reading<StateText | undefined> | undefined;

  /** `address` is that of any document that is meant. */
  constructor(
    readonly address: string,
    private readonly shelf: Shelf,
    private readonly choices: Choices,
    private readonly now = Date.now,
  ) {
    this.listings = shelf.listings(address);
  }

  /** Whether they are a router's own, which has no others. */
  get areLive(): boolean {
    return this.listings !== undefined;
  }

  /** Usual documents that the person has left out. */
  get leftOut(): readonly string[] {
    return this.choice.leftOut;
  }

  /** The documents as they are now, and those that cannot be read. */
  async sources(): Promise<readonly SourceInPlay[]> {
    const followed = await this.followed();
    return Promise.all(
      followed.map((address) => (this.isListing(address) ? this.listing(address) : this.read(address))),
    );
  }

  /** All rules as they are now. Fails where there are none. */
  async all(): Promise<PlayedRules> {
    const sources = await this.sources();
    const documents = sources.flatMap(({ document }) => document ?? []);
    const problems = sources.flatMap(({ problem }) => problem ?? []);
    if (documents.length === 0) throw new Error(problems.join(" ") || noneLeft);
    const state = await this.stateNow();
    const missing = problems.filter((problem) => !isAbsent(problem));
    const rules: Rules = { documents, ...(state && { state }), ...(missing.length > 0 && { missing }) };
    return { rules, sources, ...(this.state && { stateAt: this.state.at }) };
  }

  /** Follows this one's rules, too. */
  async add(address: string): Promise<void> {
    const { added, leftOut } = this.choice;
    if (leftOut.includes(address)) await this.choose({ added, leftOut: leftOut.filter((one) => one !== address) });
    else if (!(await this.followed()).includes(address)) await this.choose({ added: [...added, address], leftOut });
  }

  /** Leaves this one's rules out. */
  async leaveOut(address: string): Promise<void> {
    const { added, leftOut } = this.choice;
    if (added.includes(address)) await this.choose({ added: added.filter((one) => one !== address), leftOut });
    else await this.choose({ added, leftOut: [...leftOut, address] });
  }

  /** Reads what a router told anew: all of it, or what is older than a minute. */
  async readAgain(all: boolean): Promise<void> {
    if (!this.areLive) return;
    if (all) this.state = undefined;
    const before = all ? Number.POSITIVE_INFINITY : this.now() - freshMs;
    await Promise.all((await this.followed()).map((address) => this.listing(address, before)));
  }

  private get choice(): Choice {
    return this.choices.get(this.key) ?? { added: [], leftOut: [] };
  }

  private async choose(choice: Choice): Promise<void> {
    await this.choices.update(this.key, choice);
  }

  /** One for all of a router's listings. */
  private get key(): string {
    return this.listings?.[0] ?? this.address;
  }

  private async followed(): Promise<readonly string[]> {
    const { added, leftOut } = this.choice;
    const usual = this.listings ?? [this.address, ...(await this.twins())];
    return [...usual, ...added].filter((address) => !leftOut.includes(address));
  }

  private async twins(): Promise<readonly string[]> {
    const twin = await this.shelf.twin(this.address);
    return twin === undefined ? [] : [twin];
  }

  private isListing(address: string): boolean {
    return this.listings?.includes(address) ?? false;
  }

  /** As it was read last, by whomever; what was read before that time is read anew. One that failed is not tried at once again. */
  private async listing(address: string, before = 0): Promise<SourceInPlay> {
    const known = this.readings.get(address);
    const readAt = await this.shelf.readAt(address);
    if (known && known.at >= readAt && known.at >= before) return known.value;
    const value = await this.read(address, readAt < before);
    this.readings.set(address, { at: value.document ? await this.shelf.readAt(address) : this.now(), value });
    return value;
  }

  private async read(address: string, anew = false): Promise<SourceInPlay> {
    const title = this.shelf.titleOf(address);
    try {
      return { address, title, document: await this.shelf.read(address, anew) };
    } catch (error) {
      return { address, title, problem: (error as Error).message };
    }
  }

  private async stateNow(): Promise<StateText | undefined> {
    if (!this.areLive) return this.shelf.state(this.address);
    if (!this.state || this.state.at < this.now() - freshMs)
      this.state = { at: this.now(), value: await this.shelf.state(this.address) };
    return this.state.value;
  }
}

const noneLeft = "All rules are left out: add some to send a packet through them.";

/** What no program lists, the router has most likely not got. */
function isAbsent(problem: string): boolean {
  return problem.includes("is not installed on the router");
}
