"""HAProxy is reloaded while overrides live: it forgets them, and the steward does not."""

import contextlib
import os
import signal
import unittest

from harness import holds, wait_until
from programs import on_each_haproxy
from shaken import ShakenCase


class Reloaded(ShakenCase):
    master = True

    def worker(self):
        return int(self.farm.command("show info").split("\nPid: ")[1].split()[0])

    def reload(self):
        """A master that is not done with one reload misses the signal for another."""
        before = self.worker()
        for _ in range(10):
            os.kill(self.farm.pid, signal.SIGUSR2)
            with contextlib.suppress(AssertionError):
                wait_until("another worker", lambda: self.worker() != before, 2)
                return
        self.fail("HAProxy does not reload")

    def test_a_reload_forgets_everything_and_it_is_all_there_again(self):
        overrides = self.everything()
        self.reload()
        self.assert_converges(overrides)
        events = self.steward.events_of(overrides[0])
        self.assertIn("reapplied", events)
        self.assertNotIn("yielded", events)
        self.assert_all_come_back()

    def test_a_reload_while_it_is_being_released_leaves_nothing_behind(self):
        overrides = self.everything()
        self.reload()
        self.resolve("Sick", "web1", wait=None)
        self.reload()
        self.steward.wait_phase(overrides[0], "released")
        self.farm.wait_state("web1", "ready")
        holds("it stays ready", lambda: self.farm.state("web1") == "ready")
        self.assert_all_come_back()

    def test_three_reloads_in_a_row_are_no_person(self):
        overrides = self.everything()
        for _ in range(3):
            self.reload()
        self.assert_converges(overrides)
        for each in overrides:
            self.assertNotIn("yielded", self.steward.events_of(each))

    def test_a_server_that_a_reload_took_away_is_waited_for(self):
        override = self.fire("Sick", "web4")
        text = self.farm.config_path.read_text()
        self.farm.config_path.write_text(
            "".join(line for line in text.splitlines(True) if " server web4 " not in line))
        self.reload()
        held = self.steward.wait_phase(override, "pending", guard="unknown_server")
        self.assertIn("no such server", held["detail"])
        self.farm.config_path.write_text(text)
        self.reload()
        self.steward.wait_phase(override, "active")
        self.assertEqual(self.farm.state("web4"), "drain")

    def test_a_server_that_another_configuration_has_disabled_stays_so_at_the_end(self):
        override = self.fire("Sick", "web4")
        text = self.farm.config_path.read_text()
        self.farm.config_path.write_text("".join(
            line.replace("weight 100", "weight 100 disabled") if " server web4 " in line else line
            for line in text.splitlines(True)))
        self.reload()
        self.steward.wait_phase(override, "active")
        self.resolve("Sick", "web4")
        self.assertEqual(self.steward.wait_phase(override, "released")["end"], "resolved")
        self.assertEqual(self.farm.state("web4"), "maint")


def load_tests(loader, *_):
    return on_each_haproxy(loader, Reloaded)


if __name__ == "__main__":
    unittest.main()
