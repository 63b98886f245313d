"""Everything HAProxy's own Prometheus page has is on ours: families, series and values, on every
HAProxy that is supported, and for each of the exporter's query parameters."""

import re
import unittest

import promtext
from edge import Edge
from harness import Case
from parity import Rules, compare, type_differences
from programs import Steward, haproxies, number_of

# Series that change by being looked at: their page and ours are different visits. The frontend
# that serves their page counts itself, and the process its own work.
RESTLESS = r"""(?x)
    ^haproxy_process_(
        current_connections | connections_total | requests_total | jobs | current_tasks
      | current_run_queue | idle_time_percent | uptime_seconds | bytes_out_total | bytes_out_rate
      | current_connection_rate | max_connection_rate | current_session_rate | max_session_rate
      | pool_allocated_bytes | pool_used_bytes ) \{
  | ^haproxy_frontend_ .* proxy="prom"
  | _time_average_seconds\{  # theirs divides by 512 requests, also when there were fewer; ours
"""                          # is held against `show stat` by a test of its own

# What no command of the runtime API tells: a family of 3.4 on, and how long the last check took
# of a server that is not checked any more.
ABSENT = r"""(?x)
    ^haproxy_sticktable_local_updates
  | ^haproxy_server_check_duration_seconds\{.*server="(maint|db2)"
"""

# Before 3.2 their sum counted what was last known of servers that are not checked any more.
STALE_SUM = r"|^haproxy_backend_agg_check_status\{"

# Where the nature of a value is another than their type says: (theirs, ours, why).
TYPES = (
    (r"haproxy_process_pipes_(used|free)_total", "counter", "gauge", "pipes now"),
    (r"haproxy_process_http_comp_bytes_(in|out)_total", "counter", "gauge", "a rate"),
    (r"haproxy_process_patterns_(added|freed)_total", "gauge", "counter", "only grows"),
    (r"haproxy_resolver_\w+", "gauge", "counter", "only grows"),
    (r"haproxy_server_(check_failures|check_up_down|downtime_seconds)_total", "gauge", "counter",
     "theirs is gauge if the first server has no health check"),
    (r"haproxy_\w+_h[123]_\w*open_\w+", "counter", "gauge", "open now"),
    (r"haproxy_\w+_quic_half_open_conn", "counter", "gauge", "open now"),
)
SCOPES = ("global", "frontend", "listener", "backend", "server", "*")
MODULES = ("sticktable", "resolver")


