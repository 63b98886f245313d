"""What people do to a backend's servers from the command line: add, remove, rollouts."""

import json
import re
import unittest

from control import ControlCase, ControlledSteward
from farm import CountingWeb, Farm
from harness import folder, free_port, wait_until
from operator_side import HeldSessions, Operator

# Servers that are looked at often are added as quickly.
SOON = ("--option", "inter=100ms")


class Changes(ControlCase):
    """A farm, a daemon and a new web server, for each test."""

    def setUp(self):
        super().setUp()
        self.farm = self.start(Farm(self.home, name=f"farm{free_port()}"))
        self.steward = self.start(ControlledSteward(self.home, self.farm.socket,
                                                    name=f"s{free_port()}"))
        self.admin = Operator.of(self.steward)
        self.web9 = self.start(CountingWeb("web9"))
        self.address = f"127.0.0.1:{self.web9.port}"

    def done(self, *words, by=None):
        run = (by or self.admin).run(*words)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        self.assertNotRegex(run.stdout, r"[\x1b\r]")
        return run.stdout

    def not_done(self, code, *words, by=None):
        run = (by or self.admin).run(*words)
        self.assertEqual(run.returncode, code, run.stderr or run.stdout)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        return run.stderr

    def servers(self):
        return sorted(name for _, name in self.farm.servers())

    def undo(self, said):
        """Does what the line says one can do."""
        words = re.search("undo it with: haproxy-steward (.*)", said)[1].split()
        run = Operator().run(*words)
        self.assertEqual(run.returncode, 0, run.stderr)


class Members(Changes):
    def test_a_server_is_added_and_removed_with_a_line_for_each_change(self):
        said = self.done("add", "web/web9", self.address, *SOON).splitlines()
        self.assertRegex(said[0], "^add lb1:web/web9: (adding|joining)")
        self.assertEqual(said[-1], "add lb1:web/web9: present")
        wait_until("it to serve", lambda: self.farm.status("web9") == "UP")
        self.assertRegex(self.done("overrides"),
                         f"web/web9 +present at {self.address} +present +admin")
        said = self.done("remove", "web/web9").splitlines()
        self.assertRegex(said[0], "^remove lb1:web/web9: draining")
        self.assertNotIn("web9", self.servers())

    def test_a_server_of_the_configuration_is_removed(self):
        self.assertRegex(self.done("remove", "web/web4"), r"remove lb1:web/web4: absent\n$")
        self.assertNotIn("web4", self.servers())

    def test_refusals_and_failures_have_their_codes(self):
        self.assertIn("there already", self.not_done(3, "add", "web/web1", self.address))
        self.not_done(1, "add", "nowhere/web9", self.address)
        self.not_done(1, "add", "web/web9", "not an address")
        self.not_done(1, "remove", "web/nobody")
        self.not_done(3, "add", "web/web9", self.address, by=Operator.of(self.steward, "operator"))
        self.web9.bad = True
        self.assertIn("no check", self.not_done(4, "add", "web/web9", self.address, *SOON,
                                                "--timeout", "1s"))
        self.assertNotIn("web9", self.servers())

    def test_sessions_are_counted_down_and_a_deadline_is_code_4(self):
        with (HeldSessions(self.farm, 2) as held,
              self.admin.terminal("remove", "web/web1", "--timeout", "1m") as screen):
            screen.until(r"remove lb1:web/web1  \[#+-+\].*2 sessions left.*s left")
            held.let_go()
            self.assertEqual(screen.end(), 0)
            self.assertIn("100%  absent", screen.lines[-1])
        with HeldSessions(self.farm_without("web1"), 1):
            self.assertIn("left", self.not_done(4, "remove", "web/web2", "--timeout", "1s"))
            self.assertEqual(self.farm.state("web2"), "ready")

    def farm_without(self, name):
        self.farm.webs.pop(name)
        return self.farm

    def test_a_dry_run_shows_the_command(self):
        self.assertRegex(self.done("add", "web/web9", self.address, "--dry-run"),
                         f"^lb1:web/web9: add server web/web9 {self.address} check")
        self.assertIn("would be", self.done("remove", "web/web1", "--dry-run"))
        self.assertEqual(self.servers(), ["web1", "web2", "web3", "web4"])

    def test_json_is_the_memberships_as_they_ended(self):
        run = self.admin.run("add", "web/web9", self.address, *SOON, "--output", "json")
        (membership,) = json.loads(run.stdout)["memberships"]
        self.assertEqual((membership["stage"], membership["server"]), ("present", "web9"))
        self.assertIn("add lb1:web/web9: ", run.stderr)

    def test_interrupted_it_goes_on_and_can_be_undone(self):
        self.web9.bad = True
        add = self.start(self.admin.start("add", "web/web9", self.address, "--timeout", "1m"))
        wait_until("the server", lambda: "web9" in self.servers())
        add.send_signal(2)
        _, said = add.communicate(timeout=30)
        self.assertEqual(add.returncode, 130)
        self.assertIn("web9", self.servers())
        self.undo(said)
        wait_until("it to be gone", lambda: "web9" not in self.servers())

    def test_without_a_daemon_alike(self):
        temporary = self.start(folder())
        alone = Operator("--socket", f"unix:{self.farm.socket}",
                         environment={"TMPDIR": str(temporary)})
        self.assertIn("present", self.done("add", "web/web9", self.address, *SOON, by=alone))
        self.assertIn("web9", self.servers())
        self.done("rollout", "web", "--cycle", "web1", "--soak", "300ms", by=alone)
        self.done("remove", "web/web9", by=alone)
        self.assertNotIn("web9", self.servers())
        self.assertEqual(list(temporary.iterdir()), [])


