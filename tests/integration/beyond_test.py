"""What HAProxy's own page does not have: who a server is, and who took it out."""

import unittest

from edge import Edge
from programs import Steward, newest, oldest
from small import PageCase


class Beyond(PageCase):
    version = staticmethod(oldest)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge = cls.shared(Edge(cls.home, cls.version()))
        cls.steward = cls.shared(Steward(cls.home, socket=cls.edge.socket))

    def setUp(self):
        super().setUp()
        self.page = self.parsed(self.steward.get())

    def by_server(self, name):
        """{(backend, server): (other labels, value)} of a family with one series a server."""
        found = {}
        for labels, value in self.values(self.page, name).items():
            of = dict(labels)
            found[of.pop("proxy"), of.pop("server")] = (of, value)
        return found

    def test_where_a_server_is_can_be_joined_to_all_its_series(self):
        info = self.by_server("haproxy_server_info")
        self.assertEqual(set(info), set(self.edge.haproxy.servers()))
        self.assertEqual(info["web", "web1"], (
            {"address": "127.0.0.1", "port": str(self.edge.ports["web1"]), "fqdn": ""}, 1))
        self.assertEqual(info["db", "tmpl1"][0]["fqdn"], "db.example.org")
        self.assertEqual(info["db", "tmpl1"][0]["port"], "5432")

    def test_who_took_a_server_out_is_told(self):
        reasons = {}
        for labels, value in self.values(self.page, "haproxy_server_admin_state").items():
            of = dict(labels)
            if value:
                reasons.setdefault((of["proxy"], of["server"]), set()).add(of["state"])
        self.assertEqual(reasons, {
            ("web", "drained"): {"forced_drain"}, ("web", "maint"): {"forced_maint"},
            ("api", "api3"): {"config_maint", "forced_maint"},
            ("db", "tmpl1"): {"resolution_maint"}, ("db", "tmpl2"): {"resolution_maint"}})

    def test_a_tracking_server_tells_that_it_inherits(self):
        self.edge.haproxy.command("set server web/web2 state maint")
        self.addCleanup(self.edge.haproxy.command, "set server web/web2 state ready")
        page = self.parsed(self.steward.get())
        states = {dict(labels)["state"]: value for labels, value in
                  self.values(page, "haproxy_server_admin_state").items()
                  if dict(labels)["server"] == "api2"}
        self.assertEqual({state for state, value in states.items() if value}, {"inherited_maint"})

    def test_the_configured_weight_stays_when_the_present_one_is_changed(self):
        initial, now = (self.by_server(f"haproxy_server_{name}")["web", "web1"][1]
                        for name in ("initial_weight", "weight"))
        self.assertEqual((initial, now), (100, 37))

    def test_mode_and_load_balancing_are_labels_to_join(self):
        modes = {dict(labels)["proxy"]: dict(labels)
                 for labels in self.values(self.page, "haproxy_backend_info")}
        self.assertEqual((modes["web"]["mode"], modes["web"]["algorithm"]), ("http", "roundrobin"))
        self.assertEqual((modes["db"]["mode"], modes["db"]["algorithm"]), ("tcp", "source"))
        modes = {dict(labels)["proxy"]: dict(labels)["mode"]
                 for labels in self.values(self.page, "haproxy_frontend_info")}
        self.assertEqual((modes["www"], modes["db-in"]), ("http", "tcp"))

    def test_levels_of_health_checks_are_numbers(self):
        self.assertEqual([self.by_server(f"haproxy_server_check_{name}")["web", "dead"][1]
                          for name in ("rise", "fall", "health")], [4, 2, 0])

    def test_what_show_info_tells_beyond_the_other_page_is_here(self):
        info = dict(line.split(": ", 1) for line in
                    self.edge.haproxy.command("show info").splitlines() if ": " in line)
        self.assertEqual(self.values(self.page, "haproxy_process_pid"), int(info["Pid"]))
        for key, name in (("CurrStreams", "current_streams"), ("Tainted", "tainted"),
                          ("MaxconnReached", "max_connections_reached_total")):
            self.assertEqual(f"haproxy_process_{name}" in self.page, key in info, name)

    def test_the_stewards_own_metrics_are_behind(self):
        self.assertIn("haproxy_steward_build_info", self.page)
        self.assertIn("process_resident_memory_bytes", self.page)
        self.assertLess(self.values(self.page, "haproxy_steward_scrape_duration_seconds"), 1)
        parts = {dict(labels)["part"]: value for labels, value in
                 self.values(self.page, "haproxy_steward_scrape_part_success").items()}
        self.assertEqual(set(parts.values()), {1})


class BeyondTheNewest(Beyond):
    version = staticmethod(newest)


if __name__ == "__main__":
    unittest.main()
