"""When the certificates that HAProxy has loaded expire."""

import datetime
import subprocess
import unittest

from harness import free_port
from parts import certificate
from programs import HAProxy, Steward, newest, oldest
from small import PageCase

CONFIG = """
defaults
  mode http
  timeout client 10s
frontend www
  bind 127.0.0.1:{port} ssl crt {folder}
"""


class Certificates(PageCase):
    version = staticmethod(oldest)

    def setUp(self):
        super().setUp()
        self.folder = self.home / f"certs-{free_port()}"
        self.folder.mkdir()
        self.site = certificate(self.folder, "site", "www.example.org", 30)
        self.spaced = certificate(self.folder, "two words", "other.example.org", 60)
        for path in list(self.folder.iterdir()):
            if path.suffix != ".pem":
                path.unlink()
        self.haproxy = self.start(HAProxy(
            self.home, CONFIG.format(port=free_port(), folder=self.folder), self.version(),
            name=f"tls-{free_port()}"))
        self.steward = self.start(Steward(self.home, socket=self.haproxy.socket))

    def expiry(self, path):
        out = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-enddate"], check=True,
                             text=True, capture_output=True).stdout.strip()
        when = datetime.datetime.strptime(out, "notAfter=%b %d %H:%M:%S %Y GMT")
        return when.replace(tzinfo=datetime.timezone.utc).timestamp()

    def by_file(self, families, name):
        return {dict(labels)["file"]: value for labels, value in
                self.values(families, name).items()}

    def test_each_certificate_has_the_time_it_expires(self):
        families = self.parsed(self.steward.get())
        self.assertEqual(self.by_file(families, "haproxy_certificate_not_after_timestamp_seconds"),
                         {str(path): self.expiry(path) for path in (self.site, self.spaced)})
        self.assertEqual(set(self.by_file(families, "haproxy_certificate_used").values()), {1})

    def test_whose_it_is_can_be_joined_by_file(self):
        families = self.parsed(self.steward.get())
        subjects = {dict(labels)["file"]: dict(labels)["subject"]
                    for labels in self.values(families, "haproxy_certificate_info")}
        self.assertIn("www.example.org", subjects[str(self.site)])
        self.assertIn("other.example.org", subjects[str(self.spaced)])

    def test_the_scope_certificate_is_that_alone(self):
        families = self.parsed(self.steward.get("/metrics?scope=certificate"))
        self.assertIn("haproxy_certificate_info", families)
        self.assertNotIn("haproxy_process_uptime_seconds", families)
        others = self.parsed(self.steward.get("/metrics?scope=server"))
        self.assertNotIn("haproxy_certificate_info", others)


class CertificatesOfTheNewest(Certificates):
    version = staticmethod(newest)


if __name__ == "__main__":
    unittest.main()
