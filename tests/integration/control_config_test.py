"""How the control listener is configured, reached, refused and reloaded."""

import http.client
import json
import signal
import socket
import unittest

from alerting import now
from control import ControlCase, ControlledSteward, rule, secret_file, sick
from farm import Farm
from harness import free_port, holds, wait_until
from interposer import Interposer
from programs import Steward


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class Configured(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))

    def steward(self, **more):
        return self.start(ControlledSteward(self.home, self.between.socket, name=f"c{free_port()}",
                                            **{"rules": [rule("Sick")]} | more))

    def config_of(self, steward):
        (word,) = [word for word in steward.argv if word.startswith("--config.file=")]
        return self.home / word.rpartition("/")[2]

    def assert_refused(self, words, **more):
        steward = self.steward(ready=False, **more)
        self.assertNotEqual(steward.wait(), 0)
        self.assertIn(words, steward.log())

    def test_without_principals_nothing_listens(self):
        port = free_port()
        steward = self.start(Steward(self.home, socket=self.farm.socket, config=json.dumps(
            {"control": {"listen_addresses": [f"127.0.0.1:{port}"]}})))
        self.assertEqual(steward.get().status, 200)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), 1)

    def test_beyond_loopback_it_wants_tls_or_to_be_told_so(self):
        address = f"0.0.0.0:{free_port()}"
        self.assert_refused("insecure", control={"listen_addresses": [address]})
        port = free_port()
        steward = self.steward(control_port=port, control={
            "listen_addresses": [f"0.0.0.0:{port}"], "insecure": True})
        self.assertEqual(steward.get("/api/v1/servers").status, 200)

    def test_secrets_that_everybody_can_read_or_that_are_short_are_refused(self):
        for words, mode, complaint in (("long enough to be a secret", 0o644, "chmod"),
                                       ("short", 0o600, "16")):
            path = secret_file(self.home / f"{free_port()}.token", words)
            path.chmod(mode)
            self.assert_refused(complaint, principals=[
                {"name": "p", "role": "viewer", "token_files": [str(path)]}])

    def test_a_unix_socket_has_the_mode_it_was_given(self):
        path = self.home / "control.sock"
        port = free_port()
        steward = self.steward(control_port=port, control={
            "listen_addresses": [f"unix:{path}", f"127.0.0.1:{port}"], "socket_mode": "0600"})
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        link = UnixConnection(path)
        link.request("GET", "/api/v1/servers",
                     headers={"Authorization": f"Bearer {steward.token('viewer')}"})
        self.assertEqual(link.getresponse().status, 200)
        link.close()
        link = UnixConnection(path)
        link.request("GET", "/api/v1/servers")
        self.assertEqual(link.getresponse().status, 401, "the mode is no credential")
        link.close()
        steward.end()
        self.assertFalse(path.exists())

    def test_a_reload_takes_rules_and_guards_and_keeps_what_is_in_force(self):
        steward = self.steward(rules=[rule("Sick"), rule("Ill")])
        (first,) = steward.tell(sick("web1", starts=now()), wait="5s")
        (other,) = steward.tell(sick("web3", "Ill", starts=now()), wait="5s")
        path = self.config_of(steward)
        config = json.loads(path.read_text())
        config["rules"] = [rule("Sick", match=['alertname="Sick"', 'server="web1"']),
                           rule("Other", set={"weight": 7})]
        config["guards"]["max_overridden"] = {"count": 1}
        path.write_text(json.dumps(config))
        steward.popen.send_signal(signal.SIGHUP)
        wait_until("the reload", lambda: "read again" in steward.log())
        self.assert_one(steward.tell(sick("web2", starts=now())), "ignored")
        self.assertEqual(steward.override(first["override"])["phase"], "active")
        self.assertEqual(steward.wait_phase(other["override"], "released")["end"], "rule")
        self.farm.wait_state("web3", "ready")
        (held,) = steward.tell(sick("web2", "Other", starts=now()))
        self.assertEqual((held["result"], held["guard"]), ("deferred", "max_overridden"))
        steward.tell(sick("web1", status="resolved"), wait="5s")
        steward.wait_phase(held["override"], "active")
        self.assertEqual((self.farm.state("web1"), self.farm.weight("web2")), ("ready", 7))
        steward.tell(sick("web2", "Other", status="resolved"), wait="5s")

    def test_a_configuration_with_problems_is_not_taken_and_told(self):
        steward = self.steward()
        path = self.config_of(steward)
        good = path.read_text()
        path.write_text(good.replace('"Sick"', '"Sick", "nonsense": 1'))
        self.assertEqual(steward.value("haproxy_steward_config_last_reload_successful"), 1)
        answer = steward.post("/-/reload", None, role="admin")
        problem = self.assert_problem(answer, 422, "invalid_configuration")
        self.assertIn("nonsense", problem["detail"])
        self.assertEqual(steward.value("haproxy_steward_config_last_reload_successful"), 0)
        steward.popen.send_signal(signal.SIGHUP)
        holds("it goes on with the old one", lambda: steward.get("/api/v1/servers").status == 200)
        (result,) = steward.tell(sick("web3", starts=now()), wait="5s")
        self.assertEqual(result["result"], "created")
        steward.tell(sick("web3", status="resolved"), wait="5s")
        path.write_text(good)
        self.assertEqual(steward.post("/-/reload", None, role="admin").status, 200)
        self.assertEqual(steward.value("haproxy_steward_config_last_reload_successful"), 1)

    def test_an_action_without_an_instance_is_for_all_that_have_the_server(self):
        other = self.start(Farm(self.home, count=2, name="other"))
        steward = self.start(ControlledSteward(
            self.home, {"lb1": self.between.socket, "lb2": other.socket}, name="two"))
        results = steward.act("drain", "web1").json["results"]
        self.assertEqual([(each["instance"], each["phase"]) for each in results],
                         [("lb1", "active"), ("lb2", "active")])
        results = steward.act("drain", "web3").json["results"]
        self.assertEqual([each["instance"] for each in results], ["lb1"])
        results = steward.act("ready", "web1", instance="lb2").json["results"]
        self.assertEqual([each["instance"] for each in results], ["lb2"])
        self.assertEqual((self.farm.state("web1"), other.state("web1")), ("drain", "ready"))
        for web in ("web1", "web3"):
            steward.done("ready", web, instance="lb1")

    def test_one_that_hangs_does_not_hold_up_the_other(self):
        other = self.start(Farm(self.home, count=2, name="hanging"))
        steward = self.start(ControlledSteward(
            self.home, {"lb1": self.between.socket, "lb2": other.socket}, name="hung"))
        other.popen.send_signal(signal.SIGSTOP)
        try:
            wait_until("it to notice", lambda: steward.value(
                "haproxy_steward_instance_up", haproxy="lb2") == 0)
            result = steward.done("drain", "web4", instance="lb1")
            self.assertEqual(result["phase"], "active")
            listed = steward.get("/api/v1/servers")
            self.assertLess(listed.seconds, 1)
            self.assertEqual({each["instance"] for each in listed.json["servers"]}, {"lb1", "lb2"})
        finally:
            other.popen.send_signal(signal.SIGCONT)
        steward.done("ready", "web4", instance="lb1")


if __name__ == "__main__":
    unittest.main()
