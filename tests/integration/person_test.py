"""Somebody changes HAProxy by hand while overrides live: the person wins, and is told of."""

import subprocess
import unittest

from control import sick
from harness import holds, wait_until
from programs import ask, on_each_haproxy
from shaken import ShakenCase


class APerson(ShakenCase):
    def by_hand(self, line):
        """With socat, as people do."""
        run = subprocess.run(["socat", "-t", "15", "stdio", f"unix-connect:{self.farm.socket}"],
                             input=f"{line}\n".encode(), capture_output=True, timeout=30)
        self.assertEqual((run.returncode, run.stdout.strip()), (0, b""), run.stderr)

    def assert_yielded(self, override, words):
        held = self.steward.wait_phase(override, "yielded")
        self.assertIn(words, held["detail"])
        (line,) = self.steward.audit(override=override, event="yielded")
        self.assertTrue(line["before"] and line["after"], line)
        self.assertIn("yielded", self.steward.log())
        self.between.forget()
        holds("it is left alone", lambda: not self.between.mutating())

    def test_a_drained_server_made_ready_by_hand_stays_ready(self):
        override = self.fire("Sick", "web1")
        self.by_hand("set server web/web1 state ready")
        self.assert_yielded(override, "ready")
        self.assertEqual(self.farm.state("web1"), "ready")
        start = self.steward.override(override)["origin"]["starts_at"]
        (again,) = self.steward.tell(sick("web1", starts=start))
        self.assertEqual(again["result"], "ignored", "the same alert does not try again")

    def assert_stands_on(self, override, setting, value):
        """What is stricter is what the override stands on from now on; it lives on."""
        wait_until("it to be seen", lambda: any(
            each["setting"] == setting and each["after"] == value
            for each in self.steward.audit(event="by_hand")))
        self.assertEqual(self.steward.override(override)["phase"], "active")
        self.between.forget()
        holds("it is left alone", lambda: not self.between.mutating())

    def test_a_drained_server_put_into_maintenance_by_hand_stays_there_when_it_is_resolved(self):
        override = self.fire("Sick", "web1")
        self.by_hand("set server web/web1 state maint")
        self.assert_stands_on(override, "state", "maint")
        self.resolve("Sick", "web1")
        self.steward.wait_phase(override, "released")
        holds("it stays", lambda: self.farm.state("web1") == "maint")

    def test_a_greater_weight_set_by_hand_stays(self):
        override = self.fire("Slow", "web2")
        self.by_hand("set server web/web2 weight 80")
        self.assert_yielded(override, "80")
        self.resolve("Slow", "web2")
        self.assertEqual(self.farm.weight("web2"), 80)

    def test_a_lower_weight_set_by_hand_stays_when_it_is_resolved(self):
        override = self.fire("Slow", "web2")
        self.by_hand("set server web/web2 weight 33")
        self.assert_stands_on(override, "weight", "33")
        self.resolve("Slow", "web2")
        self.steward.wait_phase(override, "released")
        self.assertEqual(self.farm.weight("web2"), 33)

    def test_checks_enabled_by_hand_stay_so(self):
        override = self.fire("Dead", "web3")
        self.by_hand("enable health web/web3")
        self.assert_yielded(override, "health")
        self.assertTrue(self.farm.checks_run("web3"))

    def test_another_setting_of_the_same_server_is_not_touched_by_it(self):
        drained, slowed = self.fire("Sick", "web1"), self.fire("Slow", "web1")
        self.by_hand("set server web/web1 weight 80")
        self.assert_yielded(slowed, "80")
        self.assertEqual(self.steward.override(drained)["phase"], "active")
        self.assertEqual(self.farm.state("web1"), "drain")

    def test_what_was_changed_by_hand_before_is_the_baseline(self):
        ask(self.farm.socket, "set server web/web1 state drain")
        override = self.fire("Sick", "web1")
        self.resolve("Sick", "web1")
        self.steward.wait_phase(override, "released")
        self.assertEqual(self.farm.state("web1"), "drain")
        self.assertEqual(self.between.mutating(), [])


def load_tests(loader, *_):
    return on_each_haproxy(loader, APerson)


if __name__ == "__main__":
    unittest.main()
