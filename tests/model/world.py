"""The world: HAProxy, the steward, and what can happen to them."""

from dataclasses import dataclass

from design import AWAY, CHECKS, DRAIN, MAINT, READY, STATE, WEIGHT
from haproxy import HAProxy
from steward import Steward


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    confs: tuple
    floor: tuple = (1, 50)   # count, percent
    events: tuple = ()       # kinds of events
    budget: tuple = ()       # ((kind, how many), ...)
    settings: tuple = (STATE,)
    rollout: tuple = ()
    on: tuple = ()           # servers that events are about; empty: all
    dead: tuple = ()         # from the start
    repair: bool = False     # a dead server comes to life only by being cycled
    coupled: bool = False    # server b breaks down under load whenever a does not serve


class World:
    """`budget` is None in random walks: everything of the scenario may happen any number of times."""
    __slots__ = ("h", "s", "budget")

    def __init__(self, h, s, budget):
        self.h, self.s, self.budget = h, s, budget

    def copy(self, kind=""):
        """`kind`: of the event that changes the copy; what it does not change is shared."""
        h = self.h if kind in LEAVE_HAPROXY else self.h.copy()
        s = self.s if kind in LEAVE_STEWARD else self.s.copy()
        return World(h, s, self.budget)

    def key(self):
        return self.h.key(), self.s.key(self.h.process), self.budget

    def spend(self, kind):
        if self.budget is not None and kind in SPENDS:
            self.budget = tuple((k, n - (k == SPENDS[kind])) for k, n in self.budget)


SPENDS = {kind: kind for kind in
          ("die", "forced", "hand", "alert", "person", "kill", "save", "restart")}
SPENDS["steward down"] = "down"
LEAVE_STEWARD = {"die", "live", "check", "save"}
LEAVE_HAPROXY = {"alert", "resolved", "forced", "released", "steward down"}


def starts(scenario, design, budget=()):
    h = HAProxy(scenario.confs)
    s = Steward(design, scenario.confs, scenario.floor)
    for name in s.names:
        h[name].alive = name not in scenario.dead
        h.check(name)
        h.check(name)
    s.look(h)
    if design.witness:
        for name in s.names:
            for setting in scenario.settings:
                s.hold(h, name, setting)
    if scenario.rollout:
        s.rollout = [scenario.rollout, "", "waiting", False, False]
    return World(h, s, scenario.budget if budget == () else budget)


def events_of(world, scenario):
    """Returns all that can happen now."""
    may = scenario.events
    if world.budget is None:
        left = {kind for kind, _ in scenario.budget}
    else:
        left = {kind for kind, count in world.budget if count}
    events = []
    for name in scenario.on or world.s.names:
        events += to_server(world, name, may, left)
        events += by_hand(world, name, may, left)
        events += asked_for(world.s, name, may, left)
        events += by_person(world, name, scenario, left)
    return events + to_steward(world.s, may, left) + to_haproxy(world, may, left)


def to_server(world, name, may, left):
    server, conf = world.h[name], world.s.conf[name]
    if "die" in may and server.alive and "die" in left:
        yield "die", name
    if "live" in may and not server.alive:
        yield "live", name
    if "check" in may and conf.checks and server.checks and server.state != MAINT and not conf.tracks:
        well = server.last == "pass" and server.health == 2
        settled = server.fresh and (well if server.alive else server.health == 0)
        if not settled:
            yield "check", name


def by_hand(world, name, may, left):
    """Leaves out what cannot be decided from what HAProxy tells: see core.py."""
    s, server = world.s, world.h[name]
    if "hand" in may and "hand" in left:
        hold = s.holds.get((name, STATE))
        for value in (READY, DRAIN, MAINT) if "hand maint" in may else (READY, DRAIN):
            undone_and_redone = hold and not s.up and value == hold.told
            amid_a_kill = hold and not hold.sure and value in (hold.told, hold.before)
            if server.state != value and not undone_and_redone and not amid_a_kill:
                yield "hand", name, STATE, value


def asked_for(s, name, may, left):
    if not s.up:
        return
    if "alert" in may:
        if ("alert " + name, name, STATE) in s.wishes:
            yield "resolved", name
        elif "alert" in left:
            yield "alert", name
    if "forced" in may:
        if ("root", name, STATE) in s.wishes:
            yield "released", "root", name, STATE
        elif "forced" in left:
            yield "forced", name


