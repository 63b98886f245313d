"""What goes wrong with a HAProxy: faults that begin, last for a while, and end."""

import contextlib
import os
import signal
import socket

from harness import wait_until

PATIENT = 1.0  # the steward's transaction_timeout, in seconds


class Fault:
    """`case` has a site, a symbolic link to its socket that the steward knows, and something
    between that can be put in its place."""

    lasts = True  # the steward cannot read HAProxy until it ends
    site = {}     # how the Site has to be

    def begin(self, case):
        raise NotImplementedError

    def end(self, case):
        pass


class Killed(Fault):
    def begin(self, case):
        case.site.end(signal.SIGKILL)

    def end(self, case):
        case.site.restart()


class Stopped(Fault):
    def begin(self, case):
        case.site.popen.send_signal(signal.SIGSTOP)

    def end(self, case):
        case.site.popen.send_signal(signal.SIGCONT)


class SocketDeleted(Fault):
    """HAProxy makes it again only when it starts."""

    def begin(self, case):
        os.unlink(case.site.socket)

    def end(self, case):
        case.site.restart()


class SocketFull(Fault):
    """Others hold all connections that HAProxy allows (stats maxconn)."""

    site = {"extra_global": "  stats maxconn 3\n"}

    def begin(self, case):
        self._held = contextlib.ExitStack()
        for _ in range(3):
            link = self._held.enter_context(socket.socket(socket.AF_UNIX))
            link.connect(str(case.site.socket))

    def end(self, case):
        self._held.close()


class HalfAnswers(Fault):
    def begin(self, case):
        case.point_at(case.between.socket)
        self._fault = case.enterContext(contextlib.ExitStack())
        self._fault.enter_context(case.between.faulty(where="", cut=lambda text: len(text) // 2))

    def end(self, case):
        self._fault.close()
        case.point_at(case.site.socket)


class LateAnswers(Fault):
    """HAProxy is told, but says nothing before the steward has given up."""

    def begin(self, case):
        case.point_at(case.between.socket)
        self._fault = case.enterContext(contextlib.ExitStack())
        self._fault.enter_context(case.between.faulty(where="", delay=3 * PATIENT))

    def end(self, case):
        self._fault.close()
        case.point_at(case.site.socket)


class Restarted(Fault):
    lasts = False

    def begin(self, case):
        case.site.restart()


class Reloaded(Fault):
    lasts = False
    site = {"master": True}

    def begin(self, case):
        case.reload()


class WrongLevel(Fault):
    """A stats socket of another level than admin: it tells, and obeys nothing."""

    lasts = False

    def __init__(self, level):
        self.level = level

    def begin(self, case):
        self._configure(case, "level admin", f"level {self.level}")

    def end(self, case):
        self._configure(case, f"level {self.level}", "level admin")

    @staticmethod
    def _configure(case, before, after):
        path = case.site.config_path
        path.write_text(path.read_text().replace(before, after))
        case.site.restart()


FAULTS = {
    "killed": Killed(), "restarted": Restarted(), "reloaded": Reloaded(), "stopped": Stopped(),
    "socket deleted": SocketDeleted(), "socket full": SocketFull(), "half answers": HalfAnswers(),
    "late answers": LateAnswers(), "level user": WrongLevel("user"),
    "level operator": WrongLevel("operator"),
}


def wait_noticed(case, fault):
    """Until the steward knows that it cannot read HAProxy."""
    if fault.lasts:
        wait_until("the steward to notice", lambda: case.steward.value(
            "haproxy_steward_instance_up", haproxy="lb1") == 0)
