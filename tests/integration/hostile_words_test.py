"""Words of strangers: in names, labels, paths and reasons. They stay words: one line of the log,
one label of the page; and what a web page sends is no command."""

import json
import socket
import unittest

import promtext
from alerting import delivery
from control import sick
from hostile import DRAIN, HostileCase, statuses, wire

WORDS = ("a\nlevel=error msg=\"forged\"", "a\r\n\r\nHTTP/1.1 200 OK", "\x1b[2J\x1b]0;owned\x07",
         'a"} 1\nhaproxy_up 0\nx{y="', "\\", "\\n", "\u2028\u2029", "\u202egnp.exe", "%s%n{}{0}",
         "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\x7f\x80\x9b31m",
         "'; DROP TABLE audit;--", "<script>alert(1)</script>", "${jndi:ldap://x}", "a" * 4000)


class Words(HostileCase):
    def assert_log_is_lines(self):
        log = self.steward.log()
        for line in log.rstrip("\n").split("\n"):
            self.assertRegex(line, r"^time=\S+ level=\w+ msg=")
        for byte in "\x1b\x07\x7f\r\x00\x9b\u202e\u2028":
            self.assertNotIn(byte, log)

    def assert_page_is_whole(self):
        promtext.parse(self.steward.get("/metrics").body)

    def test_labels_and_names_of_alerts(self):
        for word in WORDS:
            with self.subTest(word=word[:20]):
                answer = self.steward.post("/webhook", delivery(
                    sick(word), sick("web1", proxy=word), sick("web1", word, fingerprint=word[:64])))
                self.assertIn(answer.status, (200, 400, 413), answer.text)
                if answer.status == 200:
                    self.assertNotIn("created", {each["result"] for each in answer.json["results"]})
        self.assert_log_is_lines()
        self.assert_page_is_whole()

    def test_reasons_names_and_values_of_people(self):
        for word in WORDS:
            for field in ("server", "backend", "instance", "value", "reason", "for", "action"):
                with self.subTest(field=field, word=word[:20]):
                    body = DRAIN | {field: word, "dry_run": True}
                    answer = self.steward.post("/webhook", body, role="admin")
                    self.assertIn(answer.status, (200, 400), answer.text)
        self.assert_log_is_lines()
        self.assert_page_is_whole()

    def test_paths_queries_and_headers_of_strangers(self):
        for number, word in enumerate(WORDS):
            raw = "".join(f"%{byte:02x}" for byte in word.encode("utf-8", "replace")[:1000])
            for door in self.each(word=word[:20]):
                for head in (f"GET /{raw} HTTP/1.1\r\nHost: {raw}\r\n",
                             f"GET /webhook?{raw}={raw} HTTP/1.1\r\nHost: x\r\n",
                             f"POST /{raw} HTTP/1.1\r\nUser-Agent: {raw}\r\nContent-Length: 0\r\n"):
                    answer = wire(door.port, head + "Authorization: Bearer "
                                  f"{raw[:300]}\r\nConnection: close\r\n\r\n",
                                  source=f"127.6.0.{number + 1}")
                    self.assertEqual(len(statuses(answer)), 1, answer[:300])
        self.assert_log_is_lines()
        self.assert_page_is_whole()
        for line in self.steward.audit():
            self.assertNotRegex(json.dumps(line, ensure_ascii=False), "[\x00-\x1f\x7f]")

    def test_words_come_back_in_json_and_nothing_else(self):
        for word in WORDS[:8]:
            answer = self.steward.post("/webhook", sick_server := DRAIN | {"server": word})
            self.assertIn("json", answer.headers["content-type"])
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
            self.assertIsInstance(answer.json, dict, sick_server)


class Browsers(HostileCase):
    """A page in the browser of somebody who has credentials there."""

    def page_sends(self, headers, body=json.dumps(DRAIN), method="POST", path="/webhook"):
        return self.steward.request(method, path, body, role="admin", headers=headers)

    def test_a_form_is_not_json(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                     "text/plain; application/json", "application/jsonx", "application/json-p",
                     "text/json", ""):
            with self.subTest(kind=kind):
                answer = self.page_sends({"Content-Type": kind})
                self.assert_problem(answer, 415, "unsupported_media_type")

    def test_a_change_with_an_origin_is_refused_whatever_it_is(self):
        for origin in ("https://evil.example", "null", "http://127.0.0.1:9180"):
            for method, path in (("POST", "/webhook"), ("POST", "/-/reload"),
                                 ("POST", "/api/v1/automation"),
                                 ("DELETE", "/api/v1/servers/web/web1")):
                with self.subTest(origin=origin, path=path):
                    answer = self.page_sends({"Origin": origin}, "{}", method, path)
                    self.assert_problem(answer, 403, "cross_site")
        for site in ("cross-site", "same-site", "same-origin", "none"):
            self.assert_problem(self.page_sends({"Sec-Fetch-Site": site}), 403, "cross_site")

    def test_no_other_origin_may_read_or_ask(self):
        asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE",
                "Access-Control-Request-Headers": "authorization"}
        for path in ("/webhook", "/api/v1/audit"):
            answer = self.steward.request("OPTIONS", path, role=None, headers=asks)
            self.assertGreaterEqual(answer.status, 400)
            self.assertNotIn("access-control-allow-origin", answer.headers)
        answer = self.steward.get("/api/v1/audit", {"Origin": "https://evil.example"})
        self.assertNotIn("access-control-allow-origin", answer.headers)

    def test_a_name_that_was_bound_again_brings_no_credentials(self):
        """DNS rebinding: the browser asks us under another name, and has nothing to show for it."""
        head = "GET /api/v1/servers HTTP/1.1\r\nHost: evil.example:9180\r\nConnection: close\r\n"
        answer = wire(self.steward.control_port, f"{head}Cookie: token=admin\r\n\r\n",
                      source="127.6.9.9")
        self.assertEqual(statuses(answer), [401])

    def test_another_protocol_is_no_request(self):
        """What a browser, or a service that can be made to connect, sends to a wrong port."""
        for words in ("EHLO x\r\nMAIL FROM:<a>\r\n", "PING\r\nSET x y\r\n", "USER a\r\nPASS b\r\n"):
            with socket.create_connection(("127.0.0.1", self.steward.control_port), 8) as link:
                link.sendall(words.encode())
                link.shutdown(socket.SHUT_WR)
                self.assertIn(statuses(link.recv(4096)), ([400], []))


if __name__ == "__main__":
    unittest.main()
