"""The router under test: a network namespace of this process's own, with a tap device for each interface.

Nothing of it outlives the process: the namespace has no name, and the devices live as long as their files are open.
A write into a tap runs the packet through the whole stack before it returns, so that traces, events and whatever leaves
are there without waiting.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import subprocess
import time

from frames import build

NEW_NAMESPACE = 0x40000000
TUNSETIFF, TAP_NO_INFO = 0x400454CA, 0x1002
SO_MARK, SO_BINDTODEVICE = 36, 25
IP_FREEBIND, IPV6_FREEBIND = 15, 78
PEER = bytes.fromhex("0200000000fe")
libc = ctypes.CDLL(None, use_errno=True)


class Router:
    """Made of the devices, [{name, mac, addresses}]; `turn` makes it the router of a scenario."""

    def __init__(self, devices):
        if libc.unshare(NEW_NAMESPACE):
            raise OSError(ctypes.get_errno(), "a network namespace needs root")
        names = [device["name"] for device in devices]
        quiet()
        self.taps = {name: open_tap(name) for name in names}
        batch(["link set lo up", *(line for device in devices for line in device_lines(device))])
        wait_for_own_routes(sum(":" in address for device in devices for address in device["addresses"]))
        for path, value in SYSCTLS.items():
            write_sysctl(path, value)
        for name in ("all", "default", *names):
            for path, value in DEVICE_SYSCTLS.items():
                write_sysctl(path.format(name), value)
        self.devices = dict(socket.if_nameindex())
        self.macs = {device["name"]: bytes.fromhex(device["mac"].replace(":", "")) for device in devices}
        self.listeners = []
        self.undo = {"ip": [], "ip6": [], "sysctls": {}}

    def turn(self, wanted):
        """Takes back what the last scenario wanted, and does {ip: [lines for `ip -batch`], ip6, sysctls, listen}."""
        for open_file in self.listeners:
            open_file.close()
        undo, self.undo = self.undo, {"ip": [], "ip6": [], "sysctls": {}}
        for path, value in undo["sysctls"].items():
            write_sysctl(path, value)
        for path, value in wanted.get("sysctls", {}).items():
            self.undo["sysctls"][path] = read_sysctl(path)
            write_sysctl(path, value)
        for key, options in (("ip", []), ("ip6", ["-6"])):
            lines = wanted.get(key, [])
            batch(undo[key] + lines, *options)
            self.undo[key] = [line.replace(" add ", " del ", 1) for line in reversed(lines)]
        self.listeners = [listener(wish) for wish in wanted.get("listen", [])]
        self.left()

    def close(self):
        for open_file in self.listeners:
            open_file.close()
        for tap in self.taps.values():
            os.close(tap)

    def arrive(self, name, packet):
        """A frame to the router comes in by an interface."""
        data = build(packet)
        os.write(self.taps[name], self.frame(name, data))
        return data

    def frame(self, name, data):
        return self.macs[name] + PEER + (b"\x86\xdd" if data[0] >> 4 == 6 else b"\x08\0") + data

    def send(self, packet):
        """A program of the router sends; returns the bytes and the error's name that it gets, if any."""
        data = build(packet)
        six = ":" in packet["saddr"]
        raw = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        try:
            raw.setsockopt(socket.SOL_SOCKET, SO_MARK, packet.get("mark", 0))
            if "boundTo" in packet:
                raw.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, packet["boundTo"].encode() + b"\0")
            bind(raw, packet["saddr"], six)
            raw.sendto(data, (packet["daddr"], 0))
        except OSError as problem:
            return data, errno.errorcode.get(problem.errno, str(problem.errno))
        finally:
            raw.close()
        return data, None

    def left(self):
        """IP packets that left since it was last asked: (interface, bytes) each."""
        gone = []
        for name, tap in self.taps.items():
            while True:
                try:
                    frame = os.read(tap, 1 << 16)
                except BlockingIOError:
                    break
                if frame[12:14] in (b"\x08\0", b"\x86\xdd") and not is_membership(frame[14:]):
                    gone.append((name, frame[14:]))
        return gone


#: A router that says nothing by itself and answers everything at once; a scenario may overrule each of them.
SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv4.icmp_ratemask": "0",
    "net.ipv6.icmp.ratelimit": "0",
    "net.ipv4.icmp_errors_use_inbound_ifaddr": "0",
    "net.netfilter.nf_conntrack_events": "1",
}
DEVICE_SYSCTLS = {
    "net.ipv4.conf.{}.rp_filter": "0",
    "net.ipv4.conf.{}.send_redirects": "0",
    "net.ipv6.conf.{}.accept_ra": "0",
}


def is_membership(data):
    """The kernel's own reports about multicast groups: hop-by-hop options in IPv6, IGMP in IPv4."""
    return data[6] == 0 and data[24] == 0xFF if data[0] >> 4 == 6 else data[9] == 2


def quiet():
    """Before devices are made: no duplicate address detection, no link-local addresses."""
    for place in ("all", "default"):
        write_sysctl(f"net.ipv6.conf.{place}.accept_dad", "0")
        write_sysctl(f"net.ipv6.conf.{place}.router_solicitations", "0")
        write_sysctl(f"net.ipv6.conf.{place}.addr_gen_mode", "1")


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_NO_INFO))
    return tap


def device_lines(device):
    """Without ARP every neighbour is known at once, and no question about one leaves."""
    name = device["name"]
    yield f"link set {name} address {device['mac']} arp off up"
    for address in device["addresses"]:
        yield f"addr add {address} dev {name}" + (" nodad" if ":" in address else "")


def wait_for_own_routes(addresses):
    """IPv6's route to an address of the machine's own is made some time after the address."""
    for _ in range(200):
        routes = subprocess.run(["ip", "-6", "route", "show", "table", "local"], capture_output=True, text=True).stdout
        if sum(line.startswith("local 2") for line in routes.splitlines()) >= addresses:
            return
        time.sleep(0.01)


def batch(lines, *options):
    if lines:
        done = subprocess.run(["ip", *options, "-batch", "-"], input="\n".join(lines), capture_output=True, text=True)
        if done.returncode:
            raise ValueError(f"ip -batch refuses: {done.stderr}")


def write_sysctl(path, value):
    """Names of interfaces have no dots here."""
    with open("/proc/sys/" + path.replace(".", "/"), "w") as file:
        file.write(value)


def read_sysctl(path):
    with open("/proc/sys/" + path.replace(".", "/")) as file:
        return file.read().strip()


def bind(raw, address, six):
    """`ip rule from` asks a raw socket for its bound address, not the packet that it sends."""
    raw.setsockopt(*((socket.IPPROTO_IPV6, IPV6_FREEBIND) if six else (socket.IPPROTO_IP, IP_FREEBIND)), 1)
    raw.bind((address, 0))


def listener(wish):
    """A program that waits on a port of both families: {protocol: "tcp" or "udp", port}."""
    kind = socket.SOCK_STREAM if wish["protocol"] == "tcp" else socket.SOCK_DGRAM
    made = socket.socket(socket.AF_INET6, kind)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind(("::", wish["port"]))
    if kind == socket.SOCK_STREAM:
        made.listen(100)
    return made
