"""Ten overrides a second come and go, of each kind and each end, while the metrics are scraped
every second and HAProxy is reloaded every minute: nothing piles up, nothing is left behind."""

import collections
import contextlib
import os
import pathlib
import random
import signal
import time
import unittest

from alerting import now
from control import ControlCase, ControlledSteward, rule, sick
from effort import effort, report
from farm import Farm
from harness import Meanwhile, wait_until
from programs import built_with, newest

SECONDS = float(os.environ.get("STEWARD_SOAK_SECONDS", effort(20, 3600)))
RELOAD_EVERY = effort(5.0, 60.0)
RATE = 10  # overrides a second
LIFE = (0.5, 5.0)  # seconds an override lives
SERVERS = [f"s{number}" for number in range(1, 17)]
RULES = [rule("Sick"), rule("Slow", set={"weight": "50%"})]
REST = ("backend soak\n  option httpchk GET /health\n  timeout check 5s\n"
        "  default-server check inter 1s rise 1\n"
        + "".join(f"  server {name} {{web1}} weight 100\n" for name in SERVERS))
ENDED = {"released", "rejected", "yielded", "failed"}


class Repeated(Meanwhile):
    """Does something every so many seconds on a thread of its own, until it is over; what fails
    is added to the list `failures`."""

    def __init__(self, every, what, failures):
        self.every, self.what, self.failures = every, what, failures

    def _run(self):
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due += self.every
            try:
                self.what()
            except Exception as error:  # told by the thread that waits for this one
                self.failures.append(f"{self.what.__name__}: {error!r}")


class Soak(ControlCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(1)
        self.due = []          # (when, how to end it)
        self.asked, self.refused = collections.Counter(), collections.Counter()
        self.made = set()      # ids of what was acknowledged
        self.scrapes = collections.Counter()
        self.samples = []      # (seconds, KiB resident, file descriptors)
        self.reloads = 0
        self.failures = []
        self.farm = self.start(Farm(self.home, newest(), master=True, count=2, rest=REST))
        self.steward = self.start(ControlledSteward(self.home, self.farm.socket, rules=RULES))
        self.began = time.monotonic()

    def create(self):
        kind = self.random.choice(("drain", "weight", "lease", "alert"))
        self.asked[kind] += 1
        getattr(self, "create_" + kind)(self.random.choice(SERVERS))

    def create_drain(self, server):
        self.end_later(self.manual("drain", server))

    def create_weight(self, server):
        self.end_later(self.manual("weight", server, value=self.random.randint(1, 99)))

    def create_lease(self, server):
        self.manual("weight", server, value=self.random.randint(1, 99),
                    **{"for": f"{self.random.randint(1, 4)}s"})

    def create_alert(self, server):
        """Each alert is one of its own, as pods are."""
        about = {"name": self.random.choice(("Sick", "Slow")), "proxy": "soak", "starts": now(),
                 "pod": f"pod-{self.asked['alert']}"}
        (result,) = self.steward.tell(sick(server, **about))
        self.made.add(result["override"])
        self.later(lambda: self.steward.tell(sick(server, status="resolved", **about)))

    def manual(self, action, server, **fields):
        answer = self.steward.act(action, server, backend="soak", wait=None, **fields)
        (result,) = answer.json["results"]
        if result["result"] == "rejected":  # checks fail on a machine that is busy: a guard's say
            self.refused[result["guard"]] += 1
            return None
        self.made.add(result["override"])
        return result["override"]

    def end_later(self, override):
        if override is None:
            return
        path = f"/api/v1/overrides/{override}"
        self.later(lambda: self.assertEqual(self.steward.delete(path).status, 200))

    def later(self, act):
        self.due.append((time.monotonic() + self.random.uniform(*LIFE), act))

    def end_what_is_due(self):
        ready = [each for each in self.due if each[0] <= time.monotonic()]
        self.due = [each for each in self.due if each not in ready]
        for _, act in ready:
            act()

    def turn(self):
        self.create()
        self.end_what_is_due()

    def scrape(self):
        page = self.steward.get("/metrics")
        whole = page.status == 200 and "\nhaproxy_up 1\n" in page.text
        self.scrapes["whole" if whole else "down"] += 1

    def reload(self):
        os.kill(self.farm.pid, signal.SIGUSR2)
        self.reloads += 1

    def sample(self):
        process = pathlib.Path(f"/proc/{self.steward.pid}")
        resident = int((process / "status").read_text().split("VmRSS:")[1].split()[0])
        self.samples.append((round(time.monotonic() - self.began), resident,
                             len(list((process / "fd").iterdir()))))

    def run_on(self):
        with contextlib.ExitStack() as stack:
            for every, what in ((1 / RATE, self.turn), (1.0, self.scrape), (1.0, self.sample),
                                (RELOAD_EVERY, self.reload)):
                stack.enter_context(Repeated(every, what, self.failures))
            time.sleep(SECONDS)
        for _, act in self.due:
            act()

    def ends(self):
        """{phase: how many} of every override there was."""
        phases, before = collections.Counter(), {}
        while True:
            page = self.steward.get("/api/v1/overrides?limit=1000" + "".join(
                f"&before={each}" for each in before.values()), timeout=60).json
            phases.update(each["phase"] for each in page["overrides"])
            if "next" not in page:
                return phases
            before = {"before": page["next"]}

    def test_nothing_piles_up_and_nothing_is_left_behind(self):
        self.run_on()
        wait_until("nothing to be left", lambda: not self.steward.live(), 60)
        phases = self.ends()
        chain = self.assert_chain(self.steward)
        self.report(phases, chain)
        self.assertEqual(self.failures, [])
        self.assertEqual(self.farm.states("soak"), dict.fromkeys(SERVERS, "ready"))
        self.assertEqual({self.farm.weight(name, "soak") for name in SERVERS}, {100})
        self.assertEqual(phases, {"released": len(self.made)})
        self.assertGreater(self.asked.total(), SECONDS * RATE * 0.5)
        self.assertLess(self.refused.total(), self.asked.total() * 0.01 + 5, self.refused)
        self.assertEqual(set(self.scrapes), {"whole"})
        self.assert_flat()

    def report(self, phases, chain):
        at = [self.samples[len(self.samples) * share // 4 - (share > 0)] for share in range(5)]
        report("soak", seconds=SECONDS, haproxy=newest(), asked=self.asked,
               refused=self.refused, phases=phases,
               reloads=self.reloads, scrapes=self.scrapes, audit_lines=chain["last"],
               ledger_bytes=sum(each.stat().st_size for each in self.steward.storage.iterdir()),
               seconds_rss_kib_fds=at,
               most_fds=max(fds for _, _, fds in self.samples), failures=self.failures[:20])

    def assert_flat(self):
        """The last quarter needs what the second one did, and a little: and 2 KiB for each
        override of an alert, which is remembered for a day (limits::kHistory). A checker keeps
        what was freed."""
        quarter = len(self.samples) // 4
        early, late = self.samples[quarter:2 * quarter], self.samples[-quarter:]
        self.assertLessEqual(max(fds for _, _, fds in late), max(fds for _, _, fds in early) + 8)
        if built_with("STEWARD_SANITIZE"):
            return
        self.assertLess(max(resident for _, resident, _ in late),
                        max(resident for _, resident, _ in early) * 1.1 + 4096
                        + 2 * self.asked["alert"])


if __name__ == "__main__":
    unittest.main()
