"""Wishes have owners: nobody's request ends, shortens or loosens what another one asked for, and
what a rule asks for is what the rule says now."""

import unittest

from control import rule, token_of
from harness import wait_until
from operator_side import Operator
from promises import FLOOR, RULES, PromiseCase


class People(PromiseCase):
    """Keeps each person's wish, whatever the others ask for."""

    def begin_with(self, *names):
        """Names operators, besides those that are called as their role is."""
        self.begin(count=3, principals=[
            {"name": name, "role": "operator", "token_files": [str(token_of(self.home, name))]}
            for name in names])

    def by(self, name, action, server="web1", **fields):
        """Asks for an action as somebody; returns its results."""
        token = token_of(self.home, name).read_text().strip()
        body = {"action": action, "backend": "web", "server": server, **fields}
        answer = self.steward.post("/webhook?wait=5s", body, token=token)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["results"]

    def expires(self, server="web1"):
        """Returns when the one lease on a server ends."""
        (held,) = self.steward.live(server=server)
        return held["expires"]

    def test_a_laxer_wish_of_an_operator_ends_no_maintenance_of_an_admin(self):
        self.begin_with()
        (first,) = self.by("admin", "maint", **{"for": "24h"})
        (second,) = self.by("operator", "drain", **{"for": "1s"})
        self.assertNotEqual(first["override"], second.get("override"))
        self.assert_stays("it is in maintenance", lambda: self.farm.state("web1") == "maint", 3)
        self.assertEqual(self.steward.override(first["override"])["phase"], "active")
        self.assertTrue(self.steward.override(second["override"]).get("ended"))

    def test_ready_ends_nothing_that_the_caller_may_not_delete_and_names_it(self):
        self.begin_with()
        (first,) = self.by("admin", "maint")
        refused = self.steward.delete(f"/api/v1/overrides/{first['override']}", role="operator")
        self.assertEqual(refused.status, 403)
        for own in (None, "drain"):
            if own:
                (second,) = self.by("operator", own)
            results = self.by("operator", "ready")
            self.assert_stays("it is in maintenance", lambda: self.farm.state("web1") == "maint", 1)
            self.assertEqual(self.steward.override(first["override"])["phase"], "active")
            self.assertIn("admin", " ".join(each.get("reason", "") for each in results))
        self.assertTrue(self.steward.override(second["override"]).get("ended"))
        self.by("admin", "ready")
        self.farm.wait_state("web1", "ready")

    def test_what_two_people_asked_for_ends_when_both_have_released_it(self):
        self.begin_with("alice", "bob")
        (alices,) = self.by("alice", "drain")
        (bobs,) = self.by("bob", "drain", **{"for": "2h"})
        self.assertNotEqual(alices["override"], bobs["override"])
        self.steward.delete(f"/api/v1/overrides/{alices['override']}")
        self.steward.wait_phase(alices["override"], "released")
        self.assert_stays("bob's is in force", lambda: self.farm.state("web1") == "drain", 1)
        self.steward.delete(f"/api/v1/overrides/{bobs['override']}")
        self.farm.wait_state("web1", "ready")

    def test_the_strictest_of_two_peoples_weights_is_in_force(self):
        self.begin_with("alice", "bob")
        (alices,) = self.by("alice", "weight", value=20)
        self.by("bob", "weight", value=60)
        self.assert_stays("it has alice's", lambda: self.farm.weight("web1") == 20, 1)
        self.steward.delete(f"/api/v1/overrides/{alices['override']}")
        wait_until("it to have bob's", lambda: self.farm.weight("web1") == 60)

    def test_the_same_request_again_keeps_its_lease_unless_one_is_named(self):
        self.begin_with()
        admin = Operator.of(self.steward)
        for words in (["--for", "72h"], ["--wait", "5s"]):
            run = admin.run("drain", "web/web1", *words)
            self.assertEqual(run.returncode, 0, run.stderr)
            if "--for" in words:
                before = self.expires()
        self.assertEqual(self.expires(), before)
        self.by("admin", "drain")
        self.assertEqual(self.expires(), before)
        self.by("admin", "drain", **{"for": "1h"})
        self.assertLess(self.expires(), before)

    def test_another_value_ends_no_earlier_than_the_one_before(self):
        self.begin_with()
        self.by("admin", "drain", **{"for": "72h"})
        before = self.expires()
        self.by("admin", "maint")
        self.farm.wait_state("web1", "maint")
        self.rest()
        self.assertGreaterEqual(self.expires(), before)

    def test_somebody_elses_shorter_lease_shortens_nothing(self):
        self.begin_with("alice", "bob")
        (alices,) = self.by("alice", "drain", **{"for": "72h"})
        self.by("bob", "drain", **{"for": "1s"})
        self.assert_stays("alice's is in force", lambda: self.farm.state("web1") == "drain", 2.5)
        self.assertEqual(self.steward.override(alices["override"])["phase"], "active")