def by_person(world, name, scenario, left):
    """Alice asks for a setting of the scenario, or releases what she asked for."""
    s = world.s
    touched = (name, STATE) in s.holds or world.h[name].state != READY
    asks = {"person": (STATE, (DRAIN, MAINT, READY) if touched else (DRAIN, MAINT)),
            "person weight": (WEIGHT, (1 if s.conf[name].weight == 0 else 0,)),
            "person checks": (CHECKS, (False,))}
    for kind, (setting, values) in asks.items():
        if kind not in scenario.events or not s.up:
            continue
        if ("alice", name, setting) in s.wishes:
            yield "released", "alice", name, setting
        elif "person" in left:
            for value in values:
                yield "person", "alice", name, setting, value


def to_steward(s, may, left):
    events = []
    if "round" in may and s.up:
        events.append(("round",))
    if "kill" in may and s.up and "kill" in left:
        events += [("kill", 0), ("kill", 1)]
    if "down" in may and s.up and "down" in left:
        events.append(("steward down",))
    if "down" in may and not s.up:
        events.append(("steward up",))
    return events


def to_haproxy(world, may, left):
    events = []
    if "save" in may and world.s.up and "save" in left:
        events.append(("save",))
    if "restart" in may and "restart" in left:
        newest, older = world.h.files
        files = {"none": True, "written": "recipe" in may, "newest": newest, "older": older}
        events += [("restart", file) for file, there in files.items() if there]
    return events


def apply(world, event, watch_of=None):
    """Returns the world after the event, and the steps that the steward told. `watch_of` makes what
    watches the commands, and may raise a Violation."""
    w = world.copy(event[0])
    w.spend(event[0])
    watch = watch_of(w) if watch_of else None
    return w, HAPPENS[event[0]](w, watch, *event[1:]) or ()


def die(w, _, name):
    w.h[name].alive = False


def live(w, _, name):
    w.h[name].alive = True


def check(w, _, name):
    w.h.check(name, seen=w.s.up)


def hand(w, _, name, setting, value):
    w.h.set(name, setting, value)
    setattr(w.h[name], "ghost_" + setting, value)
    if w.s.up:
        w.s.look(w.h)  # a look comes before HAProxy can restart


def alert(w, _, name):
    w.s.look(w.h)
    w.s.wish("alert " + name, "alert", name, STATE, DRAIN, w.h)


def resolved(w, _, name):
    w.s.end("alert " + name, name, STATE)


def person(w, watch, who, name, setting, value):
    w.s.look(w.h)
    if value == READY:  # her own, and what she may release: persons' and alerts', not rollouts'
        for wish in w.s.wishes_of(name, setting):
            if wish.kind in ("person", "alert"):
                w.s.end(wish.owner, name, setting)
        if w.s.settle_doubt(name, setting):
            w.h[name].ghost_state = READY
        if w.s.design.fulfils and w.s.hold(w.h, name, setting).baseline == READY:
            return w.s.round(w.h, watch=watch)
    wish = w.s.wish(who, "person", name, setting, value, w.h)
    wish.born += 1  # in the round that follows
    told = w.s.round(w.h, watch=watch)
    if not wish.admitted:
        w.s.end(who, name, setting)  # refused at once, with the numbers
    return told


def forced(w, _, name):
    w.s.look(w.h)
    w.s.wish("root", "person", name, STATE, DRAIN, w.h, forced=True).admitted = True


def released(w, _, who, name, setting):
    w.s.end(who, name, setting)


def a_round(w, watch):
    return w.s.round(w.h, watch=watch)


def kill(w, watch, commands):
    told = w.s.round(w.h, crash_after=commands, watch=watch)
    w.h.forget_witness(same_process=True)
    return told


def steward_down(w, _):
    w.s.up = w.s.watched = False
    w.s.forget_memory()


def steward_up(w, _):
    w.s.up = True
    w.h.forget_witness(same_process=w.s.process == w.h.process)
    w.s.look(w.h)


def save(w, _):
    w.h.save()


def restart(w, _, file):
    if w.s.up:
        w.s.look(w.h)
    else:
        w.s.miss(AWAY)
    if file == "written":
        w.h.save()
    newest, older = w.h.files
    w.h.restart({"none": None, "written": newest, "newest": newest, "older": older}[file])
    if w.s.up:
        w.s.look(w.h)  # within a tick


HAPPENS = {"die": die, "live": live, "check": check, "hand": hand, "alert": alert,
           "resolved": resolved, "person": person, "forced": forced, "released": released,
           "round": a_round, "kill": kill, "steward down": steward_down,
           "steward up": steward_up, "save": save, "restart": restart}
