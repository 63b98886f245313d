"""What the hostile suite stands on: a steward with both listeners, bytes to either as they are
written, and HAProxy watched: nothing may happen to it."""

import contextlib
import re
import socket
from dataclasses import dataclass

from control import ControlCase, ControlledSteward, rule
from farm import Farm
from interposer import Interposer
from programs import built_with

DRAIN = {"action": "drain", "backend": "web", "server": "web1"}


@dataclass(frozen=True)
class Door:
    """A listener: where it is, a page of it, what a POST goes to, and the header that lets in."""

    name: str
    port: int
    page: str
    post: str
    who: str = ""


def wire(port, data, timeout=8.0, source="127.0.0.1"):
    """All that comes back for these bytes, until the listener closes."""
    with socket.create_connection(("127.0.0.1", port), timeout, (source, 0)) as link:
        got = bytearray()
        with contextlib.suppress(ConnectionError):  # it need not read all of it
            link.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        with contextlib.suppress(ConnectionError):
            while piece := link.recv(65536):
                got += piece
    return bytes(got)


def statuses(answer):
    """The status of each answer within these bytes."""
    return [int(each) for each in re.findall(rb"(?:^|\n)HTTP/1\.1 (\d{3})", answer)]


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class HostileCase(ControlCase):
    """Whatever is tried: HAProxy is told nothing, nothing is live, and the steward lives."""

    principals = ()
    options = {}

    @classmethod
    def prepare(cls):
        """What the configuration needs, in `home`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prepare()
        cls.farm = cls.shared(Farm(cls.home, rest="backend other\n  server o1 {web1}\n"
                                                  "  server o2 {web2}\n"))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        cls.steward = cls.shared(ControlledSteward(cls.home, cls.between.socket,
                                                   rules=[rule("Sick")],
                                                   principals=cls.principals, **cls.options))
        token = f"Authorization: Bearer {cls.steward.token('admin')}\r\n"
        cls.doors = (Door("metrics", cls.steward.port, "/metrics?metrics=haproxy_up", "/metrics"),
                     Door("control", cls.steward.control_port, "/api/v1/automation", "/webhook",
                          token))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.addCleanup(self._nothing_happened)

    def _nothing_happened(self):
        self.assertTrue(self.steward.running())
        self.assertEqual(self.between.mutating(), [])
        self.assertEqual(self.steward.live(), [])
        for door in self.doors:
            self.assertEqual(statuses(self.ask(door)), [200], "it answers no more")

    def ask(self, door, target=None, headers="", method="GET", body="", **options):
        """One request, as it is written here."""
        return wire(door.port, f"{method} {target or door.page} HTTP/1.1\r\nHost: x\r\n{door.who}"
                    f"{headers}Connection: close\r\n\r\n{body}", **options)

    def each(self, **more):
        """Each listener, as a subtest."""
        for door in self.doors:
            with self.subTest(listener=door.name, **more):
                yield door

    def assert_flat(self, before, mib=24):
        """It has not taken so much memory since; a checker's own is not its."""
        if not built_with("STEWARD_SANITIZE"):
            self.assertLess(resident_kib(self.steward.pid) - before, mib << 10)
