"""The internet: answers on some ports of all its addresses, and knocks at the router now and then. Says "ready" once it does."""
import random, select, socket, struct, threading, time

TCP = (22, 80, 443, 853, 993, 5222, 5228)
UDP = (53, 123, 443, 3478, 51820)
# The option numbers are Linux's; Python names only some of them.
IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 8, 49, 50


def echo_udp(port, family):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
    sock.bind(("", port))
    while True:
        data, told, _, sender = sock.recvmsg(2000, 200)
        # Answers leave from the address that was asked; the interface is left to the routes.
        if family == socket.AF_INET:
            destination = told[0][2][8:12]
            info = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i4s4s", 0, destination, destination))]
        else:
            info = [(socket.IPPROTO_IPV6, IPV6_PKTINFO, told[0][2][:16] + struct.pack("=i", 0))]
        sock.sendmsg([data], info, 0, sender)


def serve_tcp():
    listening, open_ = {}, []
    for port in TCP:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::", port))
        sock.listen(500)
        listening[sock] = port
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([*listening, *open_], [], [])
        for sock in ready:
            if sock in listening:
                open_.append(sock.accept()[0])
                continue
            try:
                data = sock.recv(65536)
                if data:
                    sock.sendall(data * (20 if data.startswith(b"GET") else 1))
                    continue
                if random.random() < 0.9:
                    sock.close()
            except OSError:
                sock.close()
            open_.remove(sock)
            if sock.fileno() >= 0:
                half_closed.append(sock)


half_closed, guests = [], []


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def segment(source, destination, port, flags):
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack("!HHIIBBHHH", random.randint(1024, 65000), port, 1, 0, 0x50, flags, 1024, 0, 0)
    total = checksum(addresses + struct.pack("!BBH", 0, 6, 20) + head)
    tcp = head[:16] + struct.pack("!H", total) + head[18:]
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 60, 6, 0) + addresses + tcp


def knock():
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    doors = ("10.0.0.2", "10.0.1.2", "10.250.193.4")
    for turn in range(10**9):
        time.sleep(random.expovariate(0.7))
        door = random.choice(doors)
        stranger = f"203.0.113.{random.choice((17, 40, 41, 130, 201, 202))}"
        raw.sendto(segment(stranger, door, random.choice((23, 23, 445, 3389)), 2), (door, 0))
        if turn % 5 == 1:
            raw.sendto(segment("198.51.100.9", door, 443, 3), (door, 0))
        if turn % 9 == 2:
            raw.sendto(segment("172.17.0.1", door, 53, 2), (door, 0))


def visit():
    """Guests of the house's own web server, over PPPoE: they come once it is there."""
    while len(guests) < 14:
        sock = socket.socket()
        sock.settimeout(1)
        sock.bind((f"203.0.113.{60 + len(guests)}", 0))
        try:
            sock.connect(("10.250.193.4", 443))
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            guests.append(sock)
        except OSError:
            time.sleep(0.2)


def browse():
    visit()
    while True:
        time.sleep(2)
        for guest in random.sample(guests, 2):
            try:
                guest.sendall(b"GET /more HTTP/1.1\r\n\r\n")
                guest.setblocking(False)
                guest.recv(65536)
            except OSError:
                pass


for port in UDP:
    for family in (socket.AF_INET, socket.AF_INET6):
        threading.Thread(target=echo_udp, args=(port, family), daemon=True).start()
for work in (knock, browse):
    threading.Thread(target=work, daemon=True).start()
serve_tcp()
