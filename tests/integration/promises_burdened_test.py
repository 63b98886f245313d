"""What goes on whatever else is slow or large: answers while the disk is slow, and the right view
of a HAProxy with many servers."""

import threading
import time
import unittest

from harness import wait_until
from programs import HAProxy, built_with
from promises import PromiseCase
from promises_parts import SlowDisk

MANY = """\
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
backend many
{servers}backend solo
  server only 127.0.0.1:1
"""
UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"  # an override that only the ledger may know
PROMPT = 1.0  # seconds: less than a sync of the slow disk


class SlowSyncs(PromiseCase):
    """Keeps nobody waiting for the disk but who must."""

    def setUp(self):
        super().setUp()
        if "address" in built_with("STEWARD_SANITIZE"):
            self.skipTest("the checker's library has to be the first")
        self.disk = SlowDisk(self.home)

    def begin_with_a_slow_disk(self):
        self.begin(environment=self.disk.environment)
        self.steward.done("weight", "web2", value=50)

    def meanwhile(self, request):
        """Returns a thread that is at a request; it is waited for in the end."""
        thread = threading.Thread(target=request, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.disk.normal)
        time.sleep(0.3)
        return thread

    def assert_prompt(self, thread):
        """Reads pages while a thread waits for the disk."""
        for path in ("/metrics", "/-/ready", "/api/v1/servers"):
            answer = self.steward.get(path)
            self.assertEqual(answer.status, 200)
            self.assertLess(answer.seconds, PROMPT, path)
        self.assertTrue(thread.is_alive(), "it should be slower than that")

    def test_pages_are_answered_while_a_request_waits_for_the_disk(self):
        self.begin_with_a_slow_disk()
        self.disk.sync_slowly()
        self.assert_prompt(self.meanwhile(lambda: self.steward.act("drain", "web1")))

    def test_pages_are_answered_while_the_audit_is_verified(self):
        self.begin_with_a_slow_disk()
        for value in range(1, 60):
            self.steward.done("weight", "web2", value=value, wait=None)
        self.disk.read_slowly()
        verifying = self.meanwhile(
            lambda: self.steward.get("/api/v1/audit/verify", role="admin", timeout=60))
        self.meanwhile(lambda: self.steward.delete(f"/api/v1/overrides/{UNKNOWN}", timeout=60))
        self.assert_prompt(verifying)


class ManyServers(PromiseCase):
    """Sees a backend become empty, too, among more servers than are read at a time."""

    def test_the_only_server_of_a_backend_can_be_removed_beside_hundreds_of_others(self):
        servers = "".join(f"  server s{i} 127.0.0.1:1\n" for i in range(250))
        haproxy = self.start(HAProxy(self.home, MANY.format(servers=servers)))
        self.begin(farm=haproxy)
        answer = self.steward.delete("/api/v1/servers/solo/only?force=true", role="admin")
        self.assertEqual(answer.status, 202, answer.text)
        (asked,) = answer.json["memberships"]
        path = f"/api/v1/memberships/{asked['id']}"
        seen = wait_until("it to be gone", lambda: (
            now := self.steward.get(path).json)["stage"] in ("absent", "failed") and now)
        self.assertEqual(seen["stage"], "absent", seen)
        self.assertNotIn(("solo", "only"), haproxy.servers())
        wait_until("it not to be shown", lambda: "only" not in self.shown())
        self.assertEqual(self.steward.live(), [])

    def shown(self):
        answer = self.steward.get("/api/v1/servers?backend=solo")
        return [each["server"] for each in answer.json.get("servers", [])]


if __name__ == "__main__":
    unittest.main()
