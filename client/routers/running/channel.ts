import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { heartbeatMs } from "./script.js";

/** How a run on a router ended, as far as the connection knows. */
export interface Ended {
  /** Absent when no exit status came. */
  readonly code?: number;
  readonly stderr: string;
  /** What came instead of the mark, when it never came: the login shell ran something else, or nothing. */
  readonly greeting?: string;
  /** Why it was ended before it was through. */
  readonly cut?: Cut;
}

/**
 * `cancelled` by the person, `timeout` and `limit` by the caller's bounds, `lost` with the connection, `refused` by a server that
 * opens no further session.
 */
export type Cut = "cancelled" | "timeout" | "limit" | "lost" | "refused";

/** One run: what is sent, and what is done with what comes. */
export interface Exchange {
  /** The login shell's line. */
  readonly line: string;
  /** Written to standard input first; then come heartbeats until the end. */
  readonly input: Buffer;
  /** Everything of standard output before this line is the login's own and is dropped. */
  readonly mark: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly limitBytes?: number;
  /** Takes the command's output as it comes; the next piece is not read before it returns. */
  onOutput(bytes: Buffer): void;
}

const maxStderr = 8192;
const graceMs = 5000;

/** Runs one exchange over a connection. Never rejects. */
export async function exchange(client: Client, work: Exchange): Promise<Ended> {
  const bounds = new AbortController();
  const cancel = () => bounds.abort("cancelled" satisfies Cut);
  if (work.signal?.aborted) cancel();
  work.signal?.addEventListener("abort", cancel, { once: true });
  const timeout = () => bounds.abort("timeout" satisfies Cut);
  const timer = work.timeoutMs === undefined ? undefined : setTimeout(timeout, work.timeoutMs);
  try {
    const channel = await opened(client, work.line, bounds.signal);
    return typeof channel === "string"
      ? { stderr: "", cut: channel }
      : await new Talk(channel, work, bounds.signal).ended;
  } finally {
    clearTimeout(timer);
    work.signal?.removeEventListener("abort", cancel);
  }
}

/** A channel that runs the line, or why there is none. Servers free a session a moment after its run: what they refuse is tried again. */
async function opened(client: Client, line: string, bounds: AbortSignal): Promise<ClientChannel | Cut> {
  for (let tries = 0; tries < maxOpenings; tries++) {
    const channel = await openedOnce(client, line, bounds);
    if (channel !== "refused") return channel;
    await sleep(openingMs, undefined, { signal: bounds }).catch(() => undefined);
  }
  return "refused";
}

const maxOpenings = 50;
const openingMs = 100;

/** A channel that opens after the bounds were reached is closed again. */
function openedOnce(client: Client, line: string, bounds: AbortSignal): Promise<ClientChannel | Cut> {
  return new Promise((resolve) => {
    if (bounds.aborted) return resolve(bounds.reason);
    bounds.addEventListener("abort", () => resolve(bounds.reason), { once: true });
    const take = (error: (Error & { reason?: unknown }) | undefined, channel: ClientChannel) => {
      if (error) return resolve(error.reason === undefined ? "lost" : "refused");
      if (bounds.aborted) return channel.destroy();
      resolve(channel);
    };
    try {
      client.exec(line, take);
    } catch {
      // ssh2 throws where the connection is gone already.
      resolve("lost");
    }
  });
}

class Talk {
  readonly ended: Promise<Ended>;
  private code: number | undefined;
  private cut: Cut | undefined;
  private stderr = "";
  private received = 0;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly output: MarkedOutput;

  constructor(
    private readonly channel: ClientChannel,
    private readonly work: Exchange,
    bounds: AbortSignal,
  ) {
    this.output = new MarkedOutput(work.mark, (bytes) => this.take(bytes));
    const end = () => this.end(bounds.reason);
    bounds.addEventListener("abort", end, { once: true });
    this.timers.push(setInterval(() => channel.writable && channel.write("\n"), heartbeatMs));
    this.ended = new Promise((resolve) => channel.once("close", () => resolve(this.finish())));
    this.listen();
    channel.write(work.input);
  }

  private listen(): void {
    this.channel.on("data", (bytes: Buffer) => this.output.push(bytes));
    this.channel.stderr.on("data", (bytes: Buffer) => {
      if (this.stderr.length < maxStderr) this.stderr = (this.stderr + bytes.toString("utf8")).slice(0, maxStderr);
    });
    this.channel.on("exit", (code: number | null) => {
      this.code = code ?? undefined;
    });
    this.channel.on("error", () => this.end("lost"));
  }

  private take(bytes: Buffer): void {
    if (this.cut) return;
    const room = (this.work.limitBytes ?? Number.POSITIVE_INFINITY) - this.received;
    this.received += bytes.length;
    this.work.onOutput(bytes.length > room ? bytes.subarray(0, room) : bytes);
    if (bytes.length > room) this.end("limit");
  }

  /** Closes the command's standard input, which ends it; what still comes is thrown away. */
  private end(cut: Cut): void {
    if (this.cut) return;
    this.cut = cut;
    this.channel.end();
    this.timers.push(setTimeout(() => this.channel.destroy(), graceMs));
  }

  private finish(): Ended {
    for (const timer of this.timers) clearTimeout(timer);
    const lost = this.code === undefined && !this.cut;
    const cut = lost ? "lost" : this.cut;
    const { greeting } = this.output;
    const heard = greeting === undefined ? {} : { greeting: greeting.toString("utf8", 0, maxStderr) };
    return { stderr: this.stderr, ...heard, ...(this.code !== undefined && { code: this.code }), ...(cut && { cut }) };
  }
}

const maxGreeting = 65_536;

/** Passes on what follows the line `mark`; without it nothing is. */
class MarkedOutput {
  /** What came so far, its last 64 KiB, while the mark did not. */
  greeting: Buffer | undefined = Buffer.alloc(0);

  constructor(
    private readonly mark: string,
    private readonly pass: (bytes: Buffer) => void,
  ) {}

  push(bytes: Buffer): void {
    if (this.greeting === undefined) this.pass(bytes);
    else this.lookForMark(this.greeting, bytes);
  }

  private lookForMark(greeting: Buffer, bytes: Buffer): void {
    const all = Buffer.concat([greeting, bytes]);
    const at = all.indexOf(`${this.mark}\n`);
    if (at < 0) {
      this.greeting = all.subarray(-maxGreeting);
      return;
    }
    this.greeting = undefined;
    const rest = all.subarray(at + this.mark.length + 1);
    if (rest.length > 0) this.pass(rest);
  }
}
