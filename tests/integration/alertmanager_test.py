"""Real Alertmanagers, one and two, and what is odd about what they send."""

import time
import unittest

from alerting import Alertmanager, alert, delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import free_port, holds, http_get, wait_until
from interposer import Interposer


class AlertmanagerCase(ControlCase):
    rules = [rule("Sick"), rule("Brief", **{"for": "3s"})]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.steward = self.start(ControlledSteward(
            self.home, self.between.socket, rules=self.rules, name=f"steward{free_port()}"))
        self.url = f"http://127.0.0.1:{self.steward.control_port}/webhook"
        self.addCleanup(self._free)

    def _free(self):
        for web in self.farm.webs:
            self.farm.command(f"set server web/{web} state ready")

    def alertmanager(self, **options):
        token = options.pop("token_file", self.steward.tokens["operator"])
        return self.start(Alertmanager(self.home, self.url, token, **options))

    def events(self, name):
        return [line for line in self.steward.audit() if line["event"] == name]


class RealOnes(AlertmanagerCase):
    def labels(self, server, name="Sick"):
        return {"alertname": name, "proxy": "web", "server": server}

    def test_two_in_a_cluster_do_together_what_one_does(self):
        port = free_port()
        first = self.alertmanager(cluster=port, peer_timeout="0s")
        second = self.alertmanager(cluster=free_port(), peer=port, peer_timeout="0s")
        wait_until("the cluster", lambda: first.peers() == 2 and second.peers() == 2, 30)
        for each in (first, second):  # as Prometheus does: it tells all of them
            each.fire(**self.labels("web1"))
        self.farm.wait_state("web1", "drain", 20)
        for each in (first, second):
            each.resolve(**self.labels("web1"))
        self.farm.wait_state("web1", "ready", 20)
        time.sleep(2)  # whoever was late
        self.assertEqual(self.between.mutating(), ["set server web/web1 state drain",
                                                   "set server web/web1 state ready"])
        self.assertEqual(len(self.events("created")), 1)
        self.assertEqual(self.steward.live(), [])

    def test_alerts_left_out_by_max_alerts_are_not_taken_as_resolved(self):
        alertmanager = self.alertmanager(webhook={"max_alerts": 1})
        alertmanager.fire(**self.labels("web1"))
        self.farm.wait_state("web1", "drain", 20)
        alertmanager.fire(**self.labels("web2"))
        wait_until("a truncated delivery", lambda: self.steward.value(
            "haproxy_steward_truncated_alerts_total") > 0, 20)
        holds("web1 is drained", lambda: self.farm.state("web1") == "drain", 2)

    def test_each_repeat_renews_the_lease(self):
        alertmanager = self.alertmanager(route={"repeat_interval": "1s"})
        alertmanager.fire(**self.labels("web1", "Brief"))
        self.farm.wait_state("web1", "drain", 20)
        (held,) = self.steward.live()
        holds("web1 is drained, past its first lease",
              lambda: self.farm.state("web1") == "drain", 5)
        self.assertEqual([each["id"] for each in self.steward.live()], [held["id"]])
        self.assertIn("renewed", self.steward.events_of(held["id"]))
        alertmanager.end()
        self.assertEqual(self.steward.wait_phase(held["id"], "released")["end"], "expired")

    def test_a_wrong_token_is_refused_and_the_right_one_later_works(self):
        token = self.home / "rotated.token"
        token.write_text("this is not the token of anybody")
        alertmanager = self.alertmanager(token_file=token)
        alertmanager.fire(**self.labels("web1"))
        wait_until("a refusal", lambda: alertmanager.metric(
            "alertmanager_notifications_failed_total"), 20)
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assertEqual(self.between.mutating(), [])
        self.assertEqual(self.steward.overrides(), [])
        token.write_text(self.steward.token("operator"))  # it reads the file at each request
        self.farm.wait_state("web1", "drain", 30)

    def test_a_steward_that_was_away_hears_of_the_alert_when_it_is_back(self):
        alertmanager = self.alertmanager(route={"group_interval": "1s"})
        self.steward.end()
        alertmanager.fire(**self.labels("web1"))
        wait_until("a try in vain", lambda: http_get(alertmanager.port, "/metrics").text.count(
            "alertmanager_notification_requests_failed_total{integration=\"webhook\"} 0") == 0, 20)
        self.steward = self.start(self.steward.successor())
        self.farm.wait_state("web1", "drain", 30)


