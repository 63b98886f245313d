"""Servers that come and go while HAProxy is reloaded, killed or stopped, and while the steward is
killed: what was asked for is so in the end, and is so again after each reload."""

import contextlib
import http.client
import random
import signal
import time
import unittest

from deployment import MOVING, Deployer, DeployCase, unique
from harness import wait_until
from programs import on_each_haproxy

OLD = ("web1", "web2", "web3", "web4")
STEPS = ("before_intent", "after_intent", "after_command", "before_outcome")


class ShakenDeployment(DeployCase):
    def assert_added(self, membership_id, *servers):
        self.steward.wait_stage(membership_id, "present", timeout=20)
        self.assert_at_rest(*servers)
        self.assert_no_strangers()

    def assert_removed(self, membership_id, *servers):
        self.steward.wait_stage(membership_id, "absent", timeout=20)
        self.assert_at_rest(*servers)
        self.assert_no_strangers()

    def assert_no_strangers(self):
        """Nothing of its own was taken for another's work."""
        for each in (*self.steward.memberships(), *self.steward.overrides()):
            self.assertNotIn("yielded", self.steward.events_of(each["id"]), each)


class Reloaded(ShakenDeployment):
    def setUp(self):
        super().setUp()
        self.begin(site={"master": True})

    def test_what_was_added_and_removed_is_so_again_after_each(self):
        new = self.application()
        added = self.stand("web9", new)
        gone = self.gone("web1")
        for shake in (self.reload, self.reload, self.site.restart):
            shake()
            wait_until("all to be as wished", lambda: set(self.site.servers_of()) == {
                "web2", "web3", "web4", "web9"})
            self.assert_added(added["id"], *OLD[1:], "web9")
            self.assert_removed(gone["id"], *OLD[1:], "web9")
        self.assertEqual(self.site.servers_of()["web9"]["weight"], "100")

    def test_a_removal_that_failed_leaves_what_was_added(self):
        added = self.stand("web9", self.application())
        clients = self.slow(10, takes=4.0)
        asked = self.removed("web9", timeout="1s")
        self.steward.wait_stage(asked["id"], "failed")
        self.assertEqual(clients.wait(), [200] * 10)
        self.assertEqual(self.steward.membership(added["id"])["stage"], "present")
        self.reload()
        wait_until("it to be there again", lambda: "web9" in self.site.servers_of())
        self.assert_added(added["id"], *OLD, "web9")

    def test_an_addition_that_failed_leaves_the_removal(self):
        gone, new = self.gone("web1"), self.application()
        new.bad = True
        asked = self.added("web1", new, timeout="1s")
        self.steward.wait_stage(asked["id"], "failed")
        self.reload()
        wait_until("it to be gone again", lambda: "web1" not in self.site.servers_of())
        self.assert_removed(gone["id"], *OLD[1:])

    def test_what_was_ended_is_as_the_configuration_has_it(self):
        added, gone = self.stand("web9", self.application()), self.gone("web1")
        for each in (added, gone):
            self.steward.end_membership(each["id"])
        self.reload()
        self.assert_at_rest(*OLD)

    def test_a_configuration_that_has_the_new_server_takes_it_over(self):
        new = self.application()
        added = self.stand("web9", new)
        path = self.site.config_path
        path.write_text(path.read_text().replace(
            "  server web1", f"  server web9 {new.address} weight 100\n  server web1"))
        self.reload()
        self.steward.wait_stage(added["id"], "ended", "present")
        self.assert_at_rest(*OLD, "web9")

    def test_a_configuration_that_has_another_server_under_the_name_keeps_it(self):
        gone, new = self.gone("web1"), self.application()
        path = self.site.config_path
        path.write_text(path.read_text().replace(f"web1 {self.site.old[0].address}",
                                                 f"web1 {new.address}"))
        self.reload()
        self.steward.wait_stage(gone["id"], "yielded")
        self.assert_at_rest(*OLD)

    def test_a_configuration_without_the_old_server_is_what_was_wished(self):
        gone = self.gone("web1")
        path = self.site.config_path
        path.write_text("".join(line for line in path.read_text().splitlines(True)
                                if " server web1 " not in line))
        self.reload()
        self.assert_removed(gone["id"], *OLD[1:])

    def test_one_that_is_not_healthy_after_a_reload_is_there_and_is_waited_for(self):
        new = self.application()
        added = self.stand("web9", new, timeout="3s")
        new.bad = True
        self.reload()
        wait_until("it to be there", lambda: self.state("web9") is not None)
        time.sleep(4)
        self.assertIsNotNone(self.state("web9"))
        before = new.requests
        new.bad = False
        self.assert_added(added["id"], *OLD, "web9")
        self.assertEqual(new.requests, before)


