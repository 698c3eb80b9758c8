"""Packets as JSON fields and as bytes; the fields are those of `netfilter/packet/packet.ts`.

Addresses are text, `payload` is a number of zero bytes or hexadecimal text. Beside Packet's own fields: `icmpSequence`,
and `quoted`, what an ICMP error carries (hexadecimal text, from an IP header on; read back it is `about`).
"""

import socket
import struct

TCP, UDP, UDPLITE, DCCP, SCTP, ICMP, ICMPV6 = 6, 17, 136, 33, 132, 1, 58


def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data):
    """SCTP's checksum."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _bit in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF


def payload_of(packet):
    payload = packet.get("payload", 0)
    return bytes(payload) if isinstance(payload, int) else bytes.fromhex(payload)


def transport(packet):
    """The bytes behind the IP header, and where in them the checksum over the pseudo header belongs."""
    protocol, payload = packet["protocol"], payload_of(packet)
    ports = struct.pack("!HH", packet.get("sport", 0), packet.get("dport", 0))
    if protocol == TCP:
        options = struct.pack("!BBH", 2, 4, packet["tcpMss"]) if packet.get("tcpMss") else b""
        rest = (packet.get("tcpSeq", 1000), packet.get("tcpAck", 0), (5 + len(options) // 4) << 4)
        flags, window = packet.get("tcpFlags", 0), packet.get("tcpWindow", 64240)
        return ports + struct.pack("!IIBBHHH", *rest, flags, window, 0, 0) + options + payload, 16
    if protocol in (UDP, UDPLITE):
        return ports + struct.pack("!HH", 8 + len(payload), 0) + payload, 6
    if protocol in (ICMP, ICMPV6):
        kind = struct.pack("!BBH", packet.get("icmpType", 8), packet.get("icmpCode", 0), 0)
        if "quoted" in packet:
            return kind + bytes(4) + bytes.fromhex(packet["quoted"]), 2
        return kind + struct.pack("!HH", packet.get("icmpId", 0), packet.get("icmpSequence", 0)) + payload, 2
    if protocol == SCTP:
        chunk = struct.pack("!BBHIIHHI", 1, 0, 20, 1, 1500, 1, 1, 1)
        return ports + bytes(4) + struct.pack("<I", crc32c(ports + bytes(8) + chunk)) + chunk, None
    return payload, None


def build(packet):
    """The packet's bytes from its IP header on."""
    six = ":" in packet["saddr"]
    family = socket.AF_INET6 if six else socket.AF_INET
    source, target = (socket.inet_pton(family, packet[name]) for name in ("saddr", "daddr"))
    protocol, ttl = packet["protocol"], packet.get("ttl", 64)
    tos = packet.get("dscp", 0) << 2 | packet.get("ecn", 0)
    data, place = transport(packet)
    if place is not None:
        pseudo = source + target + struct.pack("!IHBB" if six else "!BBH", *pseudo_tail(six, protocol, len(data)))
        sum_of = checksum(data if protocol == ICMP else pseudo + data)
        if protocol == UDP and sum_of == 0:
            sum_of = 0xFFFF
        data = data[:place] + struct.pack("!H", sum_of) + data[place + 2 :]
    if six:
        first = 6 << 28 | tos << 20
        return struct.pack("!IHBB", first, len(data), protocol, ttl) + source + target + data
    fragment = 0x4000 if packet.get("df") else 0
    header = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(data), packet.get("ipId", 0), fragment, ttl, protocol, 0)
    header += source + target
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + data


def pseudo_tail(six, protocol, length):
    return (length, 0, 0, protocol) if six else (0, protocol, length)


def parse(data):
    """The fields of a packet that begins with its IP header."""
    size = 40 if data[0] >> 4 == 6 else (data[0] & 15) * 4
    packet = headers(data[:size], data[size:])
    if is_error(packet) and len(data) >= size + 28:
        about = parse(data[size + 8 :])
        if "raw" not in about:
            packet["about"] = about
    return packet


def is_error(packet):
    kind = packet.get("icmpType", 255)
    return kind < 128 if packet.get("protocol") == ICMPV6 else kind in (3, 4, 5, 11, 12)


def headers(network, rest):
    """The fields that an IP header and the first bytes behind it tell."""
    version = network[0] >> 4 if network else 0
    if version == 4 and len(network) >= 20:
        tos, length, identity, fragment, ttl, protocol = struct.unpack_from("!xBHHHBB", network)
        packet = {"saddr": socket.inet_ntoa(network[12:16]), "daddr": socket.inet_ntoa(network[16:20])}
        packet |= {"ipId": identity, "df": bool(fragment & 0x4000)}
    elif version == 6 and len(network) >= 40:
        first, length, protocol, ttl = struct.unpack_from("!IHBB", network)
        tos, length = first >> 20 & 0xFF, length + 40
        source, target = (socket.inet_ntop(socket.AF_INET6, network[at : at + 16]) for at in (8, 24))
        packet = {"saddr": source, "daddr": target}
    else:
        return {"raw": (network + rest).hex()}
    packet |= {"protocol": protocol, "ttl": ttl, "dscp": tos >> 2, "ecn": tos & 3, "length": length}
    return packet | transport_fields(protocol, rest)


def transport_fields(protocol, rest):
    if protocol in (TCP, UDP, UDPLITE, DCCP, SCTP) and len(rest) >= 4:
        sport, dport = struct.unpack_from("!HH", rest)
        fields = {"sport": sport, "dport": dport}
        if protocol == TCP and len(rest) >= 16:
            sequence, acknowledged, flags, window = struct.unpack_from("!IIxBH", rest, 4)
            fields |= {"tcpSeq": sequence, "tcpAck": acknowledged, "tcpFlags": flags, "tcpWindow": window}
            if len(rest) >= 24 and rest[20:22] == b"\2\4":
                fields["tcpMss"] = int.from_bytes(rest[22:24], "big")
        return fields
    if protocol in (ICMP, ICMPV6) and len(rest) >= 8:
        kind, code, identity, sequence = struct.unpack_from("!BBxxHH", rest)
        return {"icmpType": kind, "icmpCode": code, "icmpId": identity, "icmpSequence": sequence}
    return {}


ECHO = {8: 0, 13: 14, 128: 129}


def answered(data):
    """The fields of a packet back: addresses, ports and TCP's numbers exchanged, a request become its reply."""
    packet = parse(data)
    back = {"saddr": packet["daddr"], "daddr": packet["saddr"], "protocol": packet["protocol"]}
    if "sport" in packet:
        back |= {"sport": packet["dport"], "dport": packet["sport"]}
    if "tcpSeq" in packet:
        size = 40 if ":" in packet["saddr"] else (data[0] & 15) * 4
        length = len(data) - size - (data[size + 12] >> 4) * 4
        back |= {"tcpSeq": packet["tcpAck"], "tcpAck": packet["tcpSeq"] + max(length, packet["tcpFlags"] & 3 and 1)}
    if "icmpType" in packet:
        kind = ECHO.get(packet["icmpType"], packet["icmpType"])
        back |= {"icmpType": kind, "icmpId": packet["icmpId"], "icmpSequence": packet["icmpSequence"]}
    return back
