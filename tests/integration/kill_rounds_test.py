"""The steward is killed at random moments, again and again, while people and alerts ask for changes
and take them back: what was acknowledged is in the ledger of the next one, holds in HAProxy, and in
the end everything is as it was."""

import contextlib
import http.client
import os
import random
import signal
import time
import unittest

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from effort import effort, report
from farm import Farm
from harness import Meanwhile, wait_until
from programs import newest

ROUNDS = int(os.environ.get("STEWARD_KILL_ROUNDS", effort(25, 1000)))
SEED = int(os.environ.get("STEWARD_KILL_SEED", time.time_ns() % 10_000))
RULES = [rule("Sick"), rule("Slow", set={"weight": "50%"})]
WEBS = [f"web{number}" for number in range(1, 5)]
LAST = WEBS[-1]  # never drained: a guard sees to that
LIVE = {"pending", "active", "releasing"}
CLIENTS = 2
SETTLE_EVERY = effort(5, 20)  # rounds


class Client(Meanwhile):
    """Asks for changes and takes them back, one after the other, for a while at a time. `made` is
    what was acknowledged: {id: how to take it back}; `ended` those whose end was; `unsure` those
    whose end was asked for without an answer."""

    def __init__(self, number, steward):
        self.random = random.Random(f"{SEED}-{number}")
        self.number, self.steward = number, steward
        self.made, self.ended, self.unsure = {}, set(), set()
        self.in_doubt = []  # how to take back what may have been done: no answer came
        self.asked = self.answered = 0
        self.failure = None

    def __exit__(self, *_):
        super().__exit__()
        if self.failure:
            raise self.failure

    def _run(self):
        try:
            while not self._over.is_set():
                self.turn()
        except Exception as error:  # told by the thread that waits for this one
            self.failure = error

    def turn(self):
        self.asked += 1
        if self.made and self.random.random() < 0.45:
            self.take_back(self.random.choice(sorted(self.made)))
        else:
            self.random.choice((self.alert, self.manual, self.lease))()

    def send(self, *request):
        """The answer's JSON; None if there was none."""
        try:
            answer = self.steward().request(*request, timeout=10)
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)  # it is being started again
            return None
        assert answer.status == 200, answer.text
        self.answered += 1
        return answer.json

    def create(self, body, undo):
        told = self.send("POST", "/webhook", body)
        if told is None:
            self.in_doubt += [undo] if undo else []
            return
        (result,) = told["results"]
        if result["result"] == "rejected":
            return  # so a person is told while HAProxy was not looked at yet; an alert waits
        assert result["result"] in ("created", "renewed", "deferred"), result
        override = result["override"]
        self.made[override] = undo or ("DELETE", f"/api/v1/overrides/{override}")

    def alert(self):
        web = self.random.choice(WEBS)
        about = {"name": self.random.choice(("Sick", "Slow")) if web != LAST else "Slow",
                 "starts": now(), "pod": f"pod-{self.number}-{self.asked}"}
        self.create(delivery(sick(web, **about)),
                    ("POST", "/webhook", delivery(sick(web, status="resolved", **about))))

    def manual(self, **fields):
        """Each client has servers of its own: they do not supersede each other's."""
        web = self.random.choice(WEBS[self.number::CLIENTS])
        action = {"action": "weight", "value": self.random.randint(1, 99)}
        if web != LAST and self.random.random() < 0.5:
            action = {"action": "drain"}
        self.create({"backend": "web", "server": web, **action, **fields}, None)

    def lease(self):
        self.manual(**{"for": "1s"})

    def take_back(self, override):
        undo = self.made.pop(override)
        if self.send(*undo) is not None:
            self.ended.add(override)
        else:
            self.unsure.add(override)
            self.in_doubt.append(undo)


