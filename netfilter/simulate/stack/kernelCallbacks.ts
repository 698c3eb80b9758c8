import type { Passage } from "../context.js";
import { changedEnds, endsOf } from "../headers.js";
import type { ChainCallback, KernelCallback } from "../hooks.js";
import type { Change, Disposition, StepVerdict } from "../trace.js";
import { callIpFromBridge } from "./bridge.js";
import type { Flight } from "./flight.js";
import { rerouted } from "./reroute.js";

type Walk = (chain: ChainCallback) => Disposition | undefined;

/** Runs a function of the kernel's own on a packet; `walk` runs one of NAT's chains. */
export function callKernel(
  flight: Flight,
  callback: KernelCallback,
  passage: Passage,
  walk: Walk,
): Disposition | undefined {
  switch (callback.does) {
    case "defragment":
      return defragment(flight, callback, passage);
    case "track":
      return track(flight, callback, passage);
    case "translate":
      return translate(flight, callback, passage, walk);
    case "confirm":
      return confirm(flight, callback, passage);
    case "callIp":
      return callIpFromBridge(flight, passage.hook);
  }
}

function defragment(flight: Flight, callback: KernelCallback, passage: Passage): Disposition | undefined {
  const { fragment } = flight.headers;
  if (!fragment) return undefined;
  if (fragment.offset > 0) {
    const says = "a later fragment waits here and goes on as part of the whole packet";
    return { end: "stolen", why: says, step: note(flight, callback, passage, says, "stolen") };
  }
  flight.headers.fragment = undefined;
  flight.assume("the other fragments arrive: the whole packet goes on");
  note(flight, callback, passage, "collects the fragments and goes on with the whole packet", "accept");
  return undefined;
}

function track(flight: Flight, callback: KernelCallback, passage: Passage): Disposition | undefined {
  const { tracked, headers, machine, template } = flight;
  if (tracked) {
    const says = tracked.state === "untracked" ? "the packet is not tracked" : "its connection is known already";
    note(flight, callback, passage, says, "accept");
    return undefined;
  }
  const guess = (why: string) => flight.guess(why);
  const tracking = machine.tracker.track(headers, { ...template, guess });
  if (!tracking.goesOn) {
    note(flight, callback, passage, tracking.says, "drop");
    return flight.dropped(`conntrack: ${tracking.says}`);
  }
  flight.tracked = tracking.tracked;
  note(flight, callback, passage, tracking.says, "accept", [{ field: "ct state", after: tracking.tracked.state }]);
  return undefined;
}

function translate(flight: Flight, callback: KernelCallback, passage: Passage, walk: Walk): Disposition | undefined {
  const { tracked, headers, machine } = flight;
  if (!tracked || tracked.state === "untracked" || tracked.state === "invalid") return undefined;
  const { hook } = passage;
  const kind = hook === "prerouting" || hook === "output" ? "destination" : "source";
  if (machine.tracker.wantsNat(tracked, kind)) {
    for (const chain of callback.chains) {
      const end = walk(chain);
      if (end) return end;
      if (!machine.tracker.wantsNat(tracked, kind)) break;
    }
    if (machine.tracker.wantsNat(tracked, kind) && !machine.tracker.setUpNothing(tracked, kind)) {
      const says = "no free tuple: another connection has these addresses and ports";
      note(flight, callback, passage, says, "drop");
      return flight.dropped(`nat at ${hook}: ${says}`);
    }
  }
  const before = endsOf(headers);
  const result = machine.tracker.translate(
    tracked,
    kind,
    headers,
    hook === "postrouting" ? flight.oif?.name : undefined,
  );
  if (!result.goesOn) {
    note(flight, callback, passage, result.says, "drop");
    return flight.dropped(`nat at ${hook}: ${result.says}`);
  }
  const changes = result.translated && flight.wishes.record !== "none" ? changedEnds(before, headers) : [];
  note(flight, callback, passage, result.says, "accept", changes);
  return hook === "output" && hasOtherDestination(flight) ? rerouted(flight) : undefined;
}

/** The connection's destination is translated in the packet's direction: the kernel then routes every one of them anew. */
function hasOtherDestination({ tracked }: Flight): boolean {
  if (!tracked) return false;
  const [own, other] =
    tracked.direction === "original" ? [tracked.original, tracked.reply] : [tracked.reply, tracked.original];
  return own.daddr !== other.saddr;
}

function confirm(flight: Flight, callback: KernelCallback, passage: Passage): Disposition | undefined {
  const { tracked, machine } = flight;
  if (!tracked || tracked.state === "untracked" || tracked.state === "invalid") return undefined;
  const { goesOn, says } = machine.tracker.confirm(tracked);
  note(flight, callback, passage, says, goesOn ? "accept" : "drop");
  return goesOn ? undefined : flight.dropped(`conntrack: ${says}`);
}

function note(
  flight: Flight,
  { priority, function: name }: KernelCallback,
  { hook, family }: Passage,
  says: string,
  verdict: StepVerdict,
  changes: readonly Change[] = [],
): number {
  if (flight.wishes.record === "none") return -1;
  return flight.note({ kind: "callback", hook, priority, family, function: name, says, verdict, changes });
}
