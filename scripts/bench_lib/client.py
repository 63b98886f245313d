"""The clients: one for pages and one for the stats socket, the same for every contestant. They
only receive, into one big buffer, so that they cost little beside what they measure."""

import contextlib
import dataclasses
import gzip
import re
import socket
import threading
import time

TIMEOUT = 120.0
JOIN_SECONDS = 15.0
BUFFER = 1 << 20
END_OF_CHUNKS = b"\r\n0\r\n\r\n"


@dataclasses.dataclass
class Answer:
    wall_ms: float
    size: int
    head: bytes  # the first bytes received
    body: bytes = b""  # only when asked for


def receive(connection, started, complete, keep):
    """Receives until complete(head, size, tail) or the end of the connection."""
    buffer = bytearray(BUFFER)
    head, tail, size, parts = b"", b"", 0, []
    while count := connection.recv_into(buffer):
        size += count
        head = head or bytes(buffer[:2048])[:count]
        tail = (tail + bytes(buffer[max(0, count - 16) : count]))[-16:]
        if keep:
            parts.append(bytes(buffer[:count]))
        if complete(head, size, tail):
            break
    return Answer((time.perf_counter() - started) * 1e3, size, head, b"".join(parts))


def read_socket(path, commands, keep=False):
    """One transaction with the stats socket: HAProxy ends it."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(TIMEOUT)
        started = time.perf_counter()
        connection.connect(str(path))
        connection.sendall(commands.encode() + b"\n")
        answer = receive(connection, started, lambda *_: False, keep)
    if not answer.size:
        raise OSError(f"{path}: no answer to '{commands}'")
    return answer


def page_is_complete(head, size, tail):
    header, separator, _ = head.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", header)
    if length:
        return size >= len(header) + len(separator) + int(length[1])
    return tail.endswith(END_OF_CHUNKS)


def fetch(port, headers=(), keep=False):
    """One page; its answer must be 200."""
    request = "\r\n".join([
        "GET /metrics HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close",
        "X-Prometheus-Scrape-Timeout-Seconds: 60", *headers]) + "\r\n\r\n"
    with contextlib.closing(socket.socket()) as connection:
        connection.settimeout(TIMEOUT)
        started = time.perf_counter()
        connection.connect(("127.0.0.1", port))
        connection.sendall(request.encode())
        answer = receive(connection, started, page_is_complete, keep)
    if not re.match(rb"HTTP/1\.[01] 200 ", answer.head):
        raise RuntimeError(f"127.0.0.1:{port}/metrics answered {answer.head[:80]!r}")
    return answer


def page_text(answer):
    """The body of a kept page, decoded."""
    header, _, body = answer.body.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in header.lower():
        body = join_chunks(body)
    return gzip.decompress(body) if b"content-encoding: gzip" in header.lower() else body


def join_chunks(body):
    parts, at = [], 0
    while True:
        end = body.index(b"\r\n", at)
        length = int(body[at:end].split(b";")[0], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + length])
        at = end + 2 + length + 2


def count_samples(text):
    """Lines that are not comments."""
    lines = text.count(b"\n")
    comments = text.count(b"\n#") + text.startswith(b"#")
    return lines - comments


class Loop:
    """Asks again and again, back to back, beside what the caller does."""

    def __init__(self, ask):
        self.ask, self.walls_ms, self.error = ask, [], None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            while not self.stopped.is_set():
                self.walls_ms.append(self.ask().wall_ms)
        except (OSError, RuntimeError) as error:
            self.error = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join(JOIN_SECONDS)
