"""Who types commands: the verbs of the command line against a daemon or a socket, in a pipe or
on a terminal."""

import collections
import contextlib
import fcntl
import http.client
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

from control import ControlCase, ControlledSteward, rule
from farm import Farm
from harness import wait_until
from programs import steward_binary

HOSTILE = "\x1b[2J\n\x9b31m"  # clears the screen, breaks the line

# Neither the caller's colours nor their daemon.
PLAIN = {name: value for name, value in os.environ.items()
         if name not in ("NO_COLOR", "STEWARD_URL", "STEWARD_TOKEN", "STEWARD_TOKEN_FILE")}


class Operator:
    """Runs verbs as somebody: `whom` are the flags that say who is asked, and with what token."""

    def __init__(self, *whom, environment=None):
        self.whom = [str(word) for word in whom]
        self.environment = PLAIN | (environment or {})

    @classmethod
    def of(cls, steward, role="admin", **options):
        return cls("--url", f"http://127.0.0.1:{steward.control_port}", "--token-file",
                   steward.tokens[role], **options)

    def argv(self, *words):
        return [str(steward_binary()), *map(str, words), *self.whom]

    def run(self, *words, timeout=30.0, stdin=subprocess.DEVNULL, **options):
        return subprocess.run(self.argv(*words), text=True, capture_output=True, timeout=timeout,
                              env=self.environment, stdin=stdin, **options)

    def start(self, *words):
        """A command in a pipe that goes on: a Popen, to be entered."""
        return subprocess.Popen(self.argv(*words), text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                env=self.environment)

    def terminal(self, *words, width=100, **variables):
        return Terminal(self.argv(*words), width, self.environment | {"TERM": "xterm"} | variables)


class Terminal(contextlib.AbstractContextManager):
    """A command on a terminal of its own: `seen` is all that it was sent."""

    def __init__(self, argv, width, environment):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self._master = master
        self.seen = ""
        self._popen = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave,
                                       env=environment, start_new_session=True)
        os.close(slave)

    def __exit__(self, *_):
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        os.close(self._master)

    def read(self, seconds=0.1):
        with contextlib.suppress(OSError):  # the other side is gone
            if select.select([self._master], [], [], seconds)[0]:
                self.seen += os.read(self._master, 65536).decode()

    def until(self, pattern, timeout=15.0):
        """Reads until this was seen."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.seen):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {pattern!r} in {self.seen!r}")
            self.read()
        return self

    def interrupt(self):
        self._popen.send_signal(signal.SIGINT)
        return self

    def end(self, timeout=15.0):
        """The exit code; all that was sent is read."""
        deadline = time.monotonic() + timeout
        while self._popen.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        code = self._popen.wait(timeout=1)
        self.read()
        return code

    @property
    def lines(self):
        """What stands on the terminal: what was drawn last of each line."""
        plain = self.seen.replace("\x1b[K", "")
        return [line.rsplit("\r", 1)[-1] for line in plain.replace("\r\n", "\n").splitlines()]


class HeldSessions(contextlib.AbstractContextManager):
    """`each` sessions on every server of a farm, until they are let go."""

    def __init__(self, farm, each=2):
        self._farm = farm
        self._each = each
        self._let_go = threading.Event()
        self._held = collections.Counter()  # by server
        self._answers = {}
        self._threads = []

    def __enter__(self):
        for web in self._farm.webs.values():
            self._answers[web] = web.answer
            web.answer = self._slow(web)
        try:
            wait_until("the sessions to be there", self._all_there)
        except AssertionError:
            self.__exit__()
            raise
        return self

    def _slow(self, web):
        answer = web.answer

        def wait(path):
            if path == "/held" and self._held[web.name] < self._each:
                self._held[web.name] += 1
                self._let_go.wait(60)
            return answer(path)
        return wait

    def _all_there(self):
        """One request more, while a server has too few; others are answered at once."""
        if any(self._held[name] < self._each for name in self._farm.webs):
            self._threads.append(threading.Thread(target=self._request, daemon=True))
            self._threads[-1].start()
            return False
        rows = self._farm.rows()
        return all(int(rows["web", name]["scur"]) == self._each for name in self._farm.webs)

    def _request(self):
        link = http.client.HTTPConnection("127.0.0.1", self._farm.www, timeout=60)
        with contextlib.suppress(OSError, http.client.HTTPException):
            link.request("GET", "/held", headers={"Connection": "close"})
            link.getresponse().read()
        link.close()

    def let_go(self):
        self._let_go.set()

    def __exit__(self, *_):
        self.let_go()
        for thread in self._threads:
            thread.join()
        for web, answer in self._answers.items():
            web.answer = answer


class VerbCase(ControlCase):
    """Verbs of an admin against a daemon with four servers, left as they were found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.steward = cls.shared(ControlledSteward(cls.home, cls.farm.socket,
                                                   rules=[rule("Sick")]))
        cls.admin = Operator.of(cls.steward)

    def setUp(self):
        super().setUp()
        self.addCleanup(self._leave_as_found)

    def _leave_as_found(self):
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}", role="admin")
        wait_until("all to be released", lambda: not self.steward.live())

    def done(self, *words, by=None, **options):
        """Its output; it had to be done, and nothing to complain of."""
        run = (by or self.admin).run(*words, **options)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        return run.stdout

    def not_done(self, code, *words, by=None, said=(), **options):
        """One line of complaint, with these words, and this exit code."""
        run = (by or self.admin).run(*words, **options)
        self.assertEqual(run.returncode, code, run.stderr or run.stdout)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertTrue(run.stderr.startswith("haproxy-steward: "), run.stderr)
        for word in said:
            self.assertIn(str(word), run.stderr)
        return run