class Interrupted(ShakenDeployment):
    """HAProxy is shaken in each stage."""

    def shaken(self, test):
        """Calls test(shake) for each shake, with a site of its own."""
        for name in ("reload", "restart", "pause"):
            with self.subTest(haproxy=name):
                self.begin(site={"master": True})
                test({"reload": self.reload, "restart": self.site.restart,
                      "pause": lambda: self.pause_haproxy(2.5)}[name])
            self.steward.end()
            self.site.end()

    def test_while_it_is_told_to_add_one(self):
        def test(shake):
            with self.between.faulty(where="add server", delay=0.7):
                asked = self.added("web9", self.application())
                wait_until("it to be told", lambda: self.between.asked("add server"))
                shake()
            self.assert_added(asked["id"], *OLD, "web9")
        self.shaken(test)

    def test_while_one_joins(self):
        def test(shake):
            new = self.application()
            new.bad = True
            asked = self.added("web9", new)
            self.steward.wait_stage(asked["id"], "joining")
            shake()
            time.sleep(0.3)
            self.assertEqual(new.requests, 0)
            new.bad = False
            self.assert_added(asked["id"], *OLD, "web9")
        self.shaken(test)

    def test_while_one_drains(self):
        def test(shake):
            self.slow(4, takes=2.0)
            asked = self.removed("web1", timeout="20s")
            wait_until("it to drain", lambda: self.state("web1") == "drain")
            shake()
            self.assert_removed(asked["id"], *OLD[1:])
        self.shaken(test)

    def test_while_it_is_told_to_delete_one(self):
        def test(shake):
            with self.between.faulty(where="del server", delay=0.7):
                asked = self.removed("web1", timeout="20s")
                wait_until("it to be told", lambda: self.between.asked("del server"))
                shake()
            self.assert_removed(asked["id"], *OLD[1:])
        self.shaken(test)

    def test_while_it_only_pretends(self):
        self.begin()
        with self.between.faulty(where="add server", swallow=True):
            asked = self.added("web9", self.application())
            wait_until("it to be told", lambda: self.between.asked("add server"))
        seen = self.steward.wait_stage(asked["id"], "present", "failed")
        self.assert_at_rest(*OLD, *(["web9"] if seen["stage"] == "present" else []))
        with self.between.faulty(where="del server", swallow=True):
            asked = self.removed("web1", timeout="20s")
            wait_until("it to be told", lambda: self.between.asked("del server"))
        self.steward.wait_stage(asked["id"], "absent", "failed", timeout=20)
        self.assertEqual(self.state("web1") is None,
                         self.steward.membership(asked["id"])["stage"] == "absent")


