"""What is remembered; and what happens when it cannot be: no change without a record of it."""

import contextlib
import sqlite3
import unittest

from alerting import delivery, now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import free_port, holds, wait_until
from interposer import Interposer
from storage_faults import fill, small_disk


class Ledger(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm = cls.shared(Farm(cls.home))
        cls.between = cls.shared(Interposer(cls.home, cls.farm.socket))

    def setUp(self):
        super().setUp()
        self.between.forget()
        self.addCleanup(lambda: [self.farm.command(f"set server web/{web} state ready")
                                 for web in self.farm.webs])

    def steward(self, **more):
        return self.start(ControlledSteward(self.home, self.between.socket, name=f"l{free_port()}",
                                            rules=[rule("Sick")], **more))

    def database(self, steward):
        (path,) = steward.storage.glob("*.db")
        return contextlib.closing(sqlite3.connect(path, isolation_level=None))

    def assert_stands_still(self, steward, seconds=1.5):
        """A call that would change something is refused, and HAProxy hears nothing."""
        answer = steward.post("/webhook", delivery(sick("web1", starts=now())), timeout=20)
        self.assert_problem(answer, 503, "ledger_unavailable")
        answer = steward.post("/api/v1/automation", {"paused": True}, timeout=20)
        self.assert_problem(answer, 503, "ledger_unavailable")
        holds("nothing is done", lambda: not self.between.mutating(), seconds)
        self.assertEqual(steward.get("/metrics").status, 200)
        self.assertEqual(steward.value("haproxy_up"), 1)
        self.assertEqual(steward.value("haproxy_steward_ledger_up"), 0)
        self.assertIn("the ledger cannot be written", steward.log())

    def test_while_it_cannot_be_written_nothing_changes_and_metrics_go_on(self):
        steward = self.steward()
        with self.database(steward) as other:
            other.execute("BEGIN IMMEDIATE")
            self.assert_stands_still(steward)
            other.execute("ROLLBACK")
        (result,) = steward.tell(sick("web1", starts=now()), wait="5s")
        self.assertEqual((result["result"], result["phase"]), ("created", "active"))
        self.assertEqual(steward.value("haproxy_steward_ledger_up"), 1)
        self.assertFalse(steward.get("/api/v1/automation").json["paused"])
        self.assert_chain(steward)

    def test_a_full_disk_is_survived(self):
        disk = self.enterContext(small_disk(self.home / "disk"))
        steward = self.steward(storage={"path": str(disk / "ledger")})
        ballast = fill(disk)
        answers = [steward.act("weight", "web1", value=n + 1, wait=None).status for n in range(40)]
        self.assertEqual(answers[-1], 503)
        wait_until("rest", lambda: self.between.asked("show servers state"))
        self.between.forget()
        self.assert_stands_still(steward)
        ballast.unlink()
        (result,) = steward.tell(sick("web2", starts=now()), wait="5s")
        self.assertEqual((result["result"], result["phase"]), ("created", "active"))
        self.assert_chain(steward)

    def test_a_changed_line_is_found(self):
        for change, broken in (("UPDATE audit SET principal = 'nobody' WHERE sequence = 2", {2}),
                               ("DELETE FROM audit WHERE sequence = 2", {2, 3}),
                               ("UPDATE audit SET time = time + 1 WHERE sequence = 1", {1})):
            with self.subTest(change=change):
                steward = self.steward()
                for value in (10, 20, 30):
                    steward.done("weight", "web3", value=value)
                self.assertGreaterEqual(self.assert_chain(steward)["last"], 6)
                steward.end()
                with self.database(steward) as other:
                    with self.assertRaises(sqlite3.IntegrityError):
                        other.execute(change)  # not even by mistake
                    for (trigger,) in other.execute(
                            "SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                        other.execute(f"DROP TRIGGER {trigger}")
                    other.execute(change)
                after = self.start(steward.successor())
                report = after.get("/api/v1/audit/verify").json
                self.assertFalse(report["intact"], report)
                self.assertIn(report["broken_at"], broken)
                after.end()

    def test_a_line_says_what_haproxy_was_told_and_what_it_answered(self):
        steward = self.steward()
        override = steward.done("drain", "web1", reason="new disk")["override"]
        created, active = steward.audit(override=override)
        self.assertEqual((created["event"], created["principal"], created["source"],
                          created["target"], created["before"], created["after"]),
                         ("created", "admin", "127.0.0.1", "lb1:web/web1", "ready", "drain"))
        self.assertIn("new disk", created["verdict"])
        self.assertEqual((active["event"], active["command"]),
                         ("active", "set server web/web1 state drain"))
        self.assertGreater(active["duration_us"], 0)
        self.assertEqual(active["sequence"], created["sequence"] + 1)
        self.assertEqual(active["previous"], created["hash"])

    def test_lines_and_overrides_come_in_pages(self):
        steward = self.steward()
        made = [steward.done("weight", "web2", value=value)["override"] for value in range(1, 8)]
        seen, before = [], {}
        while True:
            page = steward.get("/api/v1/overrides?limit=3" + "".join(
                f"&before={each}" for each in before.values())).json
            seen += [each["id"] for each in page["overrides"]]
            if "next" not in page:
                break
            before = {"before": page["next"]}
        self.assertEqual(seen, made[::-1])
        lines = [each["sequence"] for each in steward.audit()]
        self.assertEqual(lines, list(range(1, len(lines) + 1)))
        self.assertEqual([each["sequence"] for each in steward.audit(after=3, limit=2)], [4, 5])
        newest = steward.audit(order="newest", limit=2, before=6)
        self.assertEqual([each["sequence"] for each in newest], [5, 4])
        self.assertEqual({each["event"] for each in steward.audit(event="active")}, {"active"})
        self.assertEqual(steward.audit(target="lb1:web/web9"), [])

    def test_a_ledger_of_a_newer_version_or_of_somebody_else_is_not_touched(self):
        for statement in ("PRAGMA user_version = 99", "PRAGMA application_id = 7"):
            with self.subTest(statement=statement):
                steward = self.steward()
                steward.end()
                with self.database(steward) as other:
                    other.execute(statement)
                refused = self.start(steward.successor(ready=False))
                self.assertNotEqual(refused.wait(), 0)
                self.assertIn(str(steward.storage), refused.log())

    def test_the_folder_and_its_files_are_the_stewards_alone(self):
        steward = self.steward()
        for path in (steward.storage, *steward.storage.iterdir()):
            self.assertEqual(path.stat().st_mode & 0o007, 0, path)


if __name__ == "__main__":
    unittest.main()
