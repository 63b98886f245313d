"""The upgrade: a ledger that the first edition wrote opens, and all that was in it goes on.
tests/fixtures/ledgers/README.md says what is in them."""

import unittest

import first_edition
from control import ControlCase, sick
from first_edition import Fixture, Site
from harness import free_port, holds, wait_until
from programs import built_with, on_each_haproxy

KEPT = ("instance", "backend", "server", "setting", "forced", "created", "expires", "reason")


class Upgraded(ControlCase):
    """A minute after the ledger `fixture` was written, its successor has started."""

    version = None
    fixture = "first-edition-everything"
    restarted = True  # HAProxy, since

    def setUp(self):
        super().setUp()
        if "address" in built_with("STEWARD_SANITIZE"):
            self.skipTest("the library that sets the clock would have to be the first")
        self.before = Fixture(self.fixture)
        self.site = self.start(Site(self.home, self.version))
        storage = self.home / f"ledger{free_port()}"
        self.before.copy_to(storage)
        if not self.restarted:
            self.site.put_in_force()
            self.before.continue_in(storage, self.site.epoch())
        self.steward = self.start(first_edition.steward(
            self.home, self.site, storage={"path": str(storage)},
            environment=self.before.clock(self.home)))

    def one(self, server, *phases):
        (override,) = (each for each in self.before.live(*phases) if each["server"] == server)
        return override

    def wait_value(self, server, setting, value):
        wait_until(f"{setting} of {server} to be {value}",
                   lambda: self.site.value(server, setting) == value)

    def wait_in_force(self):
        for server, setting, value in (
                ("web1", "state", "drain"), ("web2", "state", "maint"), ("web3", "state", "drain"),
                ("web4", "weight", "50"), ("web5", "weight", "10"), ("web6", "health", "down"),
                ("web7", "checks", "disabled"), ("edge1", "state", "drain"),
                ("agents1", "weight", "50"), ("cycled1", "state", "maint"),
                ("paused1", "state", "maint"), ("hand1", "state", "ready")):
            with self.subTest(server=server):
                self.wait_value(server, setting, value)

    def rollout(self, backend, phase):
        (rollout,) = (each for each in self.before.expected["rollouts"]
                      if (each["backend"], each["phase"]) == (backend, phase))
        return rollout["id"]

    def membership(self, server):
        (membership,) = (each for each in self.before.expected["memberships"]
                         if each["server"] == server)
        return membership["id"]

    def end_all(self):
        """Whatever anybody asked for ends."""
        self.steward.tell(*(sick(each["server"], each["origin"]["rule"], proxy=each["backend"],
                                 status="resolved")
                            for each in self.before.live() if each["origin"]["kind"] == "alert"))
        for backend, phase in (("cycled", "running"), ("paused", "paused")):
            rollout = self.rollout(backend, phase)
            self.steward.tell_rollout(rollout, "abort", reason="enough")
            self.steward.wait_rollout(rollout, "rolled_back")
        for server, stage in (("new9", "present"), ("moving1", "absent"), ("moving2", "absent")):
            self.steward.wait_stage(self.membership(server), stage)
            self.steward.end_membership(self.membership(server))
        self.steward.remove("new9", backend="moving")
        wait_until("it to be gone", lambda: self.site.row("new9") is None)
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}", role="admin")
        wait_until("nothing to be held", lambda: not self.steward.live())
        wait_until("the agent to be asked",
                   lambda: int(self.site.row("agents1")["srv_agent_state"]) & 4)

    def assert_as_configured(self):
        """Once lb1 has been restarted, to have the servers again that were removed."""
        self.site.lb1.restart()
        wait_until("a look at it", lambda: self.steward.value("haproxy_steward_instance_up",
                                                              haproxy="lb1"))
        wait_until("all to be as configured", lambda: not self.site.differing())
        holds("it stays so", lambda: not self.site.differing(), 1.0)


class Opened(Upgraded):
    def test_the_ledger_opens_and_its_audit_is_whole(self):
        said = self.assert_chain(self.steward)
        self.assertEqual(said["first"], 1)
        self.assertGreaterEqual(said["last"], self.before.expected["verify"]["last"])

    def test_what_had_ended_is_still_told(self):
        overrides = {each["id"]: each for each in self.steward.overrides(limit=1000)}
        for each in self.before.live("released", "failed"):
            self.assertEqual((overrides[each["id"]]["phase"], overrides[each["id"]]["end"]),
                             (each["phase"], each["end"]))

    def test_every_override_has_its_owner_and_its_lease(self):
        for each in self.before.live():
            with self.subTest(server=each["server"]):
                now = self.steward.override(each["id"])
                self.assertEqual([now.get(name) for name in KEPT],
                                 [each.get(name) for name in KEPT])
                for name, value in each["origin"].items():
                    self.assertEqual(now["origin"].get(name), value, now)
                if each["phase"] == "active" and each["server"] not in ("web5", "moving2"):
                    self.assertEqual(now["value"], each["value"])  # these two go on


