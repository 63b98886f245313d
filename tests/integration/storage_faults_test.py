"""Disk full, clock jumped, nothing left to have: what is promised of the webhook, of what is in
force, and of the audit, in a table, and that it is kept. scripts/test --suite faults"""

import collections
import contextlib
import http.client
import time
import unittest
from dataclasses import dataclass

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from effort import report
from farm import Farm
from harness import free_port, wait_until
from programs import built_with
from storage_faults import FAULTS


@dataclass(frozen=True)
class Promise:
    """In words; then what may be seen while the fault lasts, and afterwards."""

    words: str
    during: set
    after: set


UNWRITABLE = {
    "webhook": Promise("503, so that Alertmanager asks again; done when it does",
                       {"503 ledger_unavailable"}, {"200 active drain"}),
    "reconcile": Promise("HAProxy is told nothing that cannot be recorded; as wished afterwards",
                         {"active ready"}, {"active drain"}),
    "audit": Promise("can be read and is whole", {"intact"}, {"intact"}),
    "metrics": Promise("go on", {"haproxy_up 1"}, {"haproxy_up 1"}),
}
CLOCK_SET = {
    "webhook": Promise("done", {"200 active drain"}, {"200 active drain"}),
    "reconcile": Promise("what is in force stays so: its lease moves with the clock",
                         {"active drain"}, {"active drain"}),
    "audit": Promise("is whole: its order is that of its numbers", {"intact"}, {"intact"}),
    "metrics": Promise("go on", {"haproxy_up 1"}, {"haproxy_up 1"}),
}
STARVED = {
    "webhook": Promise("no 2xx for what is not kept; done when asked again",
                       {"none", "503 overloaded", "503 ledger_unavailable", "500 internal",
                        "200 pending", "200 active drain"}, {"200 active drain"}),
    "reconcile": Promise("waits; as wished afterwards",
                         {"none ready", "none drain", "active ready", "active drain"},
                         {"active drain"}),
    "audit": Promise("is whole afterwards", {"none", "intact", "503", "500"}, {"intact"}),
    "metrics": Promise("go on afterwards", {"none", "503", "500", "haproxy_up 0", "haproxy_up 1"},
                       {"haproxy_up 1"}),
}
PROMISED = {"disk full": UNWRITABLE, "read-only": UNWRITABLE, "clock a day ahead": CLOCK_SET,
            "clock a day back": CLOCK_SET, "no file descriptors": STARVED, "no memory": STARVED}


def answered(ask):
    """The answer, or None."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return ask()


class StorageAtFault(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seen = collections.defaultdict(dict)

    @classmethod
    def tearDownClass(cls):
        report("storage_faults", **cls.seen)
        super().tearDownClass()

    def webhook(self):
        alert = sick("web2", starts=self.since)
        answer = answered(lambda: self.steward.post("/webhook?wait=3s", delivery(alert), timeout=6))
        if answer is None:
            return "none"
        if answer.status != 200:
            return f"{answer.status} {answer.json['code']}"
        (result,) = answer.json["results"]
        phase = self.phase(result["override"], "pending")
        state = [self.farm.state("web2")] if phase == "active" else []
        return " ".join(["200", phase, *state])

    def reconcile(self):
        """HAProxy forgot that web1 is to be drained: what became of that."""
        return f"{self.phase(self.kept, 'none')} {self.farm.state('web1')}"

    def phase(self, override, otherwise):
        """The override's, or the word for that it cannot be asked for."""
        answer = answered(lambda: self.steward.get(f"/api/v1/overrides/{override}"))
        return answer.json["phase"] if answer and answer.status == 200 else otherwise

    def audit(self):
        answer = answered(lambda: self.steward.get("/api/v1/audit/verify", role="admin", timeout=5))
        if answer is None or answer.status != 200:
            return str(answer.status) if answer else "none"
        return "intact" if answer.json["intact"] else "broken"

    def metrics(self):
        answer = answered(lambda: self.steward.get("/metrics", timeout=5))
        if answer is None or answer.status != 200:
            return str(answer.status) if answer else "none"
        return next(line for line in answer.text.splitlines() if line.startswith("haproxy_up "))

    def look(self, name, when):
        """Every cell of the table, all at one time."""
        for cell, promise in PROMISED[name].items():
            with self.subTest(fault=name, cell=cell, when=when, promised=promise.words):
                expected = getattr(promise, when)
                read = getattr(self, cell)
                if when == "after":
                    with contextlib.suppress(AssertionError):
                        wait_until(cell, lambda: read() in expected)
                self.seen[name].setdefault(cell, []).append(read())
                self.assertIn(self.seen[name][cell][-1], expected)

    def play(self, name):
        fault, self.since = FAULTS[name], now()
        if any(checker in built_with("STEWARD_SANITIZE") for checker in fault.hurts):
            self.skipTest("the checker would fail, not the steward")
        self.farm = self.start(Farm(self.home, name=f"f{free_port()}"))
        storage = fault.storage(self)
        self.steward = self.start(ControlledSteward(
            self.home, self.farm.socket, name=f"s{free_port()}", rules=[rule("Sick")],
            environment=fault.environment, storage={"path": str(storage)}))
        self.kept = self.steward.done("drain", "web1")["override"]
        self.farm.wait_state("web1", "drain")
        fault.begin(self)
        self.farm.restart()
        time.sleep(1.5)  # some ticks, in which it may do something
        self.look(name, "during")
        fault.end(self)
        self.assert_alive()
        self.look(name, "after")

    def assert_alive(self):
        """systemd starts it again, should it have died; nothing is lost by that."""
        if not self.steward.running():
            self.seen["died"] = self.steward.log()[-300:]
            self.steward = self.start(self.steward.successor())


for each in FAULTS:
    setattr(StorageAtFault, f"test_{each.replace(' ', '_').replace('-', '_')}",
            lambda self, name=each: self.play(name))


if __name__ == "__main__":
    unittest.main()
