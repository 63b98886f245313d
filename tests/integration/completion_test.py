"""Completion: the scripts, as the shells themselves run them."""

import os
import shutil
import subprocess
import unittest

from control import ControlledSteward
from farm import Farm
from harness import Case, free_port
from operator_side import PLAIN, Operator
from programs import run_steward, steward_binary

# Completes the words of $LINE as if TAB was pressed behind them.
BASH = r"""
source <(haproxy-steward completion bash)
COMP_LINE=$LINE COMP_POINT=${#LINE}
_haproxy_steward
printf '%s\n' "${COMPREPLY[@]}"
"""

ZSH = r"""
autoload -Uz compinit; compinit -u -d "$ZDOTDIR/dump"
source <(haproxy-steward completion zsh)
print -r -- ${_comps[haproxy-steward]}
functions _haproxy_steward >/dev/null && print whole
"""


class Completion(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.steward = cls.shared(ControlledSteward(cls.home, cls.farm.socket))
        programs = cls.home / "bin"
        programs.mkdir()
        (programs / "haproxy-steward").symlink_to(steward_binary())
        cls.environment = PLAIN | {
            "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(cls.home),
            "ZDOTDIR": str(cls.home), "STEWARD_TOKEN_FILE": str(cls.steward.tokens["viewer"]),
            "STEWARD_URL": f"http://127.0.0.1:{cls.steward.control_port}"}

    def shell(self, *argv, **variables):
        run = subprocess.run(argv, text=True, capture_output=True, timeout=20,
                             env=self.environment | variables, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        return run.stdout.split()

    def bash(self, line, **variables):
        return self.shell("bash", "--norc", "-c", BASH, LINE=line, **variables)

    def test_commands_flags_and_fixed_words(self):
        self.assertIn("rollout", self.bash("haproxy-steward ro"))
        self.assertEqual(self.bash("haproxy-steward roll"), ["rollout", "rollouts"])
        self.assertNotIn("__complete", self.bash("haproxy-steward "))
        self.assertEqual(self.bash("haproxy-steward drain --wa"), ["--wait"])
        self.assertEqual(self.bash("haproxy-steward ready --wa"), [])
        self.assertEqual(self.bash("haproxy-steward health web/web1 "),
                         ["up", "down", "stopping", "auto"])
        self.assertEqual(self.bash("haproxy-steward drain --output "), ["table", "json"])
        self.assertEqual(self.bash("haproxy-steward rollouts 17 a"), ["approve", "abort"])
        self.assertEqual(self.bash("haproxy-steward completion "), ["bash", "zsh", "fish"])

    def test_servers_and_backends_are_those_there_are(self):
        servers = [f"web/web{i}" for i in range(1, 5)]
        self.assertEqual(self.bash("haproxy-steward drain "), servers)
        self.assertEqual(self.bash("haproxy-steward maint --reason x web/web1"), ["web/web1"])
        self.assertEqual(self.bash("haproxy-steward rollout "), ["web"])
        url = self.environment["STEWARD_URL"]
        nobody = f"http://127.0.0.1:{free_port()}"
        self.assertEqual(self.bash("haproxy-steward drain ", STEWARD_URL=nobody), [])
        self.assertEqual(self.bash(f"haproxy-steward drain --url {url} ", STEWARD_URL=nobody),
                         servers)
        self.assertEqual(self.bash(f"haproxy-steward drain --url={url} ", STEWARD_URL=nobody),
                         servers)
        self.assertEqual(
            self.bash(f"haproxy-steward drain --socket unix:{self.farm.socket} web/web4"),
            ["web/web4"])

    def test_ids_are_those_that_live(self):
        result = self.steward.done("drain", "web1")
        self.assertEqual(self.bash("haproxy-steward release "), [result["override"]])

    def test_names_are_asked_for_quickly_and_without_complaints(self):
        nobody = Operator("--url", f"http://127.0.0.1:{free_port()}")
        run = nobody.run("__complete", "servers", timeout=3)
        self.assertEqual((run.stdout, run.stderr), ("", ""))

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh_takes_its_script(self):
        self.assertEqual(self.shell("zsh", "-f", "-c", ZSH), ["_haproxy_steward", "whole"])

    @unittest.skipUnless(shutil.which("fish"), "there is no fish")
    def test_fish_completes(self):
        def fish(line):
            return self.shell("fish", "--no-config", "-c", "haproxy-steward completion fish |"
                              " source; complete -C $LINE | string replace -r '\\t.*' ''; true",
                              LINE=line)
        self.assertEqual(fish("haproxy-steward roll"), ["rollout", "rollouts"])
        self.assertEqual(fish("haproxy-steward drain web/web"),
                         [f"web/web{i}" for i in range(1, 5)])
        self.assertEqual(fish("haproxy-steward drain --wa"), ["--wait"])
        self.assertEqual(fish("haproxy-steward health --output "), ["json", "table"])

    def test_another_shell_is_refused(self):
        run = run_steward("completion", "csh")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("bash, zsh, fish", run.stderr)


if __name__ == "__main__":
    unittest.main()
