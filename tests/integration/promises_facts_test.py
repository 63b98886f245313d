"""The facts that both promises stand on, where HAProxy does not offer them: which servers there are
and what they track, whose check ended, which instance is which, how old what was seen is."""

import signal
import time
import unittest

from control import ControlledSteward
from farm import Farm
from harness import free_port, wait_until
from hold_files import with_lua
from programs import HAProxy
from promises import PromiseCase, on_oldest_and_newest

CORE = """\
backend core
  option httpchk GET /health
  default-server check inter 100ms rise 2 fall 2
  server core1 {web1}
  server core2 {web2}
"""
TALKS = """
defaults
  mode tcp
  timeout connect 1s
  timeout client 10s
  timeout server 10s
  load-server-state-from-file global
backend web
  option tcp-check
  tcp-check send GET\\ /health\\ HTTP/1.0\\r\\n\\r\\n
  tcp-check expect string checked
  default-server check inter 500ms rise 2 fall {fall}
"""


class ReplacedServers(PromiseCase):
    """A deploy script replaces a server by another one; their number stays."""

    def replace(self, name, options):
        self.farm.command("disable server web/web2")
        self.rest()
        said = self.farm.command(f"experimental-mode on; del server web/web2; "
                                 f"add server web/{name} 127.0.0.1:{self.farm.webs['web2'].port} "
                                 f"{options}; enable server web/{name}")
        self.assertIn("New server registered", said)
        wait_until("it to serve", lambda: name in self.serving())
        self.rest()

    def serve_alone(self, name):
        for other in self.serving() - {name}:
            self.by_hand(f"set server web/{other} state maint")
        self.rest()

    def keep_in_service(self, name):
        self.begin(count=2, rest=CORE)
        self.replace(name, "track core/core1")
        self.serve_alone(name)
        override = self.fire("core1", proxy="core")["override"]
        self.assert_stays("web is served", lambda: self.serving() == {name})
        self.wait_held(override)

    def test_what_a_new_server_tracks_stays_in_service(self):
        self.keep_in_service("web9")

    def test_so_does_what_a_new_server_of_an_old_name_tracks(self):
        self.keep_in_service("web2")


class ChecksWithoutACode(PromiseCase):
    """tcp-check: L7OK, and no code ever."""

    def begin_talking(self, fall):
        self.state_file = self.home / "talks.state"
        self.state_file.touch()
        donor = self.start(Farm(self.home, self.version, count=2, name=f"d{free_port()}"))
        text = TALKS.format(fall=fall) + "".join(
            f"  server {name} 127.0.0.1:{web.port}\n" for name, web in donor.webs.items())
        self.talking = self.start(HAProxy(
            self.home, text, self.version, name=f"t{free_port()}",
            extra_global=f"  server-state-file {self.state_file}\n"))
        self.steward = self.start(ControlledSteward(
            self.home, self.talking.socket, name=f"s{free_port()}", rules=[],
            control={"tick": "1s"}))  # else a look falls into a check

    def drain(self):
        return self.steward.act("drain", "web1").json["results"][0]

    def test_a_restart_with_a_state_file_does_not_end_belief_in_them(self):
        self.begin_talking(fall=3)
        time.sleep(3)
        self.state_file.write_text(self.talking.command("show servers state"))
        self.talking.restart()
        wait_until("drains to be done again",
                   lambda: self.drain()["result"] in ("created", "renewed"), 20)

    def test_a_server_leaves_maintenance_through_a_single_passed_check(self):
        self.begin_talking(fall=1)
        time.sleep(3)
        self.steward.done("maint", "web1")
        self.steward.done("ready", "web1")


class LongAway(PromiseCase):
    """HAProxy starts with the hold file, after it was away."""

    def begin_with_hold_file(self):
        folder = self.home / f"h{free_port()}"
        folder.mkdir()
        self.begin(farm=self.start(Farm(
            self.home, self.version, count=2, name=f"f{free_port()}",
            extra_global=with_lua(self.version, folder / "lb1.hold"))),
            control={"hold_directory": str(folder)})

    def test_what_alerts_held_long_ago_goes_through_the_gate_again(self):
        self.begin_with_hold_file()
        override = self.drained("web1")
        self.farm.end(signal.SIGKILL)
        self.farm.webs["web2"].bad = True
        time.sleep(12)
        self.farm._launch()
        wait_until("HAProxy to answer", self.farm._answers)
        self.assert_stays("web1 serves", lambda: "web1" in self.serving(), 3)
        self.wait_held(override)


def load_tests(loader, *_):
    return on_oldest_and_newest(loader, ReplacedServers, ChecksWithoutACode, LongAway)


if __name__ == "__main__":
    unittest.main()
