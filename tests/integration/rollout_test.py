"""Deployments by the steward: not one request lost, or all as it was before. The same by the socat
scripts: socat_deploy_test.py."""

import itertools
import time
import unittest

from deploy_load import Load
from harness import holds, wait_until
from programs import on_each_haproxy
from rollout_case import OLD, RolloutCase

SOAK = "500ms"


class Replaced(RolloutCase):
    def test_new_servers_take_the_place_of_old_ones_and_nobody_notices(self):
        self.begin()
        new, pairs = self.new_version(4)
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(replace=pairs, soak=SOAK, reason="version 2")
        self.assertEqual((rollout["backend"], rollout["phase"], rollout["reason"],
                          rollout["principal"], len(rollout["steps"])),
                         ("web", "running", "version 2", "admin", 4))
        self.done(rollout)
        names = [each.name for each in new]
        self.assert_servers(*names)
        for old in self.site.old:
            old.stop()
        served, _ = load.more(200)
        self.assertEqual(set(served), set(names))
        for each in names:
            self.assertGreater(served[each] / served.total(), 0.15, served)
        self.assert_nothing_lost(load)
        rows = self.site.servers_of()
        for each in new:
            self.assertEqual((rows[each.name]["status"], rows[each.name]["weight"]), ("UP", "100"))
            self.assertGreater(each.checked, 0)
        self.assert_at_rest(*names)
        self.assertEqual(self.rollout_events(rollout), ["rollout_started", "rollout_done"])

    def test_a_reload_later_brings_nothing_old_back(self):
        self.begin(site={"master": True})
        new, pairs = self.new_version(2)
        self.done(self.started(replace=pairs, soak="0s"))
        for each in self.site.old[:2]:
            each.stop()
        self.reload()
        wait_until("all to be as deployed", lambda: set(self.site.servers_of()) == {
            "web3", "web4", "new1", "new2"})
        with Load(self.site.www) as load:
            self.assert_at_rest("web3", "web4", "new1", "new2")
            load.more(100)
            self.assert_nothing_lost(load)

    def test_a_new_version_that_is_never_healthy_costs_nobody_anything(self):
        self.begin()
        new, pairs = self.new_version(2)
        new[1].bad, new[1].erring = True, 1
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(replace=pairs, soak=SOAK, health_timeout="4s")
        seen = self.rolled_back(rollout)
        self.assertIn("new2", seen["detail"])
        self.assertEqual(new[1].requests, 0)
        self.assert_at_rest(*OLD)
        self.assert_nothing_lost(load)
        self.assertIn("rollout_rolled_back", self.rollout_events(rollout))


class Cycled(RolloutCase):
    def test_one_after_the_other_is_restarted_and_nobody_notices(self):
        self.begin()
        load = self.enterContext(Load(self.site.www))
        rollout = self.started(cycle=list(OLD), soak=SOAK, approval=True)
        for number, old in enumerate(self.site.old):
            step = self.steward.wait_step(rollout["id"], number, "approval", timeout=15)
            self.assertEqual(step["out"], old.name)
            wait_until("maintenance", lambda: self.state(old.name) == "maint")
            others = self.steward.rollout(rollout["id"])["steps"][number + 1:]
            self.assertEqual({each["stage"] for each in others} - {"waiting"}, set())
            old.stop()
            answer = self.steward.tell_rollout(rollout["id"], "approve", server=old.name)
            self.assertEqual(answer.status, 200, answer.text)
            self.steward.wait_step(rollout["id"], number, "returning")
            holds("it does not return", lambda: "returning" == self.steward.rollout(
                rollout["id"])["steps"][number]["stage"], 0.5)
            old.start()
        self.done(rollout)
        self.assert_at_rest(*OLD)
        self.assert_nothing_lost(load)
        self.assertEqual(self.rollout_events(rollout), [
            "rollout_started", *["rollout_approved"] * 4, "rollout_done"])

    def test_without_approval_they_are_only_turned_round(self):
        self.begin()
        with Load(self.site.www) as load:
            rollout = self.started(cycle=["web2", "web3"], soak="0s", role="operator")
            self.done(rollout)
            self.assert_nothing_lost(load)
        self.assert_at_rest(*OLD)
        stages = [line["after"] for line in self.steward.audit(override=rollout["id"])
                  if line["event"] == "rollout_step"]
        self.assertEqual(stages.count("done"), 2, stages)
        for stage in ("draining", "returning"):
            self.assertEqual(stages.count(stage), 2, stages)


    def test_one_that_was_in_maintenance_is_cycled_and_stays_so(self):
        self.begin()
        self.site.command("set server web/web2 state maint")
        wait_until("maintenance", lambda: self.state("web2") == "maint")
        with Load(self.site.www) as load:
            self.done(self.started(cycle=["web1", "web2", "web3"], soak="0s"))
            self.assert_nothing_lost(load)
        self.assertEqual(self.state("web2"), "maint")
        self.assertEqual(self.state("web3"), "ready")
        self.assertEqual(self.steward.live(), [])


