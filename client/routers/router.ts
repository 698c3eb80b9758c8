import { setTimeout as sleep } from "node:timers/promises";
import type { Command, Outcome } from "../../netfilter/observe/command.js";
import { isPermitted, isPermittedChange } from "../../netfilter/observe/permitted.js";
import { type Connected, connect } from "./connection/connect.js";
import { createWallet, type Wallet } from "./connection/secrets.js";
import { type ConnectionState, type Disposable, Observable } from "./connection/state.js";
import { cancelledTrouble, Trouble } from "./connection/trouble.js";
import { type Host, HostError } from "./hosts/host.js";
import type { Surroundings } from "./person.js";
import { findRoot, type Root } from "./running/become.js";
import { Gate } from "./running/gate.js";
import { failed, type RunOptions, runCommand } from "./running/run.js";

/** What a router may be asked; the list of permitted commands unless a test brings its own. */
export interface RouterOptions {
  readonly isPermitted?: (command: Command<unknown>) => boolean;
  /** Milliseconds before the first attempt to connect again; each further one waits twice as long, up to a minute. */
  readonly firstDelayMs?: number;
  /** Milliseconds for which a connection that nobody uses any more is kept. */
  readonly lingerMs?: number;
}

/** One router as all views see it: one connection, made when the first of them needs it and closed after the last. */
export interface Router extends Disposable {
  readonly name: string;
  readonly state: ConnectionState;
  onStateChange(listener: (state: ConnectionState) => void): Disposable;
  /** Keeps the router connected, again after a loss too, until what it returns is disposed of. */
  use(): Disposable;
  /** Tries at once what waits or failed, and stays connected until `disconnect` or the next last user; does nothing when connected. */
  connect(): void;
  /** Closes the connection and cancels what runs, whoever uses it; it stays so until `connect` or a new user. */
  disconnect(): void;
  /**
   * Runs a command, connecting first if need be. Never rejects: without a connection the outcome says why. When the signal fires
   * the command on the router is ended.
   */
  run<Result>(command: Command<Result>, options?: RunOptions): Promise<Outcome<Result>>;
}

/** Makes a router; `resolve` is asked at every attempt, so that a mended configuration counts at once. */
export function createRouter(
  name: string,
  resolve: () => Host,
  surroundings: Surroundings,
  options: RouterOptions = {},
): Router {
  return new SharedRouter(name, resolve, surroundings, options);
}

/** A connection with what was found out about it. */
interface Standing {
  readonly connected: Connected;
  readonly host: Host;
  /** Found out when the first command needs it, and kept, so that nobody is asked again whom it was refused. */
  root: Promise<Root> | undefined;
  readonly gate: Gate;
}

/** OpenSSH takes ten sessions on a connection (MaxSessions); some are left for the questions to sudo and for those that end. */
const maxRuns = 8;

const maxDelayMs = 60_000;

class SharedRouter implements Router {
  private readonly observable = new Observable<ConnectionState>({ is: "disconnected" });
  private readonly wallet: Wallet;
  private users = 0;
  private standing: Standing | undefined;
  private attempt: AbortController | undefined;
  private linger: NodeJS.Timeout | undefined;
  private stopped = new AbortController();

  constructor(
    readonly name: string,
    private readonly resolve: () => Host,
    private readonly surroundings: Surroundings,
    private readonly options: RouterOptions,
  ) {
    this.wallet = createWallet(surroundings.person, surroundings.secrets);
  }

  get state(): ConnectionState {
    return this.observable.value;
  }

  onStateChange(listener: (state: ConnectionState) => void): Disposable {
    return this.observable.onChange(listener);
  }

  use(): Disposable {
    clearTimeout(this.linger);
    this.users++;
    if (this.state.is === "disconnected") this.connect();
    let used = true;
    return {
      dispose: () => {
        if (used && --this.users === 0) this.closeSoon();
        used = false;
      },
    };
  }

  /** Views come and go; only when none came for a while is the connection closed. What failed stays to be seen. */
  private closeSoon(): void {
    const close = () => this.state.is !== "failed" && this.disconnect();
    this.linger = setTimeout(close, this.options.lingerMs ?? 10_000);
  }

  connect(): void {
    clearTimeout(this.linger);
    if (this.state.is === "connected" || this.state.is === "connecting") return;
    this.attempt?.abort();
    const attempt = new AbortController();
    this.attempt = attempt;
    void this.keepConnected(attempt.signal);
  }

  disconnect(): void {
    clearTimeout(this.linger);
    this.attempt?.abort();
    this.attempt = undefined;
    this.stopped.abort();
    this.stopped = new AbortController();
    const { standing } = this;
    this.standing = undefined;
    this.change({ is: "disconnected" });
    standing?.connected.close();
  }

  dispose(): void {
    this.users = 0;
    this.disconnect();
  }

