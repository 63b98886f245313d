"""Well-framed requests that want more than they say: other paths, other hosts, other answers."""

import unittest

from hostile import HostileCase, resident_kib, statuses, wire


class Requests(HostileCase):
    def assert_plain(self, answer, *allowed):
        seen = statuses(answer)
        self.assertEqual(len(seen), 1, answer[:1000])
        self.assertIn(seen[0], allowed or (400, 401, 404, 405, 414))
        return answer

    def test_encoded_line_ends_split_no_answer(self):
        evil = "%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>"
        for target in (f"/{evil}", f"/metrics{evil}", f"/probe?target={evil}",
                       f"/api/v1/overrides/{evil}", f"/api/v1/overrides?phase={evil}",
                       f"/api/v1/audit?order={evil}&{evil}=1", f"/%E5%98%8A%E5%98%8D{evil}",
                       f"/metrics?{evil}={evil}", f"/metrics?scope={evil}"):
            for door in self.each(target=target):
                answer = self.ask(door, target)
                head, _, body = answer.partition(b"\r\n\r\n")
                self.assertEqual(len(statuses(answer)), 1, answer[:1000])
                self.assertNotIn(b"\nset-cookie", head.lower())
                if b"text/html" in head:
                    self.assertNotIn(b"<script>", body)

    def test_encoded_line_ends_in_headers_are_refused(self):
        for name in ("X-Any", "Accept", "Host", "Referer", "Authorization", "Last-Event-ID",
                     "X-Prometheus-Scrape-Timeout-Seconds", "Content-Type"):
            for door in self.each(name=name):
                answer = wire(door.port, f"GET {door.page} HTTP/1.1\r\n{name}: a%0d%0aX-Evil: "
                              f"1\r\nConnection: close\r\n\r\n", source="127.7.1.1")
                self.assert_plain(answer, 200, 400, 401)
                self.assertNotIn(b"\nx-evil", answer.lower())

    def test_nothing_but_the_routes_is_reached_by_any_spelling(self):
        for target in ("/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
                       "/metrics/../../etc/passwd", "//metrics", "/./metrics", "/metrics/",
                       "/metrics%00", "/metrics%00.html", "/METRICS", "/metrics;x", "/%252e%252e/",
                       "/metrics%2f", "\\metrics", "*", "?", "/%", "/%zz", "/\x7f", "/\xff\xfe",
                       "/api/v1/../../metrics", "/api/v1/automation/..%2faudit",
                       "/api/v1/overrides/..%2f..%2fautomation", "/api/v1/automation%00"):
            for door in self.each(target=target):
                self.assertNotIn(b"root:", self.assert_plain(self.ask(door, target)))

    def test_a_path_that_is_encoded_is_the_same_route_with_the_same_guard(self):
        door = self.doors[1]
        for target in ("/%61pi/v1/automation", "/api/v1/%61utomation", "/-/%72eload",
                       "/%2d/healthy/../reload"):
            answer = wire(door.port, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                          source="127.7.1.2")
            self.assert_plain(answer, 401)

    def test_other_hosts_are_not_asked(self):
        for target in ("http://169.254.169.254/metrics", "https://x/metrics", "x:80",
                       "http://127.0.0.1:1/", "//evil.example/metrics", "/probe?target=http://x/",
                       "/probe?target=unix:/etc/passwd", "/probe?target=tcp:127.0.0.1:1"):
            for method in ("GET", "CONNECT", "TRACE", "OPTIONS"):
                for door in self.each(target=target, method=method):
                    self.assert_plain(self.ask(door, target, method=method))

    def test_who_the_peer_is_no_header_says(self):
        source = "127.7.1.3"
        spoof = "".join(f"{name}: 10.9.9.9\r\n" for name in (
            "REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "X-Forwarded-For", "X-Real-IP",
            "Forwarded", "True-Client-IP", "X-Client-IP"))
        for door in self.each():
            self.assert_plain(self.ask(door, headers=spoof + "X-Forwarded-For: \r\n"), 200, 400)
        port = self.steward.control_port
        for number in range(11):  # failures are the peer's, whomever it claims to be
            answer = wire(port, "GET /api/v1/audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x"
                          f"\r\nX-Forwarded-For: 10.0.0.{number}\r\nConnection: close\r\n\r\n",
                          source=source)
        self.assert_plain(answer, 429)
        sources = {line["source"] for line in self.steward.audit(event="denied")}
        self.assertIn(source, sources)
        self.assertFalse([each for each in sources if each.startswith("10.")])

    def test_a_flood_of_ranges_is_one_whole_answer(self):
        for ranges in ("0-," * 2000, "0-0," * 1800 + "1-1", "-1", "5-2", "x", "1-" + "9" * 4000):
            for door in self.each(ranges=ranges[:12]):
                before = resident_kib(self.steward.pid)
                answer = self.ask(door, headers=f"Range: bytes={ranges}\r\n")
                self.assert_plain(answer, 200, 400, 416)
                self.assertNotIn(b"multipart/byteranges", answer)
                self.assert_flat(before)

    def test_nobody_is_told_to_go_on_before_he_is_known(self):
        big = "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
        for who in ("", "Authorization: Bearer wrong\r\n"):
            answer = wire(self.steward.control_port, "POST /webhook HTTP/1.1\r\nHost: x\r\n"
                          f"{who}{big}\r\n", source="127.7.1.4")
            self.assertEqual(statuses(answer), [401])
        self.assertEqual(statuses(self.ask(self.doors[0], "/metrics", big, "POST")), [405])
        known = self.ask(self.doors[1], "/webhook", big, "POST", "{}")
        self.assertEqual(statuses(known), [100, 400])

    def test_parts_and_forms_are_not_taken_apart(self):
        parts = "".join(f"--b\r\nContent-Disposition: form-data; name=x{i}; filename*=UTF-8''"
                        f"{'a' * 200}\r\n\r\nv\r\n" for i in range(200)) + "--b--\r\n"
        for kind in ("multipart/form-data; boundary=b", "multipart/form-data; boundary=" + "b" * 7000,
                     "application/x-www-form-urlencoded"):
            for door in self.each(kind=kind[:30]):
                answer = self.ask(door, door.post, f"Content-Type: {kind}\r\n"
                                  f"Content-Length: {len(parts)}\r\n", "POST", parts)
                self.assert_plain(answer, 405, 413, 415)

    def test_no_other_protocol_is_spoken(self):
        upgrade = ("Connection: Upgrade\r\nUpgrade: {}\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nHTTP2-Settings: AAMAAABk\r\n")
        for protocol in ("websocket", "h2c", "TLS/1.0"):
            for door in self.each(protocol=protocol):
                self.assert_plain(self.ask(door, headers=upgrade.format(protocol)), 200, 400)
        for text in ("GET /metrics\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                     "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\r\n\r\n", "\0" * 100 + "\r\n",
                     "get /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n"):
            for door in self.each(text=text[:20]):
                self.assertLessEqual(set(statuses(wire(door.port, text))), {400, 401, 405})


if __name__ == "__main__":
    unittest.main()
