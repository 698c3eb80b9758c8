import type { Key } from "../types.js";
import { ct } from "./ct.js";
import { meta } from "./meta.js";
import { hash, numgen, osf, socket, tunnel } from "./others.js";
import { fib, ipsec, rt } from "./routing.js";

/** Every key by which something other than the packet's bytes is read. */
export const keys: readonly Key[] = [
  ...meta,
  ...ct,
  ...rt,
  ...fib,
  ...ipsec,
  ...socket,
  ...osf,
  ...tunnel,
  ...numgen,
  ...hash,
];
