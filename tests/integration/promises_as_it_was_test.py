"""The second promise: everything ends as it was before, or as a person has changed it meanwhile,
whatever process of HAProxy or of the steward died in between."""

import contextlib
import http.client
import signal
import unittest

from harness import wait_until
from promises import PromiseCase, on_oldest_and_newest
from promises_parts import ChangingAgent


class StateFiles(PromiseCase):
    """Takes nothing that HAProxy found in a state file for somebody's will."""

    def assert_left_in_service(self, server="web1"):
        wait_until(f"{server} to serve", lambda: server in self.serving(), 5)
        self.assert_stays(f"{server} serves", lambda: server in self.serving(), 1)
        wait_until("nothing to be left", lambda: not self.steward.live())
        self.assertEqual(self.farm.weight(server), 100)

    def released(self, override):
        self.assertEqual(self.steward.wait_phase(override, "released")["end"], "resolved")

    def test_what_was_being_released_when_both_died_is_released(self):
        self.begin()
        override = self.drained("web1")
        self.write_state()
        self.steward.end()
        self.steward = self.start(self.steward.successor(
            environment={"STEWARD_CRASH_AT": "after_command"}))
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.resolve("web1")
        self.assertEqual(self.steward.wait(), -signal.SIGKILL)
        self.assertEqual(self.farm.state("web1"), "ready", "it was told")
        self.farm.restart()
        self.assertEqual(self.farm.state("web1"), "drain", "that is what the file says")
        self.kill_steward()
        self.assert_left_in_service()
        self.released(override)

    def test_what_was_released_does_not_come_back_with_an_older_state_file(self):
        self.begin()
        override = self.drained("web1")
        self.write_state()
        self.resolve("web1")
        self.released(override)
        self.farm.restart()
        self.assert_left_in_service()

    def test_a_weight_that_was_given_back_does_not_come_back_with_an_older_state_file(self):
        self.begin()
        override = self.drained("web1", "Slow")
        self.write_state()
        self.resolve("web1", "Slow")
        self.released(override)
        self.farm.restart()
        wait_until("the weight", lambda: self.farm.weight("web1") == 100, 5)
        self.assert_left_in_service()

    def test_the_end_of_a_lease_drains_nothing_that_no_process_of_haproxy_remembers(self):
        self.begin()
        self.by_hand("set server web/web1 state drain")
        self.rest()
        override = self.steward.done("ready", "web1", **{"for": "3s"})["override"]
        self.farm.restart()
        wait_until("the lease to end", lambda: self.steward.override(override).get("ended"))
        self.assert_left_in_service()


class Agents(PromiseCase):
    """Asks an agent that holds a server down, and obeys it."""

    def begin_with_agent(self, words, **options):
        self.agent = self.start(ChangingAgent(words))
        self.begin(options={"web1": f"agent-check agent-port {self.agent.port} agent-inter 300ms"},
                   **options)

    def agent_runs(self):
        return bool(int(self.farm.server("web1")["srv_agent_state"]) & 4)

    def test_a_weight_does_not_bring_back_a_server_that_its_agent_calls_down(self):
        self.begin_with_agent("down")
        self.wait_down("web1")
        override = self.fire("web1", "Slow")["override"]
        self.assert_stays("it is down", lambda: self.serving() == {"web2"}, 2)
        wait_until("the weight", lambda: self.farm.weight("web1") == 50, 5)
        self.steward.wait_phase(override, "active")
        self.assertTrue(self.agent_runs())
        self.agent.words = "up"
        wait_until("it to be up", lambda: self.serving() == {"web1", "web2"})
        self.assertEqual(self.farm.weight("web1"), 50)
        self.resolve("web1", "Slow")
        wait_until("its own weight", lambda: self.farm.weight("web1") == 100)

    def test_a_weight_is_told_again_when_an_agent_that_speaks_of_weights_changes_it(self):
        self.begin_with_agent("down 80%")
        self.wait_down("web1")
        override = self.fire("web1", "Slow")["override"]
        self.assert_stays("it is down", lambda: self.serving() == {"web2"}, 1)
        self.assertNotEqual(self.steward.override(override)["phase"], "yielded")

    def test_a_server_that_returns_is_not_up_before_its_agent_was_heard(self):
        self.begin_with_agent("up")
        override = self.drained("web1")
        self.agent.words = "down"
        seen = set()
        self.resolve("web1")
        wait_until("its return", lambda: (
            seen.add(self.farm.status("web1")), self.steward.override(override).get("ended"))[1])
        self.assert_stays("it does not serve", lambda: "web1" not in self.serving(), 1)
        self.assertNotIn("UP", seen)