class RulesReadAgain(PromiseCase):
    """Applies the rules as they are now to alerts that fire already."""

    def without(self, name):
        return [each for each in RULES if each["name"] != name]

    def change(self, name, **fields):
        self.reconfigure(rules=[*self.without(name), rule(name, **fields)])

    def test_what_waits_for_a_guard_is_withdrawn_with_its_rule(self):
        self.begin()
        first = self.drained("web1", "Ill")
        waiting = self.held("web2")
        self.reconfigure(rules=self.without("Sick"))
        self.resolve("web1", "Ill")
        self.steward.wait_phase(first, "released")
        self.assert_stays("web2 serves", lambda: self.farm.state("web2") == "ready")
        self.assertTrue(self.steward.override(waiting).get("ended"))

    def test_what_is_in_force_ends_with_its_rule(self):
        self.begin()
        override = self.drained("web1")
        self.reconfigure(rules=self.without("Sick"))
        wait_until("web1 to serve", lambda: self.farm.state("web1") == "ready", 5)
        self.assertTrue(self.steward.wait_phase(override, "released").get("ended"))

    def test_what_is_in_force_ends_when_its_rule_only_looks(self):
        self.begin()
        self.drained("web1")
        self.change("Sick", mode="shadow")
        wait_until("web1 to serve", lambda: self.farm.state("web1") == "ready", 5)

    def test_a_rule_that_sets_something_else_leaves_nothing_of_what_it_set(self):
        self.begin()
        self.drained("web1")
        self.change("Sick", set={"weight": "50%"})
        wait_until("half of its weight", lambda: self.farm.weight("web1") == 50, 5)
        wait_until("web1 to be ready", lambda: self.farm.state("web1") == "ready", 5)

    def test_a_rule_with_another_value_is_obeyed(self):
        self.begin()
        self.drained("web1", "Slow")
        for value in ("25%", "75%"):
            self.change("Slow", set={"weight": value})
            wait_until(value, lambda: f"{self.farm.weight('web1')}%" == value, 5)

    def test_another_value_goes_through_the_guards(self):
        self.begin(guards={"min_available": {"count": 2}})
        override = self.drained("web1", "Slow")
        self.change("Slow", set={"weight": "0%"})
        self.assert_stays("web1 serves", lambda: self.farm.weight("web1") > 0)
        wait_until("it to be held", lambda: any(
            each.get("guard") in FLOOR for each in self.steward.live(server="web1")), 5)
        self.resolve("web1", "Slow")
        wait_until("nothing to be left", lambda: not self.steward.live())
        self.assertEqual(self.farm.weight("web1"), 100, override)


class RulesRefused(PromiseCase):
    """Refuses a rule that asks for what no alert may do."""

    def test_a_rule_that_would_call_a_dead_server_up_is_refused(self):
        self.begin()
        config = self.read_config()
        config["rules"] = [rule("Revive", set={"health": "up"})]
        code, words = self.check_config(config)
        self.assertNotEqual(code, 0, words)
        self.assertIn("health", words)
        config["rules"] = [rule("Kill", set={"health": "down"})]
        self.assertEqual(self.check_config(config)[0], 0)


if __name__ == "__main__":
    unittest.main()