class Paced(RolloutCase):
    def most_at_once(self, rollout):
        """The most steps that were under way at once, until it has ended."""
        most = 0
        for _ in itertools.count():
            seen = self.steward.rollout(rollout["id"])
            most = max(most, sum(each["stage"] not in ("waiting", "done")
                                 for each in seen["steps"]))
            if seen["phase"] not in ("running", "paused"):
                return most
            time.sleep(0.03)

    def test_no_more_than_asked_for_are_out_at_once(self):
        for count in (1, 2):
            with self.subTest(max_parallel=count):
                self.begin()
                with Load(self.site.www) as load:
                    rollout = self.started(cycle=list(OLD), soak="300ms", max_parallel=count)
                    self.assertEqual(self.most_at_once(rollout), count)
                    self.done(rollout)
                    self.assert_nothing_lost(load)

    def test_a_guard_makes_it_wait_and_it_goes_on_when_it_may(self):
        self.begin(guards={"min_available": {"count": 3}})
        self.site.old[3].bad = True
        wait_until("web4 to be down", lambda: self.site.servers_of()["web4"]["status"] == "DOWN")
        with Load(self.site.www) as load:
            rollout = self.started(cycle=["web1"], soak="0s", drain_timeout="30s")
            step = wait_until("it to say what it waits for", lambda: (
                step := self.steward.rollout(rollout["id"])["steps"][0]).get("detail") and step)
            self.assertIn("min_available", step["detail"])
            self.assertEqual(step["stage"], "waiting")
            holds("nothing is drained", lambda: self.state("web1") == "ready", 1.0)
            self.site.old[3].bad = False
            self.done(rollout)
            self.assert_nothing_lost(load)

    def test_a_guard_that_never_lets_it_on_ends_it(self):
        self.begin(guards={"min_available": {"count": 4}})
        rollout = self.started(cycle=["web1"], soak="0s", drain_timeout="1s")
        self.rolled_back(rollout)
        self.assert_at_rest(*OLD)

    def test_sessions_are_waited_for_and_told(self):
        self.begin()
        clients = self.slow(4, takes=2.0)
        rollout = self.started(cycle=["web1"], soak="0s")
        step = wait_until("its sessions", lambda: (
            step := self.steward.rollout(rollout["id"])["steps"][0]).get("sessions") and step)
        self.assertEqual((step["stage"], step["sessions"]), ("draining", 1))
        self.done(rollout)
        self.assertEqual(clients.wait(), [200] * 4)

    def test_sessions_that_stay_roll_it_back_or_are_cut(self):
        for cut in (False, True):
            with self.subTest(cut=cut):
                self.begin()
                clients = self.slow(4, takes=6.0)
                rollout = self.started(cycle=["web1"], soak="0s", drain_timeout="1s",
                                       on_timeout="cut" if cut else "fail")
                if cut:
                    self.done(rollout, timeout=6)
                else:
                    self.assertIn("session", self.rolled_back(rollout)["detail"])
                self.assert_at_rest(*OLD)
                self.assertEqual(clients.wait().count(200), 3 if cut else 4)


class Soaked(RolloutCase):
    def test_a_failed_check_while_it_soaks_takes_it_all_back(self):
        self.begin()
        new, pairs = self.new_version(2)
        with Load(self.site.www) as load:
            rollout = self.started(replace=pairs, soak="10s")
            self.steward.wait_step(rollout["id"], 0, "soaking")
            new[0].bad = True
            seen = self.rolled_back(rollout)
            self.assert_nothing_lost(load)
        self.assertIn("new1", str(seen))
        self.assert_at_rest(*OLD)
        self.assertEqual(new[1].requests, 0)

    def test_errors_while_it_soaks_take_it_all_back(self):
        self.begin()
        new, pairs = self.new_version(2)
        new[0].erring = 4
        with Load(self.site.www) as load:
            rollout = self.started(replace=pairs, soak="10s", max_5xx=5)
            self.steward.wait_step(rollout["id"], 0, "soaking")
            seen = self.rolled_back(rollout)
            failed = load.stop()[1]
        self.assertEqual(set(failed), {"500"})
        self.assertRegex(str(seen), r"5xx|error")
        self.assert_at_rest(*OLD)

    def test_errors_under_the_limit_are_let_pass(self):
        self.begin()
        new, pairs = self.new_version(1)
        new[0].erring = 50
        with Load(self.site.www) as load:
            self.done(self.started(replace=pairs, soak="2s", max_5xx=10))
            self.assertLess(load.stop()[1].total(), 20)

    def test_one_that_was_done_is_taken_back_with_the_others(self):
        self.begin()
        new, pairs = self.new_version(3)
        new[2].bad = True
        with Load(self.site.www) as load:
            rollout = self.started(replace=pairs, soak="300ms", health_timeout="4s")
            self.steward.wait_step(rollout["id"], 1, "done", timeout=20)
            self.rolled_back(rollout)
            self.assert_nothing_lost(load)
        self.assert_at_rest(*OLD)

    def test_one_that_does_not_return_is_left_to_its_checks(self):
        self.begin()
        with Load(self.site.www) as load:
            rollout = self.started(cycle=["web1", "web2"], soak="0s", approval=True,
                                   health_timeout="4s")
            self.steward.wait_step(rollout["id"], 0, "approval")
            self.site.old[0].bad = True
            self.site.old[0].erring = 1
            self.steward.tell_rollout(rollout["id"], "approve")
            seen = self.steward.wait_rollout(rollout["id"], "rolled_back", "failed")
            self.assert_nothing_lost(load)
        self.assertIn("web1", seen["detail"])
        self.assertEqual(self.state("web2"), "ready")

    def test_without_rollback_it_stays_as_it_is(self):
        self.begin()
        new, pairs = self.new_version(2)
        new[1].bad = True
        rollout = self.started(replace=pairs, soak="0s", health_timeout="4s", rollback=False)
        seen = self.steward.wait_rollout(rollout["id"], "failed")
        self.assertIn("new2", seen["detail"])
        self.assertEqual(self.state("new1"), "ready")
        self.assertEqual(self.state("web2"), "ready")
        self.assertIn("rollout_failed", self.rollout_events(rollout))


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Replaced, Cycled)
    for case in (Paced, Soaked):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
