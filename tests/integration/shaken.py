"""A HAProxy that is shaken while overrides live, and a steward that must answer all the while."""

import time

from alerting import now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import Meanwhile, wait_until
from interposer import Interposer

RULES = [rule("Sick"), rule("Slow", set={"weight": "50%"}), rule("Dead", set={"health": "down"}),
         rule("Brief", **{"for": "2s"})]


class Patience(Meanwhile):
    """Asks the API all the time; the slowest answer by path, and every one that was none."""

    def __init__(self, steward):
        self.steward = steward
        self.slowest, self.bad, self.count = {}, [], 0

    def _run(self):
        while not self._over.wait(0.05):
            for path in ("/api/v1/overrides", "/api/v1/servers", "/-/healthy"):
                try:
                    answer = self.steward.get(path)
                except OSError as error:
                    self.bad.append(repr(error))
                    continue
                self.slowest[path] = max(self.slowest.get(path, 0), answer.seconds)
                self.count += 1
                if answer.status != 200:
                    self.bad.append((path, answer.status))


class ShakenCase(ControlCase):
    master = False

    def setUp(self):
        super().setUp()
        self.farm = self.start(Farm(self.home, self.version, master=self.master,
                                    name=f"farm{time.monotonic_ns()}"))
        self.between = self.start(Interposer(self.home, self.farm.socket,
                                             name=f"b{time.monotonic_ns()}"))
        self.steward = self.start(ControlledSteward(
            self.home, self.between.socket, rules=RULES, name=f"s{time.monotonic_ns()}",
            control={"transaction_timeout": "1s"}))
        self.patience = self.enterContext(Patience(self.steward))
        self.addCleanup(self.assert_patient)

    def assert_patient(self):
        wait_until("an answer of each", lambda: self.patience.count > 2)
        self.assertEqual(self.patience.bad, [])
        self.assertLess(max(self.patience.slowest.values()), 1.0, self.patience.slowest)

    def fire(self, name, server):
        (result,) = self.steward.tell(sick(server, name, starts=now()), wait="5s")
        self.assertEqual((result["result"], result.get("phase")), ("created", "active"), result)
        return result["override"]

    def resolve(self, name, server, wait="5s"):
        return self.steward.tell(sick(server, name, status="resolved"), wait=wait)

    def everything(self):
        """An override of each kind."""
        return [self.fire("Sick", "web1"), self.fire("Slow", "web2"), self.fire("Dead", "web3")]

    def as_wished(self):
        return (self.farm.state("web1") == "drain" and self.farm.weight("web2") == 50
                and self.farm.status("web3").startswith("DOWN")
                and not self.farm.checks_run("web3"))

    def assert_converges(self, overrides, timeout=15.0):
        wait_until("HAProxy to be as wished again", self.as_wished, timeout)
        for each in overrides:
            self.steward.wait_phase(each, "active")

    def assert_all_come_back(self):
        for name, server in (("Sick", "web1"), ("Slow", "web2"), ("Dead", "web3")):
            self.resolve(name, server)
        wait_until("nothing to be left", lambda: not self.steward.live())
        self.assertEqual(set(self.farm.states().values()), {"ready"})
        self.assertEqual({self.farm.weight(web) for web in self.farm.webs}, {100})
        self.assertTrue(self.farm.checks_run("web3"))
