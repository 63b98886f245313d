"""The systemd unit: what it takes away from the daemon, and that the daemon can do without."""

import pathlib
import shutil
import signal
import subprocess
import unittest
import unittest.mock

from control import ControlCase, ControlledSteward, rule, sick
from harness import ROOT, PATIENCE
from programs import built_with, steward_binary
from small import SmallHAProxy

UNIT = ROOT / "examples" / "haproxy-steward.service"
MOST_EXPOSED = 12  # tenths: 1.2 of 10


def settings(name):
    """The values of a setting, in order."""
    return [line.split("=", 1)[1] for line in UNIT.read_text().splitlines()
            if line.startswith(name + "=")]


def traceable():
    return shutil.which("strace") and subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0


def calls_of(name):
    """The system calls in one of systemd's sets, and in those within it."""
    run = subprocess.run(["systemd-analyze", "syscall-filter", name], text=True, check=True,
                         stdout=subprocess.PIPE)
    found = set()
    for word in (line.strip() for line in run.stdout.splitlines()[1:]):
        if word and not word.startswith("#"):
            found |= calls_of(word) if word.startswith("@") else {word}
    return found


@unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
class Exposure(unittest.TestCase):
    def test_systemd_finds_little_to_hold_against_it(self):
        run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                              f"--threshold={MOST_EXPOSED}", UNIT], text=True, capture_output=True)
        self.assertEqual(run.returncode, 0, run.stdout[-300:] + run.stderr)

    def test_it_has_no_capabilities_a_read_only_system_and_bounds(self):
        self.assertEqual(settings("CapabilityBoundingSet"), [""])
        self.assertEqual(settings("ProtectSystem"), ["strict"])
        self.assertEqual(settings("RestrictAddressFamilies"), ["AF_UNIX AF_INET AF_INET6"])
        self.assertEqual(settings("RuntimeDirectoryPreserve"), ["restart"])
        self.assertTrue(settings("MemoryMax") and settings("TasksMax") and settings("LimitNOFILE"))


@unittest.skipUnless(shutil.which("systemd-analyze") and traceable(), "strace cannot trace here")
@unittest.skipIf(built_with("STEWARD_SANITIZE"), "a checker makes calls of its own")
class SystemCalls(ControlCase):
    # SQLite gives its files to the owner of the database, if it is root that writes them.
    OF_ROOT = {"fchown", "fchown32", "chown"}

    def trace(self):
        """A launcher that counts the daemon's system calls, and where."""
        calls, launcher = self.home / "calls", self.home / "traced"
        launcher.write_text(f'#!/bin/sh\nexec strace -f -qq -c -o {calls} {steward_binary()} "$@"\n')
        launcher.chmod(0o755)
        return calls, launcher

    def live(self, steward):
        """A bit of everything."""
        self.assertEqual(steward.get("/metrics").status, 200)
        steward.tell(sick("web1"), wait="5s")
        steward.tell(sick("web1", status="resolved"), wait="5s")
        self.assertEqual(steward.post("/-/reload", None, role="admin").status, 200)
        self.assert_chain(steward)

    def test_the_unit_allows_all_that_it_makes(self):
        calls, launcher = self.trace()
        haproxy = self.start(SmallHAProxy(self.home, name="traced"))
        with unittest.mock.patch.dict("os.environ", {"STEWARD_BIN": str(launcher)}):
            steward = self.start(ControlledSteward(self.home, haproxy.socket, rules=[rule("Sick")]))
        self.live(steward)
        children = pathlib.Path(f"/proc/{steward.pid}/task/{steward.pid}/children").read_text()
        for child in children.split():
            subprocess.run(["kill", f"-{signal.SIGTERM.value}", child], check=True)
        steward.wait(PATIENCE)
        made = {line.split()[-1] for line in calls.read_text().splitlines()[2:-2]}
        self.assertGreater(len(made), 30)
        allowed = set()
        for value in settings("SystemCallFilter"):
            for name in value.lstrip("~").split():
                allowed = allowed - calls_of(name) if value[0] == "~" else allowed | calls_of(name)
        self.assertEqual(made - allowed - self.OF_ROOT, set())


if __name__ == "__main__":
    unittest.main()
