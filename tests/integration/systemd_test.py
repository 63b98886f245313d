"""What systemd is told: ready, reloading, alive, stopping; and what the environment asks for."""

import os
import signal
import socket
import unittest

from control import ControlCase, ControlledSteward, rule
from harness import wait_until
from small import SmallHAProxy


class Systemd(ControlCase):
    def setUp(self):
        super().setUp()
        self.haproxy = self.start(SmallHAProxy(self.home, name=f"h{self._testMethodName[-8:]}"))
        self.path = self.home / "notify.sock"
        self.notify = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.notify.bind(str(self.path))
        self.addCleanup(os.unlink, self.path)
        self.notify.settimeout(10)

    def steward(self, **environment):
        return self.start(ControlledSteward(
            self.home, self.haproxy.socket, rules=[rule("Sick")], name=self._testMethodName[-8:],
            environment={"NOTIFY_SOCKET": str(self.path), **environment}))

    def heard(self):
        return self.notify.recv(4096).decode()

    def test_it_is_ready_reloads_and_stops(self):
        steward = self.steward()
        self.assertEqual(self.heard(), "READY=1")
        steward.popen.send_signal(signal.SIGHUP)
        state, monotonic = self.heard().split("\n")
        self.assertEqual(state, "RELOADING=1")
        self.assertRegex(monotonic, r"^MONOTONIC_USEC=\d+$")
        self.assertEqual(self.heard(), "READY=1")
        self.assertEqual(steward.value("haproxy_steward_config_last_reload_successful"), 1)
        code, _ = steward.end()
        self.assertEqual((code, self.heard()), (0, "STOPPING=1"))

    def test_a_watchdog_hears_of_it_and_stops_hearing_when_it_stands_still(self):
        steward = self.steward(WATCHDOG_USEC="200000")
        self.assertEqual(self.heard(), "READY=1")
        for _ in range(3):
            self.assertEqual(self.heard(), "WATCHDOG=1")
        steward.popen.send_signal(signal.SIGSTOP)
        self.addCleanup(steward.popen.send_signal, signal.SIGCONT)
        self.notify.settimeout(1)
        with self.assertRaises(TimeoutError):
            for _ in range(10):
                self.heard()

    def test_a_broken_configuration_is_not_taken_and_the_old_one_stays(self):
        steward = self.steward()
        path = next(word.split("=", 1)[1] for word in steward.argv if word.startswith("--config"))
        with open(path, encoding="utf-8") as file:
            good = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace('"rules"', '"rulez"'))
        problem = self.assert_problem(steward.post("/-/reload", None, role="admin"), 422,
                                      "invalid_configuration")
        self.assertIn("did you mean 'rules'", problem["detail"])
        steward.popen.send_signal(signal.SIGHUP)
        wait_until("the log to say so", lambda: steward.log().count("the old one stays") == 2)
        self.assertEqual(steward.value("haproxy_steward_config_last_reload_successful"), 0)
        self.assertEqual(steward.get("/api/v1/servers").status, 200)
        with open(path, "w", encoding="utf-8") as file:
            file.write(good)
        self.assertEqual(steward.post("/-/reload", None, role="admin").status, 200)


if __name__ == "__main__":
    unittest.main()
