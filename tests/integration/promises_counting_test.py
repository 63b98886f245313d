"""The first promise: which servers count towards the floor and the other guards, and which do
not."""

import unittest

from alerting import now
from control import sick
from harness import free_port, wait_until
from programs import HAProxy
from promises import PromiseCase, on_oldest_and_newest
from promises_parts import NameServer

SPARE = """\
backend spare
  server s1 {web1}
  server s2 {web2}
  server s3 {web1} disabled
  server s4 {web2} disabled
"""
DISCOVERED = """
resolvers names
  nameserver local 127.0.0.1:{port}
  timeout resolve 200ms
  timeout retry 200ms
  hold valid 100ms
  hold obsolete 200ms
  accepted_payload_size 4096
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
backend web
  server-template srv {slots} app.test:8080 resolvers names resolve-prefer ipv4 init-addr none
"""


class PinnedHealth(PromiseCase):
    """Counts no server that no check looks after."""

    def test_a_dead_server_that_a_person_pinned_up_does_not_count(self):
        self.begin()
        self.kill_server("web1")
        self.steward.done("health", "web1", value="up")
        self.rest()
        self.assertEqual(self.serving(), {"web1", "web2"}, "as far as HAProxy knows")
        override = self.fire("web2")["override"]
        self.assert_stays("the one that works serves",
                          lambda: self.farm.state("web2") == "ready")
        self.wait_held(override)

    def test_an_alert_does_not_freeze_a_server_that_is_down_below_the_floor(self):
        self.begin(guards={"min_available": {"count": 2}})
        self.kill_server("web1")
        override = self.fire("web1", "Blind")["override"]
        self.assert_stays("its checks run", lambda: self.farm.checks_run("web1"), 1)
        self.assertEqual(self.steward.override(override)["phase"], "pending")
        self.mend("web1")
        wait_until("it to recover", lambda: self.serving() == {"web1", "web2"}, 5)

    def test_a_server_whose_checks_a_person_has_switched_off_does_not_count(self):
        self.begin()
        self.steward.done("checks", "web1", value="disabled")
        self.rest()
        override = self.fire("web2")["override"]
        self.assert_stays("the one that is checked serves",
                          lambda: self.farm.state("web2") == "ready")
        self.wait_held(override)


class Discovered(PromiseCase):
    """Counts only the slots of server-template that have an address."""

    def begin_with(self, *addresses, slots, guards):
        self.names = self.start(NameServer(*addresses))
        self.haproxy = HAProxy(self.home, DISCOVERED.format(port=self.names.port, slots=slots),
                               self.version, name=f"d{free_port()}")
        self.begin(farm=self.start(self.haproxy), guards=guards)
        wait_until("the addresses", lambda: set(self.addresses().values()) >= set(addresses))
        self.rest()

    def slots(self):
        lines = self.haproxy.command("show servers state web").splitlines()
        header = lines[1].removeprefix("# ").split()
        return [dict(zip(header, line.split())) for line in lines[2:] if line]

    def addresses(self):
        """Returns those of the slots that have one."""
        return {row["srv_name"]: row["srv_addr"] for row in self.slots() if row["srv_addr"] != "-"}

    def drains(self):
        return {row["srv_name"] for row in self.slots() if int(row["srv_admin_state"]) & 8}

    def test_slots_without_an_address_do_not_raise_the_floor(self):
        self.begin_with("127.0.0.2", "127.0.0.3", "127.0.0.4", slots=12,
                        guards={"min_available": {"percent": 50}})
        first, second, _ = sorted(self.addresses())
        wait_until("HAProxy to take the three", lambda: len(self.serving()) == 3)
        self.drained(first)
        self.assertEqual(self.drains(), {first})
        self.held(second)
        self.assertEqual(self.drains(), {first})

    def test_slots_without_an_address_do_not_thin_out_a_mass_alert(self):
        self.begin_with("127.0.0.2", "127.0.0.3", "127.0.0.4", slots=12,
                        guards={"mass_alert": {"percent": 50}})
        results = self.steward.tell(*(sick(name, starts=now()) for name in self.addresses()))
        self.assert_stays("nothing is drained", lambda: not self.drains())
        for each in results:
            self.assertEqual((each["result"], each.get("guard")), ("deferred", "mass_alert"), each)

    def test_a_drain_ends_when_its_slot_gets_another_address(self):
        self.begin_with("127.0.0.2", "127.0.0.3", "127.0.0.4", slots=3, guards={})
        (slot,) = [name for name, address in self.addresses().items() if address == "127.0.0.3"]
        override = self.drained(slot)
        self.names.addresses[1] = "127.0.0.5"
        wait_until("another address", lambda: self.addresses().get(slot) == "127.0.0.5")
        wait_until("the new server to serve", lambda: not self.drains(), 5)
        wait_until("the override to end", lambda: self.steward.override(override).get("ended"))


class ServersThatRecover(PromiseCase):
    """Keeps a floor of servers that nobody wishes out, whatever their health."""

    def test_servers_that_are_down_are_not_drained_below_the_floor(self):
        # Fail open would give back web3, if it recovers first.
        self.begin(count=4, guards={"min_available": {"count": 3}, "fail_open": False})
        for web in ("web3", "web4"):
            self.kill_server(web)
        self.drained("web3")
        override = self.fire("web4")["override"]
        self.rest(6)
        for web in ("web3", "web4"):
            self.mend(web)
        wait_until("three to serve", lambda: len(self.serving()) == 3, 5)
        self.assertEqual(self.steward.override(override)["phase"], "pending")

    def test_what_alerts_may_leave_has_a_limit_of_its_own(self):
        self.begin(count=4, guards={"min_wanted": {"count": 4}})
        self.kill_server("web3")
        override = self.fire("web3")["override"]
        self.rest()
        self.assertEqual(self.farm.state("web3"), "ready")
        self.assertEqual(self.steward.override(override)["phase"], "pending")
        self.steward.done("drain", "web3", role="operator")
        self.assertEqual(self.farm.state("web3"), "drain", "people are told, and not held")


class Overridden(PromiseCase):
    """Counts for max_overridden what is stricter than it would be without us."""

    def test_servers_that_people_put_into_service_are_not_counted(self):
        self.begin(count=2, rest=SPARE, guards={"max_overridden": {"count": 2}})
        for server in ("s3", "s4"):
            self.steward.done("ready", server, backend="spare")
        wait_until("all to serve", lambda: len(self.serving("spare")) == 4)
        result = self.fire("s1", proxy="spare")
        self.steward.wait_phase(result["override"], "active", timeout=5)
        self.assertEqual(self.farm.state("s1", "spare"), "drain")

    def test_weights_that_people_raised_are_not_counted(self):
        self.begin(count=4, guards={"max_overridden": {"count": 1}})
        for web in ("web1", "web2"):
            self.steward.done("weight", web, value=200)
        result = self.fire("web3")
        self.steward.wait_phase(result["override"], "active", timeout=5)
        self.assertEqual(self.farm.state("web3"), "drain")
        self.assert_one(self.steward.act("drain", "web4", wait=None).json["results"], "rejected",
                        guard="max_overridden")


def load_tests(loader, *_):
    suite = on_oldest_and_newest(loader, Discovered)
    for case in (PinnedHealth, ServersThatRecover, Overridden):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
