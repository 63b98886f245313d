"""The steward: wishes with owners, one effect for each setting, and rounds: look, decide, write
ahead, tell."""

from baseline import Baselines
from design import CHECKS, DRAIN, MAINT, PERSON_WAITS, READY, stricter, strictest
from gate import Gate
from openness import FailOpen
from planner import Planner
from rolling import Rolling
from wishes import Hold, Wish


class Steward(Gate, Baselines, FailOpen, Rolling, Planner):
    def __init__(self, design, confs, floor):
        self.design, self.confs, self.floor_limits = design, confs, floor  # floor: (count, percent)
        self.names = [c.name for c in confs]
        self.conf = {c.name: c for c in confs}
        self.backends = sorted({c.backend for c in confs})
        self.members = {b: [c.name for c in confs if c.backend == b] for b in self.backends}
        self.followers = {n: [c.name for c in confs if c.tracks == n] for n in self.names}
        self.wishes = {}      # (owner, server, setting): Wish          durable
        self.holds = {}       # (server, setting): Hold                 durable
        self.rollout = None   # see Rolling                             durable
        self.clock = 0
        self.rounds = 0
        self.up = True
        self.blind = False    # it has not looked at this process since it began
        self.process = 0      # of HAProxy, at the last look            durable
        self.seen = frozenset()      # verified at the last look        memory
        self.carried = frozenset()   # verified by the process before   memory
        self.carry = 0        # rounds in which that still counts
        self.watched = True   # nobody could change anything unseen before HAProxy ended
        self.held = {}        # why a step was held in the last round, for people

    def copy(self):
        new = Steward.__new__(Steward)
        new.__dict__.update(self.__dict__)
        new.wishes = {k: w.copy() for k, w in self.wishes.items()}
        new.holds = {k: h.copy() for k, h in self.holds.items()}
        new.rollout = list(self.rollout) if self.rollout else None
        return new

    def key(self, process):
        ranked = sorted(self.wishes.values(), key=lambda w: w.age)
        young = [(w.in_force or min(self.rounds - w.born, PERSON_WAITS),
                  self.holds[w.server, w.setting].when < w.born) for w in ranked
                 if w.kind == "person"]
        return (*[w.key() for w in ranked], *young, *[h.key(process) for h in self.holds.values()],
                *self.holds, tuple(self.rollout or ()), self.up, self.process == process, self.seen,
                self.carried, self.carry, self.watched, self.blind)

    def forget_memory(self):
        """kill -9, or a restart of the steward."""
        self.seen = self.carried = frozenset()
        self.carry = 0
        self.blind = True

    # The effect:

    def wishes_of(self, server, setting):
        return [w for w in self.wishes.values() if w.server == server and w.setting == setting]

    def compose(self, setting, baseline, wishes):
        """The strictest of all; a person's wish that is looser than the baseline takes its place."""
        if not wishes:
            return baseline
        values = [w.value for w in wishes]
        if setting == CHECKS:
            return all(values) and baseline
        loosened = any(stricter(setting, baseline, w.value) for w in wishes
                       if w.kind == "person" or self.design.loosens == "all")
        return strictest(setting, values if loosened else [*values, baseline])

    def aim(self, server, setting, also=None):
        return self.compose(setting, self.holds[server, setting].baseline,
                            [w for w in self.wishes_of(server, setting) if w.counts() or w is also])

    def effect(self, h, name, setting):
        return self.aim(name, setting) if (name, setting) in self.holds else h[name].get(setting)

    def hold(self, h, server, setting):
        key = server, setting
        if key not in self.holds:
            value = h[server].get(setting)
            self.holds[key] = Hold(value, self.conf[server].value(setting), h.process)
        return self.holds[key]

    # What is asked:

    def wish(self, owner, kind, server, setting, value, h, forced=False):
        self.clock += 1
        self.hold(h, server, setting)
        new = Wish(owner, kind, server, setting, value, self.clock, self.rounds, forced)
        self.wishes[owner, server, setting] = new
        return new

    def end(self, owner, server, setting):
        self.wishes.pop((owner, server, setting), None)

    def holders(self, server, setting):
        """What `ready` names: everything that still keeps the server from it."""
        hold = self.holds.get((server, setting))
        names = []
        for w in self.wishes_of(server, setting):
            if w.value != READY:
                how = ", held" if not w.admitted else ", suspended" if w.suspended else ""
                names.append(f"{w.owner} ({w.kind}{how})")
        if hold and hold.baseline != READY:
            names.append("by hand" if hold.person else "the configuration")
        return names

    # A round:

    def see_in_force(self, h):
        """What a wish that counts finds as it wants it is held, too."""
        for w in self.wishes.values():
            hold = self.holds[w.server, w.setting]
            if w.counts() and not (w.in_force and hold.noted):
                there = self.aim(w.server, w.setting) == h[w.server].get(w.setting)
                w.in_force, hold.noted = w.in_force or there, hold.noted or there
            if w.again and self.aim(w.server, w.setting) == h[w.server].get(w.setting):
                w.again = False  # it is in force in this process, too
        for (name, setting), hold in self.holds.items():
            if hold.returning and self.has_returned(h, name, setting):
                hold.returning = False

    def has_returned(self, h, name, setting):
        """Whether a check has said what it is since it left maintenance, or it serves."""
        value = h[name].get(setting)
        if value != self.aim(name, setting):
            return False
        wished = any(w.counts() for w in self.wishes_of(name, setting))
        return value != DRAIN or wished and (h[name].fresh or h[name].health == 0)

    def miss(self, rounds):
        """Time goes on while it is away."""
        self.rounds += rounds
        for w in self.wishes.values():
            if w.suspended and w.calm:
                w.calm += rounds

    def reject(self):
        """A person's wish that never was in force, and is held for more than a minute, is not left to
        come into force when nobody expects it."""
        self.rounds += 1
        for w in list(self.wishes.values()):
            old = self.rounds - w.born > PERSON_WAITS
            untold = not w.admitted or self.holds[w.server, w.setting].when < w.born
            if w.kind == "person" and not w.forced and not w.in_force and untold and old:
                del self.wishes[w.owner, w.server, w.setting]

    def round(self, h, crash_after=None, watch=None):
        """Returns the steps told. `crash_after`: kill -9 after as many commands. `watch` is told of
        each command and what served before it."""
        self.look(h)
        self.reject()
        self.fulfil(h)
        self.fail_open(h)
        self.roll(h)
        steps = self.plan(h)
        for step in steps:  # the ledger first
            hold = self.holds[step.server, step.setting]
            hold.before = h[step.server].get(step.setting)
            hold.told, hold.sure = step.value, False
            hold.written |= {step.value}
            hold.noted, hold.when = True, self.rounds
            hold.returning = step.value == DRAIN and (hold.before == MAINT or hold.returning)
            hold.note(step.value)
        self.see_in_force(h)
        told = steps if crash_after is None else steps[:crash_after]
        for step in told:
            before = h.all_serving() if watch else None
            h.set(step.server, step.setting, step.value)
            if watch:
                watch(step, before)
        if crash_after is not None:
            self.forget_memory()
        else:
            for step in told:
                hold = self.holds[step.server, step.setting]
                hold.sure = h[step.server].get(step.setting) == hold.told
            self.see_in_force(h)
            self.see_back(h)
        if self.carry:
            self.carry -= 1
            if not self.carry:
                self.carried = frozenset()
        return told
