"""Alerts come and go at random while HAProxy reloads, its socket drops answers and the steward is
killed: in the end everything is as the alerts that fire want it, and nobody was blamed."""

import contextlib
import http.client
import os
import random
import signal
import time
import unittest

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import free_port, wait_until
from interposer import Interposer
from programs import newest, oldest

SECONDS = float(os.environ.get("STEWARD_CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("STEWARD_CHAOS_SEED", "1"))
RULES = [rule("Sick"), rule("Broken", set={"state": "maint"}), rule("Slow", set={"weight": "50%"}),
         rule("Slower", set={"weight": 10}), rule("Dead", set={"health": "down"}),
         rule("Blind", set={"checks": "disabled"})]
ALERTS = [(each["name"], f"web{number}") for each in RULES for number in (1, 2, 3)]


class Chaos(ControlCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.firing = {}  # alert: since when

    def play(self, version):
        name = f"c{free_port()}"
        self.farm = self.start(Farm(self.home, version, master=True, name=name))
        self.between = self.start(Interposer(self.home, self.farm.socket, name=f"b{name}"))
        self.steward = self.start(ControlledSteward(self.home, self.between.socket, rules=RULES,
                                                    name=f"s{name}"))
        moves = ((0.40, self.fire), (0.35, self.resolve), (0.07, self.reload), (0.05, self.kill),
                 (0.06, self.drop), (0.07, lambda: None))
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            chances, steps = zip(*moves)
            self.random.choices(steps, chances)[0]()
            time.sleep(self.random.choice((0, 0.01, 0.1, 0.3)))
        self.tell_everything()
        self.assert_as_wished()

    def tell(self, *alerts):
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.steward.post("/webhook", delivery(*alerts))
            self.assertEqual(answer.status, 200, answer.text)

    def alert(self, which, **fields):
        return sick(which[1], which[0], **fields)

    def fire(self):
        which = self.random.choice(ALERTS)
        self.tell(self.alert(which, starts=self.firing.setdefault(which, now())))

    def resolve(self):
        if self.firing:
            which = self.random.choice(sorted(self.firing))
            self.tell(self.alert(which, starts=self.firing.pop(which), status="resolved"))

    def reload(self):
        os.kill(self.farm.pid, signal.SIGUSR2)

    def kill(self):
        self.steward.end(signal.SIGKILL)
        self.steward = self.start(self.steward.successor())

    def drop(self):
        where = self.random.choice(("set server", "show servers", "health"))
        with self.between.faulty(where=where, drop=True):
            time.sleep(self.random.random() * 0.6)

    def tell_everything(self):
        """As Alertmanager does in the end."""
        self.tell(*(self.alert(which, starts=self.firing[which]) if which in self.firing
                    else self.alert(which, status="resolved") for which in ALERTS))

    def wished(self, web):
        on = {name for name, server in self.firing if server == web}
        return ("maint" if "Broken" in on else "drain" if "Sick" in on else "ready",
                10 if "Slower" in on else 50 if "Slow" in on else 100,
                not {"Dead", "Blind"} & on)

    def seen(self, web):
        return self.farm.state(web), self.farm.weight(web), self.farm.checks_run(web)

    def assert_as_wished(self):
        webs = sorted({server for _, server in ALERTS})
        try:
            wait_until("everything to be as wished and at rest", lambda: all(
                self.seen(web) == self.wished(web) for web in webs) and all(
                    each["phase"] == "active" for each in self.steward.live()), 20)
        except AssertionError as error:
            different = {web: (self.seen(web), self.wished(web)) for web in webs}
            raise AssertionError(f"{error}, seed {SEED}: {different}") from None
        live = self.steward.live()
        self.assertEqual(sorted((each["origin"]["rule"], each["server"]) for each in live),
                         sorted(self.firing))
        for event in ("yielded", "failed"):
            self.assertEqual(self.steward.audit(event=event), [], f"seed {SEED}")
        self.assert_chain(self.steward)

    def test_with_the_oldest_haproxy(self):
        self.play(oldest())

    def test_with_the_newest_haproxy(self):
        self.play(newest())


if __name__ == "__main__":
    unittest.main()