class NotTakenBack(PromiseCase):
    """Tries a few times to give back a setting, then says that it failed."""

    def begin_with_agent(self):
        agent = self.start(ChangingAgent("up"))
        self.agent_options = f"agent-check agent-port {agent.port} agent-inter 300ms"
        self.begin(options={"web1": self.agent_options}, control={"attempts": 1})
        return self.drained("web1")

    def assert_told_once_at_most(self):
        self.assert_stays("HAProxy is not told the same for ever",
                          lambda: self.between.asked("enable agent") <= 1, 11.5)

    def test_an_agent_check_that_is_no_longer_configured_is_let_go(self):
        override = self.begin_with_agent()
        text = self.farm.config_path.read_text()
        self.farm.config_path.write_text(text.replace(self.agent_options, ""))
        self.farm.restart()
        self.farm.wait_state("web1", "drain")
        self.rest()
        self.between.forget()
        self.resolve("web1")
        self.farm.wait_state("web1", "ready")
        self.assert_told_once_at_most()
        self.assertEqual(self.steward.override(override)["phase"], "released")

    def test_an_agent_that_haproxy_does_not_ask_again_is_told_of(self):
        override = self.begin_with_agent()
        self.between.forget()
        with self.between.faulty(where="enable agent", swallow=True):
            self.resolve("web1")
            wait_until("an attempt", lambda: self.between.asked("enable agent"))
            self.assert_told_once_at_most()
        failed = self.steward.audit(event="failed")
        self.assertTrue(any("web1" in line["target"] for line in failed)
                        or self.steward.override(override)["phase"] == "failed", failed)


class Identity(PromiseCase):
    """Keeps what is held when a HAProxy gets another name."""

    def renamed(self, storage=None, ready=True, **fields):
        """Starts the next steward, whose only instance is called lb2."""
        self.steward.end()
        instance = {"name": "lb2", "socket": f"unix:{self.between.socket}", **fields}
        more = {"storage": {"path": str(self.steward.storage)} | storage} if storage else {}
        self.steward = self.start(self.steward.successor(
            instances=[instance], ready=ready, **more))

    def begin_drained(self):
        self.begin()
        return self.steward.done("drain", "web1", role="operator")["override"]

    def test_a_configuration_without_an_instance_that_is_held_is_refused(self):
        self.begin_drained()
        self.renamed(ready=False)
        wait_until("it to refuse", lambda: not self.steward.running(), 5)
        self.assertNotEqual(self.steward.wait(), 0)
        code, words = self.check_config(self.read_config())
        self.assertNotEqual(code, 0, words)
        for said in (self.steward.log(), words):
            for word in ("lb1", "renamed_from", "abandon"):
                self.assertIn(word, said)
        self.assertEqual(self.farm.state("web1"), "drain")

    def test_what_is_held_goes_on_under_another_name(self):
        override = self.begin_drained()
        self.renamed(renamed_from="lb1")
        seen = self.steward.wait_phase(override, "active")
        self.assertEqual(seen["instance"], "lb2")
        self.fire("web1")
        self.steward.delete(f"/api/v1/overrides/{override}")
        self.steward.wait_phase(override, "released")
        self.resolve("web1")
        self.farm.wait_state("web1", "ready")
        wait_until("nothing to be left", lambda: not self.steward.live())

    def test_what_is_abandoned_ends_and_is_left_as_it_is(self):
        override = self.begin_drained()
        self.renamed(storage={"abandon": ["lb1"]})
        self.assertEqual(self.steward.live(), [])
        self.assertTrue(self.steward.override(override).get("ended"))
        self.assert_stays("it is left as it is", lambda: self.farm.state("web1") == "drain", 1)


def load_tests(loader, *_):
    suite = on_oldest_and_newest(loader, StateFiles, Agents)
    for case in (NotTakenBack, Identity):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
