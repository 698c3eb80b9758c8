import type { IpNumber } from "../ipNumber.js";
import type { Interface } from "../state.js";

/** What routing says of a packet. `says` is the step's sentence. */
export type Decision =
  /** To this machine's own protocols. */
  | { readonly goes: "in"; readonly says: string; readonly table?: number }
  /** Out by an interface; `lo` for a packet to this machine itself. `source`: what the kernel would take as its sender. */
  | {
      readonly goes: "out";
      readonly says: string;
      readonly table?: number;
      readonly oif: Interface;
      readonly nexthop?: IpNumber;
      readonly source?: IpNumber;
    }
  /** Nowhere. `tells`: the ICMP error that the sender gets. */
  | {
      readonly goes: "nowhere";
      readonly says: string;
      readonly table?: number;
      readonly tells?: { readonly type: number; readonly code: number };
    };
