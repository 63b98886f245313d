"""The alerting rules: as promtool takes and tests them, and by a real Prometheus that scraped a
real HAProxy under load through the steward."""

import collections
import re
import unittest

import promtext
from harness import ROOT, wait_until
from observed import Observed
from rule_files import RULES, TESTS, load, name_of, promtool, rules, selectors

RUNBOOKS = ROOT / "docs" / "runbooks.md"

# What has no data before something went wrong, and what is done about it.
NEEDS_A_FAULT = {
    'haproxy_steward:audit_events:increase15m{event="failed"}': "HAProxy swallows a command",
    'haproxy_steward:audit_events:increase15m{event="expired"}': "a lease of a second",
    'haproxy_steward:guard_refusals:increase15m{guard="mass_alert"}': "two alerts at once",
    "haproxy_steward_guard_refusals_total": "two alerts at once",
    "haproxy_steward:http_denied:increase15m": "a wrong token",
    "haproxy_steward_http_denied_total": "a wrong token",
    'haproxy_steward:http_requests:increase15m{handler="webhook", code=~"[45].."}': "no JSON",
    "haproxy:server_http_errors:outlier": "a server answers 500",
    "haproxy:server_connection_errors:outlier": "nobody listens at a server's port",
    "haproxy:server_response_seconds:outlier": "a server takes half a second",
    'ALERTS{alertstate="firing", remediation!=""}': "any of these three",
}


class Files(unittest.TestCase):
    def test_promtool_takes_every_file(self):
        self.assertEqual(len(RULES), 3)
        for path in RULES:
            with self.subTest(file=path.name):
                good, said = promtool("check", "rules", path)
                self.assertTrue(good, said)

    def test_every_alert_fires_when_it_should_and_only_then(self):
        for path in TESTS:
            with self.subTest(file=path.name):
                good, said = promtool("test", "rules", path)
                self.assertTrue(good, said)

    def test_every_alert_has_a_case_where_it_fires_and_one_where_it_is_silent(self):
        fires, silent = collections.Counter(), collections.Counter()
        for path in TESTS:
            for case in load(path)["tests"]:
                for check in case["alert_rule_test"]:
                    (fires if check["exp_alerts"] else silent)[check["alertname"]] += 1
        names = {each["alert"] for each in rules("alert")}
        self.assertEqual(names - fires.keys(), set())
        self.assertEqual(names - silent.keys(), set())
        self.assertEqual((fires | silent).keys() - names, set(), "no such alert")

    def test_every_alert_says_what_with_which_numbers_and_where_to_read_on(self):
        anchors = re.findall(r"^### (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
        alerts = rules("alert")
        self.assertEqual(sorted(anchors), sorted(each["alert"] for each in alerts))
        for each in alerts:
            with self.subTest(alert=each["alert"]):
                notes = each["annotations"]
                self.assertEqual(notes.keys(), {"summary", "description", "runbook_url"})
                self.assertEqual(notes["runbook_url"], f"docs/runbooks.md#{each['alert'].lower()}")
                self.assertIn("{{", notes["summary"] + notes["description"])
                self.assertIn(each["labels"]["severity"], ("critical", "warning"))

    def test_every_threshold_is_used_and_is_there(self):
        def thresholds(text):
            return set(re.findall(r'(haproxy\w*:threshold)\{of="(\w+)"\}', text))
        there = {(each["record"], each["labels"]["of"]) for each in rules("record")
                 if each["record"].endswith(":threshold")}
        used = {found for kind in ("alert", "record") for each in rules(kind)
                for found in thresholds(each["expr"])}
        self.assertEqual(used, there)


class Live(Observed):
    def test_every_expression_reads_what_is_there(self):
        written = [each["expr"] for kind in ("alert", "record") for each in rules(kind)]
        read = set().union(*map(selectors, written))
        self.assertGreater(len(read), 100)
        self.assertEqual(NEEDS_A_FAULT.keys() - read, set(), "no rule reads it")
        for selector in sorted(read - NEEDS_A_FAULT.keys()):
            with self.subTest(selector=selector):
                wait_until(f"data of {selector}", lambda: self.series(selector), 30)
        self.assertEqual({each for each in NEEDS_A_FAULT if self.series(each)}, set(),
                         "there without a fault")
        self.inject()
        for selector, fault in NEEDS_A_FAULT.items():
            with self.subTest(selector=selector, fault=fault):
                wait_until(f"data of {selector}", lambda: self.series(selector), 30)
        for expression in written:
            self.series(expression)  # a failure if it is none
        page = promtext.parse(self.steward.get().body)
        samples = {name for name, _ in promtext.series_of(page)}
        own = {name_of(each) for each in read if ":" not in name_of(each)} - {"ALERTS", "up"}
        self.assertEqual(own - samples, set())
        self.assert_healthy()
        self.assert_alerts()

    def assert_healthy(self):
        for group in self.prometheus.api("rules")["groups"]:
            for each in group["rules"]:
                self.assertEqual((each["health"], each.get("lastError")), ("ok", None), each)

    def assert_alerts(self):
        """Those of the faults, and no others that would be about a HAProxy that is well."""
        def alerts():
            return self.prometheus.api("alerts")["alerts"]

        def firing():
            return {each["labels"]["alertname"]: each for each in alerts()}

        def outliers(proxy):
            return {(each["labels"]["alertname"], each["labels"]["server"]) for each in alerts()
                    if each["labels"].get("proxy") == proxy
                    and "Outlier" in each["labels"]["alertname"]}
        wanted = {"HAProxyServerErrorOutlier", "HAProxyServerConnectionOutlier",
                  "HAProxyServerSlowOutlier", "StewardOverrideFailed", "StewardMassAlert",
                  "StewardWebhookErrors", "StewardDeferredTooLong", "HAProxyServerWeightOff"}
        for name in sorted(wanted):
            wait_until(name, lambda name=name: name in firing(), 20)
        seen = firing()
        for name, each in seen.items():
            for note in each["annotations"].values():
                self.assertNotRegex(note, r"<no value>|error expanding|%!", name)
        # The applications that err and are slow serve in another backend, too: odd there as well.
        # Each is told by a rule of its own, so not by the same evaluation.
        odd = {("HAProxyServerErrorOutlier", "erring"), ("HAProxyServerConnectionOutlier", "dead"),
               ("HAProxyServerSlowOutlier", "slow")}
        wait_until(f"the outliers {odd}", lambda: outliers("odd") == odd, 20)
        self.assertEqual(seen.keys() & {
            "HAProxyScrapeFailing", "HAProxyScrapePartial", "HAProxyBackendNoServer",
            "HAProxyServerDown", "HAProxyRestarting", "HAProxyCertificateExpired",
            "StewardLedgerUnwritable", "StewardCannotReachHAProxy", "StewardAuditChainBroken",
            "StewardReloadFailed", "StewardLeaseNotRenewed"}, set())


if __name__ == "__main__":
    unittest.main()
