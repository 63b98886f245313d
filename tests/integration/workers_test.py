"""A reload: the present worker is the page, and those that only finish are told beside it."""

import contextlib
import http.client
import os
import signal
import socket
import unittest

from harness import free_port, wait_until
from interposer import Interposer
from parts import WebServer
from programs import HAProxy, Steward, ask, newest, oldest
from small import PageCase

CONFIG = """
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend www
  bind 127.0.0.1:{www}
  default_backend app
backend app
  server app1 127.0.0.1:{web}
"""

STEWARD = """\
instances:
  - name: lb
    socket: unix:{socket}
    master: unix:{master}
"""


class Workers(PageCase):
    version = staticmethod(oldest)

    def setUp(self):
        super().setUp()
        self.web = self.start(WebServer())
        self.www = free_port()
        self.haproxy = self.start(HAProxy(
            self.home, CONFIG.format(www=self.www, web=self.web.port), self.version(),
            name=f"master-{self.version()}-{self.www}", master=True))
        self.between = self.start(Interposer(self.home, self.haproxy.master_socket,
                                             f"between-{self.www}"))
        self.steward = self.start(Steward(self.home, config=STEWARD.format(
            socket=self.haproxy.socket, master=self.between.socket)))

    def page(self):
        return self.assert_up(self.steward.get())

    def worker_pid(self):
        return int(self.values(self.page(), "haproxy_process_pid"))

    def reload(self):
        """Asks the master for new workers and waits until one answers, and the master too: it is
        away while it starts itself again."""
        before = self.worker_pid()
        os.kill(self.haproxy.pid, signal.SIGUSR2)
        wait_until("a new worker", lambda: self.worker_pid() != before)
        wait_until("the master", lambda: "haproxy_old_workers" in self.page())
        return before

    def client(self):
        """A client with a request half sent: it keeps its worker alive."""
        link = socket.create_connection(("127.0.0.1", self.www))
        self.addCleanup(link.close)
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = http.client.HTTPResponse(link)
        reply.begin()
        reply.read()
        link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        return link

    def old(self, families, name):
        return {dict(labels)["pid"]: value for labels, value in
                self.values(families, name).items()}

    def test_without_a_reload_there_are_none(self):
        families = self.page()
        self.assertEqual(self.values(families, "haproxy_old_workers"), 0)
        self.assertEqual([name for name in families if name.startswith("haproxy_old_worker_")], [])

    def test_a_worker_that_still_serves_a_client_is_on_the_page(self):
        link = self.client()
        pid = self.reload()
        families = self.page()
        self.assertEqual(self.values(families, "haproxy_old_workers"), 1)
        self.assertEqual(self.old(families, "haproxy_old_worker_reloads"), {str(pid): 1})
        self.assertGreaterEqual(
            self.old(families, "haproxy_old_worker_current_connections")[str(pid)], 1)
        self.assertEqual(self.old(families, "haproxy_old_worker_frontend_current_sessions"),
                         {str(pid): 1})
        self.assertEqual(self.old(families, "haproxy_old_worker_frontend_sessions_total"),
                         {str(pid): 1})
        present = {dict(labels)["proxy"]: value for labels, value in
                   self.values(families, "haproxy_frontend_current_sessions").items()}
        self.assertEqual(present["www"], 0)
        link.close()
        wait_until("the old worker to leave",
                   lambda: self.values(self.page(), "haproxy_old_workers") == 0)

    def test_every_reload_adds_one_as_long_as_its_clients_stay(self):
        pids = set()
        for _ in range(3):
            self.client()
            pids.add(str(self.reload()))
        reloads = self.old(self.page(), "haproxy_old_worker_reloads")
        self.assertEqual(set(reloads), pids)
        self.assertEqual(sorted(reloads.values()), [1, 2, 3])

    def test_a_master_that_does_not_answer_leaves_out_its_part_alone(self):
        self.page()
        self.between.stop()
        families = self.page()
        self.assertNotIn("haproxy_old_workers", families)
        parts = {dict(labels)["part"]: value for labels, value in
                 self.values(families, "haproxy_steward_scrape_part_success").items()}
        self.assertEqual(parts["old_workers"], 0)
        self.assertIn("old_workers", self.steward.log())
        self.page()
        self.assertEqual(self.steward.log().count("old_workers"), 1, "told once, not each time")

    def test_an_old_worker_that_does_not_answer_costs_its_part_and_not_the_page(self):
        """The master lets a question hang that it had for a worker which has just left."""
        self.client()
        self.reload()
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": "3"}
        with self.between.faulty(where="@!", hang=True):
            self.assert_up(self.steward.get(headers=headers))
        self.assertEqual(self.values(self.page(), "haproxy_old_workers"), 1)

    def test_a_haproxy_that_is_restarted_is_found_again(self):
        with contextlib.suppress(OSError):
            ask(self.haproxy.socket, "show info")
        self.haproxy.end()
        self.assert_down(self.steward.get())
        again = self.start(HAProxy(
            self.home, CONFIG.format(www=self.www, web=self.web.port), self.version(),
            name=f"master-{self.version()}-{self.www}", master=True))
        self.assertTrue(again.running())
        self.page()


class WorkersOfTheNewest(Workers):
    version = staticmethod(newest)


if __name__ == "__main__":
    unittest.main()
