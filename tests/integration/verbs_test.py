"""The verbs that act on HAProxy, through a daemon and straight to a socket: what they say, what
they do, and their exit codes."""

import json
import os
import time
import unittest

from alerting import delivery
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import folder, free_port, holds, wait_until
from operator_side import HeldSessions, Operator
from parts import certificate

HOSTILE = "\x1b[2J\n\x9b31m"


class Verbs(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.steward = cls.shared(ControlledSteward(cls.home, cls.farm.socket,
                                                   rules=[rule("Sick")]))
        cls.admin = Operator.of(cls.steward)

    def setUp(self):
        super().setUp()
        self.addCleanup(self._leave_as_found)

    def _leave_as_found(self):
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}", role="admin")
        wait_until("all to be released", lambda: not self.steward.live())

    def done(self, *words, by=None, **options):
        """Its output; it had to be done, and nothing to complain of."""
        run = (by or self.admin).run(*words, **options)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        return run.stdout

    def not_done(self, code, *words, by=None, said=(), **options):
        """One line of complaint, with these words, and this exit code."""
        run = (by or self.admin).run(*words, **options)
        self.assertEqual(run.returncode, code, run.stderr or run.stdout)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertTrue(run.stderr.startswith("haproxy-steward: "), run.stderr)
        for word in said:
            self.assertIn(str(word), run.stderr)
        return run


