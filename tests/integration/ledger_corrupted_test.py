"""A byte of the ledger is not what it was: the steward says so or it makes no difference; it never
dies of it, and never touches a server that nobody asked it to."""

import contextlib
import os
import random
import shutil
import sqlite3
import time
import unittest

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from effort import effort, report
from farm import Farm
from harness import wait_until

BYTES = effort(12, 300)
SEED = int(os.environ.get("STEWARD_CORRUPT_SEED", time.time_ns() % 10_000))
SEEN = ("refused to start", "the audit is broken", "cannot be written", "cannot be read",
        "no difference")


class Corrupted(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home, options=dict.fromkeys(
            ("web1", "web2", "web3", "web4"), "inter 1s fall 5")))

    def setUp(self):
        super().setUp()
        self.seen = dict.fromkeys(SEEN, 0)
        self.steward = self.start(ControlledSteward(self.home, self.farm.socket,
                                                    rules=[rule("Sick")],
                                                    name=self._testMethodName[-8:]))
        self.live = [self.steward.done("drain", "web1")["override"]]
        for value in range(10, 40):
            self.live[1:] = [self.steward.done("weight", "web2", value=value)["override"]]
        self.steward.end()
        self.whole = self.home / f"whole-{self._testMethodName[-8:]}"
        shutil.copytree(self.steward.storage, self.whole)
        self.size = (self.whole / "ledger.db").stat().st_size

    def changed(self, at, to):
        """The ledger with one other byte."""
        shutil.rmtree(self.steward.storage)
        shutil.copytree(self.whole, self.steward.storage)
        with open(self.steward.storage / "ledger.db", "r+b") as file:
            file.seek(at)
            before = file.read(1)[0]
            file.seek(at)
            file.write(bytes([before ^ to]))

    def consequence(self):
        """What a steward makes of it."""
        steward = self.start(self.steward.successor(ready=False))
        wait_until("it to be up, or to have given up",
                   lambda: not steward.running() or steward.accepts())
        if not steward.running():
            self.assertGreater(steward.wait(), 0, "it was killed by a signal")
            self.assertIn(str(steward.storage), steward.log())
            return "refused to start"
        wait_until("it to be ready", steward._ready)
        return self.used(steward)

    def used(self, steward):
        answer = steward.post("/webhook?wait=2s", delivery(sick("web3", starts=now())))
        audit = steward.get("/api/v1/audit/verify", role="admin")
        self.assertTrue(steward.running(), "it died")
        self.assertEqual(steward.get("/metrics").status, 200)
        self.assertEqual((self.farm.state("web4"), self.farm.weight("web4")), ("ready", 100))
        if answer.status != 200:
            self.assert_problem(answer, 503, "ledger_unavailable")
            return "cannot be written"
        if audit.status != 200:
            self.assertGreaterEqual(audit.status, 500)
            return "cannot be read"
        return "no difference" if audit.json["intact"] else "the audit is broken"

    def restore(self):
        for web in self.farm.webs:
            self.farm.command(f"set server web/{web} state ready; "
                              f"set server web/{web} weight 100; enable health web/{web}")

    def test_a_byte_anywhere(self):
        chance = random.Random(SEED)
        for _ in range(BYTES):
            at, to = chance.randrange(self.size), 1 << chance.randrange(8)
            with self.subTest(seed=SEED, at=at, to=to):
                self.changed(at, to)
                self.seen[self.consequence()] += 1
                self._own[-1].end()
                self.restore()
        report("ledger_corrupted", seed=SEED, bytes=BYTES, size=self.size, **self.seen)

    def test_what_makes_no_sense_is_refused(self):
        """Not guessed at, and no reason to die without a word."""
        for change in ("phase = 'p\xb0nding'", "level = 300", "setting = ''"):
            with self.subTest(change=change):
                self.changed(0, 0)
                with contextlib.closing(sqlite3.connect(
                        self.steward.storage / "ledger.db", isolation_level=None)) as database:
                    database.execute(f"UPDATE overrides SET {change} WHERE ended IS NULL")
                self.assertEqual(self.consequence(), "refused to start")

    def test_a_byte_of_what_was_recorded_is_found(self):
        """In the middle of a line of the audit that nothing but the chain protects."""
        with sqlite3.connect(self.whole / "ledger.db") as database:
            (words,) = database.execute("SELECT hash FROM audit WHERE sequence = 5").fetchone()
        at = (self.whole / "ledger.db").read_bytes().index(words.encode())
        self.changed(at + 3, 1)
        self.assertEqual(self.consequence(), "the audit is broken")


if __name__ == "__main__":
    unittest.main()
