"""State before traffic: a HAProxy starts with what steward-hold.lua finds in a hold file, or with what
a server-state file says, before its first request. The files are written by hand here; the unit tests
of control/hold_file.hpp hold what the steward writes."""

import contextlib
import shutil
import subprocess
import time
import unittest

from deploy_load import Load, Site
from effort import LONG, effort, report
from harness import Case, free_port, wait_until
from hold_files import hold_text, lines, over_reloads, with_lua
from programs import HAProxy, haproxies

RELOADS = effort(3, 20)

SERVERS = """
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
backend web
  server web1 127.0.0.1:{nobody} weight 100
  server web2 127.0.0.1:{nobody} weight 100
  server web3 127.0.0.1:{nobody} weight 100 disabled
  server web4 127.0.0.1:{nobody} weight 100 check inter 1h agent-check agent-port {nobody} agent-inter 1h
  server web5 127.0.0.1:{nobody} weight 1 check inter 1h
  server web6 nowhere.invalid:80 weight 100 init-addr none
"""

FORCED_MAINT, CONFIGURED, FORCED_DRAIN, UNRESOLVED = 1, 4, 8, 32
ENABLED = 4  # of a check or an agent


class Started(Case):
    """What a HAProxy that was just started has."""

    version = None

    def haproxy(self, text=None, **more):
        path = self.home / f"{free_port()}.hold"
        if text is not None:
            path.write_text(text)
        return self.start(HAProxy(self.home, SERVERS.format(nobody=free_port()), self.version,
                                  extra_global=with_lua(self.version, path), **more))

    def servers(self, haproxy):
        _, header, *rows = haproxy.command("show servers state web").split("\n")
        names = header.removeprefix("# ").split()
        return {row["srv_name"]: row
                for row in (dict(zip(names, each.split())) for each in rows if each)}

    def admin(self, haproxy):
        return {name: int(row["srv_admin_state"]) for name, row in self.servers(haproxy).items()}

    AS_CONFIGURED = {"web1": 0, "web2": 0, "web3": FORCED_MAINT | CONFIGURED, "web4": 0, "web5": 0,
                     "web6": UNRESOLVED}

    def test_it_has_every_word_of_the_file(self):
        haproxy = self.haproxy(hold_text(*lines(
            "web web1 drain weight=50%", "web web2 maint", "web web4 weight=20 down agent-off",
            "web web5 weight=50% stopping")))
        rows = self.servers(haproxy)
        self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED | {"web1": FORCED_DRAIN,
                                                                    "web2": FORCED_MAINT})
        self.assertEqual([rows[name]["srv_uweight"] for name in sorted(rows)],
                         ["50", "100", "100", "20", "1", "100"])
        self.assertEqual([rows[name]["srv_op_state"] for name in ("web4", "web5")], ["0", "3"])
        self.assertFalse(int(rows["web4"]["srv_check_state"]) & ENABLED)
        self.assertFalse(int(rows["web4"]["srv_agent_state"]) & ENABLED)
        self.assertIn("servers held: 4", haproxy.log())

    def test_nobody_is_taken_out_of_maintenance(self):
        haproxy = self.haproxy(hold_text(*lines("web web3 drain", "web web6 drain")))
        self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED)

    def test_bad_lines_are_skipped_and_the_others_count(self):
        haproxy = self.haproxy(hold_text(
            "", "rubbish", *lines("web web9 drain", "nowhere web1 drain", "web web2 dance",
                                  "web web2 weight", "web web2 weight=%%", "web web2", "\0",
                                  "web web2 " + "x" * 5000),
            "99999999999999999999999 web web2 weight=nan", *lines("web web1 drain")))
        self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED | {"web1": FORCED_DRAIN})
        self.assertEqual(self.servers(haproxy)["web2"]["srv_uweight"], "100")

    def test_what_has_expired_does_not_count(self):
        haproxy = self.haproxy(hold_text(*lines("web web1 drain", lasts=-1),
                                         *lines("web web2 drain")))
        self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED | {"web2": FORCED_DRAIN})

    def test_a_file_of_another_version_is_ignored_with_one_warning(self):
        haproxy = self.haproxy("haproxy-steward hold 2\n" + "\n".join(lines("web web1 drain")))
        self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED)
        self.assertEqual(haproxy.log().count("nothing is held"), 1)

    def test_no_file_and_an_empty_list_are_silent(self):
        for text in (None, hold_text()):
            haproxy = self.haproxy(text, name=f"silent-{text is None}")
            self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED)
            self.assertNotIn("held", haproxy.log())

    def test_a_state_file_without_rows_is_silent(self):
        path = self.home / "none.state"
        path.write_text(f"1\n# {STATE_NAMES}\n")
        rest = SERVERS.format(nobody=free_port()).replace(
            "defaults\n", "defaults\n  load-server-state-from-file global\n")
        haproxy = self.start(HAProxy(self.home, rest, self.version, name="state",
                                     extra_global=f"  zero-warning\n  server-state-file {path}\n"))
        self.assertEqual(self.admin(haproxy), self.AS_CONFIGURED)