class Rollouts(Changes):
    def test_servers_are_cycled_one_by_one(self):
        said = self.done("rollout", "web", "--cycle", "web1,web2", "--soak", "300ms")
        self.assertRegex(said, "(?s)web1 soaking.*1 of 2 done; web2.*"
                               r"rollout web: done; 2 of 2 done\n$")
        self.assertEqual(set(self.farm.states().values()), {"ready"})
        self.assertRegex(self.done("rollouts"), r"(?m)^\w{26}  web +done +2 of 2 done +admin")

    def test_a_server_is_replaced(self):
        self.done("rollout", "web", "--replace", f"web1=web9@{self.address}", *SOON,
                  "--soak", "300ms")
        self.assertEqual(self.servers(), ["web2", "web3", "web4", "web9"])

    def test_a_replacement_that_is_no_good_is_undone_and_code_1(self):
        self.web9.bad = True
        said = self.not_done(1, "rollout", "web", "--replace", f"web1=web9@{self.address}", *SOON,
                             "--health-timeout", "1s")
        self.assertIn("rolled_back", said)
        self.assertEqual(self.servers(), ["web1", "web2", "web3", "web4"])
        self.assertEqual(set(self.farm.states().values()), {"ready"})

    def test_the_hook_runs_while_a_server_is_out(self):
        seen = self.home / f"hook{free_port()}"
        self.done("rollout", "web", "--cycle", "web1,web2", "--soak", "300ms", "--hook",
                  f"echo $STEWARD_BACKEND $STEWARD_SERVER $STEWARD_ROLLOUT >> {seen}")
        lines = seen.read_text().splitlines()
        self.assertEqual([line.split()[:2] for line in lines], [["web", "web1"], ["web", "web2"]])

    def test_a_hook_that_fails_brings_the_server_back_and_is_code_1(self):
        said = self.not_done(1, "rollout", "web", "--cycle", "web1,web2", "--hook", "exit 7")
        self.assertIn("the hook of web1 failed with 7", said)
        self.farm.wait_state("web1", "ready")
        self.assertEqual(self.farm.state("web2"), "ready")

    def test_it_is_steered_from_elsewhere(self):
        words = ("rollout", "web", "--cycle", "web1", "--approval", "--soak", "300ms")
        rollout = json.loads(self.done(*words, "--detach", "--output=json"))["id"]
        self.farm.wait_state("web1", "maint")
        wait_until("the approval", lambda: "approval" in self.done("rollouts", rollout))
        self.assertIn("paused", self.done("rollouts", rollout, "pause", "--reason", "lunch"))
        self.done("rollouts", rollout, "resume")
        self.done("rollouts", rollout, "approve", "--server", "web1")
        wait_until("the end", lambda: "1 of 1 done" in self.done("rollouts", rollout))
        self.not_done(3, "rollouts", rollout, "abort")
        self.not_done(1, "rollouts", "17")

    def test_a_bar_is_drawn_and_stays(self):
        with self.admin.terminal("rollout", "web", "--cycle", "web1", "--soak", "500ms") as screen:
            screen.until(r"rollout web  \[#+-+\]")
            self.assertEqual(screen.end(), 0)
            self.assertEqual(screen.lines[-1], "rollout web  [##############################] 100%"
                                               "  done; 1 of 1 done")

    def test_interrupted_it_goes_on_and_can_be_undone(self):
        rollout = self.start(self.admin.start("rollout", "web", "--cycle", "web1", "--approval"))
        self.farm.wait_state("web1", "maint")
        rollout.send_signal(2)
        _, said = rollout.communicate(timeout=30)
        self.assertEqual(rollout.returncode, 130)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertEqual(self.farm.state("web1"), "maint")
        self.undo(said)
        self.farm.wait_state("web1", "ready")

    def test_a_daemon_that_is_killed_meanwhile_goes_on_and_is_waited_for(self):
        rollout = self.start(self.admin.start("rollout", "web", "--cycle", "web1,web2",
                                              "--soak", "1s"))
        wait_until("the first step", lambda: self.farm.state("web1") != "ready")
        self.steward.end(9)
        self.start(self.steward.successor())
        out, err = rollout.communicate(timeout=40)
        self.assertEqual((rollout.returncode, err), (0, ""), out)
        self.assertIn("2 of 2 done", out)

    def test_who_may_not_and_what_is_not_there(self):
        viewer = Operator.of(self.steward, "viewer")
        self.not_done(3, "rollout", "web", "--cycle", "web1", by=viewer)
        operator = Operator.of(self.steward, "operator")
        self.not_done(3, "rollout", "web", "--replace", f"web1=web9@{self.address}", by=operator)
        self.not_done(1, "rollout", "web", "--cycle", "web1,nobody")
        self.not_done(1, "rollout", "nowhere", "--cycle", "web1")


if __name__ == "__main__":
    unittest.main()
