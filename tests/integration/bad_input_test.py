"""What is wrong with a request is said, with the right status, and HAProxy hears nothing of it."""

import gzip
import http.client
import json
import socket
import unittest

from alerting import alert, delivery
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from interposer import Interposer

HEAD = "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
DRAIN = {"action": "drain", "backend": "web", "server": "web1"}
HOSTILE_NAMES = (
    "web1;shutdown sessions server web/web1", "web1\nset server web/web2 state maint",
    "web1\0set server web/web2 state maint", "web1 state maint", "#1", "web1/../web2", "web1\\",
    "web1\r", "", " ", "web1 <<", "*", "web.*", "w\u00e9b1", "@1 show info",
    "web1\u2028", "a" * 300)


class BadInput(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        cls.steward = cls.shared(ControlledSteward(cls.home, cls.between.socket, rules=[
            rule("Sick"), rule("SickHere", target={
                "instance": {"source_labels": ["lb"]}, "backend": {"source_labels": ["proxy"]},
                "server": {"source_labels": ["server"]}})]))

    def setUp(self):
        super().setUp()
        self.addCleanup(self._nothing_happened)

    def _nothing_happened(self):
        self.assertEqual(self.between.mutating(), [])
        self.assertEqual(self.steward.live(), [])
        self.assertTrue(self.steward.running())
        self.assertEqual(set(self.farm.states().values()), {"ready"})

    def assert_audited(self, since, principal="operator"):
        lines = [line for line in self.steward.audit(after=since)
                 if line.get("principal") == principal]
        self.assertTrue(lines, "a call by somebody leaves no trace in the audit")
        self.assertIn(lines[-1]["event"], ("denied", "refused", "rejected"))
        return lines[-1]

    def last(self):
        lines = self.steward.audit(order="newest", limit=1)
        return lines[0]["sequence"] if lines else 0

    def assert_refused(self, body, status=400, code="malformed", path="/webhook", **options):
        since = self.last()
        problem = self.assert_problem(self.steward.post(path, body, **options), status, code)
        self.assert_audited(since)
        return problem

    def raw(self, head, body=b""):
        """A request as it is written here, with a good token."""
        with socket.create_connection(("127.0.0.1", self.steward.control_port), 10) as link:
            token = f"Authorization: Bearer {self.steward.token('operator')}\r\n"
            link.sendall((head + token + "\r\n").encode() + body)
            reply = http.client.HTTPResponse(link)
            reply.begin()
            reply.body = reply.read()
        return reply

    def test_what_is_no_json_is_malformed(self):
        for body in (b"", b"{", b"[]", b"null", b"17", b"{}{}", b'{"alerts":[}', b"\xff\xfe{}",
                     b'{"action":"drain\xff"}', b'{"action":"drain","action":"maint"}', b"\0",
                     b'{"alerts":[],"action":"drain"}', b'{"a":1e999}', b"// {}\n{}"):
            with self.subTest(body=body):
                self.assert_refused(body)

    def test_a_field_of_the_wrong_type_is_named(self):
        good = sick("web1")
        for body, where in (
                ({"alerts": {}}, "alerts"), ({"alerts": [17]}, "alerts[0]"),
                (delivery(good) | {"alerts": [good | {"labels": []}]}, "alerts[0].labels"),
                (delivery(good, good | {"labels": {"server": 7}}), "alerts[1].labels.server"),
                (delivery(good | {"status": "perhaps"}), "alerts[0].status"),
                (delivery(good | {"startsAt": "yesterday"}), "alerts[0].startsAt"),
                (delivery(good, version="3"), "version"),
                (DRAIN | {"server": ["web1"]}, "server"), (DRAIN | {"force": "yes"}, "force"),
                (DRAIN | {"for": 30}, "for"), (DRAIN | {"for": "ever"}, "for"),
                (DRAIN | {"return": "soon"}, "return"), ({"actions": "drain"}, "actions"),
                ({"actions": [DRAIN, DRAIN | {"server": 1}]}, "actions[1].server")):
            with self.subTest(where=where):
                self.assertIn(where, self.assert_refused(body)["detail"])

    def test_a_manual_action_with_a_misspelt_field_is_refused(self):
        self.assertIn("forse", self.assert_refused(DRAIN | {"forse": True})["detail"])
        self.assertIn("undrain", self.assert_refused(DRAIN | {"action": "undrain"})["detail"])
        self.assert_refused({"action": "drain", "backend": "web"})

    def test_values_out_of_range_are_refused(self):
        for action, values in (("weight", (257, -1, 1.5, "300%", "-1", "50 %", "", "+1", "0x10",
                                           "9" * 40, 10 ** 30, None, "101%")),
                               ("health", ("dead", "", 1)), ("checks", ("off", True)),
                               ("drain", ("now",))):
            for value in values:
                with self.subTest(action=action, value=value):
                    self.assert_refused(DRAIN | {"action": action, "value": value}, role="operator")

    def test_an_unknown_server_is_rejected_with_the_names_it_may_have_meant(self):
        since = self.last()
        answer = self.steward.post("/webhook", DRAIN | {"server": "wbe1"})
        result = self.assert_one(answer.json["results"], "rejected", guard="unknown_server")
        self.assertIn("web1", result["reason"])
        self.assertIn("wbe1", self.assert_audited(since)["verdict"])
        (result,) = self.steward.tell(sick("web1", proxy="wbe"))
        self.assertEqual((result["result"], result["guard"]), ("rejected", "unknown_server"))
        self.assertIn("web", result["reason"])
        problem = self.assert_problem(
            self.steward.post("/api/v1/overrides", DRAIN | {"server": "wbe1"}), 404,
            "unknown_server")
        self.assertIn("web1", problem["detail"])
        (result,) = self.steward.tell(sick("web1", "SickHere", lb="lb7"))
        self.assertEqual((result["result"], result["guard"]), ("rejected", "unknown_server"))
        self.assertIn("lb1", result["reason"])

    def test_hostile_names_of_a_person_are_malformed(self):
        for name in HOSTILE_NAMES:
            for field in ("server", "backend"):
                with self.subTest(field=field, name=name[:60]):
                    self.assert_refused(DRAIN | {field: name})
        for name in ("#1/#2", "lb1;", "lb1\n"):
            self.assert_refused(DRAIN | {"instance": name})

    def test_hostile_names_in_alerts_are_rejected_one_by_one(self):
        for name in HOSTILE_NAMES[:-1]:
            with self.subTest(name=name):
                since = self.last()
                answer = self.steward.post("/webhook", delivery(sick(name), sick("web1", name)))
                self.assertEqual(answer.status, 200, answer.text)
                first, second = answer.json["results"]
                self.assertEqual((first["result"], second["result"]), ("rejected", "ignored"))
                self.assertIn(first["guard"], ("invalid_value", "unknown_server"))
                self.assert_audited(since)

    def test_hostile_labels_come_back_escaped_and_break_no_log(self):
        (result,) = self.steward.tell(sick("web1\n\x1b[31m\"};", fingerprint="f\n\x1b[31m"))
        self.assertEqual(result["result"], "rejected")
        for line in self.steward.log().splitlines():
            self.assertRegex(line, r"^time=\S+ level=\w+ msg=")
            self.assertNotIn("\x1b", line)

    def test_too_much_is_too_large(self):
        self.assert_problem(self.steward.post("/webhook", b" " * (2 << 20)), 413, "too_large")
        many = delivery(*[alert(fingerprint="f", alertname="x")] * 10_000)
        self.assert_problem(self.steward.post("/webhook", many), 413, "too_large")
        small = json.dumps({"alerts": [{"status": "firing", "labels": {}}] * 10_000})
        self.assertLess(len(small), 1 << 20)
        problem = self.assert_problem(self.steward.post("/webhook", small), 413, "too_large")
        self.assertIn("5000", problem["detail"].replace(",", "").replace("'", ""))
        for body in ({"actions": [DRAIN] * 1001}, DRAIN | {"reason": "x" * 5000},
                     delivery(alert(**{f"l{i}": "v" for i in range(200)})),
                     delivery(alert(alertname="x" * 5000))):
            answer = self.steward.post("/webhook", body)
            self.assertIn(answer.status, (400, 413), answer.text)

    def test_json_within_json_has_an_end(self):
        for depth in (17, 1000, 100_000):
            with self.subTest(depth=depth):
                body = b'{"alerts":' + b"[" * depth + b"]" * depth + b"}"
                answer = self.steward.post("/webhook", body)
                self.assertIn((answer.status, answer.json["code"]),
                              ((400, "malformed"), (413, "too_large")), answer.text)

    def test_a_body_must_come_whole_and_plain(self):
        body = json.dumps(DRAIN).encode()
        reply = self.raw(HEAD + "Transfer-Encoding: chunked\r\n",
                         b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        self.assertEqual((reply.status, json.loads(reply.body)["code"]), (411, "length_required"))
        for headers, content in (({"Content-Encoding": "gzip"}, gzip.compress(body)),
                                 ({"Content-Type": "text/plain"}, body),
                                 ({"Content-Type": "application/x-www-form-urlencoded"}, body)):
            with self.subTest(headers=headers):
                answer = self.steward.post("/webhook", content, headers=headers)
                self.assert_problem(answer, 415, "unsupported_media_type")
        self.assertEqual(self.raw(HEAD).status, 411)
        for length in ("abc", "-1", "5, 6", "99999999999999999999"):
            with self.subTest(length=length):
                self.assertIn(self.raw(f"{HEAD}Content-Length: {length}\r\n").status, (400, 413))
        both = self.raw(HEAD + f"Content-Length: {len(body)}\r\n"
                        "Transfer-Encoding: chunked\r\n", body)
        self.assertIn(both.status, (400, 411))

    def test_a_body_that_ends_early_changes_nothing(self):
        body = json.dumps(DRAIN).encode()
        with socket.create_connection(("127.0.0.1", self.steward.control_port), 5) as link:
            link.sendall((f"{HEAD}Authorization: Bearer {self.steward.token('operator')}\r\n"
                          f"Content-Length: {len(body) + 9}\r\n\r\n").encode() + body)
            link.shutdown(socket.SHUT_WR)
            self.assertNotIn(b" 200 ", link.recv(4096)[:20])

    def test_ways_and_methods_that_are_none_say_so(self):
        for path in ("/", "/api/v1/nothing", "/webhook/", "/api/v1/overrides/01J/x", "/metrics"):
            with self.subTest(path=path):
                answer = self.steward.request("GET", path, role="admin")
                self.assert_problem(answer, 404, "not_found")
        for identity in ("nobody", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "%00", "..%2f..", "a" * 300):
            for method in ("GET", "DELETE"):
                path = f"/api/v1/overrides/{identity}"
                answer = self.steward.request(method, path, role="admin")
                self.assertIn(answer.status, (400, 404), answer.text)
        for method, path in (("GET", "/webhook"), ("PUT", "/webhook"), ("DELETE", "/api/v1/audit"),
                             ("POST", "/api/v1/servers"), ("PATCH", "/api/v1/overrides")):
            with self.subTest(method=method, path=path):
                answer = self.steward.request(method, path, role="admin")
                self.assert_problem(answer, 405, "method_not_allowed")
                self.assertTrue(answer.headers.get("allow"))

    def test_parameters_that_are_none_are_malformed(self):
        for path in ("overrides?limit=0", "overrides?limit=x", "overrides?limit=99999999",
                     "overrides?phase=sleeping", "audit?after=-1", "audit?order=odd",
                     "audit?limit=1001"):
            with self.subTest(path=path):
                self.assert_problem(self.steward.get(f"/api/v1/{path}"), 400, "malformed")
        for wait in ("soon", "-1s", "2h"):
            with self.subTest(wait=wait):
                answer = self.steward.post(f"/webhook?wait={wait}", DRAIN | {"dry_run": True})
                self.assert_problem(answer, 400, "malformed")


if __name__ == "__main__":
    unittest.main()