  async run<Result>(command: Command<Result>, options: RunOptions = {}): Promise<Outcome<Result>> {
    const refusal = this.refusal(command, options);
    if (refusal) return refusal;
    const use = this.use();
    try {
      const signal = options.signal ? AbortSignal.any([options.signal, this.stopped.signal]) : this.stopped.signal;
      const standing = await this.connected(signal);
      const root = command.root ? await this.rootOf(standing) : loginAccount;
      const { connected, host, gate } = standing;
      const run = () =>
        runCommand(connected.client, host, root, command, this.surroundings.log, { ...options, signal });
      return await gate.pass(run, signal);
    } catch (error) {
      const { kind, message, advice } = asTrouble(error);
      return failed(kind === "cancelled" ? "cut" : "failed", `${command.title}: ${message} ${advice}`);
    } finally {
      use.dispose();
    }
  }

  /** What changes a router has to be asked for as such, and is logged as it is. */
  private refusal(command: Command<unknown>, { mayChange }: RunOptions) {
    const permits = this.options.isPermitted ?? isPermitted;
    if (permits(command)) return undefined;
    if (!isPermittedChange(command))
      return failed("notPermitted", `${command.id} is not among the commands that Hookscope may run.`);
    if (!mayChange) return failed("notPermitted", `${command.id} changes the router, which nobody has asked for.`);
    this.surroundings.log.info(`${this.name}: ${command.id} changes the router while it runs:\n${command.stdin}`);
    return undefined;
  }

  private async keepConnected(signal: AbortSignal): Promise<void> {
    let delayMs = this.options.firstDelayMs ?? 1000;
    let wasConnected = false;
    for (;;) {
      const { trouble, connected } = await this.connectOnce(signal);
      if (signal.aborted) return;
      wasConnected ||= connected;
      // The first attempt's failure is most often a mistake in the configuration: the person is told at once.
      if (!trouble.passing || !wasConnected) return this.change({ is: "failed", trouble });
      if (connected) delayMs = this.options.firstDelayMs ?? 1000;
      this.change({ is: "waiting", delayMs, trouble });
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      delayMs = Math.min(delayMs * 2, maxDelayMs);
    }
  }

  /** Connects and stays until the connection ends; `connected` says whether it ever stood. */
  private async connectOnce(signal: AbortSignal): Promise<{ trouble: Trouble; connected: boolean }> {
    const { surroundings, wallet } = this;
    const onStep = (step: string) => {
      surroundings.log.debug(`${this.name}: ${step}`);
      if (!signal.aborted) this.change({ is: "connecting", step });
    };
    try {
      onStep("reading the configuration");
      const host = this.resolve();
      for (const note of host.notes) surroundings.log.warn(`${this.name}: ${note}`);
      const connected = await connect(host, { surroundings, wallet, signal, onStep });
      if (signal.aborted) connected.close();
      else this.stand({ connected, host, root: undefined, gate: new Gate(maxRuns) });
      const trouble = await connected.ended;
      connected.close();
      return { trouble, connected: true };
    } catch (error) {
      return { trouble: asTrouble(error), connected: false };
    }
  }

  private stand(standing: Standing): void {
    this.standing = standing;
    this.change({ is: "connected" });
  }

  private change(state: ConnectionState): void {
    if (state.is !== "connected") this.standing = undefined;
    if (state.is === "failed" || state.is === "waiting")
      this.surroundings.log.warn(`${this.name}: ${state.trouble.message} ${state.trouble.advice}`);
    else if (state.is !== "connecting") this.surroundings.log.info(`${this.name}: ${state.is}`);
    this.observable.value = state;
  }

  /** The connection, once it stands. Rejects with the Trouble when it fails or is waited for again. */
  private connected(signal: AbortSignal): Promise<Standing> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        const { state, standing } = this;
        if (signal.aborted || state.is === "disconnected") return done(() => reject(cancelledTrouble()));
        if (state.is === "failed" || state.is === "waiting") return done(() => reject(state.trouble));
        if (state.is === "connected" && standing) done(() => resolve(standing));
      };
      const done = (finish: () => void) => {
        listener.dispose();
        signal.removeEventListener("abort", settle);
        finish();
      };
      const listener = this.onStateChange(settle);
      signal.addEventListener("abort", settle);
      settle();
    });
  }

  private rootOf(standing: Standing): Promise<Root> {
    const { wallet, surroundings } = this;
    // Not the caller's own signal: others may wait for the same answer.
    const { signal } = this.stopped;
    standing.root ??= findRoot(standing.connected.client, standing.host, wallet, surroundings.log, signal);
    return standing.root;
  }
}

const loginAccount: Root = { is: "login" };

function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  if (error instanceof HostError)
    return new Trouble("configuration", error.message, "Mend the configuration and connect again.");
  return new Trouble("protocol", (error as Error).message, "Hookscope's log has the steps that led there.");
}
