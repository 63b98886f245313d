"""The program as a process: what it answers beside the page, and how it ends."""

import json
import os
import signal
import socket
import time
import unittest

from harness import free_port, wait_until
from interposer import Interposer
from programs import Steward
from small import PageCase, SmallHAProxy


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

    def assert_ends_in_time(self, steward):
        code, seconds = steward.end()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 2)

    def client(self, steward, words):
        """A connection that sent this and reads nothing, least of all a page as large as this."""
        link = self.enterContext(socket.socket())
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", steward.port))
        link.sendall(words)

    def test_a_haproxy_that_hangs_does_not_hold_up_its_end(self):
        with self.between.faulty(where="", hang=True):
            self.client(self.steward, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until("the scrape to ask", lambda: self.between.connections)
            self.assert_ends_in_time(self.steward)

    def test_no_client_holds_up_its_end(self):
        haproxy = self.start(SmallHAProxy(self.home, name="large", servers=2000))
        for words in (b"", b"GET /metrics HTTP/1.1\r\nHost: ", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                      b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"):
            with self.subTest(sent=words):
                steward = self.start(Steward(self.home, socket=haproxy.socket))
                self.client(steward, words)
                time.sleep(0.5)
                self.assert_ends_in_time(steward)

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


if __name__ == "__main__":
    unittest.main()
