"""The whole loop on real parts: a metric turns bad, Prometheus notices, Alertmanager tells the
steward, HAProxy stops sending traffic there, and sends it again when the metric is good."""

import unittest

from alerting import Alertmanager, Prometheus
from control import ControlCase, ControlledSteward, rule
from farm import Farm, Traffic
from harness import wait_until
from programs import on_each_haproxy

SCRAPES = """\
global: {{scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}}
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]
scrape_configs:
  - job_name: webs
    static_configs: [{{targets: {webs}}}]
  - job_name: steward
    static_configs: [{{targets: ["127.0.0.1:{steward}"]}}]
"""
RULES = """\
groups:
  - name: webs
    rules:
      - alert: Sick
        expr: web_sick == 1
      - alert: Erring
        expr: 'rate(haproxy_server_http_responses_total{proxy="web",code="5xx"}[2s]) > 1'
"""


class TheLoop(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home, cls.version))
        cls.steward = cls.shared(ControlledSteward(
            cls.home, cls.farm.socket, rules=[rule("Sick"), rule("Erring")]))
        cls.alertmanager = cls.shared(Alertmanager(
            cls.home, f"http://127.0.0.1:{cls.steward.control_port}/webhook",
            cls.steward.tokens["operator"], route={"group_by": ["alertname", "server"]}))
        cls.prometheus = cls.shared(Prometheus(cls.home, SCRAPES.format(
            alertmanager=cls.alertmanager.port, steward=cls.steward.port,
            webs=[f"127.0.0.1:{web.port}" for web in cls.farm.webs.values()]), RULES))

    def setUp(self):
        super().setUp()
        self.traffic = self.start(Traffic(self.farm.www))
        self.assertEqual(set(self.traffic.during(40)), set(self.farm.webs))

    def assert_out(self, web):
        """Traffic goes on without it: as the clients see it, and as it sees itself."""
        self.farm.wait_state(web, "drain", 30)
        self.traffic.during(5)  # those under way
        before = self.farm.webs[web].requests
        self.assertEqual(set(self.traffic.during(80)), set(self.farm.webs) - {web})
        self.assertEqual(self.farm.webs[web].requests, before)

    def assert_back(self, web):
        self.farm.wait_state(web, "ready", 30)
        self.assertEqual(set(self.traffic.during(80)), set(self.farm.webs))

    def test_a_sick_server_is_drained_and_serves_again_when_it_is_well(self):
        self.farm.webs["web2"].sick = True
        self.assert_out("web2")
        (override,) = self.steward.live(server="web2")
        self.assertEqual((override["phase"], override["setting"], override["value"]),
                         ("active", "state", "drain"))
        origin = override["origin"]
        self.assertEqual((origin["kind"], origin["principal"], origin["rule"]),
                         ("alert", "operator", "Sick"))
        self.assertIn('alertname="Sick"', origin["group_key"])
        self.farm.webs["web2"].sick = False
        self.assert_back("web2")
        ended = self.steward.wait_phase(override["id"], "released")
        self.assertEqual(ended["end"], "resolved")
        events = self.steward.events_of(override["id"])
        self.assertEqual([events[0], events[-1]], ["created", "released"])
        self.assertIn("active", events)
        self.assertEqual(self.traffic.failed, [], "no client noticed")

    def test_two_sick_servers_are_out_as_long_as_each_is_sick(self):
        for web in ("web1", "web3"):
            self.farm.webs[web].sick = True
        self.assert_both({"web2", "web4"}, "drain")
        self.farm.webs["web1"].sick = False
        self.farm.wait_state("web1", "ready", 30)
        self.assertEqual(self.farm.state("web3"), "drain")
        self.farm.webs["web3"].sick = False
        self.assert_back("web3")

    def assert_both(self, left, state):
        for web in set(self.farm.webs) - left:
            self.farm.wait_state(web, state, 30)
        self.traffic.during(5)
        self.assertEqual(set(self.traffic.during(60)), left)

    def test_an_alert_on_the_stewards_own_page_drains_what_answers_with_errors(self):
        web = self.farm.webs["web4"]
        web.erring = True
        self.assert_out("web4")
        web.erring = False
        self.assert_back("web4")
        self.assertIn(500, self.traffic.failed)

    def test_the_page_tells_of_what_was_done(self):
        before = self.steward.value("haproxy_steward_actions_total", origin="alert",
                                    result="created")
        self.farm.webs["web1"].sick = True
        self.assert_out("web1")
        self.assertEqual(self.steward.value("haproxy_steward_overrides", phase="active"), 1)
        self.farm.webs["web1"].sick = False
        self.assert_back("web1")
        wait_until("no override to be left", lambda: not self.steward.live())
        self.assertEqual(self.steward.value("haproxy_steward_overrides", phase="active"), 0)
        self.assertEqual(self.steward.value("haproxy_steward_actions_total", origin="alert",
                                            result="created"), before + 1)


def load_tests(loader, *_):
    return on_each_haproxy(loader, TheLoop)


if __name__ == "__main__":
    unittest.main()
