"""A farm with everything that rules and dashboards are about, under load; a steward that acts on it;
and a Prometheus that scrapes it as examples/prometheus.yml does."""

import re
import time
import urllib.parse

from alerting import Prometheus
from control import ControlledSteward, rule, sick
from farm import Farm, Traffic
from harness import Case, free_port, http_get
from interposer import Interposer
from parts import Agent, certificate
from programs import newest
from rule_files import RULES

# Besides the farm: a certificate, an agent, and a backend whose servers are not all alike.
REST = """\
frontend tls
  bind 127.0.0.1:{tls} ssl crt {pem}
  default_backend web
backend agents
  server agent1 {{web1}} weight 100 agent-check agent-port {agent} agent-inter 100ms
frontend odd-in
  bind 127.0.0.1:{odd}
  default_backend odd
backend odd
  balance roundrobin
  retries 0
  server erring {{web1}}
  server slow {{web2}}
  server dead 127.0.0.1:{nobody}
  server well1 {{web3}}
  server well2 {{web3}}
  server well3 {{web4}}
  server well4 {{web4}}
"""

CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
scrape_configs:
  - job_name: haproxy
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"], labels: {{haproxy: lb1}}}}]
rule_files: [{files}]
"""


class Observed(Case):
    """One of it all for the class; nothing is wrong with it before inject()."""

    version = newest()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.odd = free_port()
        rest = REST.format(tls=free_port(), pem=certificate(cls.home), odd=cls.odd,
                           agent=cls.shared(Agent()).port, nobody=free_port())
        cls.farm = cls.shared(Farm(cls.home, cls.version, rest=rest, master=True,
                                   options={"web1": "maxconn 100"}))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        cls.steward = cls.shared(ControlledSteward(
            cls.home, cls.between.socket, control={"attempts": 2},
            rules=[rule("Sick"), rule("Brief", **{"for": "1s"}),
                   rule("Steady", set={"weight": "75%"})],
            guards={"mass_alert": {"percent": 25}},
            instances=[{"name": "lb1", "socket": f"unix:{cls.between.socket}",
                        "master": f"unix:{cls.farm.master_socket}"}]))
        cls.traffic = cls.shared(Traffic(cls.farm.www))
        cls.traffic.during(40)
        cls.steward.post("/webhook", {"action": "weight", "backend": "web", "server": "web3",
                                      "value": "50%", "for": "1h", "reason": "test"}, role="admin")
        cls.steward.tell(sick("well4", "Steady", proxy="odd"), wait="5s")
        cls.prometheus = cls.shared(Prometheus(cls.home, CONFIG.format(
            port=cls.steward.port, files=", ".join(cls.at_once(path) for path in RULES))))

    @classmethod
    def at_once(cls, path):
        """A copy of a rule file in which nothing has to last."""
        copy = cls.home / path.name
        copy.write_text(re.sub(r"^( +for:) .*$", r"\1 0s", path.read_text(), flags=re.MULTILINE))
        return str(copy)

    def series(self, expression):
        """The labels of what an expression finds now (NaN is nothing); a failure if it is none."""
        query = urllib.parse.urlencode({"query": expression})
        answer = http_get(self.prometheus.port, f"/api/v1/query?{query}")
        self.assertEqual(answer.status, 200, f"{expression}: {answer.text}")
        return [each["metric"] for each in answer.json["data"]["result"]
                if each["value"][1] != "NaN"]

    def inject(self):
        """A server that errs, one that is slow and one that is dead; an override that HAProxy does
        not take, one whose lease runs out, two that mass_alert holds; who calls in a wrong way."""
        steward, webs = self.steward, self.farm.webs
        webs["web1"].erring = True
        quick = webs["web2"].answer

        def slow(path):
            if path == "/":
                time.sleep(0.5)
            return quick(path)
        webs["web2"].answer = slow
        for _ in range(4):  # it takes 150 requests to each server to be judged over 5 minutes
            self.start(Traffic(self.odd))
        with self.between.faulty(where="set server web/web4", swallow=True):
            self.assertEqual(steward.done("drain", "web4", wait="10s")["phase"], "failed")
        steward.tell(sick("web4", "Brief"), wait="5s")
        results = steward.tell(sick("web2"), sick("web3"), wait="5s")
        self.assertIn("mass_alert", [each.get("guard") for each in results])
        self.assertEqual(steward.post("/webhook", b"no JSON").status, 400)
        self.assertEqual(steward.post("/webhook", {}, token="wrong").status, 401)
