"""A program on an NFQUEUE that changes the destination port of what passes, as story 004's did."""

import struct

from frames import checksum
from netlink import ACK, Netlink, attribute, attributes, number

VERDICT, CONFIG = 3 << 8 | 1, 3 << 8 | 2
BIND, COPY_PACKET = 1, 2
ACCEPT = 1
TCP = 6


class PortChanger:
    """Made from {number, from, to}: TCP packets to port `from` go on to port `to`."""

    def __init__(self, wanted):
        self.number, self.before, self.after = wanted["number"], wanted["from"], wanted["to"]
        self.netlink = Netlink()
        self.ask(attribute(1, struct.pack("!BBH", BIND, 0, 0)))
        self.ask(attribute(2, struct.pack("!IB", 0xFFFF, COPY_PACKET)))

    def close(self):
        self.netlink.close()

    def ask(self, parts):
        self.netlink.ask(CONFIG, ACK, struct.pack("!BBH", 0, 0, self.number) + parts)

    def serve(self):
        """Lets go what waits; the packet has gone its further way when this returns."""
        for _kind, _flags, body in self.netlink.waiting():
            found = attributes(body, 4)
            verdict = attribute(2, struct.pack("!I", ACCEPT) + found[1][:4])
            changed = attribute(10, self.changed(found[10]))
            message = struct.pack("!BBH", 0, 0, self.number) + verdict + changed
            self.netlink.socket.send(struct.pack("IHHII", 16 + len(message), VERDICT, 1, 1, 0) + message)

    def changed(self, data):
        size = (data[0] & 15) * 4
        if data[0] >> 4 != 4 or data[9] != TCP or number(data[size + 2 : size + 4]) != self.before:
            return data
        segment = data[size : size + 2] + struct.pack("!H", self.after) + data[size + 4 : size + 16] + b"\0\0"
        segment += data[size + 18 :]
        total = checksum(data[12:20] + struct.pack("!BBH", 0, TCP, len(segment)) + segment)
        return data[:size] + segment[:16] + struct.pack("!H", total) + segment[18:]
