"""The house: many connections that stay, and a few new ones every second. Says "ready" once the first are made."""
import random, socket, struct, threading, time

random.seed(17)
FIRST = [f"172.17.0.{n}" for n in (5, 6, 7, 8, 10, 11, 12)]
SECOND = [f"172.17.0.{n}" for n in (17, 18, 20)]
SERVER = "172.17.0.2"
FAR = [f"203.0.113.{n}" for n in (9, 10, 24, 80, 81, 99)] + [f"198.51.100.{n}" for n in (4, 9, 23, 45)] + ["192.0.2.33"]
FAR6 = [f"2001:db8:ffff::{n:x}" for n in (9, 0x10, 0x80, 0x443)]
HOUSE6 = ["2001:db8:17::2", "2001:db8:17::5", "2001:db8:17::6", "2001:db8:17:10::5"]
kept = []


def guarded(work, *args):
    try:
        return work(*args)
    except OSError:
        return None


def tcp(source, far, port, text=b"GET / HTTP/1.1\r\n\r\n"):
    sock = socket.socket(socket.AF_INET6 if ":" in far else socket.AF_INET)
    sock.settimeout(1)
    sock.bind((source, 0))
    sock.connect((far, port))
    sock.sendall(text)
    sock.recv(65536)
    return sock


def syn(source, far, port):
    sock = socket.socket()
    sock.setblocking(False)
    sock.bind((source, 0))
    sock.connect_ex((far, port))
    return sock


def udp(source, far, port, packets=1):
    sock = socket.socket(socket.AF_INET6 if ":" in far else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(0.3)
    sock.bind((source, 0))
    for _ in range(packets):
        sock.sendto(b"x" * random.randint(30, 120), (far, port))
        guarded(sock.recv, 2000)
        time.sleep(0 if packets == 1 else 0.01)
    return sock


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def ping(source, far, number):
    six = ":" in far
    head = struct.pack("!BBHHH", 128 if six else 8, 0, 0, number, 1) + b"hookscope demo.."
    packet = head[:2] + struct.pack("!H", 0 if six else checksum(head)) + head[4:]
    family, protocol = (socket.AF_INET6, 58) if six else (socket.AF_INET, 1)
    sock = socket.socket(family, socket.SOCK_RAW, protocol)
    sock.bind((source, 0))
    sock.sendto(packet, (far, 0))


def gre(source, far):
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    sock.bind((source, 0))
    sock.sendto(struct.pack("!HH", 0, 0x0800) + b"\x45" + bytes(19), (far, 0))


def serve():
    """The house's own web server, which the router publishes."""
    listening = socket.create_server((SERVER, 8443), backlog=100)
    while True:
        guest = listening.accept()[0]
        threading.Thread(target=answer, args=(guest,), daemon=True).start()


def answer(guest):
    while True:
        data = guarded(guest.recv, 65536)
        if not data or guarded(guest.sendall, data * 5) is not None:
            return


def first():
    for at in range(150):
        source = random.choice(FIRST + SECOND)
        kept.append(guarded(tcp, source, random.choice(FAR), random.choice((443, 443, 443, 80, 22, 993, 5222, 5228))))
    for at in range(24):
        kept.append(guarded(tcp, random.choice(HOUSE6), random.choice(FAR6), random.choice((443, 443, 993))))
    for at in range(45):
        sock = guarded(tcp, random.choice(FIRST + SECOND), random.choice(FAR), random.choice((443, 80)))
        if sock:
            sock.close()
    for at in range(12):
        sock = guarded(tcp, random.choice(FIRST), random.choice(FAR), 443)
        if sock:
            sock.shutdown(socket.SHUT_WR)
            kept.append(sock)
    for at in range(9):
        kept.append(guarded(syn, random.choice(FIRST + SECOND), random.choice(FAR), 81))
    for at in range(70):
        udp(random.choice(FIRST + SECOND), random.choice(FAR), random.choice((53, 53, 53, 123, 443)))
    for at in range(8):
        udp(random.choice(FIRST), random.choice(FAR), random.choice((51820, 3478, 443)), 230)
    for at in range(12):
        udp(random.choice(HOUSE6), random.choice(FAR6), random.choice((53, 443)))
    for at in range(16):
        udp(random.choice(FIRST + SECOND), random.choice(FAR), random.choice((6881, 9999)))


def now_and_then():
    for turn in range(10**9):
        time.sleep(random.expovariate(2.2))
        far, source = random.choice(FAR), random.choice(FIRST + SECOND)
        choice = turn % 9
        if choice in (0, 3):
            sock = guarded(tcp, source, far, 443)
            if sock:
                sock.close()
        elif choice == 1:
            kept.append(guarded(tcp, SERVER, far, 443))
        elif choice == 5:
            guarded(tcp, random.choice(HOUSE6), random.choice(FAR6), 443)
        elif choice == 7:
            guarded(ping, random.choice(FIRST), far, turn & 0xFFFF)
            guarded(ping, random.choice(HOUSE6), random.choice(FAR6), turn & 0xFFFF)
        else:
            guarded(udp, source, far, random.choice((53, 123, 443)))


def watched_ping():
    for turn in range(10**9):
        guarded(ping, "172.17.0.9", "203.0.113.9", 40000 + turn % 20000)
        time.sleep(4)


def talk():
    """What stays open says something now and then."""
    while True:
        time.sleep(0.4)
        sock = random.choice(kept) if kept else None
        if sock and sock.type == socket.SOCK_STREAM:
            guarded(sock.sendall, b"GET /more HTTP/1.1\r\n\r\n")
            guarded(sock.recv, 65536)


threading.Thread(target=serve, daemon=True).start()
first()
for number in range(5):
    guarded(ping, random.choice(FIRST), FAR[number], 700 + number)
guarded(gre, FIRST[0], "192.0.2.33")
threading.Thread(target=talk, daemon=True).start()
threading.Thread(target=now_and_then, daemon=True).start()
print("ready", flush=True)
watched_ping()
