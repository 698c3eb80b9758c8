import type { Header } from "../types.js";
import { chunks } from "./chunks.js";
import { extensions } from "./extensions.js";
import { link } from "./link.js";
import { network } from "./network.js";
import { ipOptions, tcpOptions } from "./options.js";
import { transport } from "./transport.js";
import { tunnels } from "./tunnels.js";

/** Every header, option and chunk whose fields nft can read. */
export const headers: readonly Header[] = [
  ...link,
  ...network,
  ...transport,
  ...tunnels,
  ...extensions,
  ...tcpOptions,
  ...ipOptions,
  ...chunks,
];