class KillRounds(ControlCase):
    def setUp(self):
        super().setUp()
        self.farm = self.start(Farm(self.home, newest(), options=dict.fromkeys(
            WEBS, "inter 1s fastinter 1s fall 5")))
        self.steward = self.start(ControlledSteward(self.home, self.farm.socket, rules=RULES))
        self.addCleanup(lambda: self.steward.__exit__())
        self.random = random.Random(SEED)
        self.checked = set()

    def killed(self):
        """At any moment, that of its start among them."""
        starts = self.random.random() < 0.2
        if not starts:
            self.steward.__enter__()
        time.sleep(self.random.random() * (0.1 if starts else 0.5))
        self.steward.end(signal.SIGKILL)
        self.steward.__exit__()
        self.steward = self.steward.successor()

    def assert_kept(self, clients):
        """Every acknowledged change that was not looked at before, and every end."""
        for client in clients:
            for override in set(client.made) - self.checked:
                seen = self.steward.override(override)
                self.assertTrue(seen["phase"] in LIVE or
                                seen.get("end") in ("expired", "superseded"), seen)
            for override in client.ended:
                seen = self.steward.override(override)
                self.assertIn(seen["phase"], ("releasing", "released"), seen)
            for override in client.unsure:
                self.assertEqual(self.steward.override(override)["id"], override)
            self.checked |= {*client.made, *client.ended, *client.unsure}
            client.ended.clear()
            client.unsure.clear()

    def wished(self, live, web):
        """What HAProxy has to say of a server."""
        of = [each for each in live if each["server"] == web]
        weights = [int(each["value"].rstrip("%")) for each in of if each["setting"] == "weight"]
        drained = any(each["setting"] == "state" for each in of)
        return ("drain" if drained else "ready"), min(weights, default=100)

    def unsettled(self):
        """What is not as it should be, in the end."""
        live = self.steward.live()
        seen = {web: (self.farm.state(web), self.farm.weight(web)) for web in WEBS}
        return ([each for each in live if each["phase"] != "active"]
                + [f"{web} is {seen[web]}, not {self.wished(live, web)}" for web in WEBS
                   if seen[web] != self.wished(live, web)])

    def settle(self, clients):
        try:
            wait_until("everything to hold in HAProxy", lambda: not self.unsettled(), 30)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.unsettled()}\n{self.lately()}") from None
        self.assert_kept(clients)
        self.assert_chain(self.steward)

    def lately(self):
        """The last lines of the audit, for whoever has to find out why."""
        return "\n".join(" ".join(str(line[field]) for field in (
            "time", "event", "override", "target", "before", "after", "command", "verdict")
            if line.get(field)) for line in self.steward.audit(order="newest", limit=200))

    def end_everything(self, clients):
        for client in clients:
            for undo in [*client.made.values(), *client.in_doubt]:
                self.assertEqual(self.steward.request(*undo).status, 200)
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}")
        wait_until("nothing to be left", lambda: not self.steward.live(), 30)

    def test_nothing_that_was_acknowledged_is_lost(self):
        clients = [Client(number, lambda: self.steward) for number in range(CLIENTS)]
        began = time.monotonic()
        with self.subTest(seed=SEED):
            for number in range(ROUNDS):
                with contextlib.ExitStack() as running:
                    for client in clients:
                        running.enter_context(client)
                    self.killed()
                if number % SETTLE_EVERY == SETTLE_EVERY - 1:
                    self.steward.__enter__()
                    self.settle(clients)
            self.steward.__enter__()
            self.settle(clients)
            self.end_everything(clients)
            self.assertEqual(self.farm.states(), dict.fromkeys(WEBS, "ready"))
            self.assertEqual({self.farm.weight(web) for web in WEBS}, {100})
            chain = self.assert_chain(self.steward)
            for event in ("yielded", "failed"):
                self.assertEqual(self.steward.audit(event=event), [])
            self.assertGreater(len(self.checked), ROUNDS, "too few for it to mean anything")
            report("kill_rounds", seed=SEED, rounds=ROUNDS, haproxy=newest(),
                   seconds=round(time.monotonic() - began), checked=len(self.checked),
                   asked=sum(each.asked for each in clients),
                   acknowledged=sum(each.answered for each in clients),
                   audit_lines=chain["last"])


if __name__ == "__main__":
    unittest.main()
