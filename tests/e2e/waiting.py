# waiting.py SOCKET PARENT SIGNAL WORKER ... -- who waits in a listener while
# its program is told to go.
#
# The workers are stopped, so whoever connects waits.  Then PARENT gets the
# signal, and after TERM one more connects now and then until one is refused.
# Only then may the workers go on.  Prints how many of those who waited were answered.
import os
import signal
import socket
import struct
import sys
import time

FIRST, MORE, EVERY = 20, 500, 0.05  # EVERY: s


def pairs(params):
    out = b""
    for name, value in params.items():
        out += struct.pack("BB", len(name), len(value)) + name + value
    return out


def record(kind, data):
    return struct.pack(">BBHHBx", 1, kind, 1, len(data), 0) + data


def request():
    params = pairs({b"REQUEST_METHOD": b"GET", b"REQUEST_URI": b"/api/health",
                    b"HTTP_HOST": b"localhost", b"REMOTE_ADDR": b"192.0.2.1",
                    b"SERVER_PROTOCOL": b"HTTP/1.1"})
    return (record(1, struct.pack(">HB5x", 1, 0)) + record(4, params) +
            record(4, b"") + record(5, b""))


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall(request())
    s.settimeout(60)
    return s


def answer(s):
    got = b""
    try:
        while more := s.recv(65536):
            got += more
    except (ConnectionResetError, TimeoutError):
        pass
    s.close()  # for which libfcgi waits a second
    return b"\r\n\r\n" in got


def state(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def stop(pid):
    try:
        os.kill(int(pid), signal.SIGSTOP)
        while (s := state(pid)) not in "TZ":
            pass
        return s == "T"
    except (ProcessLookupError, FileNotFoundError):
        return False  # it was told to leave before, and has


path, parent, name, *workers = sys.argv[1:]
workers = [pid for pid in workers if stop(pid)]
waiting = [connect(path) for _ in range(FIRST)]
os.kill(int(parent), getattr(signal, "SIG" + name))
refused = name != "TERM"
try:
    while not refused and len(waiting) < MORE:
        waiting.append(connect(path))
        time.sleep(EVERY)
except ConnectionRefusedError:
    refused = True
for pid in workers:
    os.kill(int(pid), signal.SIGCONT)
answered = sum(map(answer, waiting))
print("all" if answered == len(waiting) and refused else
      f"{answered} of {len(waiting)}, {'' if refused else 'not '}refused")
