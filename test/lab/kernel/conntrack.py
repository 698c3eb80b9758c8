"""Connection tracking by ctnetlink: events, entries, flush, and a table filled to its limit."""

import socket
import struct

from netlink import ACK, DUMP, Netlink, attribute, attributes, nested, number, text

NEW, GET, DELETE = 0x100, 0x101, 0x102
GROUPS = (1, 2, 3)
CREATE = 0x400
TCP_STATES = (
    "NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE SYN_SENT2".split()
)


class Conntrack:
    """The connection table of the current namespace."""

    def __init__(self):
        self.listener = Netlink(GROUPS)
        self.asker = Netlink()

    def close(self):
        self.listener.close()
        self.asker.close()

    def events(self):
        """What happened to entries since it was last asked, and how each of these entries is now."""
        found = [(event_name(kind, flags), body) for kind, flags, body in self.listener.waiting()]
        touched = {identity(body): body for _name, body in found}
        entries = [self.current(body) for body in touched.values()]
        return [{"event": name, **entry(body)} for name, body in found], [one for one in entries if one]

    def current(self, body):
        """The entry that a message is about, as it is now: the kernel keeps changes back when a packet is dropped."""
        family, parts = body[:4], attributes(body, 4)
        zone = attribute(18, parts[18]) if 18 in parts else b""
        try:
            (answer,) = self.asker.ask(GET, ACK, family + nested(1, parts[1]) + zone)
        except FileNotFoundError:
            return None
        return entry(answer)

    def entries(self):
        return [entry(body) for body in self.asker.ask(GET, DUMP, struct.pack("BBH", 0, 0, 0))]

    def flush(self):
        self.asker.ask(DELETE, ACK, struct.pack("BBH", 0, 0, 0))
        self.events()

    def fill(self, limit):
        """Makes established TCP entries until there are `limit` of them."""
        sender = Netlink()
        for batch in range(0, limit, 500):
            wanted = range(batch, min(batch + 500, limit))
            sender.socket.send(b"".join(creation(index) for index in wanted))
            for _answer in sender.waiting():
                pass
        sender.close()
        self.events()


def creation(index):
    """A request for one entry: 100.64.x.y:1024+ to 198.18.0.1:80, established and assured."""
    source, port = struct.pack("!I", 0x64400000 + index // 60000), struct.pack("!H", 1024 + index % 60000)
    server, web = socket.inet_aton("198.18.0.1"), struct.pack("!H", 80)

    def tuple_of(kind, src, dst, sport, dport):
        addresses = nested(1, attribute(1, src), attribute(2, dst))
        protocol = nested(2, attribute(1, b"\6"), attribute(2, sport), attribute(3, dport))
        return nested(kind, addresses, protocol)

    body = b"".join(
        [
            struct.pack("BBH", socket.AF_INET, 0, 0),
            tuple_of(1, source, server, port, web),
            tuple_of(2, server, source, web, port),
            attribute(3, struct.pack("!I", 0x0E)),
            attribute(7, struct.pack("!I", 432000)),
            nested(4, nested(1, attribute(1, b"\3"))),
        ]
    )
    return struct.pack("IHHII", 16 + len(body), NEW, 1 | CREATE | 0x200, 1, 0) + body


def identity(body):
    parts = attributes(body, 4)
    return body[:1] + parts[1] + parts.get(18, b"")


def event_name(kind, flags):
    if kind == DELETE:
        return "destroy"
    return "new" if flags & CREATE else "update"


def entry(body):
    """An entry: both tuples, status bits, mark, zone, state and timeout as far as the message says them."""
    found = attributes(body, 4)
    said = {"original": connection(found[1]), "reply": connection(found[2])}
    for name, kind in (("status", 3), ("timeout", 7), ("mark", 8), ("id", 12), ("zone", 18)):
        if kind in found:
            said[name] = number(found[kind])
    if 4 in found and 1 in (protocol := attributes(found[4])):
        said["state"] = TCP_STATES[attributes(protocol[1])[1][0]]
    if 5 in found:
        said["helper"] = text(attributes(found[5])[1])
    return said


def connection(data):
    found = attributes(data)
    addresses, protocol = attributes(found[1]), attributes(found[2])
    source, target = (1, 2) if 1 in addresses else (3, 4)
    family = socket.AF_INET if source == 1 else socket.AF_INET6
    said = {
        "saddr": socket.inet_ntop(family, addresses[source]),
        "daddr": socket.inet_ntop(family, addresses[target]),
        "protocol": protocol[1][0],
    }
    named = (("sport", 2), ("dport", 3), ("icmpId", 4), ("icmpType", 5), ("icmpCode", 6))
    for name, kind in (*named, ("icmpId", 7), ("icmpType", 8), ("icmpCode", 9)):
        if kind in protocol:
            said[name] = number(protocol[kind])
    return said
