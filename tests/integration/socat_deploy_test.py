"""What the socat scripts do that the steward replaces: each test records what goes wrong with them,
as it happens. rollout_test.py has the same deployments by the steward."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
import unittest

from deploy_load import Load, Site
from harness import HERE, Case, http_get, wait_until
from programs import on_each_haproxy

SCRIPTS = HERE / "socat_scripts"
WAIT = 1        # seconds that a drain waits here; the script says 60


class ScriptCase(Case):
    """A site of two old servers, two new applications that do not run yet, and the scripts."""

    version = None
    count = 2
    master = False

    def setUp(self):
        super().setUp()
        self.site = self.start(Site(self.home, self.version, count=self.count,
                                    backend="web_backend", master=self.master,
                                    name=f"site{time.monotonic_ns()}"))
        self.new = [self.site.applications.application(name) for name in ("new1", "new2")]
        self.scripts = self.home / f"scripts{time.monotonic_ns()}"
        shutil.copytree(SCRIPTS, self.scripts)

    def run_script(self, name, *arguments):
        """What it says; it always ends as if all was well."""
        done = subprocess.run(["bash", f"{name}.sh", *map(str, arguments)], cwd=self.scripts,
                              env=os.environ | {"HAPROXY_SOCKET": str(self.site.socket)}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def deploy(self, *addresses, wait=WAIT):
        """rolling-deploy.sh with a shorter wait, and with these addresses for its hostnames."""
        path = self.scripts / "rolling-deploy.sh"
        text = (SCRIPTS / "rolling-deploy.sh").read_text().replace('"$OLD" 60', f'"$OLD" {wait}')
        self.assertIn(f'"$OLD" {wait}', text)
        if addresses:
            text = text.replace('"web3:8080" "web4:8080"', " ".join(addresses))
        path.write_text(text)
        return self.run_script("rolling-deploy")

    def deploy_new(self):
        return self.deploy(*(each.address for each in self.new))

    def start_new(self):
        for each in self.new:
            each.start()

    def stop_old(self):
        for each in self.site.old:
            each.stop()


class Deployment(ScriptCase):
    """The script as it is given, but for addresses that are none of its hostnames."""

    def test_on_a_good_day_nothing_is_removed_and_nothing_is_checked(self):
        self.start_new()
        with Load(self.site.www) as load:
            said = self.deploy_new()
            served, failed = load.more(100)
            self.stop_old()
            load.more(100)
            lost = load.stop()[1]
        self.assertEqual(said.count("Only servers in maintenance mode can be deleted."), 2, said)
        self.assertEqual(said.count("removed from backend web_backend"), 2, said)
        self.assertEqual(set(served), {"new1", "new2"})
        self.assertEqual((failed, lost), ({}, {}))
        rows = self.site.servers_of()
        self.assertEqual(set(rows), {"web1", "web2", "new_web1", "new_web2"})
        for old in ("web1", "web2"):
            self.assertEqual(self.site.state_of(old)["srv_admin_state"], "8")  # still draining
        for new, application in zip(("new_web1", "new_web2"), self.new):
            self.assertEqual((rows[new]["status"], rows[new]["weight"]), ("no check", "1"))
            self.assertEqual(application.checked, 0)

    def test_an_application_that_is_not_ready_yet_gets_requests_all_the_same(self):
        self.start_new()
        for each in self.new:
            each.bad, each.erring = True, 1
        with Load(self.site.www) as load:
            self.deploy_new()
            served, failed = load.more(100)
        self.assertEqual(served.total(), 0, served)
        self.assertEqual(set(failed), {"500"})


class BadDays(ScriptCase):
    """The same on days that are worse."""

    def test_an_application_that_dies_later_goes_on_getting_requests(self):
        self.start_new()
        with Load(self.site.www) as load:
            self.deploy_new()
            self.assertEqual(load.late, 0)
            self.new[0].stop()
            time.sleep(4)  # the others' checks would have found it in half a second
            load.seen()
        self.assertGreater(load.late, 5)  # sent on to the other one after three seconds
        self.assertEqual(self.site.servers_of()["new_web1"]["status"], "no check")

    def test_hostnames_as_in_the_script_take_the_whole_site_down(self):
        with Load(self.site.www) as load:
            said = self.deploy()
            before = load.seen()
            time.sleep(6)
            after = load.seen()
        self.assertEqual(said.count("New server registered."), 2)
        self.assertEqual(self.site.state_of("new_web1")["srv_addr"], "-")
        self.assertIn(self.site.servers_of()["new_web1"]["status"], ("no check", "MAINT"))
        self.assertLess((after[0] - before[0]).total(), 5, "somebody was served")
        self.assertGreater((after[1] - before[1]).total(), 5)


class Reloaded(ScriptCase):
    master = True

    def test_a_reload_brings_back_the_old_and_forgets_the_new(self):
        self.start_new()
        self.deploy_new()
        self.stop_old()
        worker = self.site.command("show info").split("\nPid: ")[1].split()[0]
        with Load(self.site.www) as load:
            os.kill(self.site.pid, signal.SIGUSR2)
            wait_until("another worker", lambda: "\nPid: " in (
                info := self.site.command("show info")) and f"\nPid: {worker}\n" not in info)
            time.sleep(1)
            served, failed = load.more(50)
        self.assertEqual(set(self.site.servers_of()), {"web1", "web2"})
        self.assertEqual(served.total(), 0, served)
        self.assertEqual(set(failed), {"503"})


class Sessions(ScriptCase):
    """What is still open when the wait is over."""

    def test_the_warning_about_sessions_never_comes_and_they_are_lost(self):
        self.start_new()
        for old in self.site.old:
            old.slow_takes = 4 * WAIT
        answers = []

        def ask():
            with contextlib.suppress(OSError):
                answers.append(http_get(self.site.www, "/slow").status)
        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        wait_until("them to be under way", lambda: sum(
            int(row["scur"]) for row in self.site.servers_of().values()) == 4)
        said = self.run_script("drain-server", "web_backend", "web1", WAIT)
        self.assertEqual(self.site.servers_of()["web1"]["scur"], "2")
        self.assertNotIn("Warning", said)
        self.assertIn("Server web1 removed", said)
        self.site.old[0].stop()  # it is removed, is it not
        for client in clients:
            client.join()
        self.assertEqual(sorted(answers), [200, 200, 502, 502])


class Words(ScriptCase):
    """What the scripts say and what is so."""

    count = 4

    def test_a_new_server_of_weight_one_beside_others_of_a_hundred_does_nothing(self):
        self.start_new()
        self.run_script("add-server", "web_backend", "new_web1", self.new[0].address)
        with Load(self.site.www) as load:
            served, _ = load.more(600)
        self.assertLess(served["new1"] / served.total(), 0.02, served)

    def test_a_typing_error_is_a_success(self):
        said = self.run_script("drain-server", "web_backend", "wbe1", 0)
        self.assertIn("No such server.", said)
        self.assertIn("Server wbe1 removed from backend web_backend", said)
        said = self.run_script("add-server", "web", "web9", "127.0.0.1:1")
        self.assertIn("No such backend.", said)
        self.assertIn("Server web9 added to backend web", said)

    def test_a_server_that_is_there_already_is_a_success_too(self):
        said = self.run_script("add-server", "web_backend", "web1", self.new[0].address)
        self.assertIn("Already exists", said)
        self.assertIn("Server web1 added", said)

    def test_half_of_the_weight_of_a_server_that_was_added_is_nothing(self):
        self.start_new()
        self.run_script("add-server", "web_backend", "new_web1", self.new[0].address)
        self.assertEqual(self.run_script("set-weight", "web_backend", "new_web1", "50%").strip(),
                         "")
        self.assertEqual(self.site.state_of("new_web1")["srv_uweight"], "0")

    def test_a_state_is_a_number_nobody_knows_by_heart(self):
        self.site.command("set server web_backend/web1 state drain")
        said = self.run_script("show-backend", "web_backend")
        row = next(line for line in said.splitlines() if " web1 " in line)
        self.assertEqual(row.split()[5:7], ["2", "8"])
        self.assertNotIn("drain", said.lower())

    def test_the_last_server_is_taken_as_any_other(self):
        for name in ("web1", "web2", "web3", "web4"):
            self.run_script("drain-server", "web_backend", name, 0)
        self.assertEqual(http_get(self.site.www, "/").status, 503)


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Deployment)
    for case in (BadDays, Reloaded, Sessions, Words):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
