"""The first promise: nothing the steward does takes a backend below its floor, whatever else
happens meanwhile, and only servers that are known to work count."""

import time
import unittest

from harness import wait_until
from promises import HANGS, PromiseCase, on_oldest_and_newest

SLOW_CHECKS = {"web1": "inter 500ms fastinter 500ms fall 3"}


class OnlyVerifiedServersCount(PromiseCase):
    """Counts a server once a check of this process has passed; HAProxy calls it UP before."""

    def held_beside_one_that_hangs(self, *, file_of_better_days=False):
        self.begin(options=SLOW_CHECKS)
        if file_of_better_days:
            self.write_state()
        self.hang("web1")
        override = self.held("web2")
        self.farm.restart()
        self.assertNotEqual(self.farm.status("web1"), "DOWN", "nothing has been checked yet")
        return override

    def assert_kept_until_the_other_works(self, override):
        self.assert_stays("web2 serves, for web1 does not work",
                          lambda: self.farm.state("web2") == "ready", 3)
        self.assertEqual(self.steward.override(override)["phase"], "pending")
        self.mend("web1")
        self.steward.wait_phase(override, "active")
        self.assertEqual(self.serving(), {"web1"})

    def test_after_a_restart_of_haproxy_a_server_counts_once_it_passed_a_check(self):
        self.assert_kept_until_the_other_works(self.held_beside_one_that_hangs())

    def test_what_a_state_file_says_of_a_check_does_not_count(self):
        self.assert_kept_until_the_other_works(
            self.held_beside_one_that_hangs(file_of_better_days=True))

    def test_an_alert_that_fires_after_the_restart_is_held_as_well(self):
        self.begin(options=SLOW_CHECKS)
        self.farm.webs["web1"].check_takes = HANGS
        self.farm.restart()
        override = self.fire("web2")["override"]
        self.assert_kept_until_the_other_works(override)


class FailOpen(PromiseCase):
    """Gives back what an alert took out when nothing else is left."""

    def test_a_backend_whose_last_server_dies_gets_back_what_alerts_took_out(self):
        self.begin()
        override = self.drained("web1")
        self.kill_server("web2")
        wait_until("web1 to serve", lambda: "web1" in self.serving())
        self.steward.wait_phase(override, "pending", guard="suspended")
        self.assertTrue(self.steward.override(override).get("detail"))
        self.resolve("web1")
        self.steward.wait_phase(override, "released")
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_what_people_took_out_stays_out_even_then(self):
        self.begin(count=3)
        override = self.drained("web1")
        self.steward.done("drain", "web2", role="operator")
        self.kill_server("web3")
        wait_until("web1 to serve", lambda: self.serving() == {"web1"})
        self.assert_stays("web2 is drained", lambda: self.farm.state("web2") == "drain")
        self.steward.wait_phase(override, "pending", guard="suspended")


class FallingRamps(PromiseCase):
    """Judges a ramp by where it ends, and each of its steps by what is there then."""

    def ramp(self, server, role="operator", over="1s", **fields):
        answer = self.steward.act("weight", server, role=role, wait=None, value="0%",
                                  ramp={"from": "100%", "over": over}, **fields)
        return answer.json["results"]

    def test_a_ramp_that_would_end_below_the_floor_is_refused_at_its_start(self):
        self.begin(guards={"min_available": {"count": 2}})
        results = [self.ramp(web) for web in self.farm.webs]
        self.assert_stays("all have a weight",
                          lambda: all(self.farm.weight(web) for web in self.farm.webs), 2.5)
        for each in results:
            self.assert_one(each, "rejected", guard="min_available")

    def test_a_second_ramp_is_judged_with_where_the_first_one_ends(self):
        self.begin()
        self.assert_one(self.ramp("web1", over="2s"), "created")
        results = self.ramp("web2", over="2s")
        self.assert_stays("one has a weight", lambda: self.serving(), 3)
        self.assert_one(results, "rejected", guard="min_available")

    def test_a_ramp_stays_where_it_is_when_another_server_dies(self):
        self.begin()
        (result,) = self.ramp("web1", over="3s")
        self.kill_server("web2")
        self.assert_stays("web1 has a weight", lambda: self.farm.weight("web1") > 0, 4.5)
        self.mend("web2")
        wait_until("the ramp to end", lambda: self.farm.weight("web1") == 0)
        self.steward.wait_phase(result["override"], "active")

    def test_a_server_counts_as_overridden_from_the_start_of_its_ramp(self):
        self.begin(count=4, guards={"max_overridden": {"count": 1}})
        self.assert_one(self.ramp("web1", over="20s"), "created")
        self.assert_one(self.steward.act("drain", "web2", role="operator", wait=None).json[
            "results"], "rejected", guard="max_overridden")
        self.assertEqual(self.farm.state("web2"), "ready")


class LeasesThatEnd(PromiseCase):
    """Judges the end of a raise as it judges a drain."""

    options = {"web1": "weight 0"}

    def raised(self, lease):
        override = self.steward.done("weight", "web1", value=100, **{"for": lease})["override"]
        wait_until("both to serve", lambda: self.serving() == {"web1", "web2"})
        return override

    def test_a_raise_that_ends_keeps_its_weight_while_it_is_all_there_is(self):
        self.begin(options=self.options)
        self.raised("2s")
        drain = self.drained("web2")
        self.assert_stays("web1 serves", lambda: self.serving() == {"web1"}, 4)
        self.resolve("web2")
        self.steward.wait_phase(drain, "released")
        wait_until("web1 to be as it was", lambda: self.farm.weight("web1") == 0)
        wait_until("nothing to be left", lambda: not self.steward.live())

    def test_an_alert_that_waits_and_a_raise_that_ends_do_not_both_get_their_way(self):
        self.begin(options=self.options)
        self.raised("2s")
        self.between.stop()
        wait_until("the steward to notice", lambda: not self.steward.value(
            "haproxy_steward_instance_up", haproxy="lb1"))
        self.held("web2", guards=("unreachable",))
        time.sleep(2)
        self.between.listen()
        wait_until("it to be back", lambda: self.steward.value(
            "haproxy_steward_instance_up", haproxy="lb1"))
        self.assert_stays("one of them serves", lambda: self.serving(), 2)


class FreshView(PromiseCase):
    """Judges by what HAProxy has when it is told."""

    def test_a_server_that_died_since_the_last_look_does_not_count(self):
        self.begin(control={"tick": "5s"})
        self.rest()
        self.kill_server("web1")
        override = self.fire("web2")["override"]
        self.assert_stays("web2 serves", lambda: self.serving() == {"web2"}, 2)
        self.wait_held(override)

    def test_nor_for_a_person(self):
        self.begin(control={"tick": "5s"})
        self.rest()
        self.kill_server("web1")
        self.steward.act("drain", "web2", role="operator", wait=None)
        self.assert_stays("web2 serves", lambda: self.serving() == {"web2"}, 2)


def load_tests(loader, tests, _):
    suite = on_oldest_and_newest(loader, OnlyVerifiedServersCount)
    for case in (FailOpen, FallingRamps, LeasesThatEnd, FreshView):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
