import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import type { Host } from "../routers/hosts/host.js";
import { readScript, scriptLength } from "../routers/running/script.js";
import { newKeyPair } from "./keys.js";
import { Player } from "./player.js";
import type { Recording } from "./recording.js";

/** An SSH server on loopback that answers from a recording and is reached like any router. */
export interface DemoRouter {
  /** How to reach it; its host key is made at the start and trusted for this server alone. */
  readonly host: Host;
  /** Ends it and every connection to it. */
  stop(): Promise<void>;
}

/** Starts a demo router on a free port of 127.0.0.1. It runs nothing: what was not recorded is "not found". */
export async function startDemo(name: string, recording: Recording): Promise<DemoRouter> {
  const keys = newKeyPair();
  // Other accounts of this machine do not know the name, and so are not let in.
  const user = `demo-${randomBytes(12).toString("hex")}`;
  const player = new Player(recording);
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [keys.private] }, (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => connection.end());
    serve(connection, user, player);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: hostOf(name, user, port, keys.public),
    stop: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function hostOf(name: string, user: string, port: number, publicKey: string): Host {
  return {
    ...{ name, hostName: "127.0.0.1", port, user, identityFiles: [], identitiesOnly: true, jumps: [], become: "none" },
    ...{ knownHostsFiles: [], globalKnownHostsFiles: [], unknownKey: "refuse", hashKnownHosts: false, notes: [] },
    knownHostsLines: `[127.0.0.1]:${port} ${publicKey}`,
    ...{ aliveInterval: 5, aliveCountMax: 3, connectTimeout: 15 },
  };
}

function serve(connection: Connection, user: string, player: Player): void {
  connection.on("authentication", (context) => {
    if (context.username === user) context.accept();
    else context.reject();
  });
  connection.on("session", (accept) => {
    const session = accept();
    session.on("exec", (acceptExec, reject, { command }) => {
      const length = scriptLength(command);
      if (length === undefined) return reject();
      void answer(acceptExec(), length, player);
    });
  });
}

/** One run: the script comes over standard input, whose end ends it. */
async function answer(channel: ServerChannel, length: number, player: Player): Promise<void> {
  const end = new AbortController();
  for (const event of ["end", "close", "error"]) channel.on(event, () => end.abort());
  const run = readScript(await received(channel, length));
  if (!run) return close(channel, 2);
  const recorded = player.next(run.argv);
  channel.write(`${run.mark}\n`);
  channel.stderr.write(recorded.stderr);
  const write = async (bytes: Uint8Array) => {
    if (!channel.write(bytes)) await Promise.race([once(channel, "drain"), once(end.signal, "abort")]);
  };
  close(channel, await player.play(recorded, { write, signal: end.signal }));
}

function received(channel: ServerChannel, length: number): Promise<string> {
  return new Promise((resolve) => {
    let script = Buffer.alloc(0);
    channel.on("data", (bytes: Buffer) => {
      if (script.length >= length) return;
      script = Buffer.concat([script, bytes]);
      if (script.length >= length) resolve(script.toString("utf8", 0, length));
    });
  });
}

function close(channel: ServerChannel, code: number): void {
  if (channel.destroyed) return;
  channel.exit(code);
  channel.end();
}
