"""The plan of a round: loosening steps, then tightening ones and pending wishes by age, each through
the gate.

The order by age: a return, a lease that ended into a stricter baseline, has no wish any more. Its age
is 0: it goes before every wish.
"""

from dataclasses import dataclass, field

from design import CHECKS, DRAIN, MAINT, READY, STATE, stricter
from wishes import Step


@dataclass
class Round:
    """What has passed so far."""
    h: object
    passed: list = field(default_factory=list)
    out: set = field(default_factory=set)
    back: set = field(default_factory=set)
    unseen: set = field(default_factory=set)


@dataclass
class Asked:
    """A tightening step, or a pending wish (`aim` is None)."""
    age: int
    server: str
    setting: str
    aim: object
    cause: object   # the wish; None: a return to the baseline
    again: bool = False


class Planner:
    """A part of the steward."""

    def plan(self, h):
        self.held = {}
        now, tighten = Round(h), []
        for (server, setting), hold in sorted(self.holds.items(), key=self.place):
            asked = self.tightening(h, server, setting, hold, now)
            if asked:
                tighten.append(asked)
        for w in self.wishes.values():
            if not w.admitted and not w.suspended:
                tighten.append(Asked(w.age, w.server, w.setting, None, w))
        for asked in sorted(tighten, key=lambda a: a.age):
            self.ask(now, asked)
        passed = [s for s in now.passed if s.setting == CHECKS or
                  not stricter(s.setting, self.aim(s.server, s.setting), s.value)]  # admitted since
        return self.in_order(h, passed)

    def place(self, item):
        server = item[0][0]
        return self.conf[server].backend, server

    def tightening(self, h, server, setting, hold, now):
        """Returns what tightens the setting; what loosens it passes at once."""
        wishes = [w for w in self.wishes_of(server, setting) if w.counts()]
        if not wishes and hold.sure and hold.told == hold.baseline:
            return None  # a tombstone
        aim, value = self.aim(server, setting), h[server].get(setting)
        if aim == value:
            return None
        if self.takes_from(h, server, setting, aim, value):
            causes = [w for w in wishes if w.value == aim]
            cause = max(causes, key=lambda w: (w.forced, -w.age)) if causes else None
            age = cause.age if cause else 0
            return Asked(age, server, setting, aim, cause, any(w.again for w in causes))
        step = self.loosening(h, server, setting, aim, value)
        if step is not None:
            now.passed.append(step)
            if self.design.credit and step.value == aim and h[server].health > 0:
                now.back.add(server)
            if setting == CHECKS and not step.value and self.design.unsees:
                now.unseen |= {server, *self.followers[server]}
        return None

    def takes_from(self, h, server, setting, aim, value):
        """Switching checks on takes, unless they can only help."""
        if setting == CHECKS:
            down = h[server].state != MAINT and h[server].health == 0
            return aim and not value and not down
        return stricter(setting, aim, value)

    def loosening(self, h, server, setting, aim, now):
        """The safe return: maint, drain, a check that passes, ready."""
        row, conf = h[server], self.conf[server]
        if setting == STATE and aim == READY and conf.checks and row.checks:
            if now == MAINT:
                return Step(server, setting, DRAIN)
            weak = row.health == 1 or self.holds[server, setting].returning
            if weak and row.health > 0 and not row.fresh and not conf.tracks:
                return None
        return Step(server, setting, aim)

    def ask(self, now, asked):
        server, setting, cause = asked.server, asked.setting, asked.cause
        value = now.h[server].get(setting)
        pending = cause is not None and not cause.admitted
        aim = self.aim(server, setting, also=cause) if pending else asked.aim
        if not self.takes_from(now.h, server, setting, aim, value):
            if pending:
                self.admit_unfelt(now, cause)
            return
        if pending and any(s.server == server and s.setting == setting for s in now.passed):
            return  # one step a round for a setting
        step = Step(server, setting, aim, cause, asked.again)
        why = self.gate(now.h, step, now.out, now.unseen, now.back, self.after(now, server))
        if why:
            self.held[cause.owner if cause else "return", server, setting] = why
            self.hold_back(step, value, pending)
            return
        if pending:
            cause.admitted = True
        now.out |= set(self.puts_out(now.h, step))
        if not any((s.server, s.setting, s.value) == (server, setting, aim) for s in now.passed):
            now.passed.append(step)

    def admit_unfelt(self, now, wish):
        """Nothing more is taken now: but it must not lower what is wanted."""
        why = self.wanted_alone(now.h, Step(wish.server, wish.setting, wish.value, wish), now.out)
        if why:
            self.held[wish.owner, wish.server, wish.setting] = why
        else:
            wish.admitted = True

    def hold_back(self, step, value, pending):
        """What is held waits like a new wish, and counts nowhere. One that waited already has nothing to
        say of the others."""
        if step.wish is None or self.design.held_is != "pending" or step.again and self.carry:
            return
        for w in self.wishes_of(step.server, step.setting):
            mine = not pending or w is step.wish
            if mine and not w.suspended and not w.forced and stricter(step.setting, w.value, value):
                w.admitted = w.again = False

    def after(self, now, server):
        """HAProxy once this round's loosening steps on other servers are done."""
        if not self.design.regain or all(s.server == server for s in now.passed):
            return None
        after = now.h.copy()
        for s in now.passed:
            if s.server != server and not stricter(s.setting, s.value,
                                                   now.h[s.server].get(s.setting)):
                after.set(s.server, s.setting, s.value)
        return after

    def in_order(self, h, steps):
        """On one server what tightens goes first: it must not serve for a moment in between."""
        if not self.design.per_server:
            return steps
        first = [s for s in steps
                 if self.takes_from(h, s.server, s.setting, s.value, h[s.server].get(s.setting))]
        tight = {s.server for s in first}
        later = [s for s in steps if s.server in tight and s not in first]
        return [s for s in steps if s.server not in tight] + first + later
