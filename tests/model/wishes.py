"""What the steward keeps: wishes and holds; and the steps of a round."""

from dataclasses import dataclass


class Wish:
    """One owner's override of one setting of one server."""
    __slots__ = ("owner", "kind", "server", "setting", "value", "age", "admitted", "again",
                 "suspended", "calm", "times", "forced", "in_force", "born")

    def __init__(self, owner, kind, server, setting, value, age, born=0, forced=False):
        self.owner, self.kind, self.server = owner, kind, server
        self.setting, self.value, self.age = setting, value, age
        self.admitted = False   # the gate let it pass
        self.again = False      # it was in force in the process before: told again, not new
        self.suspended = False  # by fail open
        self.calm = 0           # rounds of room since
        self.times = 0          # it was suspended
        self.forced, self.born = forced, born  # `born`: in which round
        self.in_force = False   # it was, ever

    def copy(self):
        new = Wish.__new__(Wish)
        (new.owner, new.kind, new.server, new.setting, new.value, new.admitted, new.again,
         new.suspended, new.calm, new.times, new.forced, new.in_force) = self.key()
        new.age, new.born = self.age, self.born
        return new

    def key(self):
        return (self.owner, self.kind, self.server, self.setting, self.value, self.admitted,
                self.again, self.suspended, self.calm, self.times, self.forced, self.in_force)

    def counts(self):
        return self.admitted and not self.suspended


class Hold:
    """A baseline with provenance. Without wishes it is a tombstone."""
    __slots__ = ("baseline", "person", "told", "before", "sure", "history", "process", "unclear",
                 "doubts", "written", "noted", "when", "returning")

    def __init__(self, value, configured, process):
        self.when = -1  # the round in which it was told last
        self.returning = False  # from maintenance, drained, and no check has said what it is since
        self.see(value, configured, process)

    def see(self, baseline, configured, process):
        """The first look at it, by this steward or in this process."""
        self.baseline = self.told = self.before = baseline
        self.person = self.noted = baseline != configured  # `noted`: it is in the ledger
        self.sure = True                 # what was told was read back
        self.history = ((baseline, baseline),)  # (value in force, its baseline), oldest first
        if self.noted:
            self.history = (configured, configured), (baseline, baseline)
        self.process = process
        self.doubts = self.written = frozenset()
        self.unclear = False             # HAProxy does not tell whose it is: shown, left, asked about

    def copy(self):
        new = Hold.__new__(Hold)
        new.baseline, new.person, new.told, new.before = (self.baseline, self.person, self.told,
                                                          self.before)
        new.sure, new.history, new.process, new.unclear = (self.sure, self.history, self.process,
                                                           self.unclear)
        new.doubts, new.written, new.noted = self.doubts, self.written, self.noted
        new.when, new.returning = self.when, self.returning
        return new

    def key(self, process):
        return (self.baseline, self.person, self.told, None if self.sure else self.before,
                self.history, self.process == process, self.unclear, self.doubts, self.written, self.noted, self.returning)

    def note(self, value):
        pair = value, self.baseline
        self.history = (*[p for p in self.history if p != pair], pair)
        if self.unclear:  # what stands on a doubt is one
            self.doubts |= {value}

    def last_base_of(self, value):
        for was, base in reversed(self.history):
            if was == value:
                return base
        return None


@dataclass(frozen=True)
class Step:
    server: str
    setting: str
    value: object
    wish: object = None   # the wish that causes it; None: a return to the baseline
    again: bool = False   # it restores what was in force in the process before


class Violation(Exception):
    def __init__(self, promise, text):
        super().__init__(promise + ": " + text)
        self.promise, self.text = promise, text
