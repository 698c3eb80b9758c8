"""Netlink in the few words that the lab needs: a socket that never blocks, messages, attributes."""

import errno
import socket
import struct

NETFILTER = 12
SOL_NETLINK = 270
ADD_MEMBERSHIP = 1
SO_RCVBUFFORCE = 33
REQUEST, ACK, DUMP = 1, 4, 0x300
ERROR, DONE = 2, 3


class Netlink:
    """A netfilter netlink socket of the current namespace; `lost` counts overruns of its buffer."""

    def __init__(self, groups=()):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.socket.bind((0, 0))
        for group in groups:
            self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
        self.lost = 0

    def close(self):
        self.socket.close()

    def waiting(self):
        """All messages that are there now: (type, flags, body) each."""
        while True:
            try:
                data = self.socket.recv(1 << 17, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as problem:
                if problem.errno != errno.ENOBUFS:
                    raise
                self.lost += 1
                continue
            yield from messages(data)

    def ask(self, kind, flags, body):
        """Sends a request; returns the bodies of its answer, and raises OSError when the kernel refuses."""
        self.socket.send(struct.pack("IHHII", 16 + len(body), kind, REQUEST | flags, 1, 0) + body)
        bodies = []
        while True:
            for answer, _flags, content in messages(self.socket.recv(1 << 17)):
                if answer == DONE:
                    return bodies
                if answer == ERROR:
                    code = -struct.unpack_from("i", content)[0]
                    if code:
                        raise OSError(code, "the kernel refuses a netlink request")
                    return bodies
                bodies.append(content)


def messages(data):
    """The messages of one datagram: (type, flags, body) each."""
    at = 0
    while at + 16 <= len(data):
        length, kind, flags = struct.unpack_from("IHH", data, at)
        if length < 16:
            return
        yield kind, flags, data[at + 16 : at + length]
        at += (length + 3) & ~3


def attributes(data, at=0):
    """Attributes by number; of a repeated one, the last."""
    found = {}
    end = len(data)
    while at + 4 <= end:
        length, kind = struct.unpack_from("HH", data, at)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) & 3)


def nested(kind, *parts):
    return attribute(kind | 0x8000, b"".join(parts))


def number(data):
    """A big-endian attribute of any width."""
    return int.from_bytes(data, "big")


def text(data):
    return data.rstrip(b"\0").decode()
