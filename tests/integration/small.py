"""A small HAProxy for tests that care about the way to it, and what its pages must look like."""

import promtext
from harness import Case, free_port
from programs import HAProxy

CONFIG = """
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend www
  bind 127.0.0.1:{www}
  default_backend app
backend app
  server app1 127.0.0.1:{nobody} weight 10
  server app2 127.0.0.1:{nobody} weight 20 disabled
backend many
  server-template m 1-{servers} 127.0.0.1:{nobody}
"""


class SmallHAProxy(HAProxy):
    def __init__(self, home, *, servers=3, name="small", **options):
        self.www = free_port()
        super().__init__(home, CONFIG.format(www=self.www, nobody=free_port(), servers=servers),
                         name=name, **options)


class PageCase(Case):
    """Assertions on pages."""

    def parsed(self, answer, openmetrics=False):
        self.assertEqual(answer.status, 200, answer.body[:300])
        return promtext.parse(answer.body, openmetrics=openmetrics)

    def values(self, families, name):
        """{labels as a dict's items: value} of one family, or its one value if it has no labels."""
        self.assertIn(name, families)
        samples = {labels: value for (_, labels), value in families[name].samples.items()}
        return samples[()] if list(samples) == [()] else samples

    def assert_up(self, answer):
        families = self.parsed(answer)
        self.assertEqual(self.values(families, "haproxy_up"), 1)
        self.assertIn("haproxy_server_status", families)
        self.assertIn("haproxy_process_uptime_seconds", families)
        return families

    def assert_down(self, answer):
        """A page of a HAProxy that gave no whole answer: haproxy_up 0 and no series of its."""
        families = self.parsed(answer)
        self.assertEqual(self.values(families, "haproxy_up"), 0)
        rest = [name for name in families if name.startswith("haproxy_") and name != "haproxy_up"
                and not name.startswith("haproxy_steward_")]
        self.assertEqual(rest, [], "half a page")
        return families
