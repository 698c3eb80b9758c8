import type { Socket } from "node:net";

/**
 * Bytes that are read at a stretch. Node goes on reading a socket that always has more for two megabytes before it looks at
 * anything else; all of them would be decrypted while the extension host's other work waits.
 */
const stretch = 128 << 10;

/** Makes a socket that nobody reads yet give others their turn: it stays paused until its reader resumes it. */
export function readInTurns(socket: Socket): void {
  let left = stretch;
  // The listener alone would let the first bytes flow to nobody.
  socket.pause();
  socket.on("data", (bytes) => {
    if (left === stretch) setImmediate(next);
    left -= bytes.length;
    if (left <= 0) socket.pause();
  });
  const next = () => {
    if (left <= 0) socket.resume();
    left = stretch;
  };
}
