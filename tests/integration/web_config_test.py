"""--web.config.file: TLS and users, asked by curl as people do."""

import subprocess
import unittest

from harness import wait_until
from parts import certificate
from programs import Steward, run_steward
from small import PageCase, SmallHAProxy

HASH = "$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW"  # open sesame
USERS = f"basic_auth_users:\n  ali: {HASH}\n"
TLS = "tls_server_config:\n  cert_file: {crt}\n  key_file: {key}\n"


class WebConfig(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.haproxy = cls.shared(SmallHAProxy(cls.home))
        cls.pem = certificate(cls.home, "web", "steward.example.org")
        cls.client = certificate(cls.home, "client", "prometheus.example.org")
        cls.tls = TLS.format(crt=cls.pem.with_suffix(".crt"), key=cls.pem.with_suffix(".key"))

    def serve(self, text, scheme="https"):
        self.path = self.home / "web.yml"
        self.path.write_text(text)
        return self.start(Steward(self.home, f"--web.config.file={self.path}",
                                  socket=self.haproxy.socket, scheme=scheme))

    def curl(self, steward, *flags, path="/metrics", scheme="https"):
        """(status, body, what curl said) of one request."""
        run = subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "5", "--noproxy", "*",
             "--write-out", "\n%{http_code}", *map(str, flags),
             f"{scheme}://127.0.0.1:{steward.port}{path}"], text=True, capture_output=True)
        body, _, status = run.stdout.rpartition("\n")
        return int(status), body, run.stderr

    def test_tls_serves_those_who_trust_its_certificate(self):
        steward = self.serve(self.tls)
        status, body, said = self.curl(steward, "--cacert", self.pem.with_suffix(".crt"))
        self.assertEqual(status, 200, said)
        self.assertIn("haproxy_up 1", body)
        self.assertEqual(self.curl(steward)[0], 0, "an unknown authority is not trusted")
        self.assertIn(self.curl(steward, scheme="http")[0], (0, 400))

    def test_tls_older_than_1_2_is_refused(self):
        steward = self.serve(self.tls)
        for flags in (("--tls-max", "1.1"), ("--tls-max", "1.0")):
            self.assertEqual(self.curl(steward, "--insecure", *flags, "--ciphers",
                                       "DEFAULT@SECLEVEL=0")[0], 0)
        self.assertEqual(self.curl(steward, "--insecure", "--tls-max", "1.2")[0], 200)

    def test_users_are_asked_for_their_password_everywhere(self):
        steward = self.serve(USERS, "tcp")
        for path in ("/metrics", "/", "/-/healthy", "/probe?target=x"):
            with self.subTest(path=path):
                self.assertEqual(self.curl(steward, path=path, scheme="http")[0], 401)
        for user, status in (("ali:open sesame", 200), ("ali:open", 401), ("ali:", 401),
                             ("ALI:open sesame", 401), ("baba:open sesame", 401),
                             (":open sesame", 401), (f"ali:{HASH}", 401)):
            with self.subTest(user=user):
                self.assertEqual(self.curl(steward, "--user", user, scheme="http")[0], status)
        self.assertEqual(self.curl(steward, "--user", "ali:open sesame", path="/-/ready",
                                   scheme="http")[0], 200)
        for words in ("Basic", "Basic !!!", "Bearer x", "Basic YWxp"):
            header = f"Authorization: {words}"
            self.assertEqual(self.curl(steward, "--header", header, scheme="http")[0], 401)
        headers = subprocess.run(["curl", "-sI", f"http://127.0.0.1:{steward.port}/metrics"],
                                 text=True, capture_output=True).stdout
        self.assertRegex(headers, "(?i)www-authenticate: basic")

    def test_tls_and_users_together(self):
        steward = self.serve(self.tls + USERS)
        self.assertEqual(self.curl(steward, "--insecure")[0], 401)
        self.assertEqual(self.curl(steward, "--insecure", "--user", "ali:open sesame")[0], 200)

    def test_a_client_certificate_can_be_demanded(self):
        steward = self.serve(
            self.tls + "  client_auth_type: RequireAndVerifyClientCert\n"
            f"  client_ca_file: {self.client.with_suffix('.crt')}\n")
        self.assertEqual(self.curl(steward, "--insecure")[0], 0)
        self.assertEqual(self.curl(steward, "--insecure", "--cert", self.client)[0], 200)
        self.assertEqual(self.curl(steward, "--insecure", "--cert", self.pem)[0], 0)

    def test_too_many_requests_are_told_so(self):
        steward = self.serve("rate_limit:\n  interval: 10s\n  burst: 3\n", "tcp")
        seen = [self.curl(steward, scheme="http")[0] for _ in range(4)]
        self.assertEqual(seen, [200, 200, 200, 429])

    def test_the_file_is_read_again_when_it_changes(self):
        steward = self.serve(USERS, "tcp")
        self.assertEqual(self.curl(steward, scheme="http")[0], 401)
        self.path.write_text("")
        wait_until("the users to be gone", lambda: self.curl(steward, scheme="http")[0] == 200)

    def test_a_file_with_mistakes_is_refused_with_their_places(self):
        for text, place in (("basic_auth_user:\n  a: b\n", ":1:1"),
                            ("basic_auth_users:\n  ali: secret\n", ":2:8"),
                            ("tls_server_config:\n  cert_file: /no/such.crt\n  key_file: /no.key\n",
                             "/no/such.crt")):
            with self.subTest(text=text):
                path = self.home / "wrong.yml"
                path.write_text(text)
                run = run_steward("serve", f"--web.config.file={path}",
                                  f"--haproxy.socket=unix:{self.haproxy.socket}",
                                  "--web.listen-address=127.0.0.1:0")
                self.assertNotEqual(run.returncode, 0)
                self.assertIn(place, run.stderr)
                self.assertNotIn("secret", run.stderr, "secrets are not printed")


if __name__ == "__main__":
    unittest.main()
