"""The program as a process: its flags, its exit codes, its end, and `servers`."""

import json
import os
import signal
import socket
import subprocess
import time
import unittest

from edge import Edge
from harness import Case, free_port, wait_until
from interposer import Interposer
from programs import Steward, newest, run_steward, steward_binary
from small import PageCase, SmallHAProxy


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


class Life(PageCase):
    def setUp(self):
        super().setUp()
        self.haproxy = self.start(SmallHAProxy(self.home))
        self.between = self.start(Interposer(self.home, self.haproxy.socket))
        self.steward = self.start(Steward(self.home, "--haproxy.timeout=5s",
                                          socket=self.between.socket))

    def test_sigterm_and_sigint_end_it_at_once_and_well(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            steward = self.start(Steward(self.home, socket=self.haproxy.socket))
            self.assert_up(steward.get())
            code, seconds = steward.end(sig)
            self.assertEqual(code, 0)
            self.assertLess(seconds, 2)

    def test_sigterm_ends_it_also_while_haproxy_hangs(self):
        with self.between.faulty(where="", hang=True):
            client = socket.create_connection(("127.0.0.1", self.steward.port))
            self.addCleanup(client.close)
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until("the scrape to ask", lambda: self.between.connections)
            code, seconds = self.steward.end()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 2)

    def test_sighup_does_not_end_it(self):
        self.steward.popen.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        self.assert_up(self.steward.get())

    def test_the_ways_that_are_no_metrics(self):
        for path, status, words in (("/-/healthy", 200, "healthy"), ("/-/ready", 200, "ready"),
                                    ("/", 200, "/metrics"), ("/metric", 404, "/"),
                                    ("/metrics/", 404, ""), ("/../etc/passwd", 404, "")):
            with self.subTest(path=path):
                answer = self.steward.get(path)
                self.assertEqual(answer.status, status)
                self.assertIn(words, answer.text.lower())
        self.assertEqual(self.steward.get(method="POST").status, 405)
        head = self.steward.get(method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))

    def test_it_is_healthy_and_ready_without_a_haproxy(self):
        self.between.stop()
        for path in ("/-/healthy", "/-/ready", "/"):
            self.assertEqual(self.steward.get(path).status, 200)

    def test_the_telemetry_path_can_be_another(self):
        steward = self.start(Steward(self.home, "--web.telemetry-path=/stats/prom",
                                     socket=self.haproxy.socket))
        self.assert_up(steward.get("/stats/prom"))
        self.assertEqual(steward.get("/metrics").status, 404)
        self.assertIn("/stats/prom", steward.get("/").text)

    def test_it_listens_on_more_than_one_address(self):
        other = free_port()
        steward = self.start(Steward(self.home, f"--web.listen-address=127.0.0.1:{other}",
                                     socket=self.haproxy.socket))
        self.assert_up(steward.get())
        steward.port = other
        self.assert_up(steward.get())

    def test_logs_can_be_json_a_line_each(self):
        self.between.stop()
        steward = self.start(Steward(self.home, "--log.format=json", "--log.level=debug",
                                     socket=self.between.socket))
        steward.get()
        for line in steward.log().splitlines():
            entry = json.loads(line)
            self.assertLessEqual({"time", "level", "msg"}, entry.keys())

    def test_memory_and_files_do_not_grow_with_scrapes(self):
        def files():
            return len(os.listdir(f"/proc/{self.steward.pid}/fd"))

        for _ in range(20):
            self.steward.get()
        before = files()
        for _ in range(100):
            self.steward.get()
        self.assertLessEqual(files(), before + 2)


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
