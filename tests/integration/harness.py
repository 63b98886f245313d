"""What every integration test stands on: processes, ports, folders, waits and HTTP.

A test case derives from Case and starts real programs with `self.start(...)` (or, once for the
class, `cls.shared(...)`); they are ended by pid when it is over. When a test fails, what its
programs wrote is printed below it.
"""

import contextlib
import fcntl
import gzip
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIXTURES = HERE.parent / "fixtures"
PATIENCE = 15.0  # seconds a program may take to come up; a loaded machine is slow, not wrong


def wait_until(what, condition, timeout=PATIENCE, every=0.02):
    """The first true value of condition(), or a failure that names what was waited for."""
    deadline = time.monotonic() + timeout
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            value = condition()
            if value:
                return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(every)


def holds(what, condition, seconds=1.0, every=0.05):
    """Fails as soon as condition() is false within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            raise AssertionError(f"no longer true: {what}")
        time.sleep(every)


class Meanwhile(contextlib.AbstractContextManager):
    """Something that goes on, on a thread of its own, while the context lasts: `_run` does it until
    the event `_over` is set. It may be entered again."""

    def __enter__(self):
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        raise NotImplementedError


class _Ports:
    """Free loopback ports below the range the kernel gives to outgoing connections. They come in
    blocks; one that is taken is locked while the process lives, so that tests side by side, also
    those of another clone, never meet between a port's choice and its use."""

    BLOCK, FIRST, LAST = 100, 10_000, 32_000

    def __init__(self):
        self._left = iter(())
        self._locks = []

    def take(self, kind=socket.SOCK_STREAM):
        while True:
            for port in self._left:
                with socket.socket(socket.AF_INET, kind) as probe:
                    with contextlib.suppress(OSError):
                        probe.bind(("127.0.0.1", port))
                        return port
            self._left = iter(self._lock_block())

    def _lock_block(self):
        locks = pathlib.Path(tempfile.gettempdir(), f"steward-test-ports-{os.getuid()}")
        locks.mkdir(exist_ok=True)
        starts = range(self.FIRST, self.LAST, self.BLOCK)
        turn = os.getpid() % len(starts)
        for start in [*starts[turn:], *starts[:turn]]:
            lock = open(locks / str(start), "wb")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            self._locks.append(lock)
            return range(start, start + self.BLOCK)
        raise AssertionError("every block of ports is taken by a test that runs")


free_port = _Ports().take


@contextlib.contextmanager
def folder():
    """A folder with a path short enough for unix sockets (108 bytes), open to other users."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="st-", dir="/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Process(contextlib.AbstractContextManager):
    """A program of ours, its output in a file. Ends with the context: SIGTERM, then SIGKILL."""

    def __init__(self, name, argv, home, **popen):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log_path = home / f"{name}-{free_port()}.log"
        self._log = open(self.log_path, "wb")
        self._options = popen
        self._launch()

    def _launch(self):
        self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=self._log,
                                      stderr=self._log, **self._options)

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def running(self):
        return self.popen.poll() is None

    def wait(self, timeout=PATIENCE):
        return self.popen.wait(timeout)

    def end(self, sig=signal.SIGTERM, timeout=5.0):
        """Sends the signal and returns (exit code, seconds it took)."""
        started = time.monotonic()
        if self.running():
            self.popen.send_signal(sig)
        try:
            code = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            code = self.popen.wait()
        return code, time.monotonic() - started

    def __exit__(self, *_):
        self.end()
        self._log.close()


class Case(unittest.TestCase):
    """A test case whose programs live as long as a test (start) or as the class (shared)."""

    maxDiff = None
    _shared = []

    @classmethod
    def setUpClass(cls):
        cls._shared = []
        cls.home = cls.shared(folder())

    @classmethod
    def shared(cls, part):
        """Enters a context that lives until the tests of the class are done."""
        cls._shared.append(part)
        return cls.enterClassContext(part)

    def setUp(self):
        self._own = []
        # Runs last: the programs have ended.
        self.addCleanup(self._print_logs_of_a_failure, self._failures())

    def start(self, part):
        """Enters a context that lives until this test is done."""
        self._own.append(part)
        return self.enterContext(part)

    def _failures(self):
        result = self._outcome.result
        return len(result.failures) + len(result.errors)

    def _print_logs_of_a_failure(self, failures_before):
        if self._failures() == failures_before:
            return
        for part in [*self._own, *type(self)._shared]:
            if isinstance(part, Process):
                tail = part.log().splitlines()[-40:]
                print(f"\n--- {part.name}: {' '.join(part.argv)}", *tail,
                      sep="\n    ", file=sys.stderr)


@dataclass
class Answer:
    """An HTTP answer; `body` as bytes after the content encoding was undone."""

    status: int
    headers: dict
    body: bytes
    seconds: float = 0.0
    encoded_size: int = field(default=0)

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def http_get(port, path, headers=None, *, timeout=PATIENCE, method="GET", body=None,
             connection=None):
    """One request to a loopback port."""
    started = time.monotonic()
    link = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        link.request(method, path, body, headers=headers or {})
        reply = link.getresponse()
        body = reply.read()
        fields = {name.lower(): value for name, value in reply.getheaders()}
        plain = gzip.decompress(body) if fields.get("content-encoding") == "gzip" else body
        return Answer(reply.status, fields, plain, time.monotonic() - started, len(body))
    finally:
        link.close()
