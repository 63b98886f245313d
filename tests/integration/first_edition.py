"""The site that the ledgers of tests/fixtures/ledgers were written beside, and the steward that
wrote them: the same names, rules, guards and people; ports and folders are of the day.

The applications are HAProxy's own, at a loopback address and ports that stay: a server that was
added at runtime is added again at the address that its ledger has.
"""

import contextlib
import datetime
import json
import shutil
import socket
import sqlite3

from control import rule, secret_file
from deployment import Deployer
from harness import FIXTURES, free_port, wait_until
from parts import Agent
from programs import HAProxy
from storage_faults import ClockJumped

LEDGERS = FIXTURES / "ledgers"
APPLICATIONS = "127.83.0.1"
ADDED = f"{APPLICATIONS}:8439"
BEGIN = """
defaults
  mode http
  timeout connect 1s
  timeout client 2m
  timeout server 2m
"""
SERVED = f"""
frontend applications
  bind {APPLICATIONS}:8401-8440
  http-request wait-for-body time 1m if {{ path /slow }}
  http-request return status 200
"""
BACKEND = """\
backend {name}
  balance roundrobin
  option httpchk GET /health
  default-server check inter 100ms fastinter 100ms rise 2 fall 2 weight 100
{servers}"""
# Of lb1: the servers of each backend.
SERVERS = {"web": 8, "floor": 2, "hand": 2, "agents": 2, "edge": 1, "moving": 4, "cycled": 3,
           "paused": 3, "rolled": 2}

RULES = [rule("Sick", **{"for": "720h"}),
         rule("Slow", **{"for": "720h", "set": {"weight": "50%"}})]
GUARDS = {"backends": [{"name": "floor", "min_available": {"count": 2}}]}
ROLES = {"alice": "admin", "bob": "operator"}


def backend(name, count, options=""):
    servers = "".join(f"  server {name}{i} {APPLICATIONS}:{8400 + i} {options}\n"
                      for i in range(1, count + 1))
    return BACKEND.format(name=name, servers=servers)


# What lb1 had been told when the ledger `everything` ended.
IN_FORCE = f"""\
set server web/web1 state drain
set server web/web2 state maint
set server web/web3 state drain
set server web/web4 weight 50
set server web/web5 weight 10
disable health web/web6; set server web/web6 health down
disable health web/web7
set server edge/edge1 state drain
disable agent agents/agents1; set server agents/agents1 weight 50
add server moving/new9 {ADDED} check rise 2 fall 2 weight 100 inter 100ms
enable health moving/new9; set server moving/new9 state ready
set server moving/moving1 state maint; del server moving/moving1
set server moving/moving2 state drain
set server cycled/cycled1 state maint
set server paused/paused1 state maint
"""


