"""Whom the verbs ask: a daemon over HTTP, TLS or a unix socket, one that is odd, or HAProxy
itself."""

import http.server
import json
import os
import socket
import unittest

from control import ControlledSteward
from farm import Farm
from harness import folder, free_port, holds, wait_until
from interposer import Fault, Interposer
from operator_side import HOSTILE, HeldSessions, Operator, VerbCase
from parts import Served, certificate


class Told(Served):
    """A daemon that says the same to everything."""

    def __init__(self, status, body):
        text = json.dumps(body).encode()

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        super().__init__(Page)


class Connecting(VerbCase):
    def test_the_environment_says_whom_to_ask(self):
        url = f"http://127.0.0.1:{self.steward.control_port}"
        for variables in ({"STEWARD_TOKEN_FILE": str(self.steward.tokens["viewer"])},
                          {"STEWARD_TOKEN": self.steward.token("viewer")}):
            by = Operator(environment=variables | {"STEWARD_URL": url})
            self.assertIn("PHASE", self.done("overrides", by=by))

    def test_a_wrong_token_and_none_are_told_with_where_it_is_looked_for(self):
        url = ["--url", f"http://127.0.0.1:{self.steward.control_port}"]
        for by in (Operator(*url), Operator(*url, environment={"STEWARD_TOKEN": "wrong" * 8})):
            run = self.not_done(1, "overrides", by=by, said=["--token-file"])
            self.assertNotIn("wrongwrong", run.stderr)
        nobody = Operator(*url, "--token-file", self.home / "no.token")
        self.not_done(1, "overrides", by=nobody, said=["no.token"])

    def test_a_daemon_that_is_not_there_is_one_sentence(self):
        port = free_port()
        self.not_done(1, "overrides", by=Operator("--url", f"http://127.0.0.1:{port}"),
                      said=[port, "cannot be reached"])
        self.not_done(1, "overrides", by=Operator("--url", f"unix:{self.home}/no.sock"),
                      said=["no.sock"])

    def test_a_daemon_that_does_not_answer_is_code_4_and_can_be_left(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            by = Operator("--url", f"http://127.0.0.1:{silent.getsockname()[1]}")
            self.not_done(4, "overrides", "--timeout", "500ms", by=by, said=["in time"])
            silent.accept()[0].close()
            waiting = self.start(by.start("drain", "web/web1", "--timeout", "1m"))
            with silent.accept()[0]:
                waiting.send_signal(2)
                _, said = waiting.communicate(timeout=30)
            self.assertEqual(waiting.returncode, 130)
            self.assertIn("audit", said)

    def test_what_a_daemon_says_cannot_move_the_cursor(self):
        odd = {"id": HOSTILE, "instance": HOSTILE, "backend": HOSTILE, "server": HOSTILE,
               "stage": HOSTILE, "phase": HOSTILE, "detail": HOSTILE, "reason": HOSTILE,
               "setting": HOSTILE, "value": HOSTILE, "result": HOSTILE, "alert": HOSTILE,
               "guard": HOSTILE, "time": HOSTILE, "event": HOSTILE, "code": HOSTILE,
               "command": HOSTILE, "expires": HOSTILE, "origin": {"principal": HOSTILE}}
        odd["steps"] = [odd | {"out": HOSTILE}]
        answer = odd | {name: [odd] for name in ("overrides", "rollouts", "lines", "results",
                                                  "memberships", "servers")}
        path = self.home / "payload.json"
        path.write_text(json.dumps({"alerts": [{"fingerprint": HOSTILE, "status": HOSTILE,
                                                "labels": {HOSTILE: HOSTILE}}]}))
        for status, body in ((200, answer), (409, answer), (200, [answer]), (200, 7), (200, {}),
                             (200, {name: 7 for name in answer})):
            by = Operator("--url", f"http://127.0.0.1:{self.start(Told(status, body)).port}")
            for words in (["drain", "web/web1", "--dry-run"], ["ready", "web/web1"],
                          ["overrides"], ["rollouts"], ["rollouts", "17"], ["audit"], ["pause"],
                          ["rollouts", "17", "pause"], ["release", "17"], ["evaluate", path],
                          ["add", "web/web9", "x", "--dry-run"],
                          ["rollout", "web", "--cycle", "web1", "--dry-run"],
                          ["__complete", "servers"]):
                with self.subTest(status=status, body=str(body)[:40], words=words):
                    run = by.run(*words)
                    self.assertIn(run.returncode, (0, 1, 3, 4), run.stderr)
                    self.assertNotRegex(run.stdout + run.stderr, r"[\x1b\x9b\x07]|defect")

    def test_a_daemon_behind_tls_or_on_a_unix_socket_answers_alike(self):
        pem = certificate(self.home, "localhost", "localhost")
        web = self.home / "web.yml"
        web.write_text(f"tls_server_config: {{cert_file: {pem}, key_file: {pem}}}\n")
        port, path = free_port(), self.home / "control.sock"
        steward = self.start(ControlledSteward(
            self.home, self.farm.socket, name="tls", control_port=port, ready=False,
            control={"listen_addresses": [f"127.0.0.1:{port}"], "config_file": str(web)}))
        token = ["--token-file", steward.tokens["viewer"]]
        secure = Operator("--url", f"https://localhost:{port}", "--cacert", pem, *token)
        wait_until("an answer over TLS", lambda: secure.run("overrides").returncode == 0)
        self.not_done(1, "overrides", by=Operator("--url", f"https://localhost:{port}", *token),
                      said=["trust", "--cacert"])
        local = self.start(ControlledSteward(self.home, self.farm.socket, name="local", ready=False,
                                             control={"listen_addresses": [f"unix:{path}"]}))
        by = Operator("--url", f"unix:{path}", "--token-file", local.tokens["viewer"])
        wait_until("an answer on the socket", lambda: by.run("overrides").returncode == 0)


class WithoutDaemon(VerbCase):
    """Straight to a socket: the guards hold, nothing is left behind but what was asked."""

    def setUp(self):
        super().setUp()
        self.farm = self.start(Farm(self.home, name=f"alone{free_port()}"))
        self.temporary = self.start(folder())
        self.alone = Operator("--socket", f"unix:{self.farm.socket}",
                              environment={"TMPDIR": str(self.temporary)})

    def tearDown(self):
        self.assertEqual(os.listdir(self.temporary), [])
        super().tearDown()

    def test_what_was_asked_stays_when_the_command_has_ended(self):
        self.done("drain", "web/web1", by=self.alone)
        self.done("weight", "web/web2", "50%", by=self.alone)
        holds("the drain", lambda: self.farm.state("web1") == "drain")
        self.assertEqual(self.farm.weight("web2"), 50)
        self.done("ready", "web/web1", by=self.alone)
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_a_return_from_maintenance_goes_through_a_check(self):
        self.done("maint", "web/web1", by=self.alone)
        self.assertEqual(self.farm.state("web1"), "maint")
        self.done("ready", "web/web1", by=self.alone)
        self.assertEqual((self.farm.state("web1"), self.farm.status("web1")), ("ready", "UP"))
        self.assertIn("UP/DRAIN (leaving forced maintenance)", self.farm.log())

    def test_the_guards_hold(self):
        self.done("drain", "web/web1", by=self.alone)
        self.done("drain", "web/web2", by=self.alone)
        self.not_done(3, "drain", "web/web3", by=self.alone, said=["min_available"])
        self.assertEqual(self.farm.state("web3"), "ready")

    def test_sessions_are_waited_for(self):
        with HeldSessions(self.farm, 1):
            self.not_done(4, "drain", "web/web1", "--wait", "1s", by=self.alone,
                          said=["1 session left", "ready web/web1 --socket"])

    def test_interrupted_it_leaves_no_folder(self):
        with HeldSessions(self.farm, 1):
            drain = self.start(self.alone.start("drain", "web/web1", "--wait", "1m"))
            drain.stdout.readline(), drain.stdout.readline()
            drain.send_signal(15)
            _, err = drain.communicate(timeout=15)
        self.assertEqual(drain.returncode, 130)
        self.assertIn("ready web/web1", err)

    def interrupted(self, *words, once):
        """Ctrl-C once the condition is there: what it says at last."""
        command = self.start(self.alone.start(*words))
        wait_until("the time to interrupt it", once)
        command.send_signal(2)
        _, err = command.communicate(timeout=40)
        self.assertEqual(command.returncode, 130, err)
        self.assertIn("being undone", err)
        return err.splitlines()[-1]

    def test_an_addition_that_is_interrupted_leaves_nothing(self):
        said = self.interrupted("add", "web/web9", f"127.0.0.1:{free_port()}", "--timeout", "1m",
                                once=lambda: ("web", "web9") in self.farm.servers())
        self.assertIn("gone again", said)
        self.assertNotIn(("web", "web9"), self.farm.servers())

    def test_a_removal_that_is_interrupted_brings_the_server_back(self):
        with HeldSessions(self.farm, 1):
            said = self.interrupted("remove", "web/web1",
                                    once=lambda: self.farm.state("web1") == "drain")
        self.assertIn("it is let go", said)
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_a_rollout_that_is_interrupted_is_rolled_back(self):
        said = self.interrupted("rollout", "web", "--cycle", "web1,web2", "--approval",
                                once=lambda: self.farm.state("web1") == "maint")
        self.assertIn("rolled_back", said)
        self.assertEqual(set(self.farm.states().values()), {"ready"})

    def test_what_needs_somebody_to_stay_is_refused(self):
        for words in (["drain", "web/web1", "--for", "1h"],
                      ["rollout", "web", "--cycle", "web1", "--detach"]):
            self.not_done(2, *words, by=self.alone, said=["no daemon"])
        for words in (["overrides"], ["audit"], ["pause"], ["rollouts"], ["release", "17"]):
            self.not_done(2, *words, by=self.alone, said=["--socket"])

    def test_a_haproxy_that_is_not_there_is_one_sentence(self):
        nobody = Operator("--socket", f"unix:{self.home}/no.sock",
                          environment={"TMPDIR": str(self.temporary)})
        self.not_done(1, "drain", "web/web1", by=nobody, said=["no.sock"])

    def test_an_old_haproxy_is_told_from_others(self):
        between = self.start(Interposer(self.home, self.farm.socket, name=f"old{free_port()}"))
        old = Operator("--socket", f"unix:{between.socket}",
                       environment={"TMPDIR": str(self.temporary)})
        # HAProxy 2.4's words.
        between.set_fault(Fault(" server web/web", swallow=True, said=b"This command is restricted "
                                b"to experimental mode only.\n"))
        self.not_done(1, "add", "web/web9", "10.0.0.9:80", by=old,
                      said=["experimental mode", "it takes 2.6"])

    def test_a_backend_that_takes_no_servers_says_so(self):
        for balance in ("static-rr", "source"):
            farm = self.start(Farm(self.home, name=f"fixed{free_port()}",
                                   rest=f"\nbackend fixed\n  balance {balance}\n  server a {{web1}}\n"))
            by = Operator("--socket", f"unix:{farm.socket}",
                          environment={"TMPDIR": str(self.temporary)})
            self.not_done(1, "add", "fixed/b", "10.0.0.9:80", by=by, said=["dynamic"])
            self.assertNotIn(("fixed", "b"), farm.servers())

    def test_evaluate_needs_no_daemon(self):
        path = self.home / "action.json"
        path.write_text(json.dumps({"action": "drain", "backend": "web", "server": "web1"}))
        self.assertIn("created", self.done("evaluate", path, by=self.alone))
        self.assertEqual(self.farm.state("web1"), "ready")


if __name__ == "__main__":
    unittest.main()
