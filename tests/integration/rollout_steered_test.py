"""Rollouts that people pause, approve, abort and begin wrongly."""

import time
import unittest

from deploy_load import Load
from harness import holds, wait_until
from rollout_case import OLD, RolloutCase


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


if __name__ == "__main__":
    unittest.main()
