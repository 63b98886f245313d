"""What people ask for: manual overrides, by the API; and a HAProxy that does not do as it is
told."""

import unittest

from alerting import now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import holds, wait_until
from interposer import Interposer
from programs import HAProxy, on_each_haproxy

REST = """\
backend spare
  server on {web1}
  server off {web2} disabled
"""


class Manual(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home, cls.version, rest=REST))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        cls.steward = cls.shared(ControlledSteward(
            cls.home, cls.between.socket, rules=[rule("Sick")], control={"attempts": 3}))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.addCleanup(self._leave_as_found)

    def _leave_as_found(self):
        self.between.set_fault(None)
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}", role="admin")
        wait_until("all to be released", lambda: not self.steward.live())

    def test_an_action_is_an_override_until_it_is_deleted(self):
        answer = self.steward.post("/api/v1/overrides", {
            "action": "drain", "backend": "web", "server": "web1", "reason": "new disk"})
        self.assertEqual(answer.status, 201, answer.text)
        (result,) = answer.json["results"]
        held = self.steward.wait_phase(result["override"], "active")
        self.assertEqual((held["instance"], held["backend"], held["server"], held["setting"],
                          held["value"], held["reason"], held["forced"]),
                         ("lb1", "web", "web1", "state", "drain", "new disk", False))
        self.assertEqual((held["origin"]["kind"], held["origin"]["principal"]),
                         ("manual", "operator"))
        self.assertIn("expires", held)
        self.assertEqual(self.farm.state("web1"), "drain")
        gone = self.steward.delete(f"/api/v1/overrides/{held['id']}")
        self.assertEqual(gone.status, 200, gone.text)
        self.assertEqual(gone.json["id"], held["id"])
        ended = self.steward.wait_phase(held["id"], "released")
        self.assertEqual((ended["end"], ended["ended_by"]), ("asked", "operator"))
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_ready_undoes_what_the_caller_may_end_be_it_a_persons_or_an_alerts(self):
        self.steward.done("drain", "web1")
        alert = sick("web1", starts=now())
        (fired,) = self.steward.tell(alert, wait="5s")
        results = self.steward.act("ready", "web1", role="operator").json["results"]
        self.assertEqual([each["result"] for each in results], ["released", "released"])
        self.farm.wait_state("web1", "ready")
        ended = self.steward.wait_phase(fired["override"], "released")
        self.assertEqual((ended["end"], ended["ended_by"]), ("asked", "operator"))
        (again,) = self.steward.tell(alert)
        self.assertEqual(again["result"], "ignored", "the same alert does not try again")
        self.assertIn("operator released it", again["reason"])
        self.steward.tell(alert | {"status": "resolved"})

    def test_ready_leaves_what_the_caller_may_not_end_and_says_what_still_holds_the_server(self):
        held = self.steward.done("maint", "web1")["override"]
        self.steward.tell(sick("web1", starts=now()), wait="5s")
        results = self.steward.act("ready", "web1", role="operator").json["results"]
        self.assertEqual(results[-1]["result"], "released")
        self.assertIn("admin still wants state maint", results[-1]["reason"])
        self.assertIn(held, results[-1]["reason"])
        self.assertEqual(self.farm.state("web1"), "maint")

    def test_ready_frees_a_server_that_is_disabled_in_the_configuration(self):
        result = self.steward.done("ready", "off", backend="spare")
        self.assertEqual(result["result"], "created")
        self.assertEqual(self.farm.state("off", "spare"), "ready")
        self.steward.delete(f"/api/v1/overrides/{result['override']}", role="admin")
        self.farm.wait_state("off", "maint", backend="spare")

    def test_ready_where_nothing_is_to_undo_changes_nothing(self):
        self.assert_one(self.steward.act("ready", "web1").json["results"], "duplicate")
        self.assertEqual(self.between.mutating(), [])

    def test_a_newer_action_takes_the_place_of_the_older(self):
        first = self.steward.done("drain", "web1")["override"]
        second = self.steward.done("maint", "web1")["override"]
        self.assertEqual(self.steward.wait_phase(first, "released")["end"], "superseded")
        self.assertEqual(self.farm.state("web1"), "maint")
        third = self.steward.done("drain", "web1", **{"return": "immediate"})["override"]
        self.farm.wait_state("web1", "drain")
        self.assertEqual([each["id"] for each in self.steward.live()], [third])
        self.assertEqual(self.steward.wait_phase(second, "released")["end"], "superseded")

    def test_the_same_action_again_renews_its_lease(self):
        first = self.steward.done("drain", "web1", **{"for": "1h"})
        before = self.steward.override(first["override"])["expires"]
        again = self.steward.done("drain", "web1", **{"for": "2h"})
        self.assertEqual((again["result"], again["override"]), ("renewed", first["override"]))
        self.assertGreater(self.steward.override(first["override"])["expires"], before)
        self.assertEqual(len(self.between.mutating()), 1)

    def test_a_lease_ends_by_itself_and_zero_is_none(self):
        brief = self.steward.done("drain", "web1", **{"for": "1s"})["override"]
        self.assertEqual(self.steward.wait_phase(brief, "released")["end"], "expired")
        unlimited = self.steward.done("drain", "web2", **{"for": "0s"})["override"]
        self.assertIsNone(self.steward.override(unlimited).get("expires"))

    def test_a_weight_may_be_more_than_it_was(self):
        self.steward.done("weight", "web1", value=200)
        self.assertEqual(self.farm.weight("web1"), 200)
        self.steward.done("weight", "web1", value="25%")
        self.assertEqual(self.farm.weight("web1"), 25)

    def test_several_actions_are_done_in_order(self):
        answer = self.steward.post("/webhook?wait=5s", {"actions": [
            {"action": "drain", "backend": "web", "server": "web1"},
            {"action": "weight", "backend": "web", "server": "web2", "value": 7},
            {"action": "drain", "backend": "web", "server": "nobody"},
        ]})
        self.assertEqual([(each["action"], each["result"]) for each in answer.json["results"]],
                         [(0, "created"), (1, "created"), (2, "rejected")])
        self.assertEqual((self.farm.state("web1"), self.farm.weight("web2")), ("drain", 7))

    def test_servers_are_shown_with_what_holds_them(self):
        held = self.steward.done("drain", "web1")["override"]
        servers = self.steward.get("/api/v1/servers?backend=web").json["servers"]
        named = {each["server"]: each for each in servers}
        self.assertEqual(set(named), set(self.farm.webs))
        self.assertEqual(named["web1"]["state"], "drain", named["web1"])
        self.assertEqual(named["web1"]["overrides"], [held])
        self.assertEqual(named["web2"]["state"], "ready", named["web2"])
        self.assertNotIn("overrides", named["web2"])
        self.assertEqual((named["web1"]["instance"], named["web1"]["backend"]), ("lb1", "web"))

    def test_what_haproxy_only_pretends_to_do_is_found_by_reading_back(self):
        self.between.set_fault(None)
        with self.between.faulty(where="set server", swallow=True):
            result = self.steward.done("drain", "web1", wait="300ms")
            held = self.steward.override(result["override"])
            self.assertEqual(held["phase"], "pending")
            wait_until("a further try", lambda: self.between.asked("set server") > 1)
        self.steward.wait_phase(result["override"], "active")
        self.assertEqual(self.farm.state("web1"), "drain")

    def test_what_haproxy_never_does_fails_after_some_attempts(self):
        with self.between.faulty(where="set server", swallow=True):
            result = self.steward.done("drain", "web1", wait="10s")
        self.assertEqual(result["phase"], "failed")
        held = self.steward.override(result["override"])
        self.assertEqual(held["attempts"], 3)
        self.assertIn("HAProxy", held["detail"])
        self.assertEqual(self.between.asked("set server web/web1 state drain"), 3)
        self.assertEqual(self.steward.events_of(held["id"])[-1], "failed")

    def test_a_socket_that_may_change_nothing_is_told_of_in_haproxys_own_words(self):
        haproxy = self.start(HAProxy(self.home, "backend web\n  server web1 127.0.0.1:1\n"
                                     "  server web2 127.0.0.1:1\n", self.version,
                                     name="reader", level="operator"))
        steward = self.start(ControlledSteward(self.home, haproxy.socket, name="reading",
                                               control={"attempts": 2}))
        result = steward.done("drain", "web1", wait="10s")
        self.assertEqual(result["phase"], "failed")
        self.assertIn("Permission denied", steward.override(result["override"])["detail"])

    def test_a_rest_is_a_rest(self):
        self.steward.done("drain", "web1")
        self.between.forget()
        holds("nothing is said twice", lambda: not self.between.mutating(), 1.5)
        self.assertGreater(self.between.asked("show servers state"), 3)


def load_tests(loader, *_):
    return on_each_haproxy(loader, Manual)


if __name__ == "__main__":
    unittest.main()
