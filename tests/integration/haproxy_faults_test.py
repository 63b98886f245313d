"""Whatever is wrong with HAProxy, whatever is asked meanwhile: what is promised, in a table, and
that it is kept. scripts/test --suite faults"""

import collections
import os
import time
import unittest
from dataclasses import dataclass

from control import rule
from deployment import DeployCase, Deployer, unique
from effort import report, versions
from haproxy_fault_actions import actions
from haproxy_faults import FAULTS, PATIENT, wait_noticed
from harness import wait_until
from interposer import Interposer

UNHURRIED = "  timeout check 5s\n"  # a machine that is slow is not a server that is down
ROLLED = (f"backend rolled\n  option httpchk GET /health\n{UNHURRIED}"
          "  default-server check inter 200ms rise 1\n  server r1 {web1}\n  server r2 {web2}\n")


@dataclass(frozen=True)
class Promise:
    """In words; then what may be answered while the fault lasts, and what may become of it."""

    words: str
    answers: set
    ends: set


# After a restart no server is known to be well until it was checked.
APPLIED = {"created", "deferred unreachable", "deferred min_available"}

UNREADABLE = {  # HAProxy is not there, or cannot be understood
    "scrape": Promise("haproxy_up 0, in time; whole again afterwards",
                      {"haproxy_up 0"}, {"haproxy_up 1"}),
    "apply": Promise("accepted and kept; in force afterwards",
                     {"deferred unreachable"}, {"active drain"}),
    "release": Promise("accepted and kept; back afterwards", {"200"}, {"released asked ready"}),
    "expire": Promise("stays as it is; back afterwards",
                      {"active", "releasing"}, {"released expired ready"}),
    "rollout step": Promise("accepted and kept; goes on afterwards", {"200"}, {"done ready"}),
    "add": Promise("refused; one under way serves afterwards",
                   {"409 unreachable"}, {"present there"}),
    "remove": Promise("refused; one under way is gone afterwards",
                      {"409 unreachable"}, {"absent gone"}),
}
FORGETFUL = {  # HAProxy has forgotten all that it was told
    "scrape": Promise("a whole page", {"haproxy_up 1"}, {"haproxy_up 1"}),
    "apply": Promise("in force", APPLIED, {"active drain"}),
    "release": Promise("back", {"200"}, {"released asked ready"}),
    "expire": Promise("back", {"active", "releasing", "released"}, {"released expired ready"}),
    "rollout step": Promise("goes on", {"200"}, {"done ready"}),
    "add": Promise("serves", {"202", "409 unreachable"}, {"present there"}),
    "remove": Promise("is gone", {"202", "409 unreachable"}, {"absent gone"}),
}
DISOBEDIENT = {  # HAProxy tells, but obeys nothing: it was restarted so
    "scrape": Promise("a whole page", {"haproxy_up 1"}, {"haproxy_up 1"}),
    "apply": Promise("failed, in HAProxy's words", APPLIED, {"failed ready"}),
    "release": Promise("ended; the server serves", {"200"},
                       {"released asked ready", "failed ready"}),
    "expire": Promise("ended; the server serves", {"active", "pending", "releasing", "released",
                                                   "failed"},
                      {"released expired ready", "failed ready"}),
    "rollout step": Promise("ended; the server serves", {"200", "409"},
                            {"done ready", "rolled_back ready", "failed ready"}),
    "add": Promise("failed; nothing is left of it", {"202", "409 unreachable"}, {"failed gone"}),
    "remove": Promise("failed; the server serves", {"202", "409 unreachable"}, {"failed there"}),
}
PROMISED = collections.defaultdict(lambda: UNREADABLE, {
    "restarted": FORGETFUL, "reloaded": FORGETFUL,
    "level user": DISOBEDIENT, "level operator": DISOBEDIENT})


class HAProxyAtFault(DeployCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seen = collections.defaultdict(dict)

    @classmethod
    def tearDownClass(cls):
        report(f"haproxy_faults_{cls.version}", **cls.seen)
        super().tearDownClass()

    def begin_with(self, fault):
        self.site = self.start(self.new_site(rest=ROLLED, lines=UNHURRIED, count=8,
                                             **fault.site))
        self.between = self.start(Interposer(self.home, self.site.socket, name=unique("b")))
        self.new = self.application()
        self.link = self.home / unique("link")
        self.point_at(self.site.socket)
        self.steward = self.start(Deployer(
            self.home, self.link, name=unique("s"), rules=[rule("Sick")],
            control={"transaction_timeout": f"{PATIENT:g}s", "attempts": 2}))

    def point_at(self, socket):
        """The steward's way to HAProxy."""
        beside = self.link.with_suffix(".new")
        os.symlink(socket, beside)
        os.replace(beside, self.link)

    def ends_as_promised(self, name, asked):
        for action, what in asked.items():
            promise = PROMISED[name][action]
            with self.subTest(fault=name, action=action, promised=promise.words):
                try:
                    wait_until(f"{action} to end as promised",
                               lambda: what.outcome(self) in promise.ends, 25)
                finally:
                    self.seen[name][action] = (self.seen[name].get(action, ("",))[0],
                                               what.outcome(self))

    def play(self, name):
        """All actions under one fault."""
        fault, asked = FAULTS[name], actions()
        self.begin_with(fault)
        for what in asked.values():
            what.prepare(self)
        fault.begin(self)
        wait_noticed(self, fault)
        for action, what in asked.items():
            promise = PROMISED[name][action]
            with self.subTest(fault=name, action=action, promised=promise.words):
                answer = what.ask(self)
                self.seen[name][action] = (answer,)
                self.assertIn(answer, promise.answers)
        if fault.lasts:
            time.sleep(1.0)  # let the lease run out
            fault.end(self)
        self.ends_as_promised(name, asked)
        if not fault.lasts:
            fault.end(self)
        self.all_comes_back()

    def all_comes_back(self):
        """No override is left, and every server that is there serves."""
        for each in self.steward.live():
            self.steward.delete(f"/api/v1/overrides/{each['id']}")
        for each in self.steward.memberships():
            self.steward.end_membership(each["id"])
        wait_until("nothing to be left", lambda: not self.steward.live())
        for backend in ("web", "rolled"):
            for server in self.site.servers_of(backend):
                row = self.site.state_of(server, backend)
                self.assertEqual((self.state(server, backend), row["srv_uweight"]),
                                 ("ready", row["srv_iweight"]), server)
        self.assertEqual(self.steward.audit(event="yielded"), [])
        self.assert_chain(self.steward)
        self.steward.end()
        self.site.end()


def of(version):
    """A case with a test for each fault."""
    tests = {f"test_{name.replace(' ', '_')}": (lambda case, name=name: case.play(name))
             for name in FAULTS}
    return type(f"HAProxyAtFault_{version.replace('.', '_')}", (HAProxyAtFault,),
                {"version": version, **tests})


def load_tests(loader, *_):
    return unittest.TestSuite(loader.loadTestsFromTestCase(of(each)) for each in versions())


if __name__ == "__main__":
    unittest.main()
