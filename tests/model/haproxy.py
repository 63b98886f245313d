"""HAProxy as the steward meets it, and the truth that it does not tell."""

from dataclasses import dataclass

from design import CHECKS, MAINT, READY, STATE, WEIGHT


@dataclass(frozen=True)
class Conf:
    """A server of the configuration."""
    name: str
    backend: str = "web"
    maint: bool = False     # `disabled`
    weight: int = 1
    checks: bool = True
    backup: bool = False
    tracks: str = ""

    def value(self, setting):
        return {STATE: MAINT if self.maint else READY, WEIGHT: self.weight, CHECKS: True}[setting]


class Server:
    """What HAProxy has of a server. `mine`, the last check belongs to this process, and the ghosts,
    what the settings would be without us, are the truth that HAProxy does not tell.
    `since` is what srv_time_since_last_change tells: as old as the process ("start"), older ("file":
    the row is of a state file, and nothing has changed), younger ("changed").
    `fresh`: a check of this process ended, as the steward saw it end, or as its code tells.
    `told`: the latest result has the code of a check, which no file brings."""
    __slots__ = ("state", "weight", "checks", "health", "last", "fresh", "told", "since", "alive", "mine",
                 "ghost_state", "ghost_weight", "ghost_checks")

    def copy(self):
        new = Server.__new__(Server)
        (new.state, new.weight, new.checks, new.health, new.last, new.fresh, new.told, new.since,
         new.alive, new.mine, new.ghost_state, new.ghost_weight, new.ghost_checks) = self.key()
        return new

    def key(self):
        return (self.state, self.weight, self.checks, self.health, self.last, self.fresh, self.told,
                self.since, self.alive, self.mine, self.ghost_state, self.ghost_weight, self.ghost_checks)

    def get(self, setting):
        return getattr(self, setting)

    def ghost(self, setting):
        return getattr(self, "ghost_" + setting)

    def begin(self, conf):
        """UP before anybody looked, one failed check from DOWN."""
        self.state = self.ghost_state = MAINT if conf.maint else READY
        self.weight = self.ghost_weight = conf.weight
        self.checks = self.ghost_checks = True
        self.health, self.last, self.mine = 1 if conf.checks else 2, None, False
        self.fresh = self.told = False
        self.since = "start"


class HAProxy:
    def __init__(self, confs):
        self.confs = confs
        self.index = {c.name: i for i, c in enumerate(confs)}
        self.process = 0
        self.files = (None, None)  # newest, older
        self.servers = [Server() for _ in confs]
        for server, conf in zip(self.servers, confs):
            server.alive = True
            server.begin(conf)

    def copy(self):
        new = HAProxy.__new__(HAProxy)
        new.confs, new.index, new.process, new.files = (self.confs, self.index, self.process,
                                                        self.files)
        new.servers = [s.copy() for s in self.servers]
        return new

    def key(self):
        return (*[s.key() for s in self.servers], self.files)

    def __getitem__(self, name):
        return self.servers[self.index[name]]

    def save(self):
        rows = tuple((s.state, s.weight, s.checks, s.health > 0, s.last, s.ghost_state,
                      s.ghost_weight, s.ghost_checks) for s in self.servers)
        self.files = (rows, self.files[0])

    def restart(self, file):
        """`file`: None, or rows. Health, the last result and its status come back with the file."""
        self.process += 1
        for i, conf in enumerate(self.confs):
            server = self.servers[i]
            server.begin(conf)
            if file is not None:
                (server.state, server.weight, server.checks, up, server.last, server.ghost_state,
                 server.ghost_weight, server.ghost_checks) = file[i]
                server.health = 2 if up else 0
                server.since = "file"

    def forget_witness(self, same_process):
        """Another steward, which remembers what the one before doubted of this process, if it is the
        same. Only the code of a check that passed says that it is of this process; and of one short
        of full health nobody knows whether it just left maintenance."""
        for server in self.servers:
            server.fresh = server.fresh or not same_process
            if not server.told or server.health == 1:
                server.fresh = False

    def check(self, name, seen=True):
        """One health check ends: `rise` 1, `fall` 2. `seen`: by the steward."""
        server, conf = self[name], self.confs[self.index[name]]
        if not conf.checks or not server.checks or server.state == MAINT or conf.tracks:
            return
        health = 2 if server.alive else max(0, server.health - 1)
        if (health > 0) != (server.health > 0):
            server.since = "changed"
        server.health = health
        server.last = "pass" if server.alive else "fail"
        server.fresh = server.fresh or seen
        server.mine = True
        server.told = server.alive

    def set(self, name, setting, value):
        server = self[name]
        if setting == STATE and server.state == MAINT and value != MAINT:
            if self.confs[self.index[name]].checks:  # UP at once, whatever it is like
                server.health, server.fresh, server.mine = 1, False, False
        if setting == CHECKS and value:
            server.fresh = False  # what its checks said was before
        if setting == STATE and value != server.state:
            server.since = "changed"
        setattr(server, setting, value)

    # What traffic does, and what is known of it:

    def leader(self, name):
        return self.confs[self.index[name]].tracks

    def last_of(self, name):
        """What the last check said that decides of it."""
        return self[self.leader(name) or name].last

    def serving(self, name):
        """HAProxy would send it traffic: it may be dead all the same."""
        server, leader = self[name], self.leader(name)
        if server.state != READY or server.weight <= 0:
            return False
        if leader:
            return self[leader].state == READY and self[leader].health > 0
        return server.health > 0

    def all_serving(self):
        return {c.name for c in self.confs if self.serving(c.name)}

    def known(self, name):
        """The truth: it serves, and the last check of this process passed (or there are none)."""
        if not self.serving(name):
            return False
        watched = self.leader(name) or name
        if not self.confs[self.index[watched]].checks:
            return True
        server = self[watched]
        return server.checks and server.last == "pass" and server.mine