class Site(contextlib.AbstractContextManager):
    """lb1 and lb2, as they are configured."""

    def __init__(self, home, version=None):
        self.www = free_port()
        self._stack = contextlib.ExitStack()
        self.agent = Agent("ready up 100%\n")
        agent = f"agent-check agent-addr 127.0.0.1 agent-port {self.agent.port} agent-inter 100ms"
        config = BEGIN + SERVED + f"frontend www\n  bind 127.0.0.1:{self.www}\n  default_backend moving\n"
        config += "".join(backend(name, count, agent if name == "agents" else "")
                          for name, count in SERVERS.items())
        self.lb1 = HAProxy(home, config, version, name=f"lb1-{self.www}")
        self.lb2 = HAProxy(home, BEGIN + backend("spare", 3), version, name=f"lb2-{self.www}")
        self.sockets = {"lb1": self.lb1.socket, "lb2": self.lb2.socket}

    def __enter__(self):
        for part in (self.agent, self.lb1, self.lb2):
            self._stack.enter_context(part)
        wait_until("the checks to be done", lambda: all(
            row["check_status"] == "L7OK" for each in (self.lb1, self.lb2)
            for row in each.rows().values() if row["type"] == "2"))
        return self

    def __exit__(self, *details):
        self._stack.close()

    def row(self, server, instance="lb1"):
        """Its row of `show servers state`; None if there is no such server."""
        name = server.rstrip("0123456789").replace("new", "moving")
        haproxy = {"lb1": self.lb1, "lb2": self.lb2}[instance]
        lines = haproxy.command(f"show servers state {name}").splitlines()
        header = lines[1].removeprefix("# ").split()
        rows = [dict(zip(header, line.split())) for line in lines[2:] if line]
        return next((row for row in rows if row["srv_name"] == server), None)

    def value(self, server, setting, instance="lb1"):
        """Of a setting, in the words of the API; None if there is no such server."""
        row = self.row(server, instance)
        if row is None:
            return None
        admin, checks = int(row["srv_admin_state"]), int(row["srv_check_state"])
        words = {"state": "maint" if admin & 1 else "drain" if admin & 8 else "ready",
                 "weight": row["srv_uweight"], "health": "up" if int(row["srv_op_state"]) else "down",
                 "checks": "enabled" if checks & 4 else "disabled"}
        return words[setting]

    def differing(self):
        """(instance, server, setting, value) that are not as configured."""
        usual = {"state": "ready", "weight": "100", "health": "up", "checks": "enabled"}
        names = [("lb1", f"{name}{i}") for name, count in SERVERS.items()
                 for i in range(1, count + 1)] + [("lb2", f"spare{i}") for i in (1, 2, 3)]
        return [(instance, name, setting, self.value(name, setting, instance))
                for instance, name in names for setting, value in usual.items()
                if self.value(name, setting, instance) != value]

    def put_in_force(self):
        """As if it had never been restarted."""
        for line in IN_FORCE.splitlines():
            self.lb1.command(line)

    def epoch(self):
        """As the ledger has it: which process of lb1 it is."""
        info = dict(line.split(": ", 1) for line in self.lb1.command("show info").splitlines()
                    if ": " in line)
        return f"{info['Pid']}@{info['Start_time_sec']}"

    def visit_until(self, visited):
        """Clients at `moving` that never send all of their request; at the end each is let go."""
        clients = []
        for _ in range(20):
            link = self._stack.enter_context(socket.create_connection(("127.0.0.1", self.www)))
            link.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
            clients.append(link)
            with contextlib.suppress(AssertionError):
                return wait_until("a session", visited, 0.3)
        raise AssertionError("nobody is served where it is asked for")


def steward(home, site, **more):
    """As it was configured then; alice and bob have tokens of their own."""
    people = [{"name": name, "role": role, "token_files": [str(token(home, name))]}
              for name, role in ROLES.items()]
    return Deployer(home, site.sockets, name=f"s{free_port()}", rules=RULES, guards=GUARDS,
                    principals=people, **more)


def token(home, name):
    return secret_file(home / f"{name}.token", f"{name}-" + "0123456789abcdef" * 4)


def token_words(home, name):
    return token(home, name).read_text().strip()


class Fixture:
    """A ledger of the first edition, and what its steward said of it."""

    def __init__(self, name):
        self.folder = LEDGERS / name
        self.expected = json.loads((LEDGERS / f"{name}.expect.json").read_text())

    def copy_to(self, storage):
        """The ledger, and what SQLite keeps beside it."""
        storage.mkdir(mode=0o700)
        for path in self.folder.iterdir():
            shutil.copyfile(path, storage / path.name)
            (storage / path.name).chmod(0o600)

    @staticmethod
    def continue_in(storage, epoch):
        """lb1 was not restarted: what the ledger knows of its process is true of this one."""
        with contextlib.closing(sqlite3.connect(storage / "ledger.db")) as ledger, ledger:
            ledger.execute("UPDATE holds SET epoch = ? WHERE instance = 'lb1'", [epoch])
            ledger.execute("UPDATE memberships SET document = json_set(document, '$.epoch', ?)",
                           [epoch])

    def live(self, *phases):
        """Its live overrides, or those in these phases."""
        return [each for each in self.expected["overrides"]
                if each["phase"] in (phases or ("pending", "active", "releasing"))]

    def clock(self, home):
        """An environment in which it is a minute later than the ledger was written: leases and
        deadlines are as far away as they were."""
        then = datetime.datetime.fromisoformat(self.expected["written"])
        ahead = then - datetime.datetime.now(datetime.timezone.utc)
        jump = ClockJumped(0)
        offset = home / f"clock{free_port()}"
        offset.write_text(f"{ahead.total_seconds() + 60:+.0f}")
        return jump.environment_of(offset)
