"""Each guard: what it holds back, with the numbers in its reason, and what it lets go later."""

import time
import unittest

from alerting import now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import free_port, holds, wait_until
from interposer import Interposer
from programs import ask

REST = """\
backend followed
  server l1 {web1} check inter 100ms
  server l2 {web2} check inter 100ms
  server l3 {web3}
backend tracking
  server t1 {web1} track followed/l1
  server t2 {web2} track followed/l2
backend spared
  server main1 {web1}
  server main2 {web2}
  server spare {web3} backup
"""
RULES = [rule("Sick"), rule("Slow", set={"weight": "50%"}), rule("Brief", **{"for": "2s"}),
         rule("None", set={"weight": "0%"}), rule("Held", min_hold="2s"),
         rule("Looked", mode="shadow")]


class Guards(ControlCase):
    def setUp(self):
        super().setUp()
        self.farm = self.start(Farm(self.home, rest=REST, name=f"f{free_port()}"))
        self.between = self.start(Interposer(self.home, self.farm.socket, name=f"b{free_port()}"))

    def steward(self, **guards):
        more = {"rules": RULES} | guards.pop("more", {})
        return self.start(ControlledSteward(self.home, self.between.socket, guards=guards,
                                            name=f"g{free_port()}", **more))

    def fire(self, steward, server, name="Sick", proxy="web"):
        (result,) = steward.tell(sick(server, name, proxy, starts=now()), wait="5s")
        return result

    def resolve(self, steward, server, name="Sick", proxy="web"):
        return steward.tell(sick(server, name, proxy, status="resolved"), wait="5s")

    def assert_deferred(self, result, guard, *numbers):
        self.assertEqual((result["result"], result["guard"]), ("deferred", guard), result)
        for number in numbers:
            self.assertRegex(result["reason"], rf"\b{number}(\b|%)", result)
        return result["override"]

    def assert_released_later(self, steward, override, server, *, timeout=20):
        held = steward.wait_phase(override, "active", timeout)
        self.assertIn("admitted", held)
        events = steward.events_of(override)
        self.assertLess(events.index("deferred"), events.index("admitted"))
        self.assertLess(events.index("admitted"), events.index("active"))
        self.assertEqual(self.farm.state(server), "drain")

    def test_min_available_counts_what_would_be_left(self):
        steward = self.steward(min_available={"count": 3})
        self.assertEqual(self.fire(steward, "web1")["result"], "created")
        override = self.assert_deferred(self.fire(steward, "web2"), "min_available", 2, 4, 3)
        self.assertEqual(self.farm.state("web2"), "ready")
        (line,) = steward.audit(override=override, event="deferred")
        self.assertRegex(line["verdict"], "min_available: 2 of the 4")
        self.assertGreaterEqual(steward.value("haproxy_steward_guard_refusals_total",
                                              guard="min_available"), 1)
        self.resolve(steward, "web1")
        self.assert_released_later(steward, override, "web2")

    def test_min_available_in_percent_is_rounded_up(self):
        steward = self.steward(min_available={"count": 0, "percent": 51})
        self.fire(steward, "web1")
        self.assert_deferred(self.fire(steward, "web2"), "min_available", 2, 4, 3, 51)

    def test_a_server_that_is_down_already_costs_nothing_but_is_missed(self):
        steward = self.steward(min_available={"count": 3})
        self.farm.webs["web4"].bad = True
        wait_until("it to be down", lambda: self.farm.status("web4") == "DOWN")
        time.sleep(0.5)  # a tick
        self.assertEqual(self.fire(steward, "web4")["result"], "created")
        self.assert_deferred(self.fire(steward, "web1"), "min_available", 2, 4, 3)

    def test_a_weight_of_none_counts_and_half_a_weight_does_not(self):
        steward = self.steward(min_available={"count": 3})
        self.assertEqual(self.fire(steward, "web1", "None")["result"], "created")
        self.assertEqual(self.fire(steward, "web3", "Slow")["result"], "created")
        self.assert_deferred(self.fire(steward, "web2", "None"), "min_available", 2, 4, 3)

    def test_those_that_track_a_server_count_in_their_backend(self):
        # A check that only connects has no code: whose it is only time tells.
        steward = self.steward(verify_after="1s")
        time.sleep(2)
        self.assertEqual(self.fire(steward, "l1", proxy="followed")["result"], "created")
        result = self.fire(steward, "l2", proxy="followed")
        self.assert_deferred(result, "min_available", 0, 2, 1)
        self.assertIn("tracking", result["reason"])

    def test_the_last_one_needs_an_admin_with_force(self):
        steward = self.steward(min_available={"count": 0, "percent": 0})
        for web in ("web1", "web3", "web4"):
            steward.done("drain", web)
        for role, force, guard in (("operator", False, "min_available"),
                                   ("operator", True, "forbidden"),
                                   ("admin", False, "min_available")):
            with self.subTest(role=role, force=force):
                answer = steward.act("drain", "web2", role=role, force=force)
                self.assert_one(answer.json["results"], "rejected", guard=guard)
                self.assertEqual(self.farm.state("web2"), "ready")
        override = steward.done("drain", "web2", force=True)["override"]
        self.assertTrue(steward.override(override)["forced"])
        self.assertEqual(set(self.farm.states().values()), {"drain"})

    def test_backups_count_only_if_they_are_configured_to(self):
        steward = self.steward()
        self.fire(steward, "main1", proxy="spared")
        self.assert_deferred(self.fire(steward, "main2", proxy="spared"), "min_available", 0, 2, 1)
        other = self.steward(min_available={"count": 0, "percent": 0, "count_backups": True})
        self.assertEqual(self.fire(other, "main2", proxy="spared")["result"], "created")

    def test_max_overridden_counts_servers_under_override(self):
        steward = self.steward(max_overridden={"percent": 100, "count": 2})
        self.fire(steward, "web1", "Slow")
        self.fire(steward, "web2", "Slow")
        self.assertEqual(self.fire(steward, "web2")["result"], "created", "it is one of the two")
        override = self.assert_deferred(self.fire(steward, "web3"), "max_overridden", 2, 4)
        answer = steward.act("drain", "web4")
        self.assert_one(answer.json["results"], "rejected", guard="max_overridden")
        self.resolve(steward, "web1", "Slow")
        self.assert_released_later(steward, override, "web3")

    def test_mass_alert_holds_still_when_too_many_alert_at_once(self):
        steward = self.steward(mass_alert={"percent": 50, "window": "3s"})
        servers = list(self.farm.webs)[:3]
        results = steward.tell(*(sick(web, starts=now()) for web in servers), wait="5s")
        for result in results:
            self.assert_deferred(result, "mass_alert", 3, 4, 50)
        self.assertEqual(self.between.mutating(), [])
        steward.tell(*(sick(web, status="resolved") for web in servers[1:]))
        holds("the window is not over", lambda: not self.between.mutating())
        self.assert_released_later(steward, results[0]["override"], "web1")
        self.assertEqual(self.farm.state("web2"), "ready", "withdrawn: its alert is resolved")
        self.assertEqual(steward.override(results[1]["override"])["phase"], "released")

    def test_a_person_is_not_held_by_a_mass_alert(self):
        steward = self.steward(mass_alert={"percent": 50})
        steward.tell(*(sick(web, starts=now()) for web in list(self.farm.webs)[:3]))
        self.assertEqual(steward.done("drain", "web4")["phase"], "active")

    def test_rate_lets_so_many_pass_in_a_window(self):
        steward = self.steward(rate={"count": 1, "window": "2s"})
        self.fire(steward, "web1")
        override = self.assert_deferred(self.fire(steward, "web2"), "rate", 1)
        self.assert_released_later(steward, override, "web2")

    def test_the_rate_in_all_counts_over_backends(self):
        steward = self.steward(total_rate={"count": 1, "window": "2s"})
        self.fire(steward, "main1", proxy="spared")
        result = self.fire(steward, "web1")
        self.assertIn("in all", result["reason"])
        self.assert_released_later(steward, self.assert_deferred(result, "rate", 1), "web1")

    def test_spacing_keeps_two_apart(self):
        steward = self.steward(spacing="2s")
        started = time.monotonic()
        self.fire(steward, "web1")
        override = self.assert_deferred(self.fire(steward, "web2"), "spacing", "2s")
        self.assert_released_later(steward, override, "web2")
        self.assertGreater(time.monotonic() - started, 1.9)

    def test_flapping_costs_more_each_time(self):
        steward = self.steward(flap={"hold": "1s", "max": "10s", "window": "1m"})
        self.fire(steward, "web1")
        for wait, cycles in (("1s", 1), ("2s", 2), ("4s", 3)):
            self.resolve(steward, "web1")
            self.farm.wait_state("web1", "ready")
            result = self.fire(steward, "web1")
            override = self.assert_deferred(result, "flap", cycles, wait)
            if wait != "4s":
                self.assert_released_later(steward, override, "web1")

    def test_a_deferred_one_whose_alert_is_resolved_is_withdrawn(self):
        steward = self.steward(min_available={"count": 4})
        override = self.assert_deferred(self.fire(steward, "web1"), "min_available")
        (result,) = self.resolve(steward, "web1")
        self.assertEqual((result["result"], result["override"]), ("released", override))
        self.assertEqual(steward.override(override)["phase"], "released")
        self.assertEqual(steward.events_of(override)[-1], "withdrawn")
        self.assertEqual(self.between.mutating(), [])

    def test_a_deferred_one_ends_with_its_lease(self):
        steward = self.steward(min_available={"count": 4})
        override = self.assert_deferred(self.fire(steward, "web1", "Brief"), "min_available")
        self.assertEqual(steward.wait_phase(override, "released")["end"], "expired")

    def test_what_cannot_be_reached_is_not_acted_on(self):
        steward = self.steward()
        self.between.stop()
        wait_until("it to notice", lambda: not steward.value(
            "haproxy_steward_instance_up", haproxy="lb1"))
        override = self.assert_deferred(self.fire(steward, "web1"), "unreachable")
        self.between.listen()
        self.assert_released_later(steward, override, "web1")

    def test_min_hold_keeps_it_a_while_after_its_alert_is_resolved(self):
        steward = self.steward()
        override = self.fire(steward, "web1", "Held")["override"]
        (result,) = self.resolve(steward, "web1", "Held")
        self.assertIn("held until", result["reason"])
        holds("it is drained", lambda: self.farm.state("web1") == "drain")
        self.assertEqual(steward.wait_phase(override, "released")["end"], "resolved")
        self.farm.wait_state("web1", "ready")

    def test_limits_of_a_backend_are_its_own(self):
        steward = self.steward(backends=[{"name": "web", "max_overridden": {"count": 1}}])
        self.fire(steward, "web1")
        self.assert_deferred(self.fire(steward, "web3"), "max_overridden", 1, 4)
        self.assertEqual(self.fire(steward, "main1", proxy="spared")["result"], "created")

    def test_force_passes_two_guards_and_no_more(self):
        steward = self.steward(min_available={"count": 4}, max_overridden={"count": 1})
        self.assertEqual(steward.done("drain", "web1", force=True)["phase"], "active")
        self.assertEqual(steward.done("drain", "web3", force=True)["phase"], "active")
        self.between.stop()
        wait_until("it to notice", lambda: not steward.value(
            "haproxy_steward_instance_up", haproxy="lb1"))
        answer = steward.act("drain", "web4", force=True)
        self.assert_one(answer.json["results"], "rejected", guard="unreachable")
        self.assertEqual(ask(self.farm.socket, "show info").count("Pid:"), 1)


if __name__ == "__main__":
    unittest.main()
