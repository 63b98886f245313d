"""Deployments by the steward: not one request lost, or all as it was before. The same by the socat
scripts: socat_deploy_test.py."""

import itertools
import time
import unittest

from deploy_load import Load
from deployment import DeployCase
from harness import holds, wait_until
from programs import on_each_haproxy

OLD = ("web1", "web2", "web3", "web4")
SOAK = "500ms"


class RolloutCase(DeployCase):
    def new_version(self, count=2):
        """Applications that run, and the pairs that put them in the place of the first ones."""
        new = [self.application(f"new{i + 1}") for i in range(count)]
        return new, [{"out": f"web{i + 1}", "in": each.name, "address": each.address}
                     for i, each in enumerate(new)]

    def done(self, rollout, timeout=40.0):
        seen = self.steward.wait_rollout(rollout["id"], "done", "rolled_back", "failed",
                                         timeout=timeout)
        self.assertEqual(seen["phase"], "done", seen)
        self.assertEqual({each["stage"] for each in seen["steps"]}, {"done"}, seen)
        self.assertTrue(seen["ended"])
        return seen

    def rolled_back(self, rollout, *stages, timeout=30.0):
        seen = self.steward.wait_rollout(rollout["id"], "done", "rolled_back", "failed",
                                         timeout=timeout)
        self.assertEqual(seen["phase"], "rolled_back", seen)
        return seen

    def assert_nothing_lost(self, load):
        served, failed = load.stop()
        self.assertEqual(failed, {}, served)
        self.assertGreater(served.total(), 100)
        return served

    def rollout_events(self, rollout):
        return [each for each in self.steward.events_of(rollout["id"])
                if each != "rollout_step"]


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
        rollout = self.started(replace=pairs, soak=SOAK, health_timeout="1s")
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
            holds("it is not asked yet", lambda: self.state(old.name) != "ready", 0.5)
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
            rollout = self.started(replace=pairs, soak="300ms", health_timeout="1s")
            self.steward.wait_step(rollout["id"], 1, "done", timeout=20)
            self.rolled_back(rollout)
            self.assert_nothing_lost(load)
        self.assert_at_rest(*OLD)

    def test_one_that_does_not_return_is_left_to_its_checks(self):
        self.begin()
        with Load(self.site.www) as load:
            rollout = self.started(cycle=["web1", "web2"], soak="0s", approval=True,
                                   health_timeout="1s")
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
        rollout = self.started(replace=pairs, soak="0s", health_timeout="1s", rollback=False)
        seen = self.steward.wait_rollout(rollout["id"], "failed")
        self.assertIn("new2", seen["detail"])
        self.assertEqual(self.state("new1"), "ready")
        self.assertEqual(self.state("web2"), "ready")
        self.assertIn("rollout_failed", self.rollout_events(rollout))


