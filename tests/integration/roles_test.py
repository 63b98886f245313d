"""What does not act: shadow, dry run, a pause; and who may do what."""

import unittest

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, secret_file, sick
from farm import Farm
from harness import holds, wait_until
from interposer import Interposer

RULES = [rule("Sick"), rule("Broken", set={"state": "maint"}), rule("Looked", mode="shadow")]
DRAIN = {"action": "drain", "backend": "web", "server": "web1"}
# method, path, body, the least role
ROUTES = (
    ("POST", "/webhook", delivery(), "operator"),
    ("GET", "/api/v1/servers", None, "viewer"),
    ("GET", "/api/v1/holds", None, "viewer"),
    ("GET", "/api/v1/overrides", None, "viewer"),
    ("POST", "/api/v1/overrides", DRAIN | {"dry_run": True}, "operator"),
    ("GET", "/api/v1/overrides/{id}", None, "viewer"),
    ("DELETE", "/api/v1/overrides/{id}", None, "operator"),
    ("GET", "/api/v1/audit", None, "viewer"),
    ("GET", "/api/v1/audit/verify", None, "viewer"),
    ("GET", "/api/v1/automation", None, "viewer"),
    ("POST", "/api/v1/automation", {"paused": False}, "operator"),
    ("POST", "/api/v1/evaluate", delivery(), "viewer"),
    ("GET", "/api/v1/openapi.yaml", None, "viewer"),
    ("POST", "/-/reload", None, "admin"),
)
RANKS = ("viewer", "operator", "admin")


class RolesCase(ControlCase):
    shadow = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home, rest="backend other\n  server o1 {web1}\n"
                                                  "  server o2 {web2}\n"))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        cls.pause_file = cls.home / "pause"
        cls.scoped = secret_file(cls.home / "scoped.token", "the token of who is limited")
        cls.steward = cls.shared(ControlledSteward(
            cls.home, cls.between.socket, rules=RULES,
            control={"pause_file": str(cls.pause_file), "shadow": cls.shadow}, principals=[
                {"name": "scoped", "role": "admin", "backends": ["we?"],
                 "actions": ["drain", "ready"], "token_files": [str(cls.scoped)]}]))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.addCleanup(self._leave_as_found)

    def _leave_as_found(self):
        self.pause_file.unlink(missing_ok=True)
        self.steward.post("/api/v1/automation", {"paused": False})
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}", role="admin")
        wait_until("all to be released", lambda: not self.steward.live())

    def fire(self, server, name="Sick", proxy="web", **options):
        (result,) = self.steward.tell(sick(server, name, proxy, starts=now()), wait="2s", **options)
        return result


class NoAction(RolesCase):
    def test_a_rule_in_shadow_says_what_it_would_do(self):
        result = self.fire("web1", "Looked")
        self.assertEqual((result["result"], result["mode"]), ("created", "shadow"))
        self.assertNotIn("override", result)
        self.assertEqual(self.steward.live(), [])
        lines = self.steward.audit(event="shadow")
        self.assertEqual((lines[-1]["target"], lines[-1]["after"]), ("lb1:web/web1", "drain"))
        self.assertGreaterEqual(self.steward.value("haproxy_steward_actions_total", mode="shadow",
                                                   result="created"), 1)
        holds("nothing is done", lambda: not self.between.mutating(), 0.6)

    def test_evaluate_tells_all_and_changes_nothing(self):
        lines = len(self.steward.audit())
        answer = self.steward.post("/api/v1/evaluate", delivery(
            sick("web1", starts=now()), sick("nobody"), sick("web2", "Other"),
            sick("web3", "Broken")), role="admin")
        self.assertEqual([each["result"] for each in answer.json["results"]],
                         ["created", "rejected", "ignored", "created"])
        self.assertEqual({each["mode"] for each in answer.json["results"]}, {"dry_run"})
        self.assertEqual(self.steward.live(), [])
        self.assertEqual(len(self.steward.audit()), lines)
        holds("nothing is done", lambda: not self.between.mutating(), 0.6)

    def test_a_dry_run_of_an_action_meets_the_guards_and_changes_nothing(self):
        for server in ("web1", "web2", "web3"):
            self.steward.done("drain", server)
        self.between.forget()
        answer = self.steward.act("drain", "web4", dry_run=True)
        result = self.assert_one(answer.json["results"], "rejected", guard="min_available")
        self.assertEqual(result["mode"], "dry_run")
        answer = self.steward.act("maint", "web1", dry_run=True)
        self.assert_one(answer.json["results"], "created", mode="dry_run")
        self.assertEqual(len(self.steward.live()), 3)
        self.assertEqual(self.between.mutating(), [])

    def test_a_pause_defers_alerts_and_no_person_and_a_resume_lets_them_go(self):
        answer = self.steward.post("/api/v1/automation", {"paused": True, "reason": "a big change"})
        self.assertEqual((answer.json["paused"], answer.json["by"], answer.json["reason"]),
                         (True, "operator", "a big change"))
        self.assertEqual(self.steward.value("haproxy_steward_automation_paused"), 1)
        result = self.fire("web1")
        self.assertEqual((result["result"], result["guard"]), ("deferred", "paused"))
        self.assertIn("a big change", result["reason"])
        self.assertEqual(self.steward.done("drain", "web2")["phase"], "active")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.steward.post("/api/v1/automation", {"paused": False})
        self.steward.wait_phase(result["override"], "active")
        self.assertEqual([line["event"] for line in self.steward.audit(principal="operator")
                          if line["event"] in ("paused", "resumed")][-2:], ["paused", "resumed"])

    def test_what_is_in_force_is_still_given_back_during_a_pause(self):
        result = self.fire("web1")
        self.steward.post("/api/v1/automation", {"paused": True})
        self.steward.tell(sick("web1", status="resolved"), wait="5s")
        self.steward.wait_phase(result["override"], "released")
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_a_file_pauses_too(self):
        self.pause_file.touch()
        result = self.fire("web1")
        self.assertEqual((result["result"], result["guard"]), ("deferred", "paused"))
        self.assertIn(str(self.pause_file), result["reason"])
        self.assertTrue(self.steward.get("/api/v1/automation").json["paused"])
        self.pause_file.unlink()
        self.steward.wait_phase(result["override"], "active")

    def test_a_pause_outlives_the_process(self):
        steward = self.start(ControlledSteward(self.home, self.between.socket, rules=RULES,
                                               name="pausing"))
        steward.post("/api/v1/automation", {"paused": True, "reason": "night"})
        steward.end()
        after = self.start(steward.successor())
        self.assertEqual(after.get("/api/v1/automation").json["reason"], "night")

    def test_events_are_the_audit_as_it_grows(self):
        with self.steward.events() as stream:
            self.assertEqual(stream.answer.status, 200)
            self.assertEqual(stream.answer.getheader("Content-Type").split(";")[0],
                             "text/event-stream")
            result = self.fire("web1")
            first = stream.next()
            self.assertEqual((first[1]["event"], first[1]["override"]),
                             ("created", result["override"]))
            self.assertEqual(stream.next()[1]["event"], "active")
        with self.steward.events(last=first[0] - 1) as stream:
            self.assertEqual(stream.next(), first, "it goes on where it was told to")


