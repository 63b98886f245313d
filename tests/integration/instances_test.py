"""Several HAProxies behind one steward: each with its name, none in the way of the others."""

import unittest

import promtext
from harness import free_port
from interposer import Interposer
from programs import Steward
from small import PageCase, SmallHAProxy


class Instances(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.shared(SmallHAProxy(cls.home, name="first"))
        cls.second = cls.shared(SmallHAProxy(cls.home, name="second", servers=7))
        cls.between = cls.shared(Interposer(cls.home, cls.second.socket))
        cls.steward = cls.shared(Steward(
            cls.home, f"--haproxy.socket=lb1=unix:{cls.first.socket}",
            f"--haproxy.socket=lb2=unix:{cls.between.socket}"))

    def names(self, families, name):
        return {dict(labels).get("haproxy") for labels in dict(self.values(families, name))}

    def test_every_series_of_a_haproxy_carries_its_name(self):
        families = self.parsed(self.steward.get())
        for name, labels in promtext.series_of(families):
            if name.startswith("haproxy_") and not name.startswith("haproxy_steward_"):
                with self.subTest(series=name):
                    self.assertIn(dict(labels).get("haproxy"), ("lb1", "lb2"))
        self.assertEqual(self.names(families, "haproxy_server_status"), {"lb1", "lb2"})
        self.assertEqual(set(self.values(families, "haproxy_up").values()), {1.0})

    def test_probe_gives_one_of_them_without_its_name(self):
        for target, servers in (("lb1", 5), ("lb2", 9)):
            families = self.parsed(self.steward.get(f"/probe?target={target}"))
            self.assertEqual(self.values(families, "haproxy_up"), 1)
            self.assertEqual(len(families["haproxy_server_weight"].samples), servers)
            for name, labels in promtext.series_of(families):
                self.assertNotIn("haproxy", dict(labels), name)

    def test_probe_takes_the_parameters_of_the_page(self):
        families = self.parsed(self.steward.get("/probe?target=lb1&scope=backend&proxy=app"))
        self.assertNotIn("haproxy_server_weight", families)
        self.assertEqual(len(families["haproxy_backend_weight"].samples), 1)
        self.assertEqual(self.steward.get("/probe?target=lb1&scope=bad").status, 400)

    def test_one_that_is_down_does_not_hide_the_other(self):
        with self.between.faulty(where="", drop=True):
            families = self.parsed(self.steward.get())
        up = {dict(labels)["haproxy"]: value
              for labels, value in self.values(families, "haproxy_up").items()}
        self.assertEqual(up, {"lb1": 1, "lb2": 0})
        self.assertEqual(self.names(families, "haproxy_server_status"), {"lb1"})

    def test_one_that_hangs_costs_its_deadline_once_and_not_the_others_page(self):
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": "1.5"}
        with self.between.faulty(where="", hang=True):
            answer = self.steward.get(headers=headers)
            self.assertLess(answer.seconds, 1.5)
            self.assertEqual(self.names(self.parsed(answer), "haproxy_server_status"), {"lb1"})
            self.assertLess(self.steward.get("/probe?target=lb1").seconds, 0.5)

    def test_a_target_that_is_unknown_or_unnamed_is_refused_and_never_taken_as_an_address(self):
        self.assertEqual(self.steward.get("/probe").status, 400)
        for target in ("nobody", "", "LB1", str(self.first.socket), f"unix:{self.first.socket}",
                       "tcp:127.0.0.1:1", "lb1%00", "../lb1"):
            with self.subTest(target=target):
                answer = self.steward.get(f"/probe?target={target}")
                self.assertIn(answer.status, (400, 404))
                self.assertNotIn("haproxy_up", answer.text)

    def test_the_landing_page_names_them(self):
        page = self.steward.get("/").text
        self.assertIn("/probe?target=lb1", page)
        self.assertIn("/probe?target=lb2", page)


class OneInstance(PageCase):
    def test_a_single_haproxy_needs_no_name_and_gets_no_label(self):
        haproxy = self.start(SmallHAProxy(self.home))
        steward = self.start(Steward(self.home, socket=haproxy.socket))
        for name, labels in promtext.series_of(self.assert_up(steward.get())):
            self.assertNotIn("haproxy", dict(labels), name)

    def test_a_single_haproxy_over_tcp(self):
        port = free_port()
        haproxy = self.start(SmallHAProxy(
            self.home, name="tcp", extra_global=f"  stats socket 127.0.0.1:{port} level user\n"))
        self.assertTrue(haproxy.running())
        for address in (f"tcp:127.0.0.1:{port}", f"tcp://localhost:{port}",
                        f"lb=tcp:127.0.0.1:{port}"):
            with self.subTest(address=address):
                steward = self.start(Steward(self.home, f"--haproxy.socket={address}"))
                self.assert_up(steward.get())


if __name__ == "__main__":
    unittest.main()
