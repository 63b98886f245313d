"""How the steward asks: what is filtered, and one dump for many scrapes."""

import concurrent.futures
import socket
import time
import unittest
import urllib.parse

import promtext
from harness import wait_until
from interposer import Interposer
from programs import Steward
from small import PageCase, SmallHAProxy


class Filters(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.haproxy = cls.shared(SmallHAProxy(cls.home, servers=12))
        cls.steward = cls.shared(Steward(cls.home, socket=cls.haproxy.socket))

    def page(self, **parameters):
        return self.parsed(self.steward.get("/metrics?" + urllib.parse.urlencode(parameters)))

    def labels(self, families, name, label):
        return {dict(labels)[label] for labels in self.values(families, name)}

    def test_proxy_chooses_frontends_backends_and_their_servers(self):
        families = self.page(proxy="app|www")
        self.assertEqual(self.labels(families, "haproxy_backend_status", "proxy"), {"app"})
        self.assertEqual(self.labels(families, "haproxy_frontend_status", "proxy"), {"www"})
        self.assertEqual(self.labels(families, "haproxy_server_info", "proxy"), {"app"})
        self.assertIn("haproxy_process_uptime_seconds", families)

    def test_patterns_are_anchored_at_both_ends(self):
        self.assertNotIn("haproxy_backend_status", self.page(proxy="ap"))
        self.assertNotIn("haproxy_backend_status", self.page(proxy="pp"))
        self.assertEqual(self.labels(self.page(proxy="a.*"), "haproxy_backend_status", "proxy"),
                         {"app"})
        self.assertEqual(self.labels(self.page(server="m1"), "haproxy_server_status", "server"),
                         {"m1"})
        families = self.page(server="m1[0-2]")
        self.assertEqual(self.labels(families, "haproxy_server_status", "server"),
                         {"m10", "m11", "m12"})

    def test_server_chooses_servers_and_leaves_proxies_alone(self):
        families = self.page(server="app1")
        self.assertEqual(self.labels(families, "haproxy_backend_status", "proxy"), {"app", "many"})
        self.assertEqual(self.labels(families, "haproxy_server_weight", "server"), {"app1"})

    def test_what_a_filter_hides_still_counts_in_a_backends_sums(self):
        families = self.page(server="app1", metrics="haproxy_backend_agg_server_status")
        counts = {dict(labels)["state"]: value for labels, value in
                  self.values(families, "haproxy_backend_agg_server_status").items()
                  if dict(labels)["proxy"] == "app"}
        self.assertEqual((counts["UP"], counts["MAINT"]), (1, 1))

    def test_a_pattern_that_is_none_is_refused_with_its_reason(self):
        for parameters in ({"proxy": "("}, {"server": "[z-a]"}, {"proxy": "(?=x)"},
                           {"server": "a" * 1025}, {"proxy": "(a{1000}){1000}"}):
            with self.subTest(**parameters):
                answer = self.steward.get("/metrics?" + urllib.parse.urlencode(parameters))
                self.assertEqual(answer.status, 400)
                self.assertIn(next(iter(parameters)), answer.text)
                self.assertEqual(answer.text.count("\n"), 1)

    def test_a_pattern_that_would_be_slow_elsewhere_is_not_here(self):
        answer = self.steward.get("/metrics?" + urllib.parse.urlencode({"server": "(a*)*b|(.*)*x"}))
        self.assertEqual(answer.status, 200)
        self.assertLess(answer.seconds, 1)

    def test_patterns_are_decoded_as_queries_are(self):
        for query in ("proxy=app%7Cmany", "proxy=%61pp%7cmany", "proxy=(app)|many"):
            families = self.parsed(self.steward.get("/metrics?" + query))
            self.assertEqual(self.labels(families, "haproxy_backend_status", "proxy"),
                             {"app", "many"})


class OneDump(PageCase):
    def setUp(self):
        super().setUp()
        self.haproxy = self.start(SmallHAProxy(self.home, servers=50))
        self.between = self.start(Interposer(self.home, self.haproxy.socket))
        self.steward = self.start(Steward(self.home, socket=self.between.socket))

    def scrapes(self, count):
        pool = self.enterContext(concurrent.futures.ThreadPoolExecutor(count))
        return [pool.submit(self.steward.get) for _ in range(count)]

    def test_twenty_scrapes_at_once_share_a_few_dumps(self):
        self.assert_up(self.steward.get())
        self.between.forget()
        with self.between.faulty(delay=0.3):
            pages = [self.assert_up(scrape.result()) for scrape in self.scrapes(20)]
        self.assertEqual({len(promtext.series_of(page)) for page in pages},
                         {len(promtext.series_of(pages[0]))})
        self.assertGreaterEqual(self.between.asked("show stat"), 1)
        self.assertLessEqual(self.between.asked("show stat"), 4)

    def test_a_scrape_after_another_is_a_dump_of_its_own(self):
        for _ in range(3):
            self.assert_up(self.steward.get())
        self.assertEqual(self.between.asked("show stat"), 3)

    def test_a_haproxy_that_is_not_asked_for_is_not_asked(self):
        self.parsed(self.steward.get("/metrics?scope=global"))
        self.assertEqual(self.between.asked("show stat"), 0)
        self.assertEqual(self.between.asked("show info"), 1)
        for path in ("/", "/-/healthy", "/-/ready"):
            self.between.forget()
            self.assertEqual(self.steward.get(path).status, 200)
            self.assertEqual(self.between.connections, 0, path)

    def test_only_what_reads_is_ever_sent(self):
        for query in ("", "?no-maint&extra-counters", "?proxy=app;disable", "?server=app1%0Aquit"):
            self.steward.get("/metrics" + query)
        for line in self.between.lines:
            for command in line.split(";"):
                self.assertRegex(command.strip(), "^show ")

    def test_a_client_that_leaves_early_breaks_nothing(self):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.steward.port)) as link:
                link.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assert_up(self.steward.get())

    def test_clients_that_say_nothing_do_not_keep_others_out(self):
        for _ in range(100):
            self.enterContext(socket.create_connection(("127.0.0.1", self.steward.port)))
        for _ in range(100):
            link = self.enterContext(socket.create_connection(("127.0.0.1", self.steward.port)))
            link.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        self.assert_up(self.steward.get(timeout=5))

    def test_more_requests_at_once_than_allowed_are_turned_away_and_not_queued(self):
        steward = self.start(Steward(self.home, "--web.max-requests=2", "--haproxy.timeout=3s",
                                     socket=self.between.socket))
        pool = self.enterContext(concurrent.futures.ThreadPoolExecutor(2))
        with self.between.faulty(where="", hang=True):
            asked = [pool.submit(steward.get) for _ in range(2)]
            wait_until("the first to ask", lambda: self.between.connections)
            wait_until("a refusal", lambda: steward.get(timeout=0.3).status == 503)
        self.assertIn(200, [answer.result().status for answer in asked])
        # The place of who gave up waiting above is free once its answer is done.
        wait_until("a place", lambda: steward.get().status == 200)
        self.assert_up(steward.get())

    def test_a_scrape_that_waits_for_another_keeps_its_own_deadline(self):
        with self.between.faulty(where="", hang=True):
            first = self.scrapes(1)[0]
            wait_until("the first to ask", lambda: self.between.connections)
            started = time.monotonic()
            self.assert_down(self.steward.get(
                headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"}))
            self.assertLess(time.monotonic() - started, 1.2)
        first.result()


if __name__ == "__main__":
    unittest.main()
