"""Rollouts while the steward is killed and HAProxy is reloaded: they go on."""

import random
import signal
import time
import unittest

from deploy_load import Load
from harness import wait_until
from programs import on_each_haproxy
from rollout_case import OLD, RolloutCase

STEPS = ("after_command", "before_outcome")


class ShakenRollout(RolloutCase):
    def setUp(self):
        super().setUp()
        self.begin(site={"master": True})
        self.new, self.pairs = self.new_version(2)

    def assert_done(self, rollout, load=None):
        self.done(rollout)
        if load:
            load.more(100)
            self.assertEqual(load.stop()[1], {})
        events = self.steward.events_of(rollout["id"])
        self.assertEqual((events.count("rollout_started"), events.count("rollout_done")), (1, 1))

    def assert_replaced(self, rollout, load=None):
        self.assert_done(rollout, load)
        self.assert_at_rest("web3", "web4", "new1", "new2")


class Reloaded(ShakenRollout):
    """HAProxy is reloaded in each stage. Its workers hand over without a loss, and so do we."""

    def test_while_the_new_one_joins(self):
        self.new[0].bad = True
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(replace=self.pairs, soak="300ms")
        self.steward.wait_step(rollout["id"], 0, "adding")
        wait_until("its checks", lambda: self.new[0].checked)
        self.reload()
        self.new[0].bad = False
        self.assert_replaced(rollout, load)

    def test_while_the_old_one_drains(self):
        for each in self.site.old:
            each.slow_takes = 2.0
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(replace=self.pairs, soak="300ms")
        self.steward.wait_step(rollout["id"], 0, "draining")
        self.reload()
        self.assert_replaced(rollout, load)

    def test_while_it_soaks(self):
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(replace=self.pairs, soak="2s")
        self.steward.wait_step(rollout["id"], 0, "soaking")
        self.reload()
        self.assert_replaced(rollout, load)

    def test_while_somebody_is_to_approve(self):
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(cycle=["web1"], soak="300ms", approval=True)
        self.steward.wait_step(rollout["id"], 0, "approval")
        wait_until("maintenance", lambda: self.state("web1") == "maint")
        self.reload()
        wait_until("maintenance again", lambda: self.state("web1") == "maint")
        self.assertEqual(self.steward.tell_rollout(rollout["id"], "approve").status, 200)
        self.assert_done(rollout, load)
        self.assert_at_rest(*OLD)

    def test_while_it_rolls_back(self):
        rollout = self.started(replace=self.pairs, soak="20s")
        self.steward.wait_step(rollout["id"], 0, "soaking")
        self.steward.tell_rollout(rollout["id"], "abort")
        self.reload()
        self.steward.wait_rollout(rollout["id"], "rolled_back")
        self.assert_at_rest(*OLD)


class Killed(ShakenRollout):
    def test_in_each_stage(self):
        """It is killed whenever the first step enters a stage."""
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(replace=self.pairs, soak="1s")
        for stage in ("adding", "draining", "soaking", "done"):
            self.steward.wait_step(rollout["id"], 0, stage, "done")
            self.killed()
        self.assert_replaced(rollout, load)

    def test_while_somebody_is_to_approve(self):
        rollout = self.started(cycle=["web1", "web2"], soak="0s", approval=True)
        for number in (0, 1):
            self.steward.wait_step(rollout["id"], number, "approval")
            self.killed()
            self.assertEqual(self.steward.tell_rollout(rollout["id"], "approve").status, 200)
            self.killed()
        self.assert_done(rollout)
        self.assert_at_rest(*OLD)

    def test_while_it_is_paused_it_stays_so(self):
        rollout = self.started(replace=self.pairs, soak="0s")
        self.steward.tell_rollout(rollout["id"], "pause")
        self.killed()
        time.sleep(1)
        self.assertEqual(self.steward.rollout(rollout["id"])["phase"], "paused")
        self.steward.tell_rollout(rollout["id"], "resume")
        self.assert_replaced(rollout)

    def test_while_it_rolls_back(self):
        rollout = self.started(replace=self.pairs, soak="20s")
        self.steward.wait_step(rollout["id"], 0, "soaking")
        self.steward.tell_rollout(rollout["id"], "abort")
        self.killed()
        self.steward.wait_rollout(rollout["id"], "rolled_back")
        self.assert_at_rest(*OLD)

    def test_at_each_step(self):
        """It dies at the first such step after its start, again and again."""
        for point in STEPS:
            with self.subTest(point=point):
                rollout = self.started(cycle=["web3"], soak="0s", approval=True)
                self.steward.wait_step(rollout["id"], 0, "approval")
                wait_until("maintenance", lambda: self.state("web3") == "maint")
                self.steward.tell_rollout(rollout["id"], "approve")
                self.steward.end(signal.SIGKILL)
                doomed = self.start(self.steward.successor(
                    environment={"STEWARD_CRASH_AT": point}, ready=False))
                self.assertEqual(doomed.wait(), -signal.SIGKILL, point)
                self.steward = self.start(self.steward.successor())
                self.assert_done(rollout)
                self.assert_at_rest(*OLD)

    def test_at_any_moment(self):
        seed = time.time_ns() % 10_000
        chance = random.Random(seed)
        load = self.enterContext(Load(self.site.www))
        with self.subTest(seed=seed):
            rollout = self.started(replace=self.pairs, soak="300ms")
            for _ in range(6):
                time.sleep(chance.random() * 0.8)
                self.killed()
            self.assert_replaced(rollout, load)


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Reloaded)
    suite.addTests(loader.loadTestsFromTestCase(Killed))
    return suite


if __name__ == "__main__":
    unittest.main()