class GoesOn(Upgraded):
    def test_every_override_comes_into_force(self):
        self.wait_in_force()
        for each in self.before.live("active"):
            if each["server"] not in ("hand1", "moving2"):
                self.assertEqual(self.steward.wait_phase(each["id"], "active")["id"], each["id"])
        self.steward.wait_phase(self.one("floor1")["id"], "pending", guard="min_available")
        self.assertEqual(self.site.value("floor1", "state"), "ready")
        self.assert_chain(self.steward)

    def test_what_could_not_be_taken_back_is(self):
        self.steward.wait_phase(self.one("spare1", "releasing")["id"], "released")
        self.assertEqual(self.site.value("spare1", "state", "lb2"), "ready")

    def test_a_ramp_climbs_on(self):
        ramp = self.one("web5")["ramp"]
        now = self.steward.wait_phase(self.one("web5")["id"], "active")["ramp"]
        self.assertEqual(now, ramp)
        self.wait_value("web5", "weight", "10")

    def test_servers_come_and_stay_away(self):
        wait_until("the one added to serve", lambda: self.site.value("new9", "health") == "up"
                   and self.site.value("new9", "state") == "ready")
        self.steward.wait_stage(self.membership("new9"), "present")
        for server in ("moving1", "moving2"):
            wait_until("it to be removed", lambda: self.site.row(server) is None)
            self.steward.wait_stage(self.membership(server), "absent")

    def test_rollouts_go_on(self):
        cycled, paused = self.rollout("cycled", "running"), self.rollout("paused", "paused")
        for number, server in enumerate(("cycled1", "cycled2")):
            self.steward.wait_step(cycled, number, "approval")
            self.wait_value(server, "state", "maint")
            self.assertEqual(self.steward.tell_rollout(cycled, "approve").status, 200)
        self.steward.wait_rollout(cycled, "done")
        self.assertEqual(self.steward.rollout(paused)["phase"], "paused")
        self.wait_value("paused1", "state", "maint")
        self.steward.tell_rollout(paused, "resume")
        for number in (0, 1):
            self.steward.wait_step(paused, number, "approval")
            self.steward.tell_rollout(paused, "approve")
        self.steward.wait_rollout(paused, "done")
        for phase in ("done", "rolled_back"):
            self.assertEqual(self.steward.rollout(self.rollout("rolled", phase))["phase"], phase)

    def test_all_that_ends_leaves_haproxy_as_it_was(self):
        self.wait_in_force()
        self.end_all()
        self.assert_as_configured()
        self.assert_chain(self.steward)

    def test_what_a_person_did_to_a_process_died_with_it(self):
        self.wait_value("hand1", "state", "ready")
        held = self.one("hand1")["id"]
        self.steward.delete(f"/api/v1/overrides/{held}", role="admin")
        self.steward.wait_phase(held, "released")
        holds("nobody drains it", lambda: self.site.value("hand1", "state") == "ready", 1.5)


class InPlace(Upgraded):
    """HAProxy was not restarted for it: nothing is told that is in force."""

    restarted = False

    def test_what_is_in_force_stays_so(self):
        self.wait_in_force()
        holds("it stays", lambda: self.site.value("web1", "state") == "drain"
              and self.site.value("web4", "weight") == "50"
              and self.site.value("web6", "health") == "down", 1.0)
        for each in self.before.live("active"):
            if each["server"] != "moving2":
                self.steward.wait_phase(each["id"], "active")

    def test_a_person_has_back_what_was_raised(self):
        self.wait_in_force()
        held = self.one("hand1")
        self.assertEqual(self.steward.delete(f"/api/v1/overrides/{held['id']}",
                                             role="admin").status, 200)
        self.wait_value("hand1", "state", "drain")

    def test_all_that_ends_leaves_haproxy_as_it_was(self):
        self.wait_in_force()
        self.end_all()
        self.wait_value("hand1", "state", "drain")
        wait_until("all others to be as configured", lambda: {
            each[1] for each in self.site.differing()} == {"hand1", "moving1", "moving2"})


class Killed(Upgraded):
    """Its steward was killed: what is in the write-ahead log is in no other file."""

    fixture = "first-edition-paused"

    def test_what_was_only_in_the_write_ahead_log_is_there(self):
        self.assertGreaterEqual(self.assert_chain(self.steward)["last"],
                                self.before.expected["verify"]["last"])
        for each in self.before.live():
            self.assertEqual(self.steward.override(each["id"])["created"], each["created"])

    def test_automation_stays_paused_until_somebody_resumes_it(self):
        said = self.steward.get("/api/v1/automation").json
        self.assertEqual(said, self.before.expected["automation"])
        for server in ("web1", "web2"):
            self.steward.wait_phase(self.one(server)["id"], "active")
        self.wait_value("web1", "state", "drain")
        self.wait_value("web2", "state", "maint")
        self.steward.wait_phase(self.one("web3")["id"], "pending", guard="paused")
        self.steward.post("/api/v1/automation", {"paused": False}, role="admin")
        self.wait_value("web3", "state", "drain")


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, GoesOn)
    for case in (Opened, InPlace, Killed):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