class Steered(RolloutCase):
    def test_pause_and_resume(self):
        self.begin()
        rollout = self.started(cycle=["web1", "web2"], soak="300ms", approval=True)
        self.steward.wait_step(rollout["id"], 0, "approval")
        paused = self.steward.tell_rollout(rollout["id"], "pause", reason="lunch")
        self.assertEqual((paused.status, paused.json["phase"]), (200, "paused"), paused.text)
        self.assertEqual(self.steward.tell_rollout(rollout["id"], "approve").status, 200)
        holds("nothing goes on", lambda: self.state("web1") == "maint"
              and self.state("web2") == "ready", 1.5)
        resumed = self.steward.tell_rollout(rollout["id"], "resume")
        self.assertEqual((resumed.status, resumed.json["phase"]), (200, "running"))
        self.steward.wait_step(rollout["id"], 1, "approval")
        self.steward.tell_rollout(rollout["id"], "approve", server="web2")
        self.done(rollout)
        self.assertEqual(self.rollout_events(rollout), [
            "rollout_started", "rollout_paused", "rollout_approved", "rollout_resumed",
            "rollout_approved", "rollout_done"])

    def test_abort_takes_all_back(self):
        self.begin()
        new, pairs = self.new_version(2)
        with Load(self.site.www) as load:
            rollout = self.started(replace=pairs, soak="10s")
            self.steward.wait_step(rollout["id"], 0, "soaking")
            aborted = self.steward.tell_rollout(rollout["id"], "abort", reason="wrong version")
            self.assertEqual(aborted.status, 200, aborted.text)
            seen = self.rolled_back(rollout)
            self.assert_nothing_lost(load)
        self.assertIn("wrong version", seen["detail"])
        self.assert_at_rest(*OLD)

    def test_nobody_who_approves_in_time_takes_it_back(self):
        self.begin()
        rollout = self.started(cycle=["web1"], approval=True, approval_timeout="1s")
        self.assertIn("approv", self.rolled_back(rollout)["detail"])
        self.assert_at_rest(*OLD)

    def test_what_cannot_be_asked_of_it_now_is_refused(self):
        self.begin()
        rollout = self.started(cycle=["web1"], soak="0s", approval=True)
        self.steward.wait_step(rollout["id"], 0, "approval")
        for change, fields in (("resume", {}), ("approve", {"server": "web2"})):
            answer = self.steward.tell_rollout(rollout["id"], change, **fields)
            self.assertEqual(answer.status, 409, answer.text)
        self.assertEqual(self.steward.roll(cycle=["web2"]).status, 409)  # one a backend
        self.steward.tell_rollout(rollout["id"], "approve")
        self.done(rollout)
        for change in ("pause", "resume", "abort", "approve"):
            self.assertEqual(self.steward.tell_rollout(rollout["id"], change).status, 409, change)
        self.assertEqual(self.steward.tell_rollout("01ARZ3NDEKTSV4RRFFQ69G5FAV",
                                                   "pause").status, 404)
        self.assertEqual(self.steward.tell_rollout(rollout["id"], "burn").status, 404)

    def test_what_cannot_be_started_is_refused_at_once(self):
        self.begin()
        address = "127.0.0.1:9"
        pair = {"out": "web1", "in": "web9", "address": address}
        for fields, status in (
                ({}, 422), ({"cycle": []}, 422), ({"cycle": ["web7"]}, 404),
                ({"cycle": ["web1", "web1"]}, 422), ({"cycle": ["web1"], "backend": "wbe"}, 404),
                ({"replace": [pair | {"address": "web9:80"}]}, 422),
                ({"replace": [pair | {"in": "web2"}]}, 409),
                ({"replace": [pair | {"out": "web7"}]}, 404),
                ({"replace": [pair | {"in": "we b9"}]}, 422),
                ({"cycle": ["web1"], "max_parallel": 0}, 422),
                ({"cycle": ["web1"], "soak": "soon"}, 422),
                ({"cycle": ["web1"], "max_5xx": 101}, 422),
                ({"cycle": ["web1"], "maxparallel": 1}, 422)):
            with self.subTest(fields=fields):
                answer = self.steward.roll(**fields)
                self.assertIn(answer.status, (status, 400 if status == 422 else status),
                              answer.text)
        self.assert_problem(self.steward.roll(replace=[pair], role="operator"), 403, "forbidden")
        self.assert_problem(self.steward.roll(cycle=["web1"], role="viewer"), 403, "forbidden")
        self.assertEqual(self.steward.get("/api/v1/rollouts").json, {"rollouts": []})
        self.assertEqual(self.between.mutating(), [])

    def test_a_dry_run_changes_nothing(self):
        self.begin()
        answer = self.steward.roll(cycle=["web1", "web2"], dry_run=True)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual([each["out"] for each in answer.json["steps"]], ["web1", "web2"])
        self.assertEqual(self.steward.get("/api/v1/rollouts").json, {"rollouts": []})
        holds("nothing is done", lambda: not self.between.mutating(), 0.6)

    def test_they_are_listed_by_phase(self):
        self.begin()
        first = self.started(cycle=["web1"], soak="0s")
        self.done(first)
        second = self.started(cycle=["web2"], approval=True)
        listed = self.steward.get("/api/v1/rollouts?phase=done").json["rollouts"]
        self.assertEqual([each["id"] for each in listed], [first["id"]])
        listed = self.steward.get("/api/v1/rollouts?phase=running").json["rollouts"]
        self.assertEqual([each["id"] for each in listed], [second["id"]])

    def test_somebody_who_takes_the_server_back_by_hand_ends_it(self):
        self.begin()
        rollout = self.started(cycle=["web1", "web2"], approval=True)
        self.steward.wait_step(rollout["id"], 0, "approval")
        wait_until("maintenance", lambda: self.state("web1") == "maint")
        time.sleep(0.5)
        self.site.command("set server web/web1 state ready")
        self.steward.wait_rollout(rollout["id"], "rolled_back", "failed")
        self.assertEqual(self.state("web1"), "ready")
        self.assert_at_rest(*OLD)


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Replaced, Cycled)
    for case in (Paced, Soaked, Steered):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
