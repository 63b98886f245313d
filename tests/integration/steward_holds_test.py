"""The steward keeps the files that HAProxy starts with: what is held is in force before the first
request of a new process."""

import signal
import time
import unittest

from control import ControlCase, ControlledSteward
from deploy_load import Load, Site
from harness import free_port, wait_until
from hold_files import VERSION, over_reloads, with_lua
from programs import on_each_haproxy, run_steward


class Holds(ControlCase):
    version = None

    def setUp(self):
        super().setUp()
        self.folder = self.home / f"holds-{free_port()}"
        self.folder.mkdir()
        self.file = self.folder / "lb1.hold"
        said = with_lua(self.version, self.file, zero_warning=False)
        self.site = self.start(Site(self.home, self.version, count=3, master=True,
                                    extra_global=said, name=f"site-{free_port()}"))
        self.steward = self.start(ControlledSteward(
            self.home, self.site.socket, name=f"steward-{free_port()}",
            control={"hold_directory": str(self.folder), "state_files": True}))

    def held(self):
        """The words of each line, by server."""
        version, *lines = self.file.read_text().splitlines()
        self.assertEqual(version, VERSION)
        return {line.split()[2]: line.split()[3:] for line in lines}

    def test_the_file_says_what_is_held_and_no_more(self):
        wait_until("a hold file", self.file.exists)
        self.assertEqual(self.held(), {})
        drain = self.steward.done("drain", "web1")
        self.steward.done("weight", "web2", value="50%")
        self.assertEqual(self.held(), {"web1": ["drain"], "web2": ["weight=50"]})
        rows = (self.folder / "lb1.state").read_text().splitlines()[2:]
        self.assertEqual([row.split()[3:8] for row in rows],
                         [["web1", "-", "2", "8", "100"], ["web2", "-", "2", "0", "50"]])
        self.steward.delete(f"/api/v1/overrides/{drain['override']}?wait=5s", role="admin")
        self.assertEqual(self.held(), {"web2": ["weight=50"]})

    def test_not_one_request_reaches_what_it_holds_over_reloads(self):
        self.start(Load(self.site.www))
        self.steward.done("drain", "web1")
        drained, total = over_reloads(self.site, 3, lambda: time.sleep(0.3))
        self.assertEqual(drained, 0)
        self.assertGreater(total, 100)

    def test_what_is_held_outlives_a_kill_of_the_steward_for_a_while(self):
        self.start(Load(self.site.www))
        self.steward.done("drain", "web1")
        self.steward.end(signal.SIGKILL)
        self.assertEqual(over_reloads(self.site, 1, lambda: time.sleep(0.3))[0], 0)

    def test_a_hook_elsewhere_gets_the_same_file(self):
        self.steward.done("drain", "web1")
        copy = self.folder / "copy"
        asked = ["state-file", "--url", f"http://127.0.0.1:{self.steward.control_port}",
                 "--token-file", self.steward.tokens["viewer"]]
        self.assertEqual(run_steward(*asked, "--output", copy).returncode, 0)
        self.assertEqual([line.split()[1:] for line in copy.read_text().splitlines()],
                         [line.split()[1:] for line in self.file.read_text().splitlines()])
        said = run_steward(*asked, "--instance", "lb1", "--format", "state").stdout
        self.assertEqual(said, (self.folder / "lb1.state").read_text())
        self.assertEqual(run_steward(*asked, "--instance", "lb9").returncode, 1)


def load_tests(loader, *_):
    return on_each_haproxy(loader, Holds)


if __name__ == "__main__":
    unittest.main()
