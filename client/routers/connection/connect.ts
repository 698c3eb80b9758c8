import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, {
  type Algorithms,
  type Client,
  type NextAuthHandler,
  type ServerHostKeyAlgorithm,
  type VerifyCallback,
} from "ssh2";
import { type KeyCheck, keyCheck } from "../hostKeys/verify.js";
import type { Host } from "../hosts/host.js";
import type { Surroundings } from "../person.js";
import { type Authentication, authentication } from "./authenticate.js";
import type { Wallet } from "./secrets.js";
import { cancelledTrouble, Trouble, troubleFrom } from "./trouble.js";
import { readInTurns } from "./turns.js";

/** What one attempt to connect needs. */
export interface Attempt {
  readonly surroundings: Surroundings;
  readonly wallet: Wallet;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Told before each step, in words for a person: "checking the host key of edge". */
  onStep(step: string): void;
}

/** A connection that stands: the router's, with those of the jump hosts on the way beneath it. */
export interface Connected {
  readonly client: Client;
  /** Resolves, once, with the reason when the connection is gone. */
  readonly ended: Promise<Trouble>;
  /** Closes it and those beneath it. */
  close(): void;
}

/** Connects through all jump hosts, each checked like any other. Rejects with a Trouble; nothing stays open then. */
export async function connect(host: Host, attempt: Attempt): Promise<Connected> {
  const beneath: Connected[] = [];
  const closeBeneath = () => {
    for (const below of beneath.toReversed()) below.close();
  };
  try {
    for (const hop of [...host.jumps, host]) {
      const below = beneath.at(-1);
      const by = beneath.length > 0 ? host.jumps[beneath.length - 1]?.name : undefined;
      attempt.onStep(by ? `reaching ${hop.name} through ${by}` : `reaching ${hop.name}`);
      const socket = await reach(hop, below?.client, attempt.signal).catch((error) => {
        throw troubleFrom(error, placeOf(hop), by);
      });
      beneath.push(await login(hop, socket, attempt));
    }
  } catch (error) {
    closeBeneath();
    throw attempt.signal.aborted ? cancelledTrouble() : error;
  }
  const top = beneath.at(-1) as Connected;
  return { client: top.client, ended: Promise.race(beneath.map(({ ended }) => ended)), close: closeBeneath };
}

function placeOf({ name, hostName, port }: Host): string {
  const address = port === 22 ? hostName : `${hostName}:${port}`;
  return name === hostName && port === 22 ? name : `${name} (${address})`;
}

/** The bytes' way to the machine: a TCP connection of our own, or one that the jump host makes. */
async function reach(host: Host, by: Client | undefined, signal: AbortSignal): Promise<Duplex> {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(host.connectTimeout * 1000)]);
  try {
    return by ? await forwarded(by, host, timeout) : await tcp(host, timeout);
  } catch (error) {
    if (timeout.aborted && !signal.aborted) throw Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });
    throw error;
  }
}

