"""The page as Prometheus' own tools take it: promtool, and a real Prometheus that scrapes."""

import http.server
import subprocess
import unittest

import promtext
from alerting import Prometheus
from edge import Edge
from harness import Case, http_get, wait_until
from parts import Served
from programs import Steward, newest

CONFIG = """\
global:
  scrape_interval: 1s
  scrape_timeout: 900ms
scrape_configs:
  - job_name: openmetrics
    static_configs: [{{targets: ["127.0.0.1:{steward}"]}}]
  - job_name: text
    static_configs: [{{targets: ["127.0.0.1:{relay}"]}}]
"""

# What promtool complains of, all of it in names inherited from HAProxy's own exporter.
GAUGE_NAMED_TOTAL = 'non-counter metrics should not have "_total" suffix'
COUNTER_NOT_NAMED_TOTAL = 'counter metrics should have "_total" suffix'
LINT = {
    ("haproxy_process_pipes_used_total", GAUGE_NAMED_TOTAL),
    ("haproxy_process_pipes_free_total", GAUGE_NAMED_TOTAL),
    ("haproxy_process_http_comp_bytes_in_total", GAUGE_NAMED_TOTAL),
    ("haproxy_process_http_comp_bytes_out_total", GAUGE_NAMED_TOTAL),
    ("haproxy_process_failed_resolutions", COUNTER_NOT_NAMED_TOTAL),
    ("haproxy_process_total_warnings", COUNTER_NOT_NAMED_TOTAL),
    *((f"haproxy_resolver_{name}", COUNTER_NOT_NAMED_TOTAL) for name in (
        "sent", "send_error", "valid", "update", "cname", "cname_error", "any_err", "nx", "timeout",
        "refused", "other", "invalid", "too_big", "truncated", "outdated")),
}


class Relay(Served):
    """Passes a scrape on without its Accept header, so that the answer is text 0.0.4: what a
    Prometheus of before OpenMetrics asks for."""

    def __init__(self, port):
        relay = self

        class Pass(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                wanted = {name: self.headers[name] for name in
                          ("Accept-Encoding", "X-Prometheus-Scrape-Timeout-Seconds")}
                relay.asked = dict(self.headers)
                answer = http_get(port, self.path, wanted)
                relay.answered = answer.headers
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["content-type"])
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_):
                pass

        super().__init__(Pass, http.server.ThreadingHTTPServer)


class PrometheusTakesIt(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge = cls.shared(Edge(cls.home, newest()))
        cls.steward = cls.shared(Steward(cls.home, socket=cls.edge.socket))

    def lint(self, page):
        """promtool's complaints as (metric, complaint); a page it can not parse is a failure."""
        run = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
        out = (run.stdout + run.stderr).decode()
        self.assertIn(run.returncode, (0, 3), out)
        return {tuple(line.split(" ", 1)) for line in out.splitlines() if line.strip()}

    def test_promtool_reads_the_page_and_complains_of_inherited_names_alone(self):
        self.assertEqual(self.lint(self.steward.get().body), LINT)

    def test_promtool_reads_the_page_with_every_counter_of_every_module(self):
        page = self.steward.get("/metrics?extra-counters").body
        families = promtext.parse(page)
        for name, complaint in self.lint(page) - LINT:
            with self.subTest(name=name):
                self.assertEqual(complaint, COUNTER_NOT_NAMED_TOTAL)
                self.assertTrue(all("mod" in dict(labels) for _, labels in families[name].samples))

    def test_openmetrics_says_the_same_as_text(self):
        text = self.steward.get()
        self.assertRegex(text.headers["content-type"], r"^text/plain; version=0\.0\.4")
        asked = self.steward.get(headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        self.assertRegex(asked.headers["content-type"],
                         r"^application/openmetrics-text; version=1\.0\.0; charset=utf-8")
        open_metrics = promtext.parse(asked.body, openmetrics=True)
        plain = promtext.parse(text.body)
        self.assertEqual(promtext.series_of(open_metrics).keys(), promtext.series_of(plain).keys())
        for name, family in plain.items():
            stem = name.removesuffix("_total") if family.type == "counter" else name
            expected = family.type if stem != name or family.type != "counter" else "unknown"
            self.assertEqual(open_metrics[stem].type, expected, name)
            self.assertEqual(open_metrics[stem].help, family.help)

    def test_gzip_says_the_same_as_plain(self):
        for accept in ("", "application/openmetrics-text; version=1.0.0"):
            plain = self.steward.get(headers={"Accept": accept})
            packed = self.steward.get(headers={"Accept": accept, "Accept-Encoding": "gzip"})
            self.assertEqual(packed.headers["content-encoding"], "gzip")
            self.assertNotIn("content-encoding", plain.headers)
            self.assertLess(packed.encoded_size, len(plain.body) / 5)
            names = [line.split("{")[0].split(" ")[0] for line in plain.text.splitlines()]
            self.assertEqual(names, [line.split("{")[0].split(" ")[0]
                                     for line in packed.text.splitlines()])

    def test_a_real_prometheus_scrapes_it_in_both_formats(self):
        relay = self.start(Relay(self.steward.port))
        prometheus = self.start(Prometheus(self.home, CONFIG.format(
            steward=self.steward.port, relay=relay.port)))
        both = {"openmetrics": 1.0, "text": 1.0}
        wait_until("both to be up", lambda: prometheus.query("up") == both, timeout=30)
        self.assertEqual(prometheus.query("haproxy_up"), both)
        for target in prometheus.api("targets")["activeTargets"]:
            self.assertEqual(target["lastError"], "")
        for expression in ("count by (job) (haproxy_server_status)",
                           "count by (job) (haproxy_frontend_http_responses_total)",
                           "sum by (job) (haproxy_server_bytes_in_total)"):
            with self.subTest(expression=expression):
                found = prometheus.query(expression)
                self.assertEqual(set(found), set(both))
                self.assertGreater(found["text"], 0)
        self.assertEqual(prometheus.query("count by (job) (haproxy_server_status)"),
                         dict.fromkeys(both, 5.0 * len(self.edge.haproxy.servers())))
        self.assertIn("application/openmetrics-text", relay.asked["Accept"])
        self.assertEqual(relay.asked["Accept-Encoding"], "gzip")
        self.assertEqual(relay.answered["content-encoding"], "gzip")
        self.assertRegex(relay.answered["content-type"], r"^text/plain; version=0\.0\.4")
        kinds = prometheus.api("metadata", metric="haproxy_server_bytes_in_total")
        self.assertEqual({kind["type"] for kind in kinds["haproxy_server_bytes_in_total"]},
                         {"counter"})


if __name__ == "__main__":
    unittest.main()