class Deliveries(AlertmanagerCase):
    """What Alertmanager is known to send, sent by hand."""

    def test_resolved_without_firing_is_ignored(self):
        self.assert_one(self.steward.tell(sick("web1", status="resolved")), "ignored")
        self.assertEqual(self.between.mutating(), [])

    def test_the_status_of_each_alert_counts_and_not_the_groups(self):
        self.steward.tell(sick("web1"), sick("web2"), wait="5s")
        results = self.steward.tell(sick("web1"), sick("web2", status="resolved"),
                                    status="firing", wait="5s")
        self.assertEqual([each["result"] for each in results], ["renewed", "released"])
        self.assertEqual((self.farm.state("web1"), self.farm.state("web2")), ("drain", "ready"))

    def test_a_delivery_repeated_renews_and_nothing_more(self):
        first = self.assert_one(self.steward.tell(sick("web1"), wait="5s"), "created")
        again = self.assert_one(self.steward.tell(sick("web1"), wait="5s"), "renewed")
        self.assertEqual(first["override"], again["override"])
        self.assertEqual(len(self.between.mutating()), 1)

    def test_a_late_firing_after_the_resolve_is_a_duplicate(self):
        start = now()
        self.steward.tell(sick("web1", starts=start), wait="5s")
        self.steward.tell(sick("web1", starts=start, status="resolved"), wait="5s")
        self.assert_one(self.steward.tell(sick("web1", starts=start), wait="5s"), "duplicate")
        self.assertEqual(self.farm.state("web1"), "ready")
        self.assert_one(self.steward.tell(sick("web1", starts=now()), wait="5s"), "created")
        self.assertEqual(self.farm.state("web1"), "drain")

    def test_resolved_twice_is_a_duplicate(self):
        self.steward.tell(sick("web1"), wait="5s")
        self.steward.tell(sick("web1", status="resolved"), wait="5s")
        self.assert_one(self.steward.tell(sick("web1", status="resolved")), "duplicate")

    def test_what_a_person_released_stays_released_until_it_fires_anew(self):
        result = self.assert_one(self.steward.tell(sick("web1"), wait="5s"), "created")
        self.steward.delete(f"/api/v1/overrides/{result['override']}")
        self.farm.wait_state("web1", "ready")
        ignored = self.assert_one(self.steward.tell(sick("web1")), "ignored")
        self.assertIn("operator", ignored["reason"])
        self.assert_one(self.steward.tell(sick("web1", starts=now())), "created")

    def test_an_alert_that_no_rule_knows_is_ignored(self):
        result = self.assert_one(self.steward.tell(sick("web1", "Other")), "ignored")
        self.assertIn("rule", result["reason"])

    def test_unknown_fields_and_an_odd_receiver_are_no_matter(self):
        body = delivery(sick("web1") | {"new": {"field": [1]}}, receiver="web\\.hook",
                        routeLabels={"a": "b"}, notification_reason="first notification")
        answer = self.steward.post("/webhook?wait=5s", body)
        self.assert_one(answer.json["results"], "created", phase="active")

    def test_truncated_alerts_are_told(self):
        answer = self.steward.post("/webhook", delivery(sick("web1"), truncatedAlerts=7))
        self.assertEqual(answer.json["truncated"], 7)

    def test_an_address_means_every_server_that_has_it(self):
        steward = self.start(ControlledSteward(self.home, {
            "lb1": self.farm.socket, "lb2": self.between.socket}, name=f"by{free_port()}", rules=[
                rule("Down", target={"address": {"source_labels": ["instance"]}})]))
        port = self.farm.webs["web3"].port
        results = steward.tell(alert(alertname="Down", instance=f"127.0.0.1:{port}"))
        self.assertEqual([(each["instance"], each["backend"], each["server"]) for each in results],
                         [("lb1", "web", "web3"), ("lb2", "web", "web3")])
        (none,) = steward.tell(alert(alertname="Down", instance="192.0.2.1"))
        self.assertEqual((none["result"], none["guard"]), ("rejected", "unknown_server"))

    def test_without_rules_the_labels_of_alerts_are_obeyed(self):
        steward = self.start(ControlledSteward(self.home, self.between.socket,
                                               name=f"labels{free_port()}"))
        labels = {"backend": "web", "server": "web1"}
        results = steward.tell(alert(alertname="x", haproxy_action="weight=25%", **labels),
                               alert(alertname="y", **labels), wait="5s")
        self.assertEqual([each["result"] for each in results], ["created", "ignored"])
        self.assertEqual(self.farm.weight("web1"), 25)
        (result,) = steward.tell(alert(alertname="x", haproxy_action="weight=25%",
                                       status="resolved", **labels))
        self.assertIn("held until", result["reason"], "a minute at least, without a rule")
        gone = steward.delete(f"/api/v1/overrides/{result['override']}?wait=5s")
        self.assertEqual(gone.json["phase"], "released")
        self.assertEqual(self.farm.weight("web1"), 100)


if __name__ == "__main__":
    unittest.main()
