"""The kernel's trace events (`meta nftrace set 1`), as binary as the kernel sends them."""

from frames import headers
from netlink import Netlink, attributes, number, text

GROUP = 9
FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
KINDS = {1: "policy", 2: "return", 3: "rule"}
VERDICTS = {
    0: "drop",
    1: "accept",
    2: "stolen",
    3: "queue",
    4: "repeat",
    5: "stop",
    0xFFFFFFFF: "continue",
    0xFFFFFFFE: "break",
    0xFFFFFFFD: "jump",
    0xFFFFFFFC: "goto",
    0xFFFFFFFB: "return",
}


class Tracer:
    """Reads what happened in chains since it was last asked."""

    def __init__(self):
        self.netlink = Netlink([GROUP])

    def close(self):
        self.netlink.close()

    def steps(self, devices):
        return [step(body, devices) for _kind, _flags, body in self.netlink.waiting()]


def step(body, devices):
    """One event: where, what, the verdict, the mark and, at a base chain's first event, the packet as it is there."""
    found = attributes(body, 4)
    event = {
        "id": number(found[6]),
        "family": FAMILIES.get(body[0], str(body[0])),
        "table": text(found[1]),
        "chain": text(found[2]),
        "type": KINDS.get(number(found[4]), "?"),
        "mark": number(found.get(14, b"")),
    }
    if 3 in found:
        event["handle"] = number(found[3])
    if 5 in found:
        verdict = attributes(found[5])
        event["verdict"] = verdict_name(number(verdict[1]))
        if 2 in verdict:
            event["target"] = text(verdict[2])
    if 16 in found:
        event["verdict"] = verdict_name(number(found[16]))
    for name, kind in (("iif", 10), ("oif", 12)):
        if kind in found:
            event[name] = devices.get(number(found[kind]), str(number(found[kind])))
    if 8 in found:
        event["packet"] = headers(found[8], found.get(9, b""))
    if 18 in found or 21 in found:
        event["ct"] = {
            name: number(found[kind])
            for name, kind in (("id", 18), ("direction", 19), ("status", 20), ("state", 21))
            if kind in found
        }
    return event


def verdict_name(code):
    return VERDICTS.get(code) or f"{VERDICTS.get(code & 0xFF, '?')} {code >> 16}"
