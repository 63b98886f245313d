"""HAProxy is restarted, stands still, or is cut off while overrides live: the steward waits for
it, answers meanwhile, and converges when it is back."""

import signal
import time
import unittest

from control import sick
from harness import holds, wait_until
from programs import on_each_haproxy
from shaken import ShakenCase


class Interrupted(ShakenCase):
    def test_a_restart_forgets_everything_and_it_is_all_there_again(self):
        overrides = self.everything()
        self.farm.restart()
        self.assert_converges(overrides)
        self.assert_all_come_back()

    def test_a_haproxy_that_stands_still_is_waited_for(self):
        overrides = self.everything()
        self.farm.popen.send_signal(signal.SIGSTOP)
        try:
            wait_until("the steward to notice", lambda: self.steward.value(
                "haproxy_steward_instance_up", haproxy="lb1") == 0)
            (result,) = self.steward.tell(sick("web4"))
            self.assertEqual((result["result"], result["guard"]), ("deferred", "unreachable"))
            self.assertEqual(self.steward.act("drain", "web4", wait=None).json["results"][0][
                "guard"], "unreachable")
            self.resolve("Sick", "web1", wait=None)
        finally:
            self.farm.popen.send_signal(signal.SIGCONT)
        self.farm.wait_state("web4", "drain")
        self.farm.wait_state("web1", "ready")
        self.steward.wait_phase(overrides[0], "released")
        self.steward.wait_phase(result["override"], "active")
        self.assertEqual(self.farm.weight("web2"), 50)

    def test_a_haproxy_that_stands_still_within_a_command_gets_it_once_in_effect(self):
        self.between.set_fault(None)
        with self.between.faulty(where="set server", hang=True):
            (result,) = self.steward.tell(sick("web1"), wait="500ms")
            held = self.steward.override(result["override"])
            self.assertIn(held["phase"], ("pending", "active"))
        self.steward.wait_phase(result["override"], "active")
        self.assertEqual(self.farm.state("web1"), "drain")
        self.resolve("Sick", "web1")
        self.farm.wait_state("web1", "ready")

    def test_a_socket_that_is_gone_is_waited_for(self):
        overrides = self.everything()
        self.between.stop()
        wait_until("the steward to notice", lambda: self.steward.value(
            "haproxy_steward_instance_up", haproxy="lb1") == 0)
        self.farm.restart()
        self.between.listen()
        self.assert_converges(overrides)

    def test_a_lease_that_ran_out_meanwhile_ends_when_it_is_back(self):
        override = self.fire("Brief", "web1")
        self.between.stop()
        time.sleep(2.5)
        self.between.listen()
        self.assertEqual(self.steward.wait_phase(override, "released")["end"], "expired")
        self.farm.wait_state("web1", "ready")

    def test_an_answer_cut_in_half_is_none(self):
        overrides = self.everything()
        self.between.forget()
        with self.between.faulty(where="show servers state",
                                 cut=lambda answer: len(answer) * 2 // 3):
            holds("nothing is done on half an answer", lambda: not self.between.mutating(), 1.5)
        self.assert_converges(overrides)
        self.assertEqual(self.between.mutating(), [])


def load_tests(loader, *_):
    return on_each_haproxy(loader, Interrupted)


if __name__ == "__main__":
    unittest.main()
