"""A steward before a site: what tests of memberships and rollouts ask it for, and wait for."""

import contextlib
import http.client
import os
import signal
import threading
import time
import urllib.parse

from control import ControlCase, ControlledSteward
from deploy_load import Site
from harness import free_port, holds, http_get, wait_until
from interposer import Interposer

MOVING = ("adding", "joining", "draining", "deleting", "undoing")  # they go on by themselves


class Deployer(ControlledSteward):
    """With what concerns servers that come and go."""

    def add(self, server, address, *, backend="web", role="admin", **fields):
        return self.post(f"/api/v1/servers/{backend}/{server}", {"address": address, **fields},
                         role=role)

    def remove(self, server, *, backend="web", role="admin", **query):
        return self.delete(f"/api/v1/servers/{backend}/{server}?{urllib.parse.urlencode(query)}",
                           role=role)

    def memberships(self, **query):
        return self._listed("memberships", "memberships", query)

    def membership(self, membership_id):
        return self._one("memberships", membership_id)

    def moving(self):
        return [each for each in self.memberships() if each["stage"] in MOVING]

    def end_membership(self, membership_id, role="admin"):
        return self.delete(f"/api/v1/memberships/{membership_id}", role=role)

    def wait_stage(self, membership_id, *stages, timeout=20.0):
        """The membership, once it is in one of these stages."""
        def there():
            seen = self.membership(membership_id)
            return seen if seen["stage"] in stages else None
        return self._waited(f"membership to be {'/'.join(stages)}", there, timeout,
                            lambda: self.membership(membership_id))

    def roll(self, *, backend="web", role="admin", **fields):
        return self.post("/api/v1/rollouts", {"backend": backend, **fields}, role=role)

    def rollout(self, rollout_id):
        return self._one("rollouts", rollout_id)

    def tell_rollout(self, rollout_id, change, role="admin", **fields):
        return self.post(f"/api/v1/rollouts/{rollout_id}/{change}", fields, role=role)

    def wait_rollout(self, rollout_id, *phases, timeout=20.0):
        def there():
            seen = self.rollout(rollout_id)
            return seen if seen["phase"] in phases else None
        return self._waited(f"rollout to be {'/'.join(phases)}", there, timeout,
                            lambda: self.rollout(rollout_id))

    def wait_step(self, rollout_id, number, *stages, timeout=20.0):
        """The step, once it is in one of these stages."""
        def there():
            step = self.rollout(rollout_id)["steps"][number]
            return step if step["stage"] in stages else None
        return self._waited(f"step {number} to be {'/'.join(stages)}", there, timeout,
                            lambda: self.rollout(rollout_id))

    def successor(self, **changes):
        return Deployer(**self._made_with | {"control_port": self.control_port} | changes)

    def _one(self, what, of):
        answer = self.get(f"/api/v1/{what}/{of}")
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {answer.text}")
        return answer.json

    @staticmethod
    def _waited(what, condition, timeout, found):
        try:
            return wait_until(what, condition, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {found()}") from None


class Slow(contextlib.AbstractContextManager):
    """Clients that wait for slow answers; `statuses` of those that came, "lost" for none."""

    def __init__(self, port, count):
        self.port, self.statuses = port, []
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(count)]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self.wait()

    def wait(self):
        for each in self._threads:
            each.join(30)
        return sorted(self.statuses, key=str)

    def _ask(self):
        try:
            self.statuses.append(http_get(self.port, "/slow").status)
        except (OSError, http.client.HTTPException):
            self.statuses.append("lost")


