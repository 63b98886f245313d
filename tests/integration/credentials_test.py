"""Who may come: each way to prove it, and each way to fail. Nobody acts without a name."""

import base64
import hashlib
import hmac
import json
import time
import unittest

from alerting import delivery
from control import ControlCase, ControlledSteward, rule, secret_file, sick
from farm import Farm
from interposer import Interposer

SECRET = "a secret of more than sixteen bytes"
PASSWORD = "correct horse battery staple"
HASHED = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG"


def signed(body, *, secret=SECRET, at=None, signature=None):
    """The headers of a signed request."""
    stamp = str(int(time.time() if at is None else at))
    right = hmac.new(secret.encode(), f"{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Steward-Timestamp": stamp, "X-Steward-Signature": signature or f"sha256={right}"}


class Credentials(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))
        secret = secret_file(cls.home / "ci.secret", SECRET)
        cls.rotated = secret_file(cls.home / "rotated.token", "the first token of the rotation")
        cls.old = "a token whose hash is configured"
        cls.steward = cls.shared(ControlledSteward(
            cls.home, cls.between.socket, rules=[rule("Sick")], principals=[
                {"name": "ci", "role": "operator", "hmac_secret_files": [str(secret)]},
                {"name": "person", "role": "operator",
                 "password_bcrypt": HASHED},
                {"name": "rotating", "role": "operator", "token_files": [str(cls.rotated)],
                 "token_sha256": [hashlib.sha256(cls.old.encode()).hexdigest()]}]))

    def setUp(self):
        super().setUp()
        number = int.from_bytes(hashlib.sha256(self.id().encode()).digest()[:2], "big")
        self.source = f"127.1.{number >> 8}.{number & 255}"  # failures are counted by source
        self.between.forget()

    def servers(self, headers=None, **options):
        return self.steward.request("GET", "/api/v1/servers", role=None, headers=headers,
                                    source=self.source, **options)

    def assert_denied(self, answer, status=401, code="unauthenticated"):
        self.assert_problem(answer, status, code)
        self.assertEqual(self.between.mutating(), [])

    def test_without_credentials_only_health_is_told(self):
        for path in ("/-/healthy", "/-/ready"):
            self.assertEqual(self.steward.get(path, role=None).status, 200)
        for method, path in (("GET", "/api/v1/servers"), ("GET", "/api/v1/overrides"),
                             ("GET", "/api/v1/audit"), ("POST", "/webhook"), ("GET", "/nothing"),
                             ("POST", "/-/reload"), ("GET", "/api/v1/events")):
            with self.subTest(path=path):
                body = delivery(sick("web1")) if method == "POST" else None
                self.assert_denied(self.steward.request(method, path, body, role=None,
                                                        source=self.source))

    def test_garbled_credentials_are_none(self):
        token = self.steward.token("operator")
        for words in (f"bearer{token}", f"Bearer {token}x", f"Bearer {token[:-1]}", "Bearer ",
                      "Basic !!!", f"Digest {token}", f"Bearer {token} {token}",
                      f"Bearer {token.upper()}"):
            with self.subTest(words=words[:10]):
                self.assert_denied(self.servers({"Authorization": words}))

    def test_a_refusal_names_no_part_that_was_wrong_and_no_secret_is_logged(self):
        wrong = "this is a wrong token, and a secret"
        first = self.servers({"Authorization": f"Bearer {wrong}"})
        second = self.servers({"Authorization": "Basic " + base64.b64encode(
            f"nobody:{wrong}".encode()).decode()})
        third = self.servers({"Authorization": "Basic " + base64.b64encode(
            f"person:{wrong}".encode()).decode()})
        self.assertEqual({first.json["detail"]}, {second.json["detail"], third.json["detail"]})
        everything = self.steward.log() + json.dumps(self.steward.audit())
        for secret in (wrong, PASSWORD, SECRET, self.steward.token("operator")):
            self.assertNotIn(secret, everything)

    def test_too_many_failures_are_told_to_wait_and_a_right_credential_still_passes(self):
        for _ in range(10):
            self.assert_denied(self.servers(token="wrong"))
        self.assert_denied(self.servers(token="wrong"), 429, "too_many_failures")
        self.assertEqual(self.servers(token=self.steward.token("viewer")).status, 200)
        other = self.steward.request("GET", "/api/v1/servers", role=None, source="127.3.3.3")
        self.assert_denied(other)

    def test_a_password_lets_in(self):
        login = base64.b64encode(f"person:{PASSWORD}".encode()).decode()
        self.assertEqual(self.servers({"Authorization": f"Basic {login}"}).status, 200)
        self.assertEqual(self.steward.post("/api/v1/evaluate", delivery(sick("web1")), role=None,
                                           headers={"Authorization": f"Basic {login}"}).status, 200)

    def test_two_tokens_are_good_at_once_and_a_reload_takes_the_new_one(self):
        for token in (self.old, "the first token of the rotation"):
            self.assertEqual(self.servers(token=token).status, 200)
        self.rotated.write_text("the second token of the rotation")
        answer = self.steward.post("/-/reload", None, role="admin")
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(self.servers(token="the second token of the rotation").status, 200)
        self.assert_denied(self.servers(token="the first token of the rotation"))

    def post_signed(self, body, headers, path="/api/v1/evaluate"):
        return self.steward.post(path, body, role=None, headers=headers, source=self.source)

    def test_a_signature_lets_in_once(self):
        body = json.dumps(delivery(sick("web1")))
        headers = signed(body)
        self.assertEqual(self.post_signed(body, headers).status, 200)
        self.assert_denied(self.post_signed(body, headers))  # replayed
        self.assert_denied(self.post_signed(body, headers, "/webhook"))
        self.assert_denied(self.post_signed(body + " ", signed(body)))
        self.assert_denied(self.post_signed(body, signed(body, secret="another secret of sixteen")))

    def test_a_signature_of_another_time_is_none(self):
        body = json.dumps(delivery(sick("web1")))
        for at in (time.time() - 400, time.time() + 400, 0):
            self.assert_denied(self.post_signed(body, signed(body, at=at)))
        for signature in ("", "sha256=", "sha256=zz", "md5=00", "sha256=" + "0" * 64):
            self.assert_denied(self.post_signed(body, signed(body, signature=signature or " ")))

    def test_two_ways_at_once_are_none(self):
        body = json.dumps(delivery(sick("web1")))
        both = signed(body) | {"Authorization": f"Bearer {self.steward.token('operator')}"}
        self.assert_denied(self.post_signed(body, both))

    def test_strangers_are_told_of_by_address_and_cannot_fill_the_audit(self):
        before = self.steward.value("haproxy_steward_http_denied_total", code="unauthenticated")
        self.servers(token="wrong")
        self.assertEqual(self.steward.value("haproxy_steward_http_denied_total",
                                            code="unauthenticated"), before + 1)
        self.assertRegex(self.steward.log(), f"level=warn.*denied.*{self.source}")
        denied = self.steward.audit(event="denied")
        self.assertIn(self.source, [line["source"] for line in denied])
        self.assertTrue(all("principal" not in line for line in denied), denied)
        for number in range(300):
            self.source = f"127.9.9.{number % 250 + 1}"
            self.servers(token="wrong")
        self.assertLess(len(self.steward.audit(event="denied")), 150)

    def test_the_audit_names_who_came(self):
        body = json.dumps({"action": "drain", "backend": "web", "server": "nobody"})
        answer = self.post_signed(body, signed(body), "/webhook")
        self.assertEqual(answer.status, 200, answer.text)
        (line,) = self.steward.audit(principal="ci")
        self.assertEqual((line["event"], line["principal"], line["request"]),
                         ("rejected", "ci", answer.json["request"]))


if __name__ == "__main__":
    unittest.main()
