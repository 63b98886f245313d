"""TLS on both listeners, asked by openssl and curl: versions, ciphers, client certificates, and
certificates that are replaced while it runs."""

import http.client
import json
import os
import ssl
import subprocess
import unittest

from control import ControlCase, ControlledSteward
from harness import free_port, wait_until
from small import SmallHAProxy

# Forward secret and authenticated: nothing else is offered to TLS 1.2.
WEAK = ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384",
        "ECDHE-ECDSA-AES256-SHA", "DHE-RSA-AES256-GCM-SHA384", "ADH-AES256-GCM-SHA384", "NULL")
STRONG = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305")


def openssl(*words, **options):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, text=True,
                          **options).stdout


class Authority:
    """A certificate authority, and what it signs: `name`.crt and `name`.key in a folder."""

    def __init__(self, home, name):
        self.home, self.certificate, self.key = home, home / f"{name}.crt", home / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", 2, "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def sign(self, name, san, into=None):
        request, key = self.home / f"{name}.csr", self.home / f"{into or name}.key.new"
        made, names = self.home / f"{into or name}.crt.new", self.home / f"{name}.ext"
        names.write_text(f"subjectAltName={san}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-days", 2, "-extfile", names, "-out", made)
        for new in (key, made):
            os.replace(new, new.with_suffix(""))  # in one step, as those who renew should
        return self.home / f"{into or name}.crt", self.home / f"{into or name}.key"


