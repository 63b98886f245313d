"""What the dashboards and alerts that people have ask for: Grafana's 12693, haproxy-mixin and
awesome-prometheus-alerts. A Prometheus that scrapes HAProxy's own exporter and the steward finds the
same series at both."""

import time
import unittest

from alerting import Prometheus
from edge import Edge
from farm import Traffic
from harness import FIXTURES, Case, wait_until
from names_test import NEEDS_ZLIB
from programs import Steward, newest, oldest

CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 900ms}}
scrape_configs:
  # What it does not escape (here: a description with quotes) would cost the whole scrape.
  - job_name: promex
    params: {{metrics: [-haproxy_process_description]}}
    static_configs: [{{targets: ["127.0.0.1:{promex}"]}}]
  - {{job_name: steward, static_configs: [{{targets: ["127.0.0.1:{steward}"]}}]}}
"""

NAMES = (FIXTURES / "names" / "dashboards.txt").read_text().split()

# Panels and rules that do more than show a metric or its rate.
SHAPES = (
    # 12693
    'sum by (instance) (rate(haproxy_frontend_bytes_in_total{{proxy=~".+", {job}}}[10s]) * 8)',
    'sum by (code) (rate(haproxy_frontend_http_responses_total{{code=~"[1-5]xx|other", {job}}}[10s]))',
    'sum by (proxy, server) (rate(haproxy_server_http_responses_total{{{job}}}[10s]))',
    'sum(haproxy_server_status{{state="UP", {job}}} == 1)',
    'haproxy_server_status{{state!~"UP|DOWN", {job}}}',
    'time() - haproxy_process_start_time_seconds{{{job}}}',
    'haproxy_backend_active_servers{{{job}}} - haproxy_backend_backup_servers{{{job}}}',
    '(haproxy_frontend_limit_sessions{{{job}}} > bool 0) * (max_over_time('
    'haproxy_frontend_current_sessions{{{job}}}[10s]) / haproxy_frontend_limit_sessions{{{job}}})',
    'increase(haproxy_server_check_up_down_total{{{job}}}[10s])',
    'haproxy_sticktable_used{{name=~".+", {job}}}',
    # haproxy-mixin
    'haproxy_frontend_status{{{job}}} == 1',
    'haproxy_backend_status{{{job}}} == 1',
    'haproxy_server_status{{{job}}} == 1',
    'rate(haproxy_process_dropped_logs_total{{{job}}}[10s]) == 0',
    'rate(haproxy_backend_check_up_down_total{{{job}}}[10s]) == 0',
    'rate(haproxy_server_check_up_down_total{{{job}}}[10s]) == 0',
    # awesome-prometheus-alerts
    'sum by (proxy) (rate(haproxy_server_http_responses_total{{code="5xx", {job}}}[10s]))'
    ' / sum by (proxy) (rate(haproxy_server_http_responses_total{{{job}}}[10s]))',
    'haproxy_backend_active_servers{{{job}}} + haproxy_backend_backup_servers{{{job}}} == bool 0',
    'haproxy_backend_current_sessions{{{job}}} / haproxy_backend_limit_sessions{{{job}}}',
)

# HAProxy does not tell on its socket how long the last check took once checks are paused.
PAUSED = {"haproxy_server_check_duration_seconds": {("db", "db2"), ("web", "maint")}}


def query_of(name):
    """How a panel shows it."""
    if name.endswith("_total") and not name.startswith("haproxy_process_pipes_"):
        return f"rate({name}{{{{{{job}}}}}}[10s])"
    return f"{name}{{{{{{job}}}}}}"


class Known:
    """For each version of HAProxy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        edge = cls.shared(Edge(cls.home, cls.version))
        wait_until("all servers to be up for good", lambda: not any(
            row["status"].startswith("UP ") for row in edge.haproxy.rows().values()))
        steward = cls.shared(Steward(cls.home, socket=edge.socket))
        cls.zlib = "ZlibMemUsage" in edge.haproxy.command("show info")
        cls.prometheus = cls.shared(Prometheus(cls.home, CONFIG.format(
            promex=edge.ports["prom"], steward=steward.port)))
        cls.shared(Traffic(edge.ports["www"]))
        wait_until("a few scrapes of both", lambda: cls.prometheus.query(
            'count_over_time(haproxy_process_uptime_seconds[10s]) > 4').keys()
            == {"promex", "steward"}, 30)
        cls.at = time.time()

    def series(self, query, job):
        """The label sets that a query finds; NaN is nothing, as the steward has it."""
        query = query.format(job=f'job="{job}"')
        data = self.prometheus.api("query", query=query, time=self.at)
        return {tuple(sorted((label, value) for label, value in each["metric"].items()
                             if label not in ("job", "instance", "desc")))
                for each in data["result"] if each["value"][1] != "NaN"}

    def assert_same(self, query, but=()):
        theirs, ours = self.series(query, "promex"), self.series(query, "steward")
        theirs = {each for each in theirs
                  if (dict(each).get("proxy"), dict(each).get("server")) not in but}
        self.assertEqual(len(ours), len(theirs), (query, ours ^ theirs))
        self.assertEqual(ours, theirs, query)
        return len(ours)

    def test_each_of_the_154_names_has_the_same_series(self):
        found = 0
        for name in sorted(set(NAMES) - (set() if self.zlib else NEEDS_ZLIB)):
            with self.subTest(name=name):
                count = self.assert_same(query_of(name), PAUSED.get(name, ()))
                self.assertGreater(count, 0)
                found += count
        self.assertGreater(found, 700)

    def test_what_panels_and_rules_make_of_them_has_the_same_series(self):
        for query in SHAPES:
            with self.subTest(query=query):
                self.assertGreater(self.assert_same(query), 0)

    def test_the_variables_of_dashboards_have_the_same_values(self):
        for metric, label in (("haproxy_backend_status", "proxy"),
                              ("haproxy_frontend_status", "proxy"),
                              ("haproxy_server_status", "server"),
                              ("haproxy_server_http_responses_total", "code"),
                              ("haproxy_sticktable_size", "name")):
            with self.subTest(metric=metric, label=label):
                query = f"count by ({label}) ({metric}{{{{{{job}}}}}})"
                self.assertGreater(self.assert_same(query), 0)


class OnTheNewest(Known, Case):
    version = newest()


class OnTheOldest(Known, Case):
    version = oldest()


if __name__ == "__main__":
    unittest.main()
