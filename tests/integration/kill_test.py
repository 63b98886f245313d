"""The steward is killed at every step of an override's life. What the next one finds is what was
promised: nothing lost that was answered, nothing done twice, and ledger, HAProxy and audit of one
mind."""

import contextlib
import http.client
import signal
import time
import unittest

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm, Traffic
from harness import free_port, holds, wait_until
from interposer import Interposer

STEPS = ("before_intent", "after_intent", "after_command", "before_outcome")
RULES = [rule("Sick"), rule("Broken", set={"state": "maint"}), rule("Dead", set={"health": "down"}),
         rule("Slow", set={"weight": "50%"})]


class Killed(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home, options={"web4": "rise 6 fall 4"}))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.addCleanup(self._free)

    def _free(self):
        for web in self.farm.webs:
            self.farm.command(f"set server web/{web} state ready; enable health web/{web}; "
                              f"set server web/{web} weight 100")

    def steward(self, **options):
        return self.start(ControlledSteward(self.home, self.between.socket, rules=RULES,
                                            name=f"k{free_port()}", **options))

    def killed_at(self, step, steward, *alerts):
        """Starts the same again so that it dies at this step, and tells it of alerts (all at once).
        Returns the answer, if one came before it died."""
        steward.end()
        doomed = self.start(steward.successor(environment={"STEWARD_CRASH_AT": step}))
        answer = None
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = doomed.post("/webhook", delivery(*alerts))
        self.assertEqual(doomed.wait(), -signal.SIGKILL, f"it did not come by {step}")
        if step in ("before_intent", "after_intent"):
            self.assertIsNone(answer)
        return answer

    def successor(self, steward):
        return self.start(steward.successor())

    def assert_of_one_mind(self, steward, server, state):
        """HAProxy, ledger and audit say the same of a server, and go on doing so."""
        wait_until(f"{server} to be {state}", lambda: self.farm.state(server) == state)
        wait_until("rest", lambda: all(each["phase"] == "active" for each in steward.live()))
        self.assertEqual([each["value"] for each in steward.live(server=server)],
                         [] if state == "ready" else [state])
        self.assert_chain(steward)
        for each in steward.overrides(server=server):
            events = steward.events_of(each["id"])
            self.assertEqual(events[0], "created", events)
            self.assertEqual(events.count("created"), 1, events)
            self.assertLessEqual(events.count("active"), 1, events)
            self.assertNotIn("yielded", events, "its own work is not another's")
            if each["phase"] == "released":
                self.assertEqual(events.count("released"), 1, events)
        self.between.forget()
        holds("nothing more is done", lambda: not self.between.mutating())

    def test_at_every_step_of_the_beginning_an_alert_is_done_exactly_once(self):
        for step in STEPS:
            with self.subTest(step=step):
                steward = self.steward()
                alert = sick("web1", starts=now())
                self.between.forget()
                answer = self.killed_at(step, steward, alert)
                after = self.successor(steward)
                if answer is not None:  # promised: without Alertmanager asking again
                    self.assertEqual(answer.status, 200)
                    promised = answer.json["results"][0]["override"]
                    self.assertEqual(after.wait_phase(promised, "active")["id"], promised)
                (result,) = after.tell(alert, wait="5s")  # as Alertmanager does without an answer
                self.assertEqual(result["result"],
                                 "created" if step == "before_intent" else "renewed")
                self.assertLessEqual(len(self.between.mutating()), 2)
                self.assert_of_one_mind(after, "web1", "drain")
                after.tell(sick("web1", starts=alert["startsAt"], status="resolved"), wait="5s")
                self.assert_of_one_mind(after, "web1", "ready")
                after.end()

    def test_at_every_step_of_the_end_a_server_is_given_back(self):
        for step in STEPS:
            with self.subTest(step=step):
                steward = self.steward()
                alert = sick("web2", starts=now())
                steward.tell(alert, wait="5s")
                self.assertEqual(self.farm.state("web2"), "drain")
                resolved = alert | {"status": "resolved"}
                answer = self.killed_at(step, steward, resolved)
                after = self.successor(steward)
                if step == "before_intent":
                    self.assertIsNone(answer)
                    self.assert_of_one_mind(after, "web2", "drain")
                    after.tell(resolved, wait="5s")
                self.assert_of_one_mind(after, "web2", "ready")
                after.end()

    def test_maint_is_left_safely_also_by_the_next_one(self):
        for step in ("after_intent", "after_command", "before_outcome"):
            with self.subTest(step=step):
                steward = self.steward()
                alert = sick("web3", "Broken", starts=now())
                steward.tell(alert, wait="5s")
                self.between.forget()
                self.killed_at(step, steward, alert | {"status": "resolved"})
                after = self.successor(steward)
                self.farm.wait_state("web3", "ready")
                told = [line for line in self.between.mutating() if "web3" in line]
                self.assertIn("state drain", told[0])
                self.assertIn("state ready", told[-1])
                self.assert_of_one_mind(after, "web3", "ready")
                after.end()

    def test_a_dead_server_gets_no_traffic_from_one_that_found_it_in_maintenance(self):
        """HAProxy tells how its checks count only while they run."""
        steward = self.steward()
        alert = sick("web4", "Broken", starts=now())
        steward.tell(alert, wait="5s")
        steward.end(signal.SIGKILL)
        web = self.farm.webs["web4"]
        web.bad = True
        self.addCleanup(setattr, web, "bad", False)
        traffic = self.start(Traffic(self.farm.www))
        after = self.successor(steward)
        web.requests = 0
        after.tell(alert | {"status": "resolved"}, wait="5s")
        self.farm.wait_state("web4", "ready")
        traffic.during(40)
        self.assertEqual((self.farm.status("web4"), web.requests), ("DOWN", 0))

    def test_several_settings_of_several_servers_at_once(self):
        alerts = [sick("web1", "Slow", starts=now()), sick("web2", starts=now()),
                  sick("web3", "Dead", starts=now())]
        for step in STEPS[1:]:
            with self.subTest(step=step):
                steward = self.steward()
                self.killed_at(step, steward, *alerts)
                after = self.successor(steward)
                self.assertEqual(len(after.live()), 3)
                for each in after.live():
                    after.wait_phase(each["id"], "active")
                self.assertEqual((self.farm.weight("web1"), self.farm.state("web2")), (50, "drain"))
                self.assertTrue(self.farm.status("web3").startswith("DOWN"))
                after.tell(*(each | {"status": "resolved"} for each in alerts), wait="5s")
                wait_until("nothing to be left", lambda: not after.live())
                self.assertEqual((self.farm.weight("web1"), self.farm.state("web2"),
                                  self.farm.checks_run("web3")), (100, "ready", True))
                self.assert_chain(after)
                after.end()

    def test_a_kill_at_rest_and_a_reload_meanwhile_are_both_survived(self):
        steward = self.steward()
        (result,) = steward.tell(sick("web1", starts=now()), wait="5s")
        steward.end(signal.SIGKILL)
        self.farm.restart()
        self.assertEqual(self.farm.state("web1"), "ready")
        after = self.successor(steward)
        after.wait_phase(result["override"], "active")
        self.assertEqual(self.farm.state("web1"), "drain")
        # Nobody saw the servers just before the restart: it may have to wait for their checks.
        self.assertIn(after.events_of(result["override"])[1:],
                      (["active", "reapplied", "active"],
                       ["active", "deferred", "admitted", "active"]))

    def test_what_a_person_did_while_it_was_away_stays(self):
        steward = self.steward()
        (result,) = steward.tell(sick("web1", starts=now()), wait="5s")
        steward.end(signal.SIGKILL)
        self.farm.command("set server web/web1 state ready")
        after = self.successor(steward)
        after.wait_phase(result["override"], "yielded")
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_a_lease_that_ran_out_while_it_was_away_ends(self):
        steward = self.steward()
        result = steward.done("drain", "web1", **{"for": "1s"})
        steward.end(signal.SIGKILL)
        time.sleep(1.2)
        after = self.successor(steward)
        self.assertEqual(after.wait_phase(result["override"], "released")["end"], "expired")
        self.farm.wait_state("web1", "ready")

    def test_answers_under_fire_are_kept(self):
        """Many requests at once, killed in the middle: each 200 that came is in the ledger."""
        steward = self.steward()
        promised = []
        for number in range(200):
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = steward.act("weight", f"web{number % 4 + 1}", value=number % 90 + 10,
                                     wait=None)
                promised += [each["override"] for each in answer.json["results"]
                             if each["result"] == "created"]
            if number == 120:
                steward.popen.send_signal(signal.SIGKILL)
        self.assertGreater(len(promised), 50)
        after = self.successor(steward)
        for each in promised:
            self.assertEqual(after.override(each)["id"], each)
        wait_until("rest", lambda: all(each["phase"] == "active" for each in after.live()))
        self.assert_chain(after)
        for each in after.live():
            self.assertEqual(self.farm.weight(each["server"]), int(each["value"]))

    def test_only_one_holds_the_ledger(self):
        steward = self.steward()
        second = self.start(steward.successor(control_port=free_port(), ready=False))
        self.assertNotEqual(second.wait(), 0)
        self.assertIn(str(steward.storage), second.log())
        self.assertEqual(steward.get("/-/healthy").status, 200)

    def test_the_orderly_end_leaves_what_is_in_force(self):
        steward = self.steward()
        (result,) = steward.tell(sick("web1", starts=now()), wait="5s")
        self.assertEqual(steward.end()[0], 0)
        self.assertEqual(self.farm.state("web1"), "drain")
        self.between.forget()
        after = self.successor(steward)
        self.assertEqual(after.override(result["override"])["phase"], "active")
        holds("nothing is said again", lambda: not self.between.mutating())


if __name__ == "__main__":
    unittest.main()
