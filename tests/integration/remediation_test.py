"""The closed loop as the examples set it up: HAProxy, the steward, Prometheus with the rules,
Alertmanager. Only addresses, tokens and durations are others."""

import re
import unittest

import yaml

from alerting import Alertmanager, Prometheus
from control import ControlCase, ControlledSteward
from farm import Farm, Traffic
from harness import ROOT, free_port, holds, wait_until
from programs import oldest

RULES = ROOT / "alerts" / "remediation.rules.yml"

PROMETHEUS = """\
global: {{scrape_interval: 500ms, scrape_timeout: 450ms, evaluation_interval: 500ms}}
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: haproxy
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{steward}"], labels: {{haproxy: lb1}}}}]
"""


def example(name):
    return yaml.safe_load((ROOT / "examples" / name).read_text())


def hurried(text):
    """The rules with windows of seconds, so that a test can wait for them."""
    text = re.sub(r"^( +for:) .*$", r"\1 1s", text, flags=re.MULTILINE)
    return text.replace("[5m]", "[6s]").replace("[1m]", "[3s]")


class Remediation(ControlCase):
    def setUp(self):
        super().setUp()
        self.farm = self.start(Farm(self.home, oldest(), name=f"f{free_port()}"))
        config = example("steward-remediation.yml")
        rules = [each | {"mode": "enforce", "min_hold": "5s"} for each in config["rules"]]
        guards = config["guards"] | {"flap": {"hold": "1s"}}
        self.steward = self.start(ControlledSteward(
            self.home, self.farm.socket, rules=rules, guards=guards, name=f"s{free_port()}"))
        route = example("alertmanager.yml")["route"]["routes"][0]
        alertmanager = self.start(Alertmanager(
            self.home, f"http://127.0.0.1:{self.steward.control_port}/webhook",
            self.steward.tokens["operator"],
            route={"group_by": route["group_by"], "group_wait": "1s", "group_interval": "1s"}))
        self.start(Prometheus(self.home, PROMETHEUS.format(
            alertmanager=alertmanager.port, steward=self.steward.port),
            rules=hurried(RULES.read_text())))
        self.start(Traffic(self.farm.www)).during(200)

    def ready(self):
        return [name for name, state in self.farm.states().items() if state == "ready"]

    def test_a_server_that_errs_is_drained_recovers_and_returns(self):
        self.farm.webs["web2"].erring = True
        self.farm.wait_state("web2", "drain", 40)
        self.assertEqual(self.ready(), ["web1", "web3", "web4"])
        (held,) = self.steward.live()
        self.assertEqual((held["server"], held["origin"]["rule"]), ("web2", "drain-odd-server"))
        self.farm.webs["web2"].erring = False
        self.farm.wait_state("web2", "ready", 40)
        holds("it stays", lambda: len(self.ready()) == 4, 5)

    def test_a_backend_that_is_bad_as_a_whole_is_left_alone(self):
        for web in self.farm.webs.values():
            web.erring = True
        wait_until("errors", lambda: int(self.farm.rows()["web", "BACKEND"]["hrsp_5xx"]) > 500, 30)
        holds("nothing is drained", lambda: len(self.ready()) == 4, 6)
        self.assertEqual(self.steward.overrides(), [])


if __name__ == "__main__":
    unittest.main()
