"""What the tests of the promises stand on: a HAProxy whose servers hang and die, whose state file
is written when a test says so, and a steward before it."""

import json
import pathlib
import signal
import time
import unittest

from alerting import now
from control import ControlCase, ControlledSteward, rule, sick
from farm import Farm
from harness import free_port, holds, wait_until
from interposer import Interposer
from programs import newest, oldest, run_steward

RULES = [rule("Sick"), rule("Ill"), rule("Slow", set={"weight": "50%"}),
         rule("Blind", set={"checks": "disabled"})]
FLOOR = ("min_available", "min_wanted")  # the guards that may hold back what takes a server
IN_BACKEND = "  timeout check 500ms\n  load-server-state-from-file global\n"
HANGS = 30.0  # seconds: longer than any check waits


def on_oldest_and_newest(loader, *cases):
    """Returns these cases, once for each of the two versions, which is their `version`."""
    suite = unittest.TestSuite()
    for version in (oldest(), newest()):
        for case in cases:
            name = f"{case.__name__}_HAProxy_{version.replace('.', '_')}"
            suite.addTests(loader.loadTestsFromTestCase(
                type(name, (case,), {"version": version})))
    return suite


class PromiseCase(ControlCase):
    """A farm, something between, and a steward with a short tick, made by begin()."""

    version = None

    def begin(self, *, farm=None, rules=RULES, guards=None, control=None, principals=(),
              environment=None, storage=None, **options):
        """Takes a HAProxy that runs already, or makes one with these options."""
        if farm is None:
            self.begin_farm(**options)
        else:
            self.farm = farm
        self.between = self.start(Interposer(self.home, self.farm.socket, name=f"b{free_port()}"))
        more = {"storage": storage} if storage else {}
        self.steward = self.start(ControlledSteward(
            self.home, self.between.socket, name=f"s{free_port()}", rules=rules, guards=guards,
            control={"tick": "100ms"} | (control or {}), principals=principals,
            environment=environment, **more))

    def begin_farm(self, *, count=2, rest="", **options):
        """Starts a farm with a state file, empty until it is written."""
        name = f"f{free_port()}"
        self.state_file = self.home / f"{name}.state"
        self.state_file.touch()
        self.farm = self.start(Farm(
            self.home, self.version, count=count, name=name,
            extra_global=f"  server-state-file {self.state_file}\n",
            rest=IN_BACKEND + rest, **options))

    def write_state(self):
        """Saves what HAProxy has for its next process. It tells the age of a change in whole
        seconds: one of just now would look like one of the next process."""
        time.sleep(2.1)
        self.state_file.write_text(self.farm.command("show servers state"))

    def fire(self, server, name="Sick", proxy="web", starts=None):
        """Delivers an alert; returns its result."""
        (result,) = self.steward.tell(sick(server, name, proxy, starts=starts or now()))
        return result

    def drained(self, server, name="Sick", proxy="web"):
        """Returns the override of an alert, once it is in force."""
        override = self.fire(server, name, proxy)["override"]
        self.steward.wait_phase(override, "active")
        return override

    def held(self, server, name="Sick", proxy="web", guards=FLOOR):
        """Returns the override of an alert that a guard or the gate holds back."""
        override = self.fire(server, name, proxy)["override"]
        self.wait_held(override, guards)
        return override

    def wait_held(self, override, guards=FLOOR):
        wait_until(f"it to be held by {' or '.join(guards)}", lambda: (
            seen := self.steward.override(override))["phase"] == "pending"
            and seen.get("guard") in guards)

    def resolve(self, server, name="Sick", proxy="web"):
        return self.steward.tell(sick(server, name, proxy, status="resolved"))

    def by_hand(self, line):
        self.assertEqual(self.farm.command(line).strip(), "", line)

    def kill_server(self, name):
        self.farm.webs[name].bad = True
        self.wait_down(name)

    def mend(self, name):
        self.farm.webs[name].bad = False
        self.farm.webs[name].check_takes = 0.0

    def hang(self, name):
        """Lets it accept and never answer; it is down once its checks have timed out."""
        self.farm.webs[name].check_takes = HANGS
        self.wait_down(name)

    def wait_down(self, name):
        """Waits until a round of the steward has seen it, too, if its tick is short."""
        wait_until(f"{name} to be down", lambda: self.farm.status(name).startswith("DOWN"))
        self.rest()

    def serving(self, backend="web"):
        """Returns the servers that HAProxy may send requests to, of one look."""
        return {name for (proxy, name), row in self.farm.rows().items()
                if proxy == backend and row["type"] == "2" and int(row["weight"])
                and row["status"].split()[0] in ("UP", "no")}

    def assert_stays(self, what, condition, seconds=1.5):
        holds(what, condition, seconds)

    def config_of(self, steward):
        (word,) = [word for word in steward.argv if word.startswith("--config.file=")]
        return pathlib.Path(word.partition("=")[2])

    def read_config(self):
        return json.loads(self.config_of(self.steward).read_text())

    def reconfigure(self, **changes):
        """Makes the steward read its configuration again, with these changes."""
        path = self.config_of(self.steward)
        path.write_text(json.dumps(self.read_config() | changes))
        answer = self.steward.post("/-/reload", "", role="admin")
        self.assertEqual(answer.status, 200, answer.text)

    def check_config(self, config):
        """Returns the exit code and the words of check-config."""
        path = self.home / f"checked{free_port()}.yml"
        path.write_text(json.dumps(config))
        run = run_steward("check-config", path)
        return run.returncode, run.stdout + run.stderr

    def kill_steward(self, **changes):
        """Ends it by SIGKILL, if it has not died yet, and starts the next one."""
        self.steward.end(signal.SIGKILL)
        self.steward = self.start(self.steward.successor(**changes))

    def rest(self, ticks=4):
        time.sleep(0.1 * ticks)
