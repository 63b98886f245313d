"""The command line: its flags, its words, its exit codes, and `servers`."""

import json
import socket
import subprocess
import unittest

from edge import Edge
from harness import Case, free_port
from programs import newest, run_steward, steward_binary


class Refusals(Case):
    def assert_refused(self, run, *words, code=None):
        """One clear line on stderr, and an exit code that is not zero."""
        self.assertNotEqual(run.returncode, 0)
        if code is not None:
            self.assertEqual(run.returncode, code)
        self.assertGreaterEqual(run.returncode, 0, "ended by a signal")
        for word in words:
            self.assertIn(str(word), run.stderr)
        self.assertEqual(len(run.stderr.strip().splitlines()), 1, run.stderr)
        self.assertEqual(run.stdout, "")

    def config(self, text):
        path = self.home / f"config-{free_port()}.yml"
        path.write_text(text)
        return path

    def test_an_unknown_flag_is_refused(self):
        run = run_steward("serve", "--haproxy.sockets=x")
        self.assert_refused(run, "--haproxy.sockets", code=2)

    def test_an_unknown_subcommand_is_refused(self):
        self.assert_refused(run_steward("sevre"), "sevre", code=2)

    def test_a_socket_address_that_is_none_is_refused(self):
        for address in ("tcp:host", "tcp:host:99999", "relative/path", "", "unix:"):
            with self.subTest(address=address):
                self.assert_refused(run_steward("serve", f"--haproxy.socket={address}"))

    def test_a_listen_address_that_is_none_is_refused(self):
        for address in ("9101", "host:", ":99999", "[::1:80"):
            with self.subTest(address=address):
                self.assert_refused(run_steward(
                    "serve", "--haproxy.socket=unix:/tmp/x", f"--web.listen-address={address}"))

    def test_no_haproxy_to_watch_is_refused_with_what_to_do(self):
        self.assert_refused(run_steward("serve", "--web.listen-address=127.0.0.1:0"),
                            "--haproxy.socket")

    def test_a_config_file_that_is_not_there_is_refused_by_name(self):
        path = "/tmp/no/such.yml"
        self.assert_refused(run_steward("serve", f"--config.file={path}"), path)

    def test_problems_of_a_config_file_are_told_with_file_line_and_column(self):
        for text, place in (
                ("instances:\n  - name: lb\n    socket: unix:/tmp/x\n    sokcet: y\n", ":4:5"),
                ("instances:\n  - name: lb\n    socket: 'tcp:host'\n", ":3:13"),
                ("instances: [\n", ":2:1"),
                ("instances:\n  - name: lb\n    socket: unix:/tmp/x\n"
                 "scrape:\n  pacing: fast\n", ":5:11")):
            with self.subTest(text=text):
                path = self.config(text)
                run = run_steward("serve", f"--config.file={path}")
                self.assert_refused(run, f"{path}{place}")

    def test_every_problem_of_a_config_file_is_told_at_once(self):
        path = self.config("instances:\n  - name: 'l b'\n    socket: unix:/tmp/x\nscrape:\n"
                           "  pacing: fast\n  timeout: soon\n")
        run = run_steward("serve", f"--config.file={path}")
        self.assertNotEqual(run.returncode, 0)
        for place in (":2:11", ":5:11", ":6:12"):
            self.assertIn(f"{path}{place}", run.stderr)

    def test_check_config_says_the_same_without_serving(self):
        good = self.config("instances:\n  - socket: unix:/tmp/x\n")
        run = run_steward("check-config", good)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn(f"{good}: ok", run.stdout)
        bad = self.config("instances:\n  - socket: unix:/tmp/x\nscarpe:\n  timeout: 1s\n")
        self.assert_refused(run_steward("check-config", bad), f"{bad}:3:1", "scrape")

    def test_a_port_that_is_taken_is_told(self):
        with socket.create_server(("127.0.0.1", free_port())) as taken:
            port = taken.getsockname()[1]
            run = run_steward("serve", "--haproxy.socket=unix:/tmp/x",
                              f"--web.listen-address=127.0.0.1:{port}")
            self.assertNotEqual(run.returncode, 0)
            self.assertRegex(run.stderr, f"127.0.0.1:{port}.*(in use|taken)")

    def test_version_and_help_are_told_on_stdout(self):
        for flag in (["--version"], ["version"]):
            run = run_steward(*flag)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertRegex(run.stdout, r"haproxy-steward,? (version )?\d+\.\d+\.\d+")
        run = run_steward("serve", "--help")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        for flag in ("--config.file", "--haproxy.socket", "--haproxy.timeout",
                     "--web.listen-address", "--web.telemetry-path", "--web.config.file",
                     "--web.max-requests", "--log.level", "--log.format"):
            self.assertIn(flag, run.stdout)


class Servers(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge = cls.shared(Edge(cls.home, newest()))

    def servers(self, *arguments):
        run = run_steward("servers", *arguments, f"--haproxy.socket=unix:{self.edge.socket}")
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stderr)
        return run.stdout

    def test_the_table_has_a_line_a_server(self):
        lines = self.servers().splitlines()
        self.assertEqual(len(lines), 1 + len(self.edge.haproxy.servers()))
        drained = next(line for line in lines if "drained" in line)
        self.assertRegex(drained, r"(?i)web.*drained.*drain")

    def test_one_backend_alone(self):
        table = self.servers("db")
        self.assertIn("db1", table)
        self.assertNotIn("web1", table)

    def test_json_says_the_same_to_programs(self):
        servers = json.loads(self.servers("--output=json"))["servers"]
        named = {(server["backend"], server["server"]): server for server in servers}
        self.assertEqual(set(named), set(self.edge.haproxy.servers()))
        self.assertEqual(named["web", "web1"]["weight"], 37)
        self.assertRegex(named["web", "maint"]["status"], "(?i)maint")

    def test_a_backend_that_is_not_there_and_a_haproxy_that_is_not_there_fail(self):
        for arguments in (["nosuch", f"--haproxy.socket=unix:{self.edge.socket}"],
                          [f"--haproxy.socket=unix:{self.home}/no.sock"]):
            run = run_steward("servers", *arguments)
            self.assertEqual((run.returncode, run.stdout), (1, ""))
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)

    def test_a_closed_pipe_is_no_crash(self):
        steward = subprocess.run(
            f"{steward_binary()} servers --haproxy.socket=unix:{self.edge.socket} | head -1",
            shell=True, capture_output=True, text=True)
        self.assertEqual(steward.stderr, "")


if __name__ == "__main__":
    unittest.main()