class Acting(Verbs):
    def test_each_verb_does_what_it_says(self):
        said = self.done("drain", "web/web1", "--for", "2h", "--reason", "new disk")
        self.assertRegex(said, r"^lb1:web/web1: drain is in force until \S+Z, override \w+\n$")
        self.assertEqual(self.farm.state("web1"), "drain")
        self.done("maint", "web/web2")
        self.assertEqual(self.farm.state("web2"), "maint")
        self.done("weight", "web/web3", "50%")
        self.assertEqual(self.farm.weight("web3"), 50)
        self.done("checks", "web/web3", "off")
        self.assertFalse(self.farm.checks_run("web3"))
        self.done("health", "web/web4", "down")
        self.assertEqual(self.farm.status("web4"), "DOWN")
        self.done("health", "web/web4", "auto")
        self.done("checks", "web/web3", "on")
        self.assertTrue(self.farm.checks_run("web3"))
        self.done("ready", "web/web1")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.done("ready", "web/web2")
        self.assertEqual(self.farm.state("web2"), "ready")
        held = self.steward.overrides(server="web1")[0]
        self.assertEqual(held["reason"], "new disk")

    def test_a_dry_run_does_nothing(self):
        self.assertIn("would be", self.done("drain", "web/web1", "--dry-run"))
        self.assertEqual((self.farm.state("web1"), self.steward.live()), ("ready", []))

    def test_json_is_the_answer_of_the_api(self):
        (result,) = json.loads(self.done("drain", "web/web1", "--output", "json"))["results"]
        self.assertEqual((result["result"], result["phase"]), ("created", "active"))
        self.assertEqual(self.steward.override(result["override"])["value"], "drain")

    def test_what_is_wrong_with_the_words_is_code_2_and_nobody_is_asked(self):
        nowhere = Operator("--url", f"http://127.0.0.1:{free_port()}")
        for words in (["drain"], ["drain", "web"], ["drain", "web/web1", "--for", "soon"],
                      ["weight", "web/web1"], ["health", "web/web1", "ill"],
                      ["checks", "web/web1", "perhaps"], ["drain", "web/web1", "--output", "xml"],
                      ["weight", "web/web1", "--ramp", "1%", "--over", "1m"],
                      ["rollout", "web"], ["add", "web/web9"],
                      ["rollouts", "17", "halt"]):
            with self.subTest(words=words):
                by = self.admin if words[0] == "rollouts" else nowhere
                self.not_done(2, *words, by=by)

    def test_what_is_not_there_is_code_1(self):
        self.not_done(1, "drain", "web/nobody", said=["nobody", "web1"])
        self.not_done(1, "drain", "nowhere/web1", said=["nowhere"])
        self.not_done(1, "weight", "web/web1", "1000", said=["1000"])
        self.not_done(1, "release", "17", said=["17"])
        self.not_done(1, "drain", "web/web1", "--instance", "lb9")

    def test_who_may_not_is_code_3(self):
        viewer = Operator.of(self.steward, "viewer")
        self.not_done(3, "drain", "web/web1", by=viewer, said=["forbidden", "viewer"])
        operator = Operator.of(self.steward, "operator")
        self.not_done(3, "maint", "web/web1", by=operator, said=["maint"])
        self.assertEqual(self.farm.state("web1"), "ready")

    def test_a_guard_that_refuses_is_code_3_with_its_numbers(self):
        for name in ("web1", "web2", "web3"):
            self.done("drain", f"web/{name}")
        self.not_done(3, "drain", "web/web4", said=["min_available"])
        self.assertEqual(self.farm.state("web4"), "ready")
        self.done("drain", "web/web4", "--force")
        self.assertEqual(self.farm.state("web4"), "drain")

    def test_overrides_are_listed_and_released(self):
        self.done("drain", "web/web1", "--reason", "a" + HOSTILE)
        table = self.done("overrides")
        self.assertRegex(table, r"(?m)^\w{26}  lb1:web/web1 +drain +active +admin ")
        self.assertNotRegex(table, r"[\x1b\x9b]")
        (held,) = json.loads(self.done("overrides", "--output", "json"))["overrides"]
        self.assertIn("released", self.done("release", held["id"]))
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assertEqual(len(self.done("overrides").splitlines()), 1)
        self.assertIn(held["id"], self.done("overrides", "--all"))

    def test_automation_is_paused_and_resumed(self):
        self.assertIn("network", self.done("pause", "network work"))
        self.assertTrue(self.steward.get("/api/v1/automation").json["paused"])
        self.assertIn("are acted on", self.done("resume"))
        self.assertFalse(self.steward.get("/api/v1/automation").json["paused"])

    def test_the_audit_is_shown_and_followed(self):
        self.done("drain", "web/web1")
        lines = self.done("audit", "--limit", "5").splitlines()
        self.assertEqual(len(lines), 6)
        self.assertRegex(lines[-1], r"active +lb1:web/web1 +state ready -> drain")
        follower = self.start(self.admin.start("audit", "--follow", "--limit", "1"))
        follower.stdout.readline(), follower.stdout.readline()
        self.done("weight", "web/web2", "7")
        seen = follower.stdout.readline() + follower.stdout.readline()
        self.assertRegex(seen, "(?s)created.*web2.*active.*web2")
        follower.send_signal(2)
        self.assertEqual(follower.wait(5), 130)

    def test_evaluate_says_what_would_be_done_alert_by_alert(self):
        path = self.home / "alerts.json"
        path.write_text(json.dumps(delivery(sick("web1"), sick("web2", "Odd", note=HOSTILE),
                                            sick("nobody"))))
        said = self.done("evaluate", path)
        self.assertRegex(said, r"alert Sick \(firing\), proxy=web, server=web1\n.*\n"
                               r"  lb1:web/web1  Sick  created  drain")
        self.assertRegex(said, r"(?s)alert Odd.*ignored.*alert Sick.*rejected.*unknown_server")
        self.assertNotRegex(said, r"[\x1b\x9b]")
        with path.open() as piped:
            results = json.loads(self.done("evaluate", "-", "--output=json", stdin=piped))["results"]
        self.assertEqual([each["result"] for each in results], ["created", "ignored", "rejected"])
        self.assertEqual((self.farm.state("web1"), self.steward.live()), ("ready", []))
        path.write_text("{")
        self.not_done(1, "evaluate", path, said=["JSON"])