STATE_NAMES = ("be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
               "srv_iweight srv_time_since_last_change srv_check_status srv_check_result "
               "srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id "
               "srv_fqdn srv_port srvrecord")


def state_text(port):
    """A server-state file with a drain of web1."""
    return f"1\n# {STATE_NAMES}\n3 web 1 web1 - 2 8 100 100 1 1 0 0 6 0 0 0 - {port} -\n"


class Wrk(contextlib.AbstractContextManager):
    """As many requests as go through, until the context ends."""

    def __init__(self, port):
        self._process = subprocess.Popen(
            ["wrk", "-t1", "-c16", "-d600s", f"http://127.0.0.1:{port}/"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()


class Reloaded(Case):
    """A drain over reloads under load: who is asked by the new workers, counted at the servers."""

    version = None

    def site(self, extra_global, lines=""):
        site = self.start(Site(self.home, self.version, count=3, master=True, lines=lines,
                               extra_global=extra_global, name=f"site-{free_port()}"))
        self.start(Wrk(site.www) if LONG and shutil.which("wrk") else Load(site.www))
        return site

    def drained(self, site):
        """Returns when nothing goes to web1 any more."""
        site.command("set server web/web1 state drain")
        quiet = site.old[0]
        wait_until("web1 to be left alone", lambda: self.asked([quiet], 0.3) == 0, every=0.1)

    @staticmethod
    def asked(applications, seconds):
        before = sum(each.requests for each in applications)
        time.sleep(seconds)
        return sum(each.requests for each in applications) - before

    def tell(self, way, seen):
        if LONG:
            report(f"reloads-{way}-{self.version}", to_the_drained=seen[0], to_all=seen[1])

    def test_with_a_hold_file_not_one_request_reaches_the_drained_server(self):
        path = self.home / "reloaded.hold"
        path.write_text(hold_text())
        site = self.site(with_lua(self.version, path, zero_warning=False))
        self.drained(site)
        seen = over_reloads(site, RELOADS,
                                 lambda: path.write_text(hold_text(*lines("web web1 drain"))))
        self.tell("hold", seen)
        self.assertEqual(seen[0], 0)
        self.assertGreater(seen[1], 50 * RELOADS)
        self.assertEqual(site.state_of("web1")["srv_admin_state"], str(FORCED_DRAIN))

    def test_with_a_state_file_not_one_request_reaches_the_drained_server(self):
        path = self.home / "reloaded.state"
        path.write_text(f"1\n# {STATE_NAMES}\n")
        site = self.site(f"  server-state-file {path}\n", "  load-server-state-from-file global\n")
        self.drained(site)
        seen = over_reloads(site, RELOADS,
                                 lambda: path.write_text(state_text(site.old[0].port)))
        self.tell("state", seen)
        self.assertEqual(seen[0], 0)
        self.assertGreater(seen[1], 50 * RELOADS)
        row = site.state_of("web1")
        self.assertEqual((row["srv_admin_state"], row["srv_port"]),
                         (str(FORCED_DRAIN), str(site.old[0].port)))

    def test_without_either_a_third_of_the_requests_does(self):
        site = self.site("")
        self.drained(site)
        seen = over_reloads(site, 1, lambda: None)
        self.tell("nothing", seen)
        self.assertGreater(seen[0], seen[1] / 5)


def load_tests(loader, *_):
    suite = unittest.TestSuite()
    for version in haproxies():
        for case in (Started, Reloaded):
            name = f"{case.__name__}_HAProxy_{version.replace('.', '_')}"
            suite.addTests(loader.loadTestsFromTestCase(type(name, (case,), {"version": version})))
    return suite


if __name__ == "__main__":
    unittest.main()