class Parity:
    version = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = number_of(cls.version)
        cls.rules = Rules(ABSENT, RESTLESS + (STALE_SUM if cls.number < (3, 2) else ""))
        cls.edge = cls.shared(Edge(cls.home, cls.version))
        cls.steward = cls.shared(Steward(cls.home, socket=cls.edge.socket))

    def ours(self, query=""):
        answer = self.steward.get("/metrics" + query)
        self.assertEqual(answer.status, 200, answer.text)
        return promtext.parse(answer.body)

    def theirs(self, query=""):
        answer = self.edge.promex(query)
        self.assertEqual(answer.status, 200, answer.text)
        return promtext.parse(answer.body, lenient=True)  # it does not escape label values

    def assert_parity(self, query="", their_query=None, rules=None):
        lasting = compare(lambda: self.ours(query),
                          lambda: self.theirs(query if their_query is None else their_query),
                          rules or self.rules)
        self.assertEqual(lasting, [], f"{len(lasting)} differences for {query!r}")

    def families(self, query):
        """Ours, without what is the steward's own on every page."""
        return {name for name in self.ours(query) if not name.startswith(
            ("haproxy_steward_", "process_")) and name != "haproxy_up"}

    def theirs_filters(self):
        """Whether their page knows metrics=; an older one ignores it."""
        return self.number >= (3, 0)

    def test_every_family_series_and_value_is_here(self):
        self.assert_parity()

    def test_the_page_has_what_this_test_says_it_compares(self):
        """So that an empty page of theirs can not make an empty one of ours look right."""
        page = promtext.series_of(self.theirs())
        self.assertGreater(len(page), 1900)
        ours = promtext.series_of(self.ours())
        for name, labels in (
                ("haproxy_server_status", {"server": "maint", "state": "MAINT"}),
                ("haproxy_server_status", {"server": "drained", "state": "DRAIN"}),
                ("haproxy_server_status", {"server": "dead", "state": "DOWN"}),
                ("haproxy_server_status", {"server": "tmpl1", "state": "MAINT"}),
                ("haproxy_server_check_status", {"server": "dead", "state": "L4CON"}),
                ("haproxy_server_agent_status", {"server": "agent2", "state": "L7OK"}),
                ("haproxy_listener_status", {"listener": "tls", "state": "OPEN"}),
                ("haproxy_server_backup", {"server": "spare"})):
            with self.subTest(name=name, **labels):
                found = [value for (sample, of), value in ours.items()
                         if sample == name and labels.items() <= dict(of).items()]
                self.assertEqual(found, [1.0])
        values = {(name, dict(of).get("server")): value for (name, of), value in ours.items()}
        self.assertEqual(values["haproxy_server_weight", "web1"], 37)
        self.assertEqual(values["haproxy_server_queue_limit", "web1"], 20)
        self.assertEqual(values["haproxy_server_weight", "zero"], 0)
        self.assertIn(("haproxy_server_current_throttle", "slow"), values)
        self.assertIn(("haproxy_sticktable_used", None), values)
        self.assertIn(("haproxy_resolver_sent", None), values)

    def test_types_follow_the_nature_of_the_value(self):
        for query in ("", "?extra-counters"):
            for name, pair in type_differences(self.ours(query), self.theirs(query)).items():
                with self.subTest(family=name):
                    expected = [(theirs, ours) for pattern, theirs, ours, _ in TYPES
                                if re.fullmatch(pattern, name)]
                    self.assertEqual(expected, [pair])
        for name, family in self.ours("?extra-counters").items():
            for pattern, _, ours, why in TYPES:
                if re.fullmatch(pattern, name):
                    self.assertEqual(family.type, ours, f"{name}: {why}")

    def test_the_counters_of_modules_are_here_when_asked_for(self):
        self.assert_parity("?extra-counters")
        with_extra, without = self.ours("?extra-counters"), self.ours()
        self.assertIn("haproxy_frontend_h1_total_streams", with_extra)
        self.assertIn("haproxy_server_ssl_sess", with_extra)
        self.assertNotIn("haproxy_frontend_h1_total_streams", without)

    def test_each_scope_alone(self):
        for scope in SCOPES + (MODULES if self.number >= (3, 0) else ()):
            with self.subTest(scope=scope):
                self.assert_parity(f"?scope={scope}")
                ours, theirs = self.families(f"?scope={scope}"), set(self.theirs(f"?scope={scope}"))
                if scope != "*":
                    prefix = "haproxy_process_" if scope == "global" else f"haproxy_{scope}_"
                    self.assertEqual({name for name in ours if not name.startswith(prefix)}, set())
                self.assertLessEqual(theirs, ours | self.without_values(scope))

    def without_values(self, scope):
        """Their families that we can not have, and those that are there only to say NaN."""
        return {name for name, family in self.theirs(f"?scope={scope}").items()
                if re.search(ABSENT, name + "{")
                or all(promtext.is_nan(value) for value in family.samples.values())}

    def test_scopes_add_up_and_an_empty_one_means_none(self):
        self.assert_parity("?scope=frontend&scope=backend")
        self.assert_parity("?scope=server&scope=global")
        self.assertEqual(self.families("?scope="), set())
        self.assertEqual({name.split("_")[1] for name in self.families("?scope=&scope=backend")},
                         {"backend"})

    def test_an_unknown_scope_is_refused_as_there(self):
        for query in ("?scope=servers", "?scope=server&scope=nothing", "?scope=SERVER"):
            with self.subTest(query=query):
                self.assertEqual(self.edge.promex(query).status, 400)
                answer = self.steward.get("/metrics" + query)
                self.assertEqual(answer.status, 400)
                self.assertIn("scope", answer.text)
                self.assertEqual(answer.text.count("\n"), 1, "one clear line")

    def test_metrics_chooses_families(self):
        chosen = ("haproxy_server_status", "haproxy_backend_agg_server_status",
                  "haproxy_process_uptime_seconds", "haproxy_frontend_http_responses_total")
        query = "?metrics=" + ",".join(chosen)
        self.assertEqual(self.families(query), set(chosen) & self.families(""))
        self.assert_parity(query, query if self.theirs_filters() else "",
                           self.limited_to(set(chosen)))

    def test_metrics_leaves_families_out(self):
        left_out = {"haproxy_server_status", "haproxy_process_uptime_seconds"}
        query = "?metrics=-" + ",-".join(sorted(left_out))
        self.assertEqual(self.families(query), self.families("") - left_out)
        if self.theirs_filters():
            self.assert_parity(query)

    def test_metrics_of_which_none_is_known_is_an_empty_page(self):
        self.assertEqual(self.families("?metrics=haproxy_no_such_family"), set())

    def limited_to(self, names):
        """The rules, or those for a HAProxy that ignores metrics=: other families are absent."""
        if self.theirs_filters():
            return None
        return Rules(ABSENT + rf"|^(?!({'|'.join(names)})\{{)", self.rules.restless)

    def test_no_maint_leaves_servers_in_maintenance_out(self):
        self.assert_parity("?no-maint")
        series = promtext.series_of(self.ours("?no-maint"))
        servers = {dict(labels).get("server") for _, labels in series}
        self.assertEqual({"maint", "api3", "tmpl1", "tmpl2"} & servers, set())
        self.assertLess({"web1", "drained", "dead"}, servers)

    def test_desc_labels_is_taken_though_the_runtime_api_tells_no_descriptions(self):
        rules = Rules(restless=self.rules.restless + r"|^haproxy_steward_|^process_|_streams_total")
        self.assertEqual([], compare(lambda: self.ours("?desc-labels"), self.ours, rules))

    def test_averages_are_those_of_show_stat(self):
        for column, name in (("qtime", "queue"), ("ctime", "connect"), ("rtime", "response"),
                             ("ttime", "total")):
            rows = self.edge.haproxy.rows()
            family = self.ours()[f"haproxy_server_{name}_time_average_seconds"]
            self.assertGreater(len(family.samples), 15)
            for (_, labels), value in family.samples.items():
                of = dict(labels)
                row = rows[of["proxy"], of["server"]]
                self.assertEqual(value, int(row[column]) / 1000, (name, of))

    def test_parameters_go_together(self):
        chosen = ("haproxy_server_status", "haproxy_server_weight")
        self.assert_parity(f"?scope=server&no-maint&metrics={','.join(chosen)}",
                           None if self.theirs_filters() else "?scope=server&no-maint",
                           self.limited_to(chosen))

    def test_the_quoted_description_of_the_process_is_whole(self):
        (key,) = self.ours()["haproxy_process_description"].samples
        self.assertEqual(dict(key[1])["desc"], 'the "first" edge')


def load_tests(loader, *_):
    """The same tests for every HAProxy there is."""
    suite = unittest.TestSuite()
    for version in haproxies():
        name = "HAProxy_" + version.replace(".", "_")
        case = type(name, (Parity, Case), {"version": version})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
