"""The kernel's side of the differential test: one long-lived process that plays scenarios in a namespace of its own.

A line of JSON in is a scenario, a line of JSON out is what the kernel did with it (`test/lab/kernel.ts` has the types):

    scenario -> Router (namespace, taps, addresses), kept while the devices stay the same; its routes and sysctls
             -> the lab's own observing table, then the rules by libnftables or by ip(6)tables-nft-restore
             -> each packet in turn: into a tap, or out of a raw socket; then, without any waiting,
                trace events, conntrack events and what left by which interface
             -> at the end conntrack's entries

A packet that answers an earlier one is made here, from the bytes that were seen to leave: only the kernel knows which
port a translation took. A packet that a program of the router sends is bound to its source address.

What one packet caused is cut into walks: a walk begins where the kernel begins to trace a packet and carries its trace
id, so that an ICMP error, a reset or a packet that came round by the loopback is a walk of its own. In a walk the lab's
observing chains stand as steps of table `hookscope_lab`: where the packet was made, routed, delivered or left, and with
which mark and interfaces. Rules are named by family, table, chain and place in the chain.

Nothing here is made for another machine than one that may break: root, /dev/net/tun, a namespace per scenario.
"""

import json
import os
import sys
import threading
import time

from conntrack import Conntrack
from frames import answered, build, parse
from queue_program import PortChanger
from router import Router, read_sysctl
from ruleset import TABLE, Nftables, listing, load_iptables, observer, rule_handles
from trace import Tracer


#: To everybody on the link, so that nobody answers.
PROBES = (
    {"saddr": "192.0.2.1", "daddr": "255.255.255.255", "protocol": 17, "sport": 9, "dport": 9},
    {"saddr": "2001:db8::1", "daddr": "ff02::1", "protocol": 17, "sport": 9, "dport": 9},
)


class Lab:
    """Holds the router of the last scenario, for the next one that wants the same devices."""

    def __init__(self):
        self.devices = None
        self.router = self.tracer = self.conntrack = self.nftables = None
        self.queues = []

    def play(self, scenario):
        self.prepare(scenario["router"])
        complaint = self.load(scenario)
        if complaint:
            return {"loaded": False, "complaint": complaint}
        listings = [listing(command) for command in scenario.get("listings", [])]
        filled = self.fill(scenario["roomFor"]) if "roomFor" in scenario else 0
        self.queues = [PortChanger(wanted) for wanted in scenario.get("queues", [])]
        self.drain()
        lost = self.lost()
        played = Played(self)
        packets = [played.packet(wish) for wish in scenario["packets"]]
        entries = [] if filled else self.conntrack.entries()
        for queue in self.queues:
            queue.close()
        lost = self.lost() - lost
        found = {"packets": packets, "entries": entries, "filled": filled, "lost": lost, "listings": listings}
        return {"loaded": True, **found}

    def lost(self):
        return self.tracer.netlink.lost + self.conntrack.listener.lost

    def fill(self, room):
        """Leaves room for so many entries below the machine's limit, which no namespace can change."""
        count = int(read_sysctl("net.netfilter.nf_conntrack_max")) - room
        self.conntrack.fill(count)
        return count

    def prepare(self, wanted):
        if wanted.get("fresh") or wanted["devices"] != self.devices:
            self.forget()
            self.router = Router(wanted["devices"])
            self.tracer, self.conntrack, self.nftables = Tracer(), Conntrack(), Nftables()
            self.devices = wanted["devices"]
        self.nftables.load("flush ruleset")
        self.router.turn(wanted)
        self.untrack()
        self.conntrack.flush()

    def untrack(self):
        """The kernel takes conntrack's hooks away only some milliseconds after the last rule that needs them is gone."""
        complaint = self.nftables.load(observer(self.router.taps))
        if complaint:
            raise ValueError(f"the lab's own table is refused: {complaint}")
        name = next(iter(self.router.taps))
        for _attempt in range(1000):
            for probe in PROBES:
                self.router.arrive(name, probe)
            if not any("ct" in step for step in self.tracer.steps({})):
                return
            time.sleep(0.002)
        raise ValueError("connection tracking does not end in the lab's namespace")

    def forget(self):
        parts = [part for part in (self.router, self.tracer, self.conntrack, self.nftables) if part]
        # The kernel takes its time to remove devices, and nobody has to wait for it.
        threading.Thread(target=lambda: [part.close() for part in parts]).start()
        self.router = self.tracer = self.conntrack = self.nftables = self.devices = None

    def load(self, scenario):
        for ruleset in scenario["rulesets"]:
            if ruleset["language"] == "nftables":
                complaint = self.nftables.load(ruleset["text"])
            else:
                backend = "legacy" if ruleset.get("legacy") else "nft"
                complaint = load_iptables(f"{ruleset['language']}-{backend}-restore", ruleset["text"])
            if complaint:
                return complaint
        return None

    def drain(self):
        self.tracer.steps({})
        self.conntrack.events()
        self.router.left()

    def measure(self, scenario):
        """How many packets a second the kernel takes through the ruleset untraced: the same frames again and again."""
        self.prepare(scenario["router"])
        complaint = self.load(scenario)
        if complaint:
            return {"loaded": False, "complaint": complaint}
        self.nftables.load(f"delete table netdev {TABLE}\ndelete table inet {TABLE}")
        router = self.router
        frames = [
            (router.taps[name], router.frame(name, build(wish["packet"])))
            for wish in scenario["packets"]
            for name in [wish["packet"]["iif"]]
        ]
        count, begun = 0, time.perf_counter()
        while count < scenario["count"]:
            for tap, frame in frames:
                os.write(tap, frame)
            count += len(frames)
            router.left()
        return {"loaded": True, "packets": count, "seconds": time.perf_counter() - begun}


