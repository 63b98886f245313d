"""What becomes of alerts over time: those that come back, those that flap, those that last longer
than the steward's memory, and clocks that jump."""

import datetime
import time
import unittest

from alerting import now
from harness import wait_until
from programs import built_with
from promises import PromiseCase
from promises_parts import Clock

HOUR = 3600


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class ClockCase(PromiseCase):
    def begin_with_clock(self, **options):
        if "address" in built_with("STEWARD_SANITIZE"):
            self.skipTest("the checker's library has to be the first")
        self.clock = Clock(self.home)
        self.begin(environment=self.clock.environment, **options)

    def next_steward(self, seconds):
        """Starts the next process, so long after the first."""
        self.steward.end()
        self.clock.set(seconds)
        self.steward = self.start(self.steward.successor(environment=self.clock.environment))


class ComingBack(ClockCase):
    """Believes an alert that came back in time to keep its start."""

    def test_an_alert_that_comes_back_with_the_same_start_is_believed(self):
        self.begin_with_clock()
        starts = now()
        override = self.fire("web1", starts=starts)["override"]
        self.steward.wait_phase(override, "active")
        self.resolve("web1")
        self.steward.wait_phase(override, "released")
        self.assertEqual(self.fire("web1", starts=starts)["result"], "duplicate", "they crossed")
        self.next_steward(150)
        self.assertEqual(self.fire("web1", starts=starts)["result"], "created")
        self.farm.wait_state("web1", "drain", 5)


class Lasting(ClockCase):
    """Respects what a person ended as long as its alert lasts."""

    def begin_drained(self):
        self.begin_with_clock()
        self.starts = now()
        override = self.fire("web1", starts=self.starts)["override"]
        self.steward.wait_phase(override, "active")
        return override

    def assert_ignored_for_two_days(self):
        """Repeats it all the while; each start of the steward drops what it has forgotten."""
        self.farm.wait_state("web1", "ready")
        for hours in (20, 40):
            self.next_steward(hours * HOUR)
            result = self.fire("web1", starts=self.starts)
            self.assertEqual(result["result"], "ignored", result)
            self.assert_stays("web1 serves", lambda: self.farm.state("web1") == "ready", 0.6)

    def test_what_a_person_released_is_not_drained_again_while_its_alert_lasts(self):
        override = self.begin_drained()
        self.steward.delete(f"/api/v1/overrides/{override}")
        self.steward.wait_phase(override, "released")
        self.assert_ignored_for_two_days()

    def test_what_a_person_changed_by_hand_is_not_drained_again_while_its_alert_lasts(self):
        override = self.begin_drained()
        self.by_hand("set server web/web1 state ready")
        self.steward.wait_phase(override, "yielded")
        self.assert_ignored_for_two_days()


class ClockJumps(ClockCase):
    """Measures leases, whatever the wall clock does."""

    def test_a_clock_that_jumps_ahead_and_back_ends_no_lease(self):
        self.begin_with_clock()
        alerts = self.drained("web1")
        self.assertEqual(self.farm.state("web1"), "drain")
        manual = self.steward.done("weight", "web2", value=50, **{"for": "1h"})["override"]
        expires = self.steward.override(manual)["expires"]
        for seconds in (24 * HOUR, 0):
            self.clock.set(seconds)
            self.assert_stays("both are in force", lambda: self.farm.state("web1") == "drain"
                              and self.farm.weight("web2") == 50, 2)
        for each in (alerts, manual):
            self.assertEqual(self.steward.override(each)["phase"], "active")
        after = self.steward.override(manual)["expires"]
        self.assertLess(abs(moment(after) - moment(expires)), datetime.timedelta(seconds=1))


class Flapping(PromiseCase):
    """Counts how often the server was out, however many alerts say so."""

    HOLD = 3  # seconds, doubled by each time that it was out before

    def begin_flapping(self):
        self.begin(count=3, guards={"flap": {"hold": f"{self.HOLD}s", "max": "5m",
                                             "window": "10m"}})

    def assert_drained_after_one_hold(self, name="Sick"):
        """Fires again, after the server was out once."""
        override = self.fire("web1", name)["override"]
        self.steward.wait_phase(override, "pending", guard="flap")
        started = time.monotonic()
        self.farm.wait_state("web1", "drain")
        self.assertLess(time.monotonic() - started, 2 * self.HOLD - 1)

    def test_two_alerts_that_end_together_count_once(self):
        self.begin_flapping()
        both = [self.drained("web1", name) for name in ("Sick", "Ill")]
        for name in ("Sick", "Ill"):
            self.resolve("web1", name)
        for each in both:
            self.steward.wait_phase(each, "released")
        self.assert_drained_after_one_hold()

    def test_an_alert_that_flaps_while_the_server_is_out_anyway_is_no_flapping(self):
        self.begin_flapping()
        lasting = self.drained("web1")
        for _ in range(4):
            self.steward.wait_phase(self.drained("web1", "Ill"), "active")
            self.resolve("web1", "Ill")
            wait_until("its end", lambda: len(self.steward.live()) == 1)
        self.fire("web1", "Ill")
        self.resolve("web1")
        self.steward.wait_phase(lasting, "released")
        self.assert_stays("it is out: it is still ill",
                          lambda: self.farm.state("web1") == "drain")

    def test_what_ended_under_a_longer_drain_counts_with_it(self):
        self.begin_flapping()
        lasting = self.drained("web1")
        for _ in range(2):
            brief = self.fire("web1", "Ill")["override"]
            self.resolve("web1", "Ill")
            wait_until("its end", lambda: self.steward.override(brief).get("ended"))
        self.resolve("web1")
        self.steward.wait_phase(lasting, "released")
        self.farm.wait_state("web1", "ready")
        self.assert_drained_after_one_hold()


if __name__ == "__main__":
    unittest.main()
