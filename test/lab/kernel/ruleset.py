"""Rulesets into the kernel, and the kernel's numbers for their rules."""

import ctypes
import struct
import subprocess

from netlink import DUMP, Netlink, attributes, number, text
from trace import FAMILIES

GET_RULE = 10 << 8 | 7
#: The lab's own table: it starts the trace, and says where a packet passes with which mark.
TABLE = "hookscope_lab"
LOWEST, HIGHEST = -2147483648, 2147483647


class Nftables:
    """The nft program's library in this process; it works on the namespace that the process was in when made."""

    def __init__(self):
        library = ctypes.CDLL("libnftables.so.1")
        library.nft_ctx_new.restype = ctypes.c_void_p
        library.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        self.library, self.context = library, ctypes.c_void_p(library.nft_ctx_new(0))
        library.nft_ctx_buffer_output(self.context)
        library.nft_ctx_buffer_error(self.context)

    def close(self):
        self.library.nft_ctx_free(self.context)

    def load(self, commands):
        """Runs commands in one transaction; returns the complaint, or None."""
        if self.library.nft_run_cmd_from_buffer(self.context, commands.encode()) == 0:
            return None
        return self.library.nft_ctx_get_error_buffer(self.context).decode(errors="replace")


def load_iptables(program, rules):
    """Restores rules by one of the iptables-restore programs; returns the complaint, or None."""
    done = subprocess.run([program], input=rules, capture_output=True, text=True)
    return (done.stderr or "it said nothing") if done.returncode else None


def listing(command):
    """What a command that lists rules prints, for the lab's own namespace."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def observer(devices):
    """The lab's table: `nftrace` from the first moment on, and a chain at each place that a packet can come to.

    It is loaded first: of callbacks of equal priority the kernel calls the newest first, so that the chains at the highest
    priority come even behind conntrack's confirmation, which may still drop a packet.
    """
    arrivals = "\n".join(
        f"chain arrived_{name} {{ type filter hook ingress device {name} priority {LOWEST}\nmeta nftrace set 1\n}}"
        for name in devices
    )
    # What the kernel says by itself about multicast groups and neighbours is none of the packets under test.
    made = "icmpv6 type { 130-132, 133-137, 143 } return\nip protocol igmp return\nmeta nftrace set 1"
    late = "\n".join(
        f"chain {name} {{ type filter hook {hook} priority {HIGHEST}\n}}"
        for name, hook in (("delivered", "input"), ("leaving", "postrouting"))
    )
    return f"""table netdev {TABLE} {{
{arrivals}
}}
table inet {TABLE} {{
chain made {{ type filter hook output priority {LOWEST}
{made}
}}
chain routed {{ type filter hook prerouting priority {HIGHEST}
}}
{late}
}}
"""


def rule_handles():
    """The handles of each chain's rules in their order: {family, table, chain, handles} each."""
    asker = Netlink()
    chains = {}
    for body in asker.ask(GET_RULE, DUMP, struct.pack("BBH", 0, 0, 0)):
        found = attributes(body, 4)
        place = (FAMILIES[body[0]], text(found[1]), text(found[2]))
        chains.setdefault(place, []).append(number(found[3]))
    asker.close()
    return [
        {"family": family, "table": table, "chain": chain, "handles": handles}
        for (family, table, chain), handles in chains.items()
        if table != TABLE
    ]
