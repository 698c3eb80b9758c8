import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";

/*
 * Node.js's own streams for output take as long to load as a small file takes to check, so texts go straight to their
 * descriptors.
 */

/** Prints a text. Waits while the reader is slower than we are; ends the process where nobody reads any more. */
export function print(text: string): void {
  try {
    write(1, text);
  } catch (error) {
    // A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") process.exit(0);
    complain(`cannot write the result: ${message}`);
    process.exit(2);
  }
}

/** Says on standard error what went wrong. */
export function complain(message: string): void {
  try {
    write(2, `hookscope: ${message}\n`);
  } catch {
    // Where nobody listens, the exit status tells.
  }
}

/** Whether a person looks at what is printed. */
export function printsToTerminal(): boolean {
  try {
    const output = fstatSync(1);
    if (!output.isCharacterDevice() || output.rdev === statSync(devNull).rdev) return false;
    return process.getBuiltinModule("node:tty").isatty(1);
  } catch {
    return false;
  }
}

function write(descriptor: 1 | 2, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      pause();
    }
  }
}

const clock = new Int32Array(new SharedArrayBuffer(4));

/** A few milliseconds, for a pipe that is full and does not make its writer wait. */
function pause(): void {
  Atomics.wait(clock, 0, 0, 5);
}