class Waiting(Verbs):
    def test_a_drain_is_waited_for_with_a_line_for_each_change(self):
        with HeldSessions(self.farm, 2) as held:
            drain = self.start(self.admin.start("drain", "web/web1", "--wait", "30s"))
            self.assertIn("in force", drain.stdout.readline())
            self.assertEqual(drain.stdout.readline(), "drain web/web1: 2 sessions left\n")
            held.let_go()
            out, err = drain.communicate(timeout=15)
        self.assertEqual((drain.returncode, err), (0, ""))
        self.assertEqual(out.splitlines()[-1], "drain web/web1: no session left")
        self.assertNotRegex(out, r"[\x1b\r]")

    def test_sessions_that_are_left_are_code_4_and_it_stays_drained(self):
        with HeldSessions(self.farm, 1):
            self.not_done(4, "drain", "web/web1", "--wait", "1s",
                          said=["1 session left", "release"])
            self.assertEqual(self.farm.state("web1"), "drain")

    def test_on_a_terminal_a_bar_is_drawn_and_stays_when_it_is_over(self):
        with (HeldSessions(self.farm, 2) as held,
              self.admin.terminal("drain", "web/web1", "--wait", "1m") as screen):
            screen.until(r"drain web/web1  \[-+\] +0%  2 sessions left  \S+ left")
            held.let_go()
            self.assertEqual(screen.end(), 0)
            self.assertEqual(screen.lines[-1],
                             "drain web/web1  [##############################] 100%  "
                             "no session left")
            self.assertTrue(screen.seen.endswith("\n"), screen.seen)

    def test_a_narrow_terminal_has_the_words(self):
        with (HeldSessions(self.farm, 1),
              self.admin.terminal("drain", "web/web1", "--wait", "1s", width=30) as screen):
            screen.until("1 ses")
            self.assertEqual(screen.end(), 4)
            drawn = [line for line in screen.lines if line.startswith("drain web/web1 ")]
            self.assertTrue(drawn and all(len(line) < 30 for line in drawn), screen.lines)

    def test_no_control_codes_where_they_are_not_wanted(self):
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            with (self.subTest(**variables),
                  self.admin.terminal("drain", "web/web1", "--wait", "5s", **variables) as screen):
                self.assertEqual(screen.end(), 0)
                self.assertNotIn("\x1b", screen.seen)
                self.assertIn("drain web/web1: no session left", screen.seen)

    def test_interrupted_it_says_what_stays_and_how_to_undo_it(self):
        with (HeldSessions(self.farm, 1),
              self.admin.terminal("drain", "web/web1", "--wait", "1m", width=300) as screen):
            screen.until("1 session left")
            self.assertEqual(screen.interrupt().end(), 130)
            self.assertRegex(screen.lines[-1], "^haproxy-steward: interrupted; .*undo it with: "
                                               r"haproxy-steward release \w+ --url ")
            self.assertEqual(self.farm.state("web1"), "drain")
            words = screen.lines[-1].split("haproxy-steward ")[-1].split()
        run = Operator().run(*words)  # what it says is what works
        self.assertEqual(run.returncode, 0, run.stderr)
        self.farm.wait_state("web1", "ready")

    def test_a_daemon_that_is_restarted_meanwhile_is_waited_for(self):
        farm = self.start(Farm(self.home, name="another"))
        steward = self.start(ControlledSteward(self.home, farm.socket, name="second"))
        with HeldSessions(farm, 1) as held:
            drain = self.start(Operator.of(steward).start("drain", "web/web1", "--wait", "1m"))
            drain.stdout.readline(), drain.stdout.readline()
            steward.end(9)
            time.sleep(0.5)
            self.start(steward.successor())
            held.let_go()
            out, err = drain.communicate(timeout=30)
        self.assertEqual((drain.returncode, err), (0, ""), out)


class Connecting(Verbs):
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


class WithoutDaemon(Verbs):
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

    def test_evaluate_needs_no_daemon(self):
        path = self.home / "action.json"
        path.write_text(json.dumps({"action": "drain", "backend": "web", "server": "web1"}))
        self.assertIn("created", self.done("evaluate", path, by=self.alone))
        self.assertEqual(self.farm.state("web1"), "ready")


if __name__ == "__main__":
    unittest.main()