class AllInShadow(RolesCase):
    shadow = True

    def test_with_everything_in_shadow_alerts_do_nothing_and_people_do(self):
        result = self.fire("web1")
        self.assertEqual((result["result"], result["mode"]), ("created", "shadow"))
        holds("nothing is done", lambda: not self.between.mutating(), 0.6)
        self.assertEqual(self.steward.done("drain", "web2")["phase"], "active")


class Roles(RolesCase):
    def test_every_route_wants_its_role_and_nobody_gets_in_without_one(self):
        for number, (method, path, body, least) in enumerate(ROUTES):
            for rank, role in enumerate(RANKS):
                with self.subTest(route=f"{method} {path}", role=role):
                    override = self.steward.done("drain", "web1")["override"]
                    answer = self.steward.request(method, path.format(id=override), body, role=role)
                    if rank < RANKS.index(least):
                        self.assert_problem(answer, 403, "forbidden")
                        self.assertEqual(self.steward.override(override)["phase"], "active")
                    else:
                        self.assertIn(answer.status, (200, 201), answer.text)
            with self.subTest(route=f"{method} {path}", role=None):
                answer = self.steward.request(method, path.format(id=override), body, role=None,
                                              source=f"127.5.0.{number + 1}")
                self.assert_problem(answer, 401, "unauthenticated")

    def test_a_role_that_may_not_is_told_which_may_and_leaves_a_trace(self):
        problem = self.assert_problem(self.steward.post("/webhook", DRAIN, role="viewer"), 403,
                                      "forbidden")
        self.assertIn("operator", problem["detail"])
        line = self.steward.audit(principal="viewer")[-1]
        self.assertIn(line["event"], ("refused", "denied"))

    def test_maint_health_and_checks_need_an_admin_but_a_rule_may_choose_them(self):
        for action, value in (("maint", None), ("health", "down"), ("checks", "disabled")):
            fields = {"value": value} if value else {}
            answer = self.steward.act(action, "web1", role="operator", **fields)
            result = self.assert_one(answer.json["results"], "rejected", guard="forbidden")
            self.assertIn("admin", result["reason"])
            self.assertEqual(self.steward.audit(principal="operator")[-1]["event"], "denied")
        self.assertEqual(self.between.mutating(), [])
        self.assertEqual(self.fire("web1", "Broken")["phase"], "active")

    def test_scopes_bind_people_and_alerts_alike(self):
        token = self.scoped.read_text().strip()
        for body, good in ((DRAIN, True), (DRAIN | {"backend": "other", "server": "o1"}, False),
                           (DRAIN | {"action": "weight", "value": 1}, False),
                           (DRAIN | {"action": "maint"}, False)):
            with self.subTest(body=body):
                answer = self.steward.post("/webhook", body, token=token)
                (result,) = answer.json["results"]
                self.assertEqual(result["result"], "created" if good else "rejected", result)
                if not good:
                    self.assertEqual(result["guard"], "forbidden")
        answer = self.steward.post("/webhook", delivery(
            sick("o1", proxy="other", starts=now()), sick("web2", starts=now()),
            sick("web3", "Broken", starts=now())), token=token)
        self.assertEqual([each["result"] for each in answer.json["results"]],
                         ["rejected", "created", "rejected"])

    def test_a_scope_binds_the_release_of_what_others_made(self):
        token = self.scoped.read_text().strip()
        other = self.steward.done("drain", "o1", backend="other")["override"]
        answer = self.steward.delete(f"/api/v1/overrides/{other}", token=token)
        self.assert_problem(answer, 403, "forbidden")
        self.assertEqual(self.steward.override(other)["phase"], "active")


if __name__ == "__main__":
    unittest.main()