class Tls(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.haproxy = cls.shared(SmallHAProxy(cls.home))
        cls.ca, cls.stranger = Authority(cls.home, "ca"), Authority(cls.home, "stranger")
        cls.ca.sign("server", "DNS:steward.example,IP:127.0.0.1")
        cls.person = cls.ca.sign("person", "DNS:person.example,URI:spiffe://x/person")
        cls.nobody = cls.ca.sign("nobody", "DNS:nobody.example")
        cls.forged = cls.stranger.sign("forged", "DNS:person.example")

    def serve(self, extra="", **options):
        """Both listeners with this in their web config file. Its ports, by name."""
        self.trusted = self.home / "clients.crt"
        self.trusted.write_text(self.ca.certificate.read_text())
        web = self.home / "web.yml"
        web.write_text("tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n" + extra)
        self.steward = self.start(ControlledSteward(
            self.home, self.haproxy.socket, ready=False, name=f"tls-{free_port()}",
            control={"config_file": str(web)}, web={"config_file": str(web)},
            principals=[{"name": "person", "role": "operator",
                         "certificate_sans": ["person.example"]}], **options))
        self.steward.scheme = "https"
        wait_until("the steward to listen", self.steward._ready)
        self.ports = {"metrics": self.steward.port, "control": self.steward.control_port}

    def client(self, port, *flags):
        """What openssl says of one handshake, and whether there was one."""
        run = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile",
                              str(self.ca.certificate), *map(str, flags)], input="",
                             capture_output=True, text=True, timeout=10)
        return run.stdout + run.stderr, run.returncode == 0

    def curl(self, port, path, *flags):
        run = subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "8", "--cacert",
                              str(self.ca.certificate), "-w", "\n%{http_code}", *map(str, flags),
                              f"https://127.0.0.1:{port}{path}"], capture_output=True, text=True)
        body, _, status = run.stdout.rpartition("\n")
        return int(status), body

    def assert_handshake(self, wanted, *flags):
        for name, port in self.ports.items():
            with self.subTest(listener=name, flags=flags):
                said, done = self.client(port, *flags)
                self.assertEqual(done, wanted, said)

    def test_versions_and_ciphers_that_are_spoken(self):
        self.serve()
        self.assert_handshake(True, "-tls1_2")
        self.assert_handshake(True, "-tls1_3")
        for old in ("-tls1", "-tls1_1"):
            self.assert_handshake(False, old, "-cipher", "ALL:@SECLEVEL=0")
        for cipher in STRONG:
            self.assert_handshake(True, "-tls1_2", "-cipher", cipher)
        for cipher in WEAK:
            self.assert_handshake(False, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
        for name, port in self.ports.items():
            said, _ = self.client(port, "-tls1_2")
            self.assertIn("Compression: NONE", said, name)
            self.assertIn("Verify return code: 0 (ok)", said, name)

    def test_what_is_in_the_clear_is_not_answered(self):
        self.serve()
        for name, port in self.ports.items():
            run = subprocess.run(["curl", "-s", "--noproxy", "*", "--max-time", "8",
                                  f"http://127.0.0.1:{port}/-/healthy"], capture_output=True)
            self.assertNotIn(b"healthy", run.stdout, name)

    def test_a_token_works_through_tls_and_a_certificate_is_a_credential(self):
        self.serve("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: clients.crt\n")
        control = self.ports["control"]
        path = "/api/v1/automation"
        token = f"Authorization: Bearer {self.steward.token('viewer')}"
        pair = ("--cert", self.person[0], "--key", self.person[1])
        self.assertEqual(self.curl(control, path)[0], 401)
        self.assertEqual(self.curl(control, path, "-H", token)[0], 200)
        self.assertEqual(self.curl(control, path, *pair)[0], 200)
        self.assertEqual(self.curl(control, path, "--cert", self.nobody[0], "--key",
                                   self.nobody[1])[0], 401)
        self.assertEqual(self.curl(control, path, "--cert", self.forged[0], "--key",
                                   self.forged[1])[0], 0, "nobody we trust has signed it")
        self.assertEqual(self.curl(control, path, *pair, "-H", "Authorization: Bearer x")[0], 401)
        status, body = self.curl(control, path, *pair, "-H", "Content-Type: application/json", "-d",
                                 json.dumps({"paused": True}))
        self.assertEqual((status, json.loads(body)["by"]), (200, "person"))

    def test_a_certificate_can_be_demanded(self):
        self.serve("  client_auth_type: RequireAndVerifyClientCert\n"
                   "  client_ca_file: clients.crt\n")
        for (name, port), path in zip(self.ports.items(), ("/metrics", "/-/healthy")):
            with self.subTest(listener=name):
                self.assertEqual(self.curl(port, path)[0], 0)
                self.assertEqual(self.curl(port, path, "--cert", self.forged[0], "--key",
                                           self.forged[1])[0], 0)
                self.assertEqual(self.curl(port, path, "--cert", self.person[0], "--key",
                                           self.person[1])[0], 200)

    def test_a_certificate_that_is_too_large_is_not_looked_at(self):
        self.serve("  client_auth_type: RequireAnyClientCert\n")
        names = (f"DNS:{number:030}.example" for number in range(500))
        huge = self.ca.sign("huge", ",".join(names))
        for name, port in self.ports.items():
            with self.subTest(listener=name):
                self.assertEqual(self.curl(port, "/metrics", "--cert", huge[0], "--key",
                                           huge[1])[0], 0)
        status, _ = self.curl(self.ports["metrics"], "/metrics", "--cert", self.forged[0], "--key",
                              self.forged[1])
        self.assertEqual(status, 200, "any will do, if it is no larger than people's are")

    def serial(self, port):
        said, _ = self.client(port)
        return openssl("x509", "-noout", "-serial", input=said)

    def test_a_new_certificate_is_shown_without_a_restart_and_a_broken_one_is_not_taken(self):
        self.serve()
        before = {name: self.serial(port) for name, port in self.ports.items()}
        self.ca.sign("renewed", "DNS:steward.example,IP:127.0.0.1", into="server")
        for name, port in self.ports.items():
            wait_until("the new certificate", lambda port=port, name=name:
                       self.serial(port) != before[name])
        after = {name: self.serial(port) for name, port in self.ports.items()}
        good = (self.home / "server.crt").read_text()
        (self.home / "server.crt").write_text("half a cert")
        for name, port in self.ports.items():
            self.assertEqual(self.serial(port), after[name])
        self.assertIn("the last good web config stays in use", self.steward.log())
        (self.home / "server.crt").write_text(good)

    def test_who_is_trusted_no_more_is_out_even_on_an_open_connection(self):
        self.serve("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: clients.crt\n")
        context = ssl.create_default_context(cafile=self.ca.certificate)
        context.load_cert_chain(*self.person)
        link = http.client.HTTPSConnection("127.0.0.1", self.ports["control"], context=context,
                                           timeout=8)
        self.addCleanup(link.close)

        def ask():
            link.request("GET", "/api/v1/automation")
            reply = link.getresponse()
            reply.read()
            return reply.status

        self.assertEqual(ask(), 200)
        self.trusted.write_text(self.ca.certificate.read_text() + "\n")  # still the same one
        self.assertEqual(ask(), 200, "a change that takes nobody's trust closes nothing")
        self.trusted.write_text(self.stranger.certificate.read_text())
        with self.assertRaises((ConnectionError, http.client.HTTPException, ssl.SSLError)):
            link.auto_open = 0
            ask()

    def test_beyond_loopback_a_file_without_tls_is_not_enough(self):
        web = self.home / "plain.yml"
        web.write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n")
        steward = self.start(ControlledSteward(
            self.home, self.haproxy.socket, ready=False, name="open",
            control={"config_file": str(web), "listen_addresses": [f"0.0.0.0:{free_port()}"]}))
        self.assertNotEqual(steward.wait(), 0)
        self.assertIn("no tls_server_config", steward.log())


if __name__ == "__main__":
    unittest.main()
