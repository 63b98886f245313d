"""Slow clients, many and stubborn: whoever means well is answered all the same, on the listener
that they crowd within seconds, on the other one as soon as a steward that nobody crowds. (That
one runs beside it: a busy machine is slow for both.)

    python3 load_slow_test.py -v       prints the figures: median and worst, in milliseconds
"""

import contextlib
import statistics
import sys
import time
import unittest

from alerting import delivery
from control import ControlCase, ControlledSteward, rule, sick
from harness import wait_until
from programs import built_with
from slow import Crowd, kinds
from small import SmallHAProxy

CHECKED = built_with("STEWARD_SANITIZE")  # and slow, most of all with many threads
CROWD = 50 if CHECKED else 500
PROBES = 3 if CHECKED else 15
SAME = 5.0  # seconds for an answer on the crowded listener, refusals and all
NOISE = 0.05  # seconds by which a loaded machine may be late on the other one


class SlowClients(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.haproxy = cls.shared(SmallHAProxy(cls.home, servers=600))
        cls.steward, cls.calm = (
            cls.shared(ControlledSteward(cls.home, cls.haproxy.socket, rules=[rule("Sick")],
                                         name=name)) for name in ("crowded", "calm"))

    @staticmethod
    def scrape(steward):
        """A page, each time from a new connection."""
        return steward.get("/metrics?metrics=haproxy_up", timeout=SAME)

    @staticmethod
    def deliver(steward):
        """A delivery of an alert that no rule is about."""
        return steward.post("/webhook", delivery(sick("app1", "Other")), timeout=SAME)

    @staticmethod
    def timed(ask, steward):
        """Seconds until there is an answer 200: who is refused asks again, as clients do."""
        begin = time.monotonic()
        wait_until("an answer", lambda: ask(steward).status == 200, SAME, every=0.1)
        return time.monotonic() - begin

    def times(self, ask, *stewards):
        """Median and worst of each, taken in turns."""
        seen = [[self.timed(ask, each) for each in stewards] for _ in range(PROBES)]
        return [(statistics.median(times), max(times)) for times in zip(*seen)]

    def crowded(self, port, kind, same, other):
        with Crowd(port, kind, CROWD):
            time.sleep(1.5)  # the crowd is there, and some time limits pass
            during, idle = self.times(other, self.steward, self.calm)
            (own,) = self.times(same, self.steward)
        if "-v" in sys.argv:
            words = " ".join(f"{name} {median * 1000:.1f}/{worst * 1000:.1f}" for name, (
                median, worst) in (("idle", idle), ("other", during), ("same", own)))
            print(f"\n    {words}", file=sys.stderr)
        self.assertLessEqual(own[1], SAME)
        if not CHECKED:
            self.assertLessEqual(during[0], 2 * idle[0] + NOISE)

    def test_at_the_metrics_listener(self):
        for name, kind in kinds("/metrics").items():
            with self.subTest(kind=name):
                if "-v" in sys.argv:
                    print(f"\n  metrics, {name}", end="", file=sys.stderr)
                self.crowded(self.steward.port, kind, self.scrape, self.deliver)

    def test_at_the_control_listener(self):
        token = self.steward.token("operator")
        for name, kind in kinds("/webhook", token, "/api/v1/openapi.yaml").items():
            with self.subTest(kind=name):
                if "-v" in sys.argv:
                    print(f"\n  control, {name}", end="", file=sys.stderr)
                self.crowded(self.steward.control_port, kind, self.deliver, self.scrape)


if __name__ == "__main__":
    unittest.main()
