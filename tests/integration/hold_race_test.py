"""A release during a reload reaches the old process when the new one has read its hold file: it must
not stay drained that nobody wants drained."""

import random
import threading
import time
import unittest

from control import ControlCase, ControlledSteward
from deploy_load import Site
from effort import effort
from harness import free_port, wait_until
from hold_files import reload, with_lua
from programs import on_each_haproxy

ROUNDS = effort(10, 200)
WINDOW = 0.15  # seconds between the two, one way or the other


class Raced(ControlCase):
    version = None

    def drain(self):
        """Once the checks of a new process have said that the others are well."""
        def taken():
            (result,) = self.steward.act("drain", "web1").json["results"]
            return result["result"] != "rejected" and result["override"]
        drain = wait_until("a drain to be let pass", taken)
        self.steward.wait_phase(drain, "active")
        return drain

    def test_a_release_during_a_reload_leaves_nothing_behind(self):
        path = self.home / "lb1.hold"
        site = self.start(Site(self.home, self.version, count=3, master=True, name=f"s{free_port()}",
                               extra_global=with_lua(self.version, path, zero_warning=False)))
        self.steward = self.start(ControlledSteward(self.home, site.socket, name=f"w{free_port()}",
                                                    control={"hold_directory": str(self.home)}))
        chance = random.Random(self.version)
        for number in range(ROUNDS):
            with self.subTest(round=number):
                drain = self.drain()
                released = self.meanwhile(chance.uniform(0, WINDOW), drain)
                reload(site)
                released.join()
                self.steward.wait_phase(drain, "released")
                wait_until("web1 to serve in the new process", lambda: self.serves(site), 5)

    def meanwhile(self, seconds, drain):
        def release():
            time.sleep(seconds)
            self.steward.delete(f"/api/v1/overrides/{drain}", role="admin")
        thread = threading.Thread(target=release)
        thread.start()
        return thread

    @staticmethod
    def serves(site):
        return site.state_of("web1")["srv_admin_state"] == "0"


def load_tests(loader, *_):
    return on_each_haproxy(loader, Raced)


if __name__ == "__main__":
    unittest.main()