async function tcp({ hostName, port }: Host, signal: AbortSignal): Promise<Duplex> {
  const socket = connectTcp({ host: hostName, port });
  socket.setNoDelay(true);
  try {
    // Given to the socket itself, the signal would still end it when the connection stands.
    await once(socket, "connect", { signal });
    readInTurns(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function forwarded(by: Client, { hostName, port }: Host, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    by.forwardOut("127.0.0.1", 0, hostName, port, (error, channel) => {
      if (error)
        reject(Object.assign(error, { code: /refused/i.test(error.message) ? "ECONNREFUSED" : "EHOSTUNREACH" }));
      else if (signal.aborted) channel.destroy();
      else resolve(channel);
    });
  });
}

async function login(host: Host, socket: Duplex, attempt: Attempt): Promise<Connected> {
  try {
    const keys = await keyCheck(host, attempt.surroundings.person, attempt.surroundings.log);
    return await new Login(host, socket, attempt, keys).run();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** One machine's handshake and login over a stream that is already there. */
class Login {
  private readonly client = new ssh2.Client();
  private readonly ways: Authentication;
  private readonly patience: Patience;
  private readonly ended: Promise<Trouble>;
  private trouble: Trouble | undefined;

  constructor(
    private readonly host: Host,
    private readonly socket: Duplex,
    private readonly attempt: Attempt,
    private readonly keys: KeyCheck,
  ) {
    this.patience = new Patience(host.connectTimeout * 1000, () => this.fail(silentTrouble(host)));
    const { wallet, signal, surroundings } = attempt;
    const whileAsking = <Value>(asking: Promise<Value>) => this.patience.whileAsking(asking);
    this.ways = authentication({ host, wallet, log: surroundings.log, signal, whileAsking });
    this.ended = new Promise((resolve) => {
      const gone = () => resolve(this.reason(new Error("Connection lost")));
      // ssh2 does not always tell of a stream that closes beneath it.
      this.client.on("close", gone);
      socket.on("close", gone);
    });
    this.client.on("error", (error) => this.reason(error));
  }

  /** Rejects with a Trouble; the stream is closed then. */
  async run(): Promise<Connected> {
    const cancel = () => this.fail(cancelledTrouble());
    this.attempt.signal.addEventListener("abort", cancel, { once: true });
    const ready = new Promise<void>((resolve) => this.client.on("ready", resolve));
    this.start();
    const lost = await Promise.race([ready, this.ended]);
    this.attempt.signal.removeEventListener("abort", cancel);
    this.patience.stop();
    if (lost) throw lost;
    await this.ways.accepted();
    return { client: this.client, ended: this.ended, close: cancel };
  }

  private start(): void {
    const { host, socket, attempt } = this;
    attempt.onStep(`checking the host key of ${host.name}`);
    this.client.connect({
      sock: socket,
      username: host.user,
      // Asking a person may take its time; Patience counts the machine's silence alone.
      readyTimeout: 0,
      keepaliveInterval: host.aliveInterval * 1000,
      keepaliveCountMax: host.aliveCountMax,
      algorithms: algorithmsFor(this.keys),
      hostVerifier: (blob: Buffer, verify: VerifyCallback) => this.verify(blob, verify),
      authHandler: (left, partial, next) => void this.offer(left, partial === true, next),
    });
  }

  private verify(blob: Buffer, verify: VerifyCallback): void {
    const refuse = (error: Trouble) => {
      this.trouble ??= error;
      verify(false);
    };
    this.patience.whileAsking(this.keys.verify(blob, this.attempt.signal)).then(() => verify(true), refuse);
  }

  private async offer(left: readonly string[] | null, partial: boolean, next: NextAuthHandler): Promise<void> {
    this.attempt.onStep(`logging in to ${this.host.name} as ${this.host.user}`);
    try {
      const method = await this.patience.whileAsking(this.ways.next(left, partial));
      if (method) next(method);
      else this.fail(this.ways.trouble());
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** The first thing that went wrong is the reason; what follows from it is not. */
  private reason(error: Error): Trouble {
    this.trouble ??= troubleFrom(error, placeOf(this.host));
    return this.trouble;
  }

  private fail(error: Error): void {
    this.reason(error);
    this.patience.stop();
    this.client.destroy();
    this.socket.destroy();
  }
}

/** Counts a machine's silence, not the time in which a person is asked. */
class Patience {
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly milliseconds: number,
    private readonly onEnd: () => void,
  ) {
    this.start();
  }

  async whileAsking<Value>(asking: Promise<Value>): Promise<Value> {
    clearTimeout(this.timer);
    try {
      return await asking;
    } finally {
      this.start();
    }
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private start(): void {
    clearTimeout(this.timer);
    if (this.over) return;
    this.timer = setTimeout(this.onEnd, this.milliseconds);
  }
}

function silentTrouble(host: Host): Trouble {
  return new Trouble(
    "silent",
    `${placeOf(host)} takes connections but did not answer within ${host.connectTimeout} s.`,
    "The router may be overloaded, or something other than SSH listens there. ConnectTimeout says how long to wait.",
  );
}

/** Host keys of types that are known come first: else a server with several keys would show one that is not. */
function algorithmsFor({ types }: KeyCheck): Algorithms {
  const isKnown = (algorithm: string) => types.includes(algorithm.startsWith("rsa-sha2") ? "ssh-rsa" : algorithm);
  const known = hostKeyAlgorithms.filter(isKnown);
  return { serverHostKey: [...known, ...hostKeyAlgorithms.filter((algorithm) => !isKnown(algorithm))] };
}

const hostKeyAlgorithms: ServerHostKeyAlgorithm[] = [
  ...(["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] as const),
  ...(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] as const),
];
