import { tcpFlag } from "../../../packet/packet.js";
import type { Passage } from "../../context.js";
import type { Memory } from "../memory.js";
import { type Options, readAddress, readMasked } from "../options.js";
import type { Deed, Targets } from "./define.js";
import { setPacketMark } from "./marks.js";

/** Targets that hang on tracking, sockets and sets. */
export const connectionTargets: Targets = {
  CT: ctDeed,
  NOTRACK: () => notrack,
  TPROXY: tproxyDeed,
  SYNPROXY: synproxyDeed,
  SET: setDeed,
  TEE: teeDeed,
};

/** A packet that has its connection already, over loopback, or that a rule gave a template, stays as it is. */
function isTaken(passage: Passage): boolean {
  const { connection, hasTemplate } = passage;
  return hasTemplate || (connection !== undefined && connection.state !== "invalid");
}

const notrack: Deed = (passage) => {
  if (!isTaken(passage)) passage.notrack();
  return "continue";
};

/** Every CT rule but `--notrack` gives a template, even an empty one. */
function ctDeed(options: Options): Deed {
  if (options.has("notrack")) return notrack;
  const helper = options.text("helper");
  const zones = zoneOptions.filter(([name]) => options.has(name));
  const [name, direction] = zones.at(-1) ?? [];
  const number = name && options.number(name);
  return (passage) => {
    if (isTaken(passage)) return "continue";
    passage.template({
      ...(name && { zone: number ?? passage.meta.mark & 0xffff }),
      ...(helper !== undefined && { helper }),
      ...(zones.length === 1 && direction && { direction }),
    });
    return "continue";
  };
}

const zoneOptions = [
  ["zone", undefined],
  ["zone-orig", "original"],
  ["zone-reply", "reply"],
] as const;

function tproxyDeed(options: Options): Deed {
  const address = readAddress(options.text("on-ip"), options.family);
  const port = options.number("on-port");
  const outcome = {
    do: "tproxy",
    ...(address !== undefined && BigInt(address) !== 0n && { address }),
    ...(port && { port: port & 0xffff }),
  } as const;
  const { value = 0, mask = 0xffff_ffff } = readMasked(options.text("tproxy-mark")) ?? { mask: 0 };
  return (passage) => {
    setPacketMark(passage, (passage.meta.mark & ~mask) ^ value);
    return outcome;
  };
}

/** SYN and the handshake's last ACK are swallowed; whether the latter's cookie is right nobody knows. */
function synproxyDeed(options: Options): Deed {
  return (passage) => {
    const { tcpFlags } = passage.headers;
    const kind = (tcpFlags ?? 0) & (tcpFlag.fin | tcpFlag.syn | tcpFlag.rst | tcpFlag.ack);
    if (kind === tcpFlag.syn) return "stolen";
    if (kind !== tcpFlag.ack) return "continue";
    return passage.guess("Whether the packet bears a SYN cookie that SYNPROXY sent is not known.", options.span)
      ? "stolen"
      : "drop";
  };
}

function setDeed(options: Options, memory: Memory): Deed {
  const changed = ["add-set", "del-set"].flatMap((name) => options.text(name) ?? []);
  const maps = options.has("map-set");
  return (passage) => {
    for (const name of changed) memory.changedSets.add(name);
    if (maps) passage.assume("What ipsets keep for SET's `--map-set` leaves the packet as it is.");
    return "continue";
  };
}

function teeDeed(options: Options): Deed {
  const address = readAddress(options.text("gateway"), options.family);
  const device = options.text("oif");
  const to = { ...(address !== undefined && { address }), ...(device !== undefined && { device }) };
  return (passage) => {
    passage.copy(to);
    return "continue";
  };
}
