"""docs/runbooks.md: short, complete, and its commands are such that HAProxy and the steward know."""

import re
import shlex
import unittest

from control import ControlCase, ControlledSteward, rule, sick
from harness import ROOT, free_port
from parts import certificate
from programs import HAProxy, newest, oldest, run_steward

TEXT = (ROOT / "docs" / "runbooks.md").read_text()
SECTIONS = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
LINES_MOST = 20

CONFIG = """
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend www
  bind 127.0.0.1:{port} ssl crt {pem}
  stick-table type ip size 1k expire 1m store conn_cur
  tcp-request connection track-sc0 src
  default_backend web
backend web
  server web1 127.0.0.1:1 maxconn 100
  server web2 127.0.0.1:1
  server web3 127.0.0.1:1
"""

# What HAProxy says when it does not know a command, or what it is about.
UNKNOWN = re.compile(r"unknown command|no such|invalid|not found|missing|unknown table|permission",
                     re.IGNORECASE)


class Form(unittest.TestCase):
    def test_each_section_has_three_commands_and_a_way_back_and_is_short(self):
        for section in SECTIONS:
            with self.subTest(section=section.split("\n")[0]):
                (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
                self.assertEqual(len(commands.strip().split("\n")), 3)
                self.assertRegex(section, r"\n\*\*Undo\*\* ")
                self.assertLessEqual(section.count("\n"), LINES_MOST)


class Commands(ControlCase):
    def case(self, version):
        pem = certificate(self.home)
        haproxy = self.start(HAProxy(self.home, CONFIG.format(port=free_port(), pem=pem), version,
                                     name=f"lb{free_port()}"))
        steward = self.start(ControlledSteward(self.home, haproxy.socket, rules=[rule("Sick")],
                                               name=f"s{free_port()}"))
        return pem, haproxy, steward

    def haproxy_knows_its_commands(self, version):
        pem, haproxy, _ = self.case(version)
        commands = set(re.findall(r"\bha '([^'…]+)'", TEXT))
        self.assertGreater(len(commands), 20)
        for command in sorted(commands):
            with self.subTest(command=command):
                answer = haproxy.command(command.replace("/etc/haproxy/site.pem", str(pem)))
                self.assertNotRegex(answer[:60], UNKNOWN)

    def test_an_old_haproxy_knows_its_commands(self):
        self.haproxy_knows_its_commands(oldest())

    def test_a_new_haproxy_knows_its_commands(self):
        self.haproxy_knows_its_commands(newest())

    def test_the_steward_knows_its_paths_and_bodies(self):
        _, _, steward = self.case(oldest())
        override = self.assert_one(steward.tell(sick("web1"), wait="5s"), "created")["override"]
        calls = re.findall(r"\bsteward ('/[^']+'|/[^\s`;]+)((?: -[Xd] (?:'[^']*'|\w+))*)", TEXT)
        self.assertGreater(len(calls), 20)
        for path, options in sorted(set(calls)):
            with self.subTest(path=path, options=options):
                words = shlex.split(options)
                given = dict(zip(words[::2], words[1::2]))
                method = given.get("-X", "POST" if "-d" in given else "GET")
                answer = steward.request(method, path.strip("'").replace("/ID", f"/{override}"),
                                         given.get("-d"), role="admin")
                self.assertEqual(answer.status, 200, answer.text)

    def test_the_command_line_knows_its_subcommands(self):
        for name in set(re.findall(r"^haproxy-steward ([a-z-]+)", TEXT, re.MULTILINE)):
            with self.subTest(name=name):
                self.assertEqual(run_steward(name, "--help").returncode, 0)


if __name__ == "__main__":
    unittest.main()
