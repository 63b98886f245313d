"""The verbs that act on HAProxy through a daemon: what they say, what they do, and their exit
codes."""

import json
import time
import unittest

from alerting import delivery
from control import ControlledSteward, sick
from farm import Farm
from harness import free_port, wait_until
from operator_side import HOSTILE, HeldSessions, Operator, VerbCase


class Acting(VerbCase):
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
        self.not_done(3, "health", "web/web4", "down", said=["min_available", "not checked"])
        self.done("checks", "web/web3", "on")
        self.assertTrue(self.farm.checks_run("web3"))
        wait_until("a check of web3 to pass", lambda: self.admin.run(
            "health", "web/web4", "down", "--dry-run").returncode == 0)
        self.done("health", "web/web4", "down")
        self.assertEqual(self.farm.status("web4"), "DOWN")
        self.done("health", "web/web4", "auto")
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

    def test_servers_are_shown_as_the_daemon_has_them(self):
        self.done("drain", "web/web1")
        said = self.done("servers", "web")
        self.assertRegex(said, r"lb1:web/web1 +127\.0\.0\.1:\d+ +\S+ +drain +100 .*01[0-9A-Z]{24}")
        self.assertRegex(said, r"lb1:web/web2 .* ready ")
        self.not_done(1, "servers", "nowhere", said=["nowhere"])

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
        self.assertRegex(said, r"alert Sick \(firing\), proxy=web, server=web1\n"
                               r"  rule Sick: matches\n.*\n"
                               r"  lb1:web/web1  Sick  created  drain.*\n"
                               r"  guards of lb1:web/web1: paused, .*, flap let it pass\n")
        self.assertIn('rule Sick: alertname="Sick" does not match', said)
        self.assertRegex(said, r"(?s)alert Odd.*ignored.*alert Sick.*rejected.*unknown_server")
        self.assertNotRegex(said, r"[\x1b\x9b]")
        with path.open() as piped:
            results = json.loads(self.done("evaluate", "-", "--output=json", stdin=piped))["results"]
        self.assertEqual([each["result"] for each in results], ["created", "ignored", "rejected"])
        self.assertEqual((self.farm.state("web1"), self.steward.live()), ("ready", []))
        path.write_text("{")
        self.not_done(1, "evaluate", path, said=["JSON"])


class Waiting(VerbCase):
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


if __name__ == "__main__":
    unittest.main()
