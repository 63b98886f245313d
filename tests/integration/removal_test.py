"""Servers removed at runtime: without a session lost, or not at all."""

import time
import unittest

from deploy_load import Load
from deployment import DeployCase
from harness import holds, wait_until
from programs import on_each_haproxy

OTHERS = ("web2", "web3", "web4")
REST = """\
backend single
  server only {web1} check inter 200ms
backend pair
  server one {web1} check inter 200ms
  server two {web2} check inter 200ms
backend tracking
  server on {web2} track pair/two
"""


class Removed(DeployCase):
    def test_one_of_the_configuration_goes_and_nobody_notices(self):
        self.begin()
        with Load(self.site.www) as load:
            asked = self.removed("web1", reason="old iron")
            self.assertEqual((asked["wish"], asked["server"], asked["reason"], asked["static"]),
                             ("absent", "web1", "old iron", True))
            gone = self.steward.wait_stage(asked["id"], "absent")
            self.site.old[0].stop()
            load.more(100)
            self.assertEqual(load.stop()[1], {})
        self.assertNotIn("ended", gone)
        self.assert_at_rest(*OTHERS)
        events = self.steward.events_of(asked["id"])
        self.assertEqual([each for each in events if each in ("draining", "removed")],
                         ["draining", "removed"], events)

    def test_one_that_was_added_goes_and_is_forgotten(self):
        self.begin()
        new = self.application()
        first = self.stand("web9", new)
        with Load(self.site.www) as load:
            asked = self.removed("web9")
            self.assertFalse(asked.get("static", False))
            self.steward.wait_stage(asked["id"], "absent")
            new.stop()
            load.more(50)
            self.assertEqual(load.stop()[1], {})
        self.assertEqual(self.steward.membership(first["id"])["stage"], "ended")
        self.assert_at_rest("web1", *OTHERS)
        self.stand("web9", new.start())  # and may come again

    def test_what_was_wished_of_it_goes_with_it(self):
        self.begin()
        self.steward.done("drain", "web1")
        self.gone("web1")
        self.assert_at_rest(*OTHERS)
        self.stand("web1", self.application())
        self.assert_at_rest("web1", *OTHERS)

    def test_sessions_are_waited_for(self):
        self.begin()
        clients = self.slow(4, takes=2.0)
        asked = self.removed("web1", timeout="20s")
        seen = wait_until("its sessions to be told", lambda: (
            now := self.steward.membership(asked["id"])) and now.get("sessions") and now)
        self.assertEqual((seen["stage"], seen["sessions"]), ("draining", 1))
        self.assertIn("deadline", seen)
        self.assertEqual(self.state("web1"), "drain")
        self.steward.wait_stage(asked["id"], "absent")
        self.assertEqual(clients.wait(), [200] * 4)

    def test_sessions_that_are_left_at_the_deadline_keep_it_where_it_was(self):
        self.begin()
        clients = self.slow(4, takes=4.0)
        asked = self.removed("web1", timeout="1s")
        failed = self.steward.wait_stage(asked["id"], "failed")
        self.assertIn("session", failed["detail"])
        wait_until("it to serve again", lambda: self.state("web1") == "ready")
        self.assertEqual(clients.wait(), [200] * 4)
        self.assert_at_rest("web1", *OTHERS)

    def test_sessions_that_are_left_at_the_deadline_are_cut_if_that_is_asked(self):
        self.begin()
        clients = self.slow(4, takes=8.0)
        started = time.monotonic()
        asked = self.removed("web1", timeout="1s", on_timeout="cut")
        self.steward.wait_stage(asked["id"], "absent")
        self.assertLess(time.monotonic() - started, 6)
        self.assert_servers(*OTHERS)
        statuses = clients.wait()
        self.assertEqual(statuses.count(200), 3, statuses)  # the others' go on

    def test_two_at_once(self):
        self.begin()
        with Load(self.site.www) as load:
            asked = [self.removed("web1"), self.removed("web2")]
            for each in asked:
                self.steward.wait_stage(each["id"], "absent")
            self.assertEqual(load.stop()[1], {})
        self.assert_at_rest("web3", "web4")

    def test_one_that_is_down_goes_as_well(self):
        self.begin()
        self.site.old[0].stop()
        wait_until("it to be down", lambda: self.site.servers_of()["web1"]["status"] == "DOWN")
        self.gone("web1")
        self.assert_at_rest(*OTHERS)

    def test_one_that_others_track_stays_and_serves(self):
        self.begin(site={"rest": REST})
        asked = self._accepted(self.steward.remove("two", backend="pair", force="true",
                                                   timeout="3s"))
        failed = self.steward.wait_stage(asked["id"], "failed", timeout=20)
        self.assertTrue("cannot be removed" in failed["detail"] or "track" in failed["detail"],
                        failed)
        wait_until("it to serve", lambda: self.state("two", "pair") == "ready")
        wait_until("nothing to be held", lambda: not self.steward.live())


