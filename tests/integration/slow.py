"""Clients that are slow on purpose, many at once."""

import contextlib
import select
import socket
import time
from dataclasses import dataclass

from harness import Meanwhile

PER_SECOND = 500
HUNG_UP = select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP


@dataclass(frozen=True)
class Kind:
    """What such a client says: at once, then a byte a second; and whether it reads."""

    opening: bytes = b""
    drip: bytes = b""
    reads: bool = True


def kinds(path, token="", page="/metrics"):
    """The usual ones, by name, for a listener whose `path` takes a POST with the token and whose
    `page` is large."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    post = (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            "Content-Length: 60000\r\n")
    signature = (f"X-Steward-Timestamp: {int(time.time())}\r\n"
                 f"X-Steward-Signature: sha256={'0' * 64}\r\n")
    return {
        "silent": Kind(),
        "half a head": Kind(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode()),
        "a head by bytes": Kind(b"G", b"ET / HTTP/1.1\r\nX-Long: " + b"x" * 4000),
        "no body, wrong token": Kind(f"{post}Authorization: Bearer x\r\n\r\n".encode()),
        "a signed body by bytes": Kind(f"{post}{signature}\r\n".encode(), b"{" * 60_000),
        "a body by bytes": Kind(f"{post}{who}\r\n".encode(), b"{" * 60_000),
        "an answer never read": Kind(f"GET {page} HTTP/1.1\r\nHost: x\r\n{who}\r\n".encode(),
                                     reads=False),
    }


class Crowd(Meanwhile):
    """`count` clients of a kind at a port, on a thread; who is closed comes again, some 500 a
    second. `refused` counts how often that was."""

    def __init__(self, port, kind, count=500, *, source="127.0.0.1"):
        self.port, self.kind, self.count, self.source = port, kind, count, source
        self.refused = 0
        self._poll = select.epoll()
        self._left = {}  # by descriptor: the socket, and what it has yet to say

    def __exit__(self, *_):
        super().__exit__()
        for link, _ in self._left.values():
            link.close()
        self._poll.close()

    def _run(self):
        drips = time.monotonic() + 1
        begin, came = time.monotonic(), 0
        while not self._over.is_set():
            due = self.count + int((time.monotonic() - begin) * PER_SECOND) - came
            for _ in range(min(50, due, self.count - len(self._left))):
                self._come()
                came += 1
            for number, events in self._poll.poll(0.02):
                self._turn(number, events)
            if time.monotonic() >= drips:
                drips += 1
                for number in list(self._left):
                    self._try(number, self._drip)

    def _come(self):
        link = socket.socket()
        if not self.kind.reads:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        link.setblocking(False)
        link.bind((self.source, 0))
        with contextlib.suppress(BlockingIOError):
            link.connect(("127.0.0.1", self.port))
        self._left[link.fileno()] = link, None
        self._poll.register(link.fileno(), select.EPOLLOUT)

    def _turn(self, number, events):
        if events & select.EPOLLOUT and self._left[number][1] is None:
            self._try(number, self._open)
        elif events & select.EPOLLIN:
            self._try(number, self._read)
        elif events & HUNG_UP:
            self._leave(number)

    def _try(self, number, step):
        with contextlib.suppress(BlockingIOError):
            try:
                step(number)
            except OSError:
                self._leave(number)

    def _open(self, number):
        link, _ = self._left[number]
        link.send(self.kind.opening)
        self._left[number] = link, self.kind.drip
        wanted = select.EPOLLIN if self.kind.reads else 0
        self._poll.modify(number, wanted | select.EPOLLRDHUP)

    def _drip(self, number):
        link, left = self._left[number]
        if left:
            link.send(left[:1])
            self._left[number] = link, left[1:]

    def _read(self, number):
        if not self._left[number][0].recv(65536):
            raise ConnectionResetError

    def _leave(self, number):
        self.refused += 1
        self._poll.unregister(number)
        self._left.pop(number)[0].close()