class Killed(ShakenDeployment):
    """The steward is killed at each step, and at any moment."""

    def setUp(self):
        super().setUp()
        self.begin()

    def doomed(self, step):
        """The steward, started again so that it dies at this step."""
        self.steward.end(signal.SIGKILL)
        self.steward = self.start(self.steward.successor(
            environment={"STEWARD_CRASH_AT": step}, ready=False))
        return self.steward

    def died(self, step):
        self.assertEqual(self.steward.wait(), -signal.SIGKILL, f"it did not come by {step}")
        self.steward = self.start(self.steward.successor(ready=True))

    def asked_of(self, doomed, *request, **fields):
        """The membership, if there was an answer before it died."""
        wait_until("it to know HAProxy", lambda: doomed.get("/api/v1/servers").json["servers"])
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = doomed.request(*request, role="admin", **fields)
            self.assertEqual(answer.status, 202, answer.text)
            return answer.json["memberships"][0]["id"]

    def only(self):
        """The one membership that wants something."""
        found = [each["id"] for each in self.steward.memberships()
                 if each["stage"] in (*MOVING, "present")]
        self.assertLessEqual(len(found), 1, found)
        return found[0] if found else None

    def test_at_each_step_of_adding(self):
        for step in STEPS:
            with self.subTest(step=step):
                new, path = self.application(), f"/api/v1/servers/web/{step.replace('_', '-')}"
                promised = self.asked_of(self.doomed(step), "POST", path,
                                         body={"address": new.address})
                self.died(step)
                if step == "before_intent":
                    self.assertIsNone(self.only())
                    continue
                there = self.only()
                self.assertIn(promised, (None, there))
                name = path.rsplit("/", 1)[1]
                self.assert_added(there, *OLD, name)
                asked = self.removed(name)
                self.steward.wait_stage(asked["id"], "absent")

    def test_at_each_step_of_removing(self):
        for step, server in zip(STEPS, OLD):
            with self.subTest(step=step):
                before = set(self.site.servers_of())
                promised = self.asked_of(self.doomed(step), "DELETE",
                                         f"/api/v1/servers/web/{server}")
                self.died(step)
                if step == "before_intent":
                    self.assertIsNone(self.only())
                    continue
                there = [each["id"] for each in self.steward.memberships()
                         if each["server"] == server]
                self.assertEqual(len(there), 1)
                self.assertIn(promised, (None, *there))
                self.assert_removed(there[0], *(before - {server}))

    def test_at_each_step_while_one_joins(self):
        for step in STEPS[2:]:  # what is before them is only come by when somebody asks
            with self.subTest(step=step):
                name = f"j-{step.replace('_', '-')}"
                with self.between.faulty(where="enable health", swallow=True):
                    asked = self.added(name, self.application())
                    wait_until("it to be told", lambda: self.between.asked("enable health"))
                    self.steward.end(signal.SIGKILL)
                self.between.forget()
                self.doomed(step)
                self.died(step)
                self.assert_added(asked["id"], *OLD, name)
                self.gone(name)

    def test_at_each_step_while_one_is_deleted(self):
        for step, server in zip(STEPS[2:], OLD):
            with self.subTest(step=step):
                before = set(self.site.servers_of())
                clients = self.slow(len(before), takes=2.5)
                asked = self.removed(server, timeout="20s")
                wait_until("it to drain", lambda: self.state(server) == "drain")
                time.sleep(0.5)
                self.doomed(step)
                self.died(step)
                self.assert_removed(asked["id"], *(before - {server}))
                self.assertEqual(clients.wait(), [200] * len(before))

    def test_at_any_moment(self):
        seed = time.time_ns() % 10_000
        chance = random.Random(seed)
        new = self.application()
        with self.subTest(seed=seed):
            for _ in range(4):
                asked = self.added("web9", new)
                time.sleep(chance.random() * 1.2)
                self.killed()
                self.assert_added(asked["id"], *OLD, "web9")
                asked = self.removed("web9")
                time.sleep(chance.random() * 1.2)
                self.killed()
                self.steward.wait_stage(asked["id"], "absent")
                self.assert_at_rest(*OLD)

    def test_a_reload_while_it_was_away(self):
        added, gone = self.stand("web9", self.application()), self.gone("web1")
        self.steward.end(signal.SIGKILL)
        self.site.restart()
        self.assert_servers(*OLD)
        self.steward = self.start(self.steward.successor())
        wait_until("all to be as wished", lambda: set(self.site.servers_of()) == {
            "web2", "web3", "web4", "web9"})
        self.assert_added(added["id"], *OLD[1:], "web9")
        self.assert_removed(gone["id"], *OLD[1:], "web9")


class OldWorkers(ShakenDeployment):
    """Sessions of a worker that a reload left behind, where the master is asked for them."""

    def setUp(self):
        super().setUp()
        self.site = self.start(self.new_site(master=True))
        self.steward = self.start(Deployer(self.home, self.site.socket, name=unique("s"), instances=[
            {"name": "lb1", "socket": f"unix:{self.site.socket}",
             "master": f"unix:{self.site.master_socket}"}]))

    def test_a_server_that_still_has_some_is_not_removed(self):
        clients = self.slow(4, takes=6)  # one a server
        self.reload()
        gone = self.removed("web1", timeout="20s")
        wait_until("sessions to be seen", lambda: "left" in (
            self.steward.membership(gone["id"]).get("detail") or ""))
        self.assertEqual(clients.statuses, [])
        self.steward.wait_stage(gone["id"], "absent", timeout=20)
        self.assertEqual(clients.wait(), [200] * 4)


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Reloaded, OldWorkers)
    for case in (Interrupted, Killed):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
