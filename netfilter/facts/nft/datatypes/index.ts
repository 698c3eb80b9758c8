import type { Datatype } from "../types.js";
import { basic } from "./basic.js";
import { conntrack } from "./conntrack.js";
import { icmp } from "./icmp.js";
import { link } from "./link.js";
import { network } from "./network.js";
import { transport } from "./transport.js";

/** Every type a value can have. */
export const datatypes: readonly Datatype[] = [...basic, ...link, ...network, ...transport, ...icmp, ...conntrack];
