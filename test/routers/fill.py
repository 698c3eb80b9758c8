"""Fills the conntrack table of this network namespace by netlink: fill.py COUNT [FIRST]. Entry number n is always the same one.

Of ten entries seven are TCP behind source NAT, two UDP, one TCP over IPv6; all are assured, so that none has to go for another.
"""
import errno, socket, struct, sys

NETLINK_NETFILTER, NEW, FLAGS = 12, 1 << 8, 0x1 | 0x400 | 0x200  # request, create, exclusive
PORTS = (443, 443, 443, 443, 80, 80, 22, 993, 8443, 5222, 3478, 853)
CONFIRMED, REPLIED, ASSURED = 1 << 3, 1 << 1, 1 << 2


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nested(kind, *parts):
    return attribute(kind | 0x8000, b"".join(parts))


def addressed(kind, six, source, destination, protocol, sport, dport):
    first = 3 if six else 1
    ip = nested(1, attribute(first, source), attribute(first + 1, destination))
    ports = attribute(2, struct.pack("!H", sport)), attribute(3, struct.pack("!H", dport))
    return nested(kind, ip, nested(2, attribute(1, bytes([protocol])), *ports))


def entry(n):
    turn, high = n % 10, n // 64000
    six, protocol = turn == 9, 17 if turn in (7, 8) else 6
    sport, dport = 1024 + n % 64000, 53 if protocol == 17 else PORTS[n * 7919 % 12]
    far = (0x17000000 + n * 40503 % 0x6000000 + high) & 0xFFFFFFFF
    if six:
        source = bytes.fromhex("20010db800010000") + struct.pack("!Q", n)
        destination = bytes.fromhex("20010db8000000ff00000000") + struct.pack("!I", far)
        back = source
    else:
        source = struct.pack("!I", 0xC0A80000 | (n * 2654435761 >> 7) & 0xFFFF)
        destination = struct.pack("!I", far)
        back = bytes((10, 0, 1 + (n & 1), 2))
    tcp = protocol == 6
    body = (
        addressed(1, six, source, destination, protocol, sport, dport)
        + addressed(2, six, destination, back, protocol, dport, sport)
        + attribute(3, struct.pack("!I", CONFIRMED | REPLIED | ASSURED))
        + attribute(7, struct.pack("!I", 100000 + n % 332000 if tcp else 3000 + n % 170))
        + attribute(8, struct.pack("!I", 0x30 if n & 1 else 0x36))
        + (nested(4, nested(1, attribute(1, b"\x03"))) if tcp else b"")
    )
    head = struct.pack("=IHHII", 20 + len(body), NEW, FLAGS, n + 1, 0)
    return head + struct.pack("=BBH", socket.AF_INET6 if six else socket.AF_INET, 0, 0) + body


def refusals(link):
    """Why the kernel refused some of what was just sent."""
    found = []
    while True:
        try:
            data = link.recv(1 << 18, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return found
        at = 0
        while at < len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            if kind == 2:
                found.append(-struct.unpack_from("=i", data, at + 16)[0])
            at += length + 3 & ~3


def main(count, first=0):
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    link.setsockopt(socket.SOL_SOCKET, 32, 4 << 20)  # SO_SNDBUFFORCE
    refused = []
    for start in range(first, first + count, 200):
        link.send(b"".join(entry(n) for n in range(start, min(start + 200, first + count))))
        refused += refusals(link)
    names = sorted({errno.errorcode.get(code, str(code)) for code in refused})
    print(count - len(refused), "entries made,", len(refused), "refused", *names)


main(*map(int, sys.argv[1:]))
