"""The names people's dashboards and alerts are made of, the present ones and the legacy ones."""

import re
import unittest

import promtext
from edge import Edge
from harness import FIXTURES, Case, Process, free_port, http_get, wait_until
from programs import Steward, newest

COMPAT = """\
scrape:
  compat: haproxy_exporter
instances:
  - name: edge
    socket: unix:{socket}
"""

# What a HAProxy without zlib (all of Debian's use libslz) does not tell.
NEEDS_ZLIB = {"haproxy_process_current_zlib_memory", "haproxy_process_max_zlib_memory"}

# Names of the oldest dashboards, which exporter 0.14 itself no longer has.
OLDEST = ("haproxy_server_connections_total", "haproxy_backend_connections_total",
          "haproxy_frontend_connections_total", "haproxy_server_check_duration_milliseconds")

# The retired exporter's own metrics, and those of its language's runtime.
ITS_OWN = re.compile(r"haproxy_exporter_\w+|go_\w+|process_\w+|promhttp_\w+")

# It counts the HTTP requests of a frontend in mode tcp, where there are none; as on HAProxy's own
# page they are not here.
OF_TCP = ("haproxy_frontend_http_requests_total", (("frontend", "db-in"),))


class RetiredExporter(Process):
    """prometheus-haproxy-exporter as Debian packages it."""

    def __init__(self, home, socket):
        self.port = free_port()
        super().__init__("exporter", ["prometheus-haproxy-exporter",
                                      f"--haproxy.scrape-uri=unix:{socket}",
                                      f"--web.listen-address=127.0.0.1:{self.port}"], home)

    def __enter__(self):
        wait_until("the exporter", lambda: self.get().status == 200)
        return self

    def get(self):
        return http_get(self.port, "/metrics")


class Names(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge = cls.shared(Edge(cls.home, newest()))
        # It takes servers on their way up for down, but for those it knows: UP 1/3 and UP 2/3.
        wait_until("all servers to be up for good", lambda: not any(
            row["status"].startswith("UP ") for row in cls.edge.haproxy.rows().values()))
        cls.steward = cls.shared(Steward(cls.home, socket=cls.edge.socket))
        cls.compat = cls.shared(Steward(cls.home, config=COMPAT.format(socket=cls.edge.socket)))
        cls.exporter = cls.shared(RetiredExporter(cls.home, cls.edge.socket))

    def page(self, program):
        answer = program.get()
        self.assertEqual(answer.status, 200)
        return promtext.parse(answer.body)

    def legacy_series(self, families):
        """{(name, labels without proxy): value} of the families the retired exporter has."""
        return {(name, tuple((label, value) for label, value in labels if label != "proxy")): value
                for (name, labels), value in promtext.series_of(families).items()
                if name.startswith("haproxy_") and not ITS_OWN.fullmatch(name)}

    def test_all_154_names_of_the_present_dashboards_and_alerts_are_here(self):
        names = (FIXTURES / "names" / "dashboards.txt").read_text().split()
        self.assertEqual(len(names), 154)
        missing = set(names) - self.page(self.steward).keys()
        info = self.edge.haproxy.command("show info")
        self.assertEqual(missing, set() if "ZlibMemUsage" in info else NEEDS_ZLIB)

    def test_compat_has_every_series_of_the_retired_exporter_with_its_labels_and_value(self):
        for _ in range(3):
            before = self.legacy_series(self.page(self.exporter))
            ours = self.legacy_series(self.page(self.compat))
            after = self.legacy_series(self.page(self.exporter))
            self.assertEqual(before.pop(OF_TCP), 0)
            wrong = [key for key, value in before.items()
                     if key not in ours or not value <= ours[key] <= after[key]
                     and not value >= ours[key] >= after[key]]
            if not wrong:
                break
        self.assertGreater(len(before), 700)
        self.assertEqual([], [(key, before[key], ours.get(key), after[key]) for key in wrong])

    def test_compat_keeps_the_present_names_and_labels_too(self):
        compat, plain = self.page(self.compat), self.page(self.steward)
        self.assertEqual(plain.keys() - compat.keys(), set())
        for name, labels in promtext.series_of(compat):
            of = dict(labels)
            if "backend" in of or "frontend" in of:
                with self.subTest(name=name):
                    self.assertEqual(of.get("backend", of.get("frontend")), of["proxy"])
                    self.assertNotEqual("backend" in of, "frontend" in of)

    def test_compat_has_the_names_of_the_oldest_dashboards(self):
        page = self.page(self.compat)
        for name in OLDEST:
            with self.subTest(name=name):
                self.assertIn(name, page)

    def test_the_legacy_names_are_absent_unless_asked_for(self):
        page = self.page(self.steward)
        for name in ("haproxy_server_up", "haproxy_backend_up", "haproxy_backend_current_server",
                     "haproxy_server_server_selected_total"):
            self.assertNotIn(name, page)
        for _, labels in promtext.series_of(page):
            self.assertEqual({"backend", "frontend"} & set(dict(labels)), set())


if __name__ == "__main__":
    unittest.main()
