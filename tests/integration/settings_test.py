"""Every setting on real HAProxies: set, held, composed with others, given back, and read back."""

import time
import unittest

from alerting import now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm, Traffic
from harness import holds, wait_until
from interposer import Interposer
from parts import Agent
from programs import on_each_haproxy

RULES = [
    rule("Sick"),
    rule("Broken", set={"state": "maint"}),
    rule("BrokenNow", set={"state": "maint"}, **{"return": "immediate"}),
    rule("Slow", set={"weight": "50%"}),
    rule("Slower", set={"weight": 10}),
    rule("Dead", set={"health": "down"}),
    rule("Stopping", set={"health": "stopping"}),
    rule("Blind", set={"checks": "disabled"}),
    rule("Brief", **{"for": "1s"}),
]
REST = """\
backend small
  server s1 {web1} weight 1
  server s2 {web2} weight 1
  server off {web2} disabled
backend fixed
  balance static-rr
  server f1 {web1}
  server f2 {web2}
"""


class Settings(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home, cls.version, rest=REST, options={
            "web4": "inter 800ms fastinter 800ms"}))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        cls.steward = cls.shared(ControlledSteward(cls.home, cls.between.socket, rules=RULES))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.addCleanup(self._leave_as_found)

    def _leave_as_found(self):
        """What a test left behind must not break the next."""
        self.between.set_fault(None)
        for web in self.farm.webs.values():
            web.bad = False
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}", role="admin")
        wait_until("all to be released", lambda: not self.steward.live())

    def fire(self, name, server="web1", proxy="web"):
        """The override of an alert that fires, in force."""
        (result,) = self.steward.tell(sick(server, name, proxy, starts=now()), wait="5s")
        self.assertEqual(result["result"], "created", result)
        self.assertEqual(result["phase"], "active", result)
        return result["override"]

    def resolve(self, name, server="web1", proxy="web"):
        (result,) = self.steward.tell(sick(server, name, proxy, status="resolved"), wait="5s")
        self.assertEqual(result["result"], "released", result)
        return self.steward.wait_phase(result["override"], "released")

    def told(self):
        """The commands HAProxy got, one by one."""
        return [command for line in self.between.mutating() for command in line.split(";")]

    def test_drain_is_set_once_and_undone_once(self):
        self.fire("Sick")
        self.assertEqual(self.farm.state("web1"), "drain")
        self.assertEqual(self.told(), ["set server web/web1 state drain"])
        self.resolve("Sick")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assertEqual(self.told()[1:], ["set server web/web1 state ready"])

    def test_a_server_returns_from_maint_through_drain_and_a_passed_check(self):
        self.fire("Broken")
        self.assertEqual(self.farm.state("web1"), "maint")
        self.resolve("Broken")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assertEqual(self.told(), [f"set server web/web1 state {state}"
                                       for state in ("maint", "drain", "ready")])

    def test_a_server_that_is_dead_gets_no_traffic_when_it_returns_from_maint(self):
        traffic = self.start(Traffic(self.farm.www))
        self.fire("Broken")
        self.farm.webs["web1"].bad = True
        self.resolve("Broken")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assertEqual(self.farm.status("web1"), "DOWN")
        self.farm.webs["web1"].requests = 0
        traffic.during(60)
        self.assertEqual(self.farm.webs["web1"].requests, 0)
        self.farm.webs["web1"].bad = False
        wait_until("it to be up", lambda: self.farm.status("web1") == "UP")

    def test_an_immediate_return_goes_the_short_way(self):
        self.fire("BrokenNow")
        self.resolve("BrokenNow")
        self.assertEqual(self.told(), ["set server web/web1 state maint",
                                       "set server web/web1 state ready"])

    def test_a_weight_in_percent_is_of_the_initial_one(self):
        self.fire("Slow")
        self.assertEqual(self.farm.weight("web1"), 50)
        self.resolve("Slow")
        self.assertEqual(self.farm.weight("web1"), 100)

    def test_half_of_a_weight_of_one_is_one_and_not_none(self):
        self.fire("Slow", "s1", "small")
        self.assertEqual(self.farm.weight("s1", "small"), 1)
        self.resolve("Slow", "s1", "small")

    def test_a_weight_returns_to_what_it_was_and_not_to_the_configured_one(self):
        self.farm.command("set server web/web2 weight 70")
        self.fire("Slower", "web2")
        self.assertEqual(self.farm.weight("web2"), 10)
        self.resolve("Slower", "web2")
        self.assertEqual(self.farm.weight("web2"), 70)
        self.farm.command("set server web/web2 weight 100")

    def pin(self, alert):
        """Fires it; returns when the check that was under way has had its say, and was overruled."""
        self.fire(alert)
        wait_until("no check to be under way",
                   lambda: not int(self.farm.server("web1")["srv_check_state"]) & 1)
        time.sleep(0.6)

    def test_health_is_pinned_against_the_checks_and_freed_again(self):
        self.pin("Dead")
        holds("it is down, whatever its checks would say",
              lambda: self.farm.status("web1").startswith("DOWN"))
        self.assertFalse(self.farm.checks_run("web1"))
        self.resolve("Dead")
        self.assertTrue(self.farm.checks_run("web1"))
        wait_until("the checks to say it is up", lambda: self.farm.status("web1") == "UP")

    def test_a_check_under_way_does_not_undo_a_pinned_health(self):
        """HAProxy takes the result of a check that began before the checks were disabled."""
        web = self.farm.webs["web4"]
        self.addCleanup(setattr, web, "check_takes", 0.0)
        web.check_takes = 0.6
        for _ in range(3):
            wait_until("a check to be under way",
                       lambda: int(self.farm.server("web4")["srv_check_state"]) & 1)
            override = self.fire("Dead", "web4")
            time.sleep(1.2)  # the check is over, and what it did undone
            holds("it is down", lambda: self.farm.server("web4")["srv_op_state"] == "0", 0.5)
            self.assertEqual(self.steward.override(override)["phase"], "active")
            self.resolve("Dead", "web4")

    def test_a_person_can_pin_a_server_up_that_its_checks_call_dead(self):
        self.farm.webs["web1"].bad = True
        wait_until("it to be down", lambda: self.farm.status("web1") == "DOWN")
        self.steward.done("health", "web1", value="up")
        holds("it is up", lambda: self.farm.server("web1")["srv_op_state"] == "2")
        self.assertFalse(self.farm.checks_run("web1"))
        self.steward.done("health", "web1", value="auto")
        wait_until("it to be down", lambda: self.farm.status("web1") == "DOWN")

    def test_stopping_lets_those_who_know_it_in_and_nobody_else(self):
        traffic = self.start(Traffic(self.farm.www))
        self.pin("Stopping")
        self.assertEqual(self.farm.server("web1")["srv_op_state"], "3")
        traffic.during(5)
        self.assertNotIn("web1", traffic.during(60))
        self.resolve("Stopping")
        wait_until("it to serve", lambda: "web1" in traffic.during(20))

    def test_without_checks_a_server_stays_as_it_is(self):
        self.pin("Blind")
        self.farm.webs["web1"].bad = True
        self.assertFalse(self.farm.checks_run("web1"))
        holds("it is up", lambda: self.farm.server("web1")["srv_op_state"] == "2")
        self.resolve("Blind")
        wait_until("the checks to run", lambda: self.farm.status("web1") == "DOWN")

    def test_of_two_alerts_the_strictest_wins_and_the_last_one_frees(self):
        for first, second in (("Sick", "Broken"), ("Broken", "Sick")):
            with self.subTest(first=first):
                self.fire(first)
                self.fire(second)
                self.assertEqual(self.farm.state("web1"), "maint")
                self.resolve("Broken")
                self.farm.wait_state("web1", "drain")
                self.resolve("Sick")
                self.assertEqual(self.farm.state("web1"), "ready")
        self.fire("Slow")
        self.fire("Slower")
        self.assertEqual(self.farm.weight("web1"), 10)
        self.resolve("Slower")
        wait_until("half of it", lambda: self.farm.weight("web1") == 50)
        self.resolve("Slow")

    def test_different_settings_of_one_server_do_not_meet(self):
        self.fire("Sick")
        self.fire("Slow")
        self.resolve("Sick")
        self.assertEqual((self.farm.state("web1"), self.farm.weight("web1")), ("ready", 50))
        self.resolve("Slow")

    def test_draining_a_server_in_maintenance_leaves_it_there_before_and_after(self):
        self.fire("Sick", "off", "small")
        self.farm.command("set server small/s2 state maint")
        self.fire("Sick", "s2", "small")
        self.assertEqual(self.farm.state("s2", "small"), "maint")
        self.resolve("Sick", "s2", "small")
        self.assertEqual(self.farm.state("s2", "small"), "maint")
        self.resolve("Sick", "off", "small")
        self.assertEqual(self.farm.rows()["small", "off"]["status"], "MAINT")
        self.assertNotIn("state ready", " ".join(self.told()))
        self.farm.command("set server small/s2 state ready")

    def test_a_lease_that_is_not_renewed_ends(self):
        held = self.fire("Brief")
        ended = self.steward.wait_phase(held, "released")
        self.assertEqual(ended["end"], "expired")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assertEqual(self.steward.events_of(held)[-1], "expired")

    def test_an_agent_check_does_not_undo_an_override(self):
        agent = self.start(Agent("up ready 100%\n"))
        farm = self.start(Farm(self.home, self.version, count=3, name="agents", options={
            "web1": f"agent-check agent-port {agent.port} agent-inter 100ms"}))
        steward = self.start(ControlledSteward(self.home, farm.socket, rules=RULES, name="second"))
        steward.tell(sick("web1"), wait="5s")
        holds("it is drained", lambda: farm.state("web1") == "drain")
        self.assertFalse(int(farm.server("web1")["srv_agent_state"]) & 4)
        steward.tell(sick("web1", status="resolved"), wait="5s")
        farm.wait_state("web1", "ready")
        wait_until("the agent to be asked again",
                   lambda: int(farm.server("web1")["srv_agent_state"]) & 4)

    def test_a_static_balance_takes_only_all_or_nothing(self):
        (result,) = self.steward.tell(sick("f1", "Slower", "fixed"))
        self.assertEqual((result["result"], result["guard"]), ("rejected", "invalid_value"))
        self.assertIn("static-rr", result["reason"])
        self.assertEqual(self.told(), [])


def load_tests(loader, *_):
    return on_each_haproxy(loader, Settings)


if __name__ == "__main__":
    unittest.main()
