"""Getting in without a credential: every spelling that is almost one, replays, and the clock."""

import base64
import hashlib
import json
import statistics
import sys
import time
import unittest

from alerting import delivery
from control import secret_file, sick
from credentials_test import HASHED, PASSWORD, SECRET, signed
from harness import http_get
from hostile import HostileCase, statuses, wire


def basic(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return "Basic " + base64.b64encode(raw).decode()


class Credentials(HostileCase):
    principals = ({"name": "person", "role": "admin", "password_bcrypt": HASHED},
                  {"name": "ci", "role": "admin", "hmac_secret_files": ["ci.secret"]})

    @classmethod
    def prepare(cls):
        secret_file(cls.home / "ci.secret", SECRET)

    def setUp(self):
        super().setUp()
        self._source = 0
        self.good = self.steward.token("admin")

    def stranger(self):
        """An address that has not failed yet."""
        self._source += 1
        return f"127.{20 + sum(self.id().encode()) % 200}.{self._source >> 8}.{self._source & 255}"

    def come(self, fields, method="GET", target="/api/v1/automation", body=""):
        """The status for a request with these header lines."""
        answer = wire(self.steward.control_port, f"{method} {target} HTTP/1.1\r\nHost: x\r\n"
                      f"{fields}Connection: close\r\n\r\n{body}", source=self.stranger())
        seen = statuses(answer)
        self.assertLessEqual(len(seen), 1, answer)
        return seen[0] if seen else None

    def assert_out(self, *headers):
        with self.subTest(headers=[header[:60] for header in headers]):
            self.assertIn(self.come("".join(f"{each}\r\n" for each in headers)), (400, 401, None))

    def test_a_token_is_all_of_it_and_nothing_else(self):
        good = self.good
        self.assertEqual(self.come(f"Authorization: Bearer {good}\r\n"), 200)
        self.assertEqual(self.come(f"authorization: bearer {good}\r\n"), 200)  # RFC 9110, 11.1
        for words in ("", " ", "Bearer", "Bearer ", "Bearer  ", f"Bearer  {good}", good,
                      f"Bearer{good}", f"Bearer\t{good}", f"Bearer {good} x", f"Bearer {good},",
                      f"Bearer {good}, Bearer x", f"Bearer {good};", f'Bearer "{good}"',
                      f"Bearer {good[:-1]}", f"Bearer {good}{good[-1]}", f"Bearer {good.upper()}",
                      f"Bearer {good[1:]}{good[0]}", f"Token {good}", f"Bearer:{good}",
                      f"Bearer %00{good}", f"Bearer {good}%00", f"Bearer {good}%20",
                      f"Bearer {good}\x00", f"Bearer {good}\x0b", f"Bearer {good}%0d%0a",
                      "Bearer null", "Bearer undefined", "Bearer ''", "Bearer *",
                      "Bearer " + "a" * 7000, "Bearer ' OR 1=1 --", f"Basic {good}",
                      f"Bearer {base64.b64encode(good.encode()).decode()}"):
            self.assert_out(f"Authorization: {words}")

    def test_the_hash_of_a_token_is_no_token(self):
        digest = hashlib.sha256(self.good.encode()).hexdigest()
        self.assert_out(f"Authorization: Bearer {digest}")

    def test_only_one_header_of_the_right_name_counts(self):
        good = f"Bearer {self.good}"
        self.assert_out(f"Authorization: {good}", "Authorization: Bearer x")
        self.assert_out("Authorization: Bearer x", f"Authorization: {good}")
        self.assert_out(f"Authorization: {good}", f"AUTHORIZATION: {good}")
        for name in ("Authorization ", "Proxy-Authorization", "X-Authorization", "Authorizatio",
                     "Authorization\x00", "Authorization_", "X-Forwarded-Authorization", "Cookie",
                     "X-Remote-User", "X-Principal", "Remote-User", "X-SSL-Client-SAN", "X-Role"):
            self.assert_out(f"{name}: {good}")
        self.assert_out("X: y", f" Authorization: {good}")
        self.assertEqual(self.come("", target=f"/api/v1/automation?access_token={self.good}"), 401)
        self.assertEqual(self.come("", target=f"/api/v1/automation?authorization={self.good}"), 401)

    def test_a_password_is_all_of_it_and_nothing_else(self):
        self.assertEqual(self.come(f"Authorization: {basic(f'person:{PASSWORD}')}\r\n"), 200)
        for login in (":", "person:", f":{PASSWORD}", f"person:{PASSWORD}\0", "person",
                      f"person\0:{PASSWORD}", f"person:{PASSWORD}\0x", "\0:\0",
                      f"PERSON:{PASSWORD}", f"person :{PASSWORD}", f"person:{PASSWORD} ",
                      f"person:{HASHED}", f"admin:{PASSWORD}", f"person:{PASSWORD[:-1]}",
                      f"person::{PASSWORD}", "person:" + "x" * 1100, f"\xa0person:{PASSWORD}"):
            self.assert_out(f"Authorization: {basic(login)}")
        good = basic(f"person:{PASSWORD}")
        for words in (good + "=", good[:-1], good + "!", good.replace("Basic ", "Basic=")):
            self.assert_out(f"Authorization: {words}")

    def test_the_certificate_of_a_header_is_none(self):
        for name in ("X-Client-Cert", "SSL-Client-Cert", "X-Forwarded-Client-Cert", "X-SSL-Cert",
                     "SSL_CLIENT_VERIFY"):
            self.assert_out(f"{name}: SUCCESS", "X-SSL-Client-S-DN: CN=admin")

    def test_methods_cannot_be_overridden(self):
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            fields = (f"Authorization: Bearer {self.steward.token('viewer')}\r\n{name}: POST\r\n"
                      "Content-Type: application/json\r\n")
            self.assertEqual(self.come(fields, target="/-/reload"), 405)

    def test_health_opens_no_other_door(self):
        for target in ("/-/healthy/../../api/v1/automation", "/-/healthy%2f..%2freload",
                       "/-/healthy;/api/v1/audit", "/-/healthy/", "/-/HEALTHY", "//-/healthy"):
            with self.subTest(target=target):
                self.assertIn(self.come("", target=target), (400, 401))
        self.assertEqual(self.come("Content-Length: 0\r\n", "POST", "/-/healthy"), 401)

    def test_how_long_a_refusal_takes_tells_nothing_of_the_token(self):
        """By construction: what is compared, in constant time, is a SHA-256, whose bytes nobody
        chooses. The figures are printed (-v); a machine that others use proves nothing."""
        spent = {}
        guesses = {"first byte wrong": "!" + self.good[1:], "last byte wrong": self.good[:-1] + "!",
                   "nothing right": "!" * len(self.good)}
        for _ in range(60):
            for name, guess in guesses.items():
                begin = time.perf_counter()
                answer = http_get(self.steward.control_port, "/api/v1/automation",
                                  {"Authorization": f"Bearer {guess}"})
                spent.setdefault(name, []).append(time.perf_counter() - begin)
                self.assertIn(answer.status, (401, 429))
        if "-v" in sys.argv:
            for name, times in spent.items():
                print(f"\n    {name}: {statistics.median(times) * 1e6:.0f} us", file=sys.stderr)

    def sign(self, body, headers, target="/api/v1/evaluate", more=""):
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return self.come(f"{fields}{more}Content-Type: application/json\r\n"
                         f"Content-Length: {len(body)}\r\n", "POST", target, body)

    def test_a_signature_is_good_once_for_one_body_at_one_time(self):
        body = json.dumps(delivery(sick("web1", "Other")))
        headers = signed(body)
        stamp, right = headers.values()
        self.assertEqual(self.sign(body, headers), 200)
        for again in (headers, headers | {"X-Steward-Signature": right.upper().replace("SHA", "sha")},
                      headers | {"X-Steward-Signature": right.removeprefix("sha256=")},
                      headers | {"X-Steward-Signature": f"{right}, sha256={'0' * 64}"},
                      {"X-Steward-Timestamp": stamp, "X-Grafana-Alerting-Signature": right},
                      headers | {"X-Steward-Timestamp": "0" + stamp}):
            with self.subTest(again=again):
                self.assertEqual(self.sign(body, again), 401)
        self.assertEqual(self.sign(body, headers, "/webhook"), 401)

    def test_a_signature_that_is_almost_one_is_none(self):
        body = json.dumps(delivery(sick("web1", "Another")))
        stamp, right = signed(body).values()
        for name, value, when in (("signature", "", stamp), ("signature", "sha256=", stamp),
                                  ("signature", right[:-2], stamp), ("signature", right + "00", stamp),
                                  ("signature", "sha1=" + "0" * 40, stamp),
                                  ("signature", ", ".join([right] * 5), stamp),
                                  ("time", right, ""), ("time", right, stamp + "0"),
                                  ("time", right, stamp + ".0"), ("time", right, "-" + stamp),
                                  ("time", right, f"{stamp}, {stamp}"), ("time", right, "9" * 30),
                                  ("time", right, str(int(stamp) + 1))):
            with self.subTest(what=name, value=value[-10:], when=when):
                self.assertIn(self.sign(body, {"X-Steward-Timestamp": when,
                                               "X-Steward-Signature": value}), (400, 401))
        good = {"X-Steward-Timestamp": stamp, "X-Steward-Signature": right}
        self.assertEqual(self.sign(body + " ", good), 401)
        self.assertEqual(self.sign(body, good, more=f"X-Steward-Signature: {right}\r\n"), 401)
        self.assertEqual(self.sign(body, good, more=f"X-Steward-Timestamp: {stamp}\r\n"), 401)
        self.assertEqual(self.sign(body, good, more="Authorization: Bearer x\r\n"), 401)
        self.assertEqual(self.sign(body, good), 200, "a failed attempt uses no signature up")


if __name__ == "__main__":
    unittest.main()
