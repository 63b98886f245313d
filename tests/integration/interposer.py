"""A unix socket between the steward and a real HAProxy that can be made to misbehave.

It passes each transaction on (one line in, the whole answer out) and hands the answer to a
`Fault`, which says what the steward gets to see of it. With no fault it is invisible, so the
scrape after a fault shows recovery. It also counts what was asked.
"""

import contextlib
import os
import socket
import threading
import time
from dataclasses import dataclass, field

from programs import ask


# What the steward may ask without changing anything.
READING = ("show ", "get ", "set severity-output ", "set timeout ", "@", "quit")


@dataclass
class Fault:
    """What happens to answers whose question contains `where` (the empty word: to all)."""

    where: str = "show stat"
    change: object = None      # bytes -> bytes
    cut: object = None         # bytes -> how many of them are sent before the connection closes
    piece: int = 0             # bytes a write; 0: all at once
    pause: float = 0.0         # seconds between the pieces
    delay: float = 0.0         # seconds before the first byte
    hang: bool = False         # never answers
    drop: bool = False         # closes without an answer
    swallow: bool = False      # HAProxy is never asked; the answer is as if it had obeyed, or
    said: bytes = b""          # … this
    released: threading.Event = field(default_factory=threading.Event, repr=False)


class Interposer(contextlib.AbstractContextManager):
    def __init__(self, home, upstream, name="between"):
        self.socket = home / f"{name}.sock"
        self.upstream = upstream
        self.fault = None
        self.lines = []          # every line that was asked
        self.connections = 0
        self._lock = threading.Lock()
        self._listener = None

    def __enter__(self):
        self.listen()
        return self

    def __exit__(self, *_):
        self.set_fault(None)
        self.stop()

    def listen(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket))
        self._listener.listen(64)
        os.chmod(self.socket, 0o666)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self, unlink=True):
        """Nobody listens any more; the file may stay, as after a crash."""
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        if unlink:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.socket)

    def set_fault(self, fault):
        if self.fault:
            self.fault.released.set()  # lets hanging answers go
        self.fault = fault

    @contextlib.contextmanager
    def faulty(self, **what):
        self.set_fault(Fault(**what))
        try:
            yield
        finally:
            self.set_fault(None)

    def asked(self, words):
        """How often a command that starts with these words was asked, chained or alone."""
        with self._lock:
            return sum(command.strip().startswith(words)
                       for line in self.lines for command in line.split(";"))

    def mutating(self):
        """Every line that could change something, in order."""
        with self._lock:
            return [line for line in self.lines
                    if any(not command.strip().startswith(READING)
                           for command in line.split(";") if command.strip())]

    def forget(self):
        with self._lock:
            self.lines, self.connections = [], 0

    def _accept(self, listener):
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link):
        with link, contextlib.suppress(OSError):
            line = b""
            while not line.endswith(b"\n"):
                piece = link.recv(65536)
                if not piece:
                    return
                line += piece
            question = line.decode(errors="surrogateescape").rstrip("\r\n")
            with self._lock:
                self.lines.append(question)
            fault = self.fault
            concerned = fault is not None and fault.where in question
            if concerned and fault.swallow:
                link.sendall(fault.said + b"\n")
                return
            answer = ask(self.upstream, question, 30).encode(errors="surrogateescape")
            if concerned:
                self._misbehave(link, answer, fault)
            else:
                link.sendall(answer)

    @staticmethod
    def _misbehave(link, answer, fault):
        if fault.hang:
            fault.released.wait(60)
        if fault.hang or fault.drop:
            return
        fault.released.wait(fault.delay)
        if fault.change:
            answer = fault.change(answer)
        if fault.cut:
            answer = answer[:fault.cut(answer)]
        size = fault.piece or len(answer) or 1
        for at in range(0, len(answer), size):
            link.sendall(answer[at:at + size])
            if fault.pause:
                time.sleep(fault.pause)