class Refused(DeployCase):
    def test_too_few_that_are_left_are_a_guard(self):
        self.begin(guards={"min_available": {"count": 3}})
        self.gone("web1")
        self.between.forget()
        problem = self.assert_problem(self.steward.remove("web2"), 409, "min_available")
        self.assertIn("3", problem["detail"])
        self.assertEqual(self.between.mutating(), [])
        self.assertEqual(self.steward.moving(), [])
        self.gone("web2", force="true")
        self.assert_at_rest("web3", "web4")

    def test_the_last_of_a_backend_goes_only_by_force(self):
        self.begin(site={"rest": REST})
        self.assert_problem(self.steward.remove("only", backend="single"), 409, "min_available")
        self.assertEqual(self.state("only", "single"), "ready")
        asked = self._accepted(self.steward.remove("only", backend="single", force="true"))
        self.steward.wait_stage(asked["id"], "absent")
        self.assertIsNone(self.site.state_of("only", "single"))

    def test_what_is_not_there_or_going_already(self):
        self.begin()
        self.assert_problem(self.steward.remove("web7"), 404, "unknown_server")
        self.assert_problem(self.steward.remove("web1", backend="wbe"), 404, "unknown_server")
        self.slow(4, takes=3.0)
        self.removed("web1")
        self.assert_problem(self.steward.remove("web1"), 409, "exists")

    def test_words_that_are_none(self):
        self.begin(site={"count": 2})
        for query in ({"timeout": "soon"}, {"on_timeout": "burn"}, {"tiemout": "1s"},
                      {"force": "perhaps"}, {"timeout": "-1s"}):
            with self.subTest(query=query):
                self.assertIn(self.steward.remove("web1", **query).status, (400, 422))
        self.assertEqual(self.between.mutating(), [])

    def test_one_that_is_ended_while_it_drains_serves_again(self):
        self.begin()
        clients = self.slow(4, takes=3.0)
        asked = self.removed("web1")
        self.steward.wait_stage(asked["id"], "draining")
        wait_until("it to drain", lambda: self.state("web1") == "drain")
        self.assertEqual(self.steward.end_membership(asked["id"]).status, 200)
        wait_until("it to serve", lambda: self.state("web1") == "ready")
        self.assertEqual(clients.wait(), [200] * 4)
        self.assert_at_rest("web1", *OTHERS)

    def test_one_that_is_gone_and_is_ended_may_come_back(self):
        self.begin(site={"master": True})
        gone = self.gone("web1")
        self.assertEqual(self.steward.end_membership(gone["id"]).json["stage"], "ended")
        self.reload()
        wait_until("it to be back", lambda: self.state("web1") == "ready")
        holds("it stays", lambda: self.state("web1") == "ready", 1.0)


class ByHand(DeployCase):
    """Somebody else at the same server: theirs stays."""

    def test_somebody_who_makes_it_ready_while_it_drains_keeps_it(self):
        self.begin()
        self.slow(4, takes=3.0)
        asked = self.removed("web1")
        wait_until("it to drain", lambda: self.state("web1") == "drain")
        self.steward.wait_stage(asked["id"], "draining")
        time.sleep(0.5)
        self.site.command("set server web/web1 state ready")
        self.steward.wait_stage(asked["id"], "failed", "yielded")
        holds("it stays ready", lambda: self.state("web1") == "ready", 1.0)

    def test_somebody_who_deletes_it_first_has_done_the_work(self):
        self.begin()
        busy = b"Server still has connections attached to it, cannot remove it."
        with self.between.faulty(where="del server", swallow=True, said=busy):
            asked = self.removed("web1", timeout="20s")
            wait_until("it to be in maintenance", lambda: self.state("web1") == "maint")
            wait_until("it to be deleted", lambda: "deleted" in self.site.command(
                "del server web/web1"))
        self.steward.wait_stage(asked["id"], "absent")
        self.assert_at_rest(*OTHERS)

    def test_somebody_who_adds_it_again_keeps_it(self):
        self.begin()
        gone = self.gone("web1")
        self.site.command(f"add server web/web1 {self.site.old[0].address};"
                          "enable server web/web1")
        self.steward.wait_stage(gone["id"], "yielded")
        holds("it stays", lambda: self.state("web1") == "ready", 1.0)


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Removed)
    for case in (Refused, ByHand):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