class Played:
    """A scenario being played: remembers what left, for the answers to come."""

    def __init__(self, lab):
        self.lab = lab
        self.places = {
            (chain["family"], chain["table"], chain["chain"]): {
                handle: place for place, handle in enumerate(chain["handles"])
            }
            for chain in rule_handles()
        }
        self.gone = []

    def packet(self, wish):
        """{packet} as it is, or {answer: number of an earlier one, packet: fields that differ}; None: nothing to answer."""
        packet = self.wished(wish)
        if packet is None:
            self.gone.append([])
            return None
        problem = None
        if "iif" in packet:
            sent = self.lab.router.arrive(packet["iif"], packet)
        else:
            sent, problem = self.lab.router.send(packet)
        observed = self.observed(packet, sent)
        return {**observed, "error": problem} if problem else observed

    def wished(self, wish):
        if "answer" not in wish:
            return wish["packet"]
        gone = self.gone[wish["answer"]]
        if not gone:
            return None
        name, data = gone[-1]
        if "icmpError" in wish:
            error = {"quoted": data[: wish.get("quote", 576)].hex(), **wish["icmpError"]}
            return {"iif": name, "daddr": parse(data)["saddr"], **error, **wish.get("packet", {})}
        return {"iif": name, **answered(data), **wish.get("packet", {})}

    def observed(self, packet, sent):
        for queue in self.lab.queues:
            queue.serve()
        steps = self.lab.tracer.steps(self.lab.router.devices)
        left = self.lab.router.left()
        self.gone.append(left)
        events, entries = self.lab.conntrack.events()
        beside = {name: packet[name] for name in ("iif", "boundTo", "mark") if name in packet}
        return {
            "packet": {**parse(sent), **beside},
            "walks": walks([self.placed(step) for step in steps if tells(step)]),
            "left": [{"oif": name, "packet": parse(data)} for name, data in left],
            "events": events,
            "entries": entries,
        }

    def placed(self, step):
        """A rule's place in its chain instead of its handle."""
        if step["table"] == TABLE:
            step.pop("handle", None)
        elif "handle" in step:
            place = (step["family"], step["table"], step["chain"])
            step["rule"] = self.places.get(place, {}).get(step.pop("handle"), -1)
        return step


def tells(step):
    """The kernel also reports the ends of chains as rules without a handle; of the lab's own table one event is enough."""
    return "packet" in step if step["table"] == TABLE else "handle" in step or step["type"] != "rule"


def walks(steps):
    """Steps by the packet that they happened to; an id that comes back at a first observing chain is another packet."""
    found, current = [], {}
    for step in steps:
        identity = step.pop("id")
        begins = step["table"] == TABLE and step["chain"].startswith(("arrived", "made"))
        if begins or identity not in current:
            current[identity] = []
            found.append(current[identity])
        current[identity].append(step)
    return found


def main():
    lab = Lab()
    for line in sys.stdin:
        scenario = json.loads(line)
        try:
            answer = lab.measure(scenario) if "count" in scenario else lab.play(scenario)
        except (OSError, ValueError, KeyError) as problem:
            lab.forget()
            answer = {"loaded": False, "broken": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
