"""What goes wrong beside HAProxy: the disk, the clock, and what the process may have."""

import contextlib
import http.client
import os
import pathlib
import resource
import subprocess
import threading
import time
import unittest

from alerting import delivery
from control import sick
from harness import free_port, wait_until


def _mounted(command, path):
    if subprocess.run(command, capture_output=True).returncode != 0:
        raise unittest.SkipTest("no file system can be mounted here: that needs root")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@contextlib.contextmanager
def small_disk(path):
    """A file system of its own with little room. Needs root."""
    path.mkdir()
    yield from _mounted(["mount", "-t", "tmpfs", "-o", "size=1m", "none", path], path)


@contextlib.contextmanager
def real_disk(image, path):
    """One of ext4, that becomes read-only when it errs."""
    yield from _mounted(["mount", "-o", "loop,errors=remount-ro", image, path], path)


def fill(disk):
    """Takes all room there is; the file that does."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), open(ballast, "ab", buffering=0) as taken:
        while True:
            taken.write(b"x" * 512)
    return ballast


class Fault:
    """`case` has a steward, whose ledger is in the folder `storage`."""

    environment = {}
    hurts = ()  # the checkers that cannot go on with it

    def storage(self, case):
        """Where the ledger is to be."""
        return case.home / f"disk{free_port()}"

    def begin(self, case):
        raise NotImplementedError

    def end(self, case):
        pass


class DiskFull(Fault):
    def storage(self, case):
        self._disk = case.enterContext(small_disk(super().storage(case)))
        return self._disk / "ledger"

    def begin(self, case):
        """What the ledger has room for in its own files is filled by changes."""
        self._ballast = fill(self._disk)
        for value in range(1, 60):
            if case.steward.act("weight", "web4", value=value, wait=None).status != 200:
                break
            fill(self._disk)

    def end(self, case):
        self._ballast.unlink()


class ReadOnly(Fault):
    """As after an error of the disk: it takes nothing more, also of files that are open."""

    def storage(self, case):
        self._image, self._path = case.home / f"image{free_port()}", super().storage(case)
        self._path.mkdir()
        subprocess.run(["truncate", "-s", "16M", self._image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", self._image], check=True)
        self._mount(case)
        return self._path / "ledger"

    def _mount(self, case):
        self._stack = case.enterContext(contextlib.ExitStack())
        self._stack.enter_context(real_disk(self._image, self._path))

    def begin(self, case):
        device = subprocess.run(["findmnt", "-no", "SOURCE", self._path], check=True, text=True,
                                capture_output=True).stdout.strip()
        name = pathlib.Path(device).name
        pathlib.Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("1")

    def end(self, case):
        """Repaired, by whoever was paged."""
        case.steward.end()
        self._stack.close()
        wait_until("the disk to be free", lambda: subprocess.run(
            ["e2fsck", "-fy", self._image], capture_output=True).returncode in (0, 1))
        self._mount(case)
        case.steward = case.start(case.steward.successor())


class ClockJumped(Fault):
    """The wall clock only: what is measured is not."""

    hurts = ("address",)  # its library has to be the first

    def __init__(self, seconds):
        self._seconds = seconds
        libraries = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        self._library = str(libraries[0]) if libraries else "libfaketimeMT.so.1"

    def storage(self, case):
        self._offset = case.home / f"clock{free_port()}"
        self._offset.write_text("+0")
        self.environment = self.environment_of(self._offset)
        return super().storage(case)

    def environment_of(self, offset):
        """With it the clock is as far ahead as the file says, in seconds."""
        return {"LD_PRELOAD": self._library, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_TIMESTAMP_FILE": str(offset)}

    def begin(self, case):
        self._offset.write_text(f"{self._seconds:+d}")


class Limited(Fault):
    """A limit of the process, lowered to what it uses now and a little."""

    def _limit(self, case, value):
        hard = resource.prlimit(case.steward.pid, self.kind)[1]
        resource.prlimit(case.steward.pid, self.kind, (value, hard))

    def begin(self, case):
        self._before = resource.prlimit(case.steward.pid, self.kind)[0]
        self._limit(case, self.used(case.steward.pid))

    def end(self, case):
        if case.steward.running():
            self._limit(case, self._before)


class NoDescriptors(Limited):
    kind = resource.RLIMIT_NOFILE

    def used(self, pid):
        return max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 1

    def begin(self, case):
        time.sleep(0.5)  # what was asked before is closed
        self._since = time.monotonic(), self._processor_time(case.steward.pid)
        super().begin(case)

    def end(self, case):
        """What cannot be accepted must not be tried without a pause."""
        since, spent = self._since
        share = (self._processor_time(case.steward.pid) - spent) / (time.monotonic() - since)
        case.assertLess(share, 0.5, "of a processor")
        super().end(case)

    @staticmethod
    def _processor_time(pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class NoMemory(Limited):
    """It gets no more address space than it has."""

    kind = resource.RLIMIT_AS
    hurts = ("address", "thread")

    def used(self, pid):
        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE") + (256 << 10)

    def begin(self, case):
        super().begin(case)
        crowd = [threading.Thread(target=self._ask_much, args=(case,)) for _ in range(8)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()

    @staticmethod
    def _ask_much(case):
        much = delivery(*(sick("web9", "Nobody", pod=str(number), text="x" * 200)
                          for number in range(1500)))
        with contextlib.suppress(OSError, http.client.HTTPException):
            case.steward.post("/webhook", much, timeout=5)


DAY = 24 * 3600
FAULTS = {"disk full": DiskFull(), "read-only": ReadOnly(), "clock a day ahead": ClockJumped(DAY),
          "clock a day back": ClockJumped(-DAY), "no file descriptors": NoDescriptors(),
          "no memory": NoMemory()}