class DeployCase(ControlCase):
    """Deployer and Site, made by `begin` for a test or for the class."""

    version = None

    def begin(self, guards=None, site=None, **steward):
        """For this test only: the site, something between, the steward."""
        self.site = self.start(self.new_site(**(site or {})))
        self.between = self.start(Interposer(self.home, self.site.socket, name=unique("b")))
        self.steward = self.start(self.new_steward(guards=guards, **steward))
        return self.steward

    @classmethod
    def new_site(cls, **options):
        return Site(cls.home, cls.version, **{"name": unique("site")} | options)

    def new_steward(self, guards=None, **options):
        return Deployer(self.home, self.between.socket, name=unique("s"), guards=guards, **options)

    def application(self, name=None, running=True):
        """A new one beside those of the site."""
        made = self.site.applications.application(name or unique("new"))
        return made.start() if running else made

    def added(self, server, application, **fields):
        """The membership of a server that is being added; with quick checks, as its siblings."""
        fields = {"options": {"inter": "200ms"}} | fields
        return self._accepted(self.steward.add(server, application.address, **fields))

    def removed(self, server, **query):
        return self._accepted(self.steward.remove(server, **query))

    def _accepted(self, answer):
        self.assertEqual(answer.status, 202, answer.text)
        self.assertTrue(answer.json["request"])
        (membership,) = answer.json["memberships"]
        return membership

    def stand(self, server, application, **fields):
        """The same, once it serves."""
        return self.steward.wait_stage(self.added(server, application, **fields)["id"], "present")

    def gone(self, server, **query):
        """The membership of a server that was removed, once it is gone."""
        seen = self.steward.wait_stage(self.removed(server, **query)["id"], "absent")
        self.assertNotIn(server, self.site.servers_of(query.get("backend")))
        return seen

    def started(self, **fields):
        """The rollout that was started; new servers have quick checks."""
        answer = self.steward.roll(**{"options": {"inter": "200ms"}} | fields)
        self.assertEqual(answer.status, 202, answer.text)
        return answer.json

    def slow(self, count=1, takes=2.0):
        """Clients at slow requests, spread over the servers, all of them under way."""
        for each in self.site.applications.all.values():
            each.slow_takes = takes
        before = self.sessions()
        clients = self.enterContext(Slow(self.site.www, count))
        wait_until("slow requests", lambda: self.sessions() >= before + count)
        return clients

    def sessions(self):
        return sum(int(row["scur"]) for row in self.site.servers_of().values())

    def state(self, server, backend=None):
        """ready, drain or maint, as forced; None if there is no such server."""
        row = self.site.state_of(server, backend)
        bits = int(row["srv_admin_state"]) if row else 0
        return row and ("maint" if bits & 1 else "drain" if bits & 8 else "ready")

    def assert_servers(self, *names, backend=None):
        self.assertEqual(set(self.site.servers_of(backend)), set(names))

    def assert_at_rest(self, *names):
        """These servers, all in service; no override, nothing under way, nothing more is said."""
        self.assert_servers(*names)
        wait_until("them to serve", lambda: all(
            row["status"] == "UP" for row in self.site.servers_of().values()))
        wait_until("nothing to be held", lambda: not self.steward.live())
        wait_until("nothing to be under way", lambda: not self.steward.moving())
        self.between.forget()
        holds("nothing more is done", lambda: not self.between.mutating(), 0.6)
        self.assert_chain(self.steward)

    def worker(self):
        return int(self.site.command("show info").split("\nPid: ")[1].split()[0])

    def reload(self):
        """A master that is not done with one reload misses the signal for another."""
        before = self.worker()
        for _ in range(10):
            os.kill(self.site.pid, signal.SIGUSR2)
            with contextlib.suppress(AssertionError):
                wait_until("another worker", lambda: self.worker() != before, 2)
                return
        self.fail("HAProxy does not reload")

    def pause_haproxy(self, seconds):
        """Its processes are stopped for a while."""
        pids = {self.site.pid, self.worker()}
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def killed(self, **changes):
        """The steward is killed, and the next one starts."""
        self.steward.end(signal.SIGKILL)
        self.steward = self.start(self.steward.successor(**changes))
        return self.steward


def unique(prefix):
    return f"{prefix}{free_port()}"
