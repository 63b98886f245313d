"""Each query of each panel, variable and annotation of the dashboards, on a real Prometheus that
scraped a real HAProxy under load through the steward."""

import contextlib
import re
import unittest

import promtext
from control import ControlCase, ControlledSteward, sick
from dashboard_files import DASHBOARDS, everything, panels, title_of
from harness import Meanwhile, holds, wait_until
from observed import Observed
from programs import HAProxy, oldest
from rule_files import name_of, selectors

# Queries that have no data before something went wrong: (panel, legend or column), and what is done
# about it (Observed.inject).
NEEDS_A_FAULT = {
    ("Who took it out", "{{haproxy}} {{proxy}}/{{server}}"): "a server is drained",
    ("Refused by guards", "{{guard}}"): "two alerts at once",
    ("Not let in", "denied {{code}}"): "a wrong token",
}


def filled(expression, haproxy=".*", proxy=".*", server=".*"):
    """An expression as Grafana sends it."""
    for name, value in (("__rate_interval", "10s"), ("haproxy", haproxy), ("proxy", proxy),
                        ("server", server)):
        expression = expression.replace(f"${name}", value)
    return expression


class Repeats(Meanwhile):
    """An alert that is told again and again, as by Alertmanager, only more often."""

    def __init__(self, steward, *alerts, every=0.5):
        self.steward, self.alerts, self.every = steward, alerts, every

    def _run(self):
        while not self._over.wait(self.every):
            with contextlib.suppress(OSError):
                self.steward.tell(*self.alerts)


class Queries:
    """For each version of HAProxy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared(Repeats(cls.steward, sick("well4", "Steady", proxy="odd")))

    def queries(self):
        """(panel, title, the target) of each query of each panel."""
        for dashboard in DASHBOARDS.values():
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    yield panel, title_of(panel, target), target

    def wait_series(self, expression, seconds=30):
        return wait_until(f"data of {expression}", lambda: self.series(filled(expression)), seconds)

    def assert_labels(self, named, series, what):
        """Each label that a legend or a column names is there, on one of the series at least."""
        there = set().union(*series)
        self.assertEqual(set(named) - there, set(), what)

    def test_every_query_of_every_panel_finds_what_is_there(self):
        queries = list(self.queries())
        self.assertEqual(NEEDS_A_FAULT.keys() - {(panel["title"], title)
                                                 for panel, title, _ in queries}, set())
        self.assertGreater(len(queries), 100)
        late = [each for each in queries if (each[0]["title"], each[1]) in NEEDS_A_FAULT]
        for panel, title, target in queries:
            if (panel["title"], title) not in NEEDS_A_FAULT:
                with self.subTest(panel=panel["title"], query=title):
                    self.assert_shown(panel, title, target)
        for panel, title, target in late:
            with self.subTest(panel=panel["title"], query=title, when="before the fault"):
                self.assertEqual(self.series(filled(target["expr"])), [])
        self.inject()
        self.steward.done("drain", "web1", reason="to see it")
        for panel, title, target in late:
            with self.subTest(panel=panel["title"], query=title, when="after the fault"):
                self.assert_shown(panel, title, target)
        self.assert_tables()
        self.assert_names()

    def assert_shown(self, panel, title, target):
        series = self.wait_series(target["expr"])
        self.assert_labels(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")), series,
                           target["expr"])
        chosen = filled(target["expr"], "lb1", "(web|odd)", "(web1|web3|erring)")
        if panel["type"] != "stat" and (panel["title"], title) not in NEEDS_A_FAULT:
            wait_until(f"data of {chosen}", lambda: self.series(chosen))

    def assert_tables(self):
        """Every column has a label or a value; rows of one table share labels to be merged by."""
        for dashboard in DASHBOARDS.values():
            for panel in panels(dashboard):
                if panel["type"] == "table":
                    found = [self.series(filled(each["expr"])) for each in panel["targets"]]
                    columns = panel["transformations"][-1]["options"]["renameByName"]
                    labels = [each for each in columns if not each.startswith("Value")]
                    self.assert_labels(labels, [each for one in found for each in one],
                                       panel["title"])
                    shared = set.intersection(*(set().union(*one) for one in found))
                    self.assertTrue(shared, panel["title"])

    def assert_names(self):
        """No query names a metric that the page has not."""
        written = [expr for each in DASHBOARDS.values() for expr in everything(each, "expr")]
        read = {name_of(each) for each in set().union(*map(selectors, map(filled, written)))}
        samples = {name for name, _ in promtext.series_of(promtext.parse(self.steward.get().body))}
        self.assertEqual(read - samples - {"ALERTS", "up"}, set())

    def test_every_variable_has_values(self):
        for name, dashboard in DASHBOARDS.items():
            for each in dashboard["templating"]["list"]:
                if each["type"] != "query":
                    continue
                with self.subTest(dashboard=name, variable=each["name"]):
                    selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                                   each["query"]).groups()
                    self.assertEqual(label, each["name"])
                    self.assert_labels([label], self.wait_series(f"count by ({label}) ({selector})"),
                                       each["query"])

    def test_every_annotation_has_what_its_words_name(self):
        for name, dashboard in DASHBOARDS.items():
            for each in dashboard["annotations"]["list"]:
                with self.subTest(dashboard=name, annotation=each["name"]):
                    series = self.wait_series(each["target"]["expr"])
                    words = each["titleFormat"] + each["textFormat"]
                    self.assert_labels(re.findall(r"\{\{(\w+)\}\}", words), series, words)

    def test_the_stretch_of_an_override_begins_and_ends_with_it(self):
        (stretch,) = [each for each in DASHBOARDS["control"]["annotations"]["list"]
                      if each["name"] == "Overrides"]
        expression = filled(stretch["target"]["expr"], server="agent1")
        self.assertEqual(self.series(expression), [])
        override = self.steward.done("weight", "agent1", backend="agents", value="10%",
                                     reason="for a while")["override"]
        (seen,) = wait_until("its stretch", lambda: self.series(expression), 30)
        self.assertEqual({key: seen[key] for key in ("proxy", "setting", "value", "by", "reason")},
                         {"proxy": "agents", "setting": "weight", "value": "10%", "by": "admin",
                          "reason": "for a while"})
        self.assertEqual(self.steward.delete(f"/api/v1/overrides/{override}", role="admin").status,
                         200)
        wait_until("its end", lambda: not self.series(expression), 30)
        holds("it is over", lambda: not self.series(expression))


class OnTheNewest(Queries, Observed):
    pass


class OnTheOldest(Queries, Observed):
    version = oldest()


class Many(ControlCase):
    def test_the_page_of_metrics_has_the_newest_thousand(self):
        config = "backend many\n  server-template s 1-1001 127.0.0.1:1\n"
        haproxy = self.start(HAProxy(self.home, config))
        steward = self.start(ControlledSteward(self.home, haproxy.socket, name="many"))

        def lightened(*numbers):
            actions = [{"action": "weight", "value": "50%", "backend": "many", "server": f"s{i}",
                        "reason": "many"}
                       for i in numbers]
            answer = steward.post("/webhook", {"actions": actions}, role="admin")
            self.assertEqual(answer.status, 200, answer.text)
            lines = steward.get().text.splitlines()
            return [line for line in lines if line.startswith("haproxy_steward_override_info{")]

        self.assertEqual(len(lightened(*range(1, 1001))), 1000)
        page = lightened(1001)
        self.assertEqual(len(page), 1000)
        shown = " ".join(page)
        self.assertIn('server="s1001"', shown)
        self.assertNotIn('server="s1"', shown)


if __name__ == "__main__":
    unittest.main()
