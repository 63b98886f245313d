"""Baselines with provenance: what a look says of the holds, in a process and after a restart."""

from design import CARRY, READY, stricter


class Baselines:
    """A part of the steward."""

    def look(self, h):
        if h.process != self.process:
            self.carried = self.seen if self.design.reapply == "carry" else frozenset()
            self.carry = CARRY if self.carried else 0
            self.blind = True
        for (server, setting), hold in self.holds.items():
            if self.blind and not hold.noted:  # what changes by hand was not seen to
                value = h[server].get(setting)
                hold.see(value, self.conf[server].value(setting), h.process)
            elif h.process != self.process:
                self.new_process(h, server, setting, hold)
            else:
                self.same_process(h, server, setting, hold)
        self.process, self.blind = h.process, False
        self.see_in_force(h)
        self.see_back(h)
        self.seen = frozenset(n for n in self.names if self.verified(h, n))
        self.watched = True

    def same_process(self, h, server, setting, hold):
        value = h[server].get(setting)
        if value == hold.told:
            hold.sure = True
            return
        if not hold.sure and (value == hold.before or self.design.unsure == "retry"):
            return  # told, and not taken yet: it is told again
        tomb = not self.wishes_of(server, setting) and hold.told == hold.baseline
        if tomb and self.design.tombstone == "frozen":
            return
        was, told = hold.baseline, hold.told
        hold.baseline, hold.told, hold.person, hold.sure = value, value, True, True
        hold.unclear, hold.noted, hold.returning = False, True, False
        hold.note(value)
        for w in self.wishes_of(server, setting):
            if self.yields_to(w, value, was, told):
                del self.wishes[w.owner, w.server, w.setting]

    def yields_to(self, wish, value, was, told):
        """Whether a change by hand to `value` ends the wish: the last person wins. `was`: the
        baseline until now; `told`: what was in force."""
        design, setting = self.design, wish.setting
        # What is held was never in force: nobody undid it.
        in_force = wish.counts() or not stricter(setting, wish.value, told)
        if design.yields == "all" or stricter(setting, wish.value, value) and in_force:
            return True
        if wish.kind != "person" or not stricter(setting, value, wish.value):
            return False
        loosened = stricter(setting, was, wish.value)
        return design.last_person == "looser" or design.last_person == "loosened" and loosened

    def settle_doubt(self, server, setting):
        """A person says what it is without us. Returns whether it was unclear."""
        hold = self.holds.get((server, setting))
        if not hold or not hold.unclear:
            return False
        hold.baseline, hold.person, hold.unclear, hold.doubts = READY, True, False, frozenset()
        hold.note(hold.told)
        return True

    def fulfil(self, h):
        """Ends each `ready` that has nothing to loosen: it would undo what a person does later."""
        if not self.design.fulfils:
            return
        for w in list(self.wishes.values()):
            hold = self.holds[w.server, w.setting]
            if w.kind == "person" and w.value == READY and not hold.unclear and \
                    hold.baseline == READY == h[w.server].get(w.setting):
                del self.wishes[w.owner, w.server, w.setting]

    def new_process(self, h, server, setting, hold):
        row, conf = h[server], self.conf[server]
        configured, observed = conf.value(setting), row.get(setting)
        wishes = self.wishes_of(server, setting)
        file_used = any(h[n].since == "file" for n in self.members[conf.backend])
        # A doubt ends with a change by hand, or with a process without a file.
        doubt = hold.unclear and file_used
        baseline, hold.unclear = decide(self.design.table, configured, observed, hold, row.since,
                                        file_used, self.watched, any(w.counts() for w in wishes))
        hold.unclear = hold.unclear or doubt
        hold.person, hold.returning = baseline != configured, False
        hold.baseline, hold.told, hold.sure, hold.process = baseline, observed, True, h.process
        hold.note(observed)
        for w in wishes:
            if w.counts() and w.in_force:
                w.again = not w.again  # else it was not in force in the process before


def decide(table, configured, observed, hold, since, file_used, watched, wished):
    """Returns the baseline, and whether it is unclear, in a new process of HAProxy.
    `since`, `file_used`: see Server. `watched`: we looked until the old process ended (within
    minutes). `wished`: a wish counts."""
    if table == "first":   # what agrees with ours is ours, else it is the new baseline
        as_configured = observed == configured and configured != "ready"
        return (hold.baseline if observed == hold.told and not as_configured else observed), False
    if table == "written":  # by values only
        if observed not in (configured, hold.baseline) and observed in hold.written:
            return hold.baseline, False
        return observed, False
    bases = {base for value, base in hold.history if value == observed}
    if since == "start":           # 1 no file, nothing changed: it knows nothing of the one before
        return observed, False
    if not bases:                  # 2 never in force while we looked: a person's, here or in the file
        return observed, False
    if not file_used:              # 3 somebody set it since, to a value of ours; or all rows changed
        return observed, observed != configured and bases != {observed}
    doubtful = len(bases) > 1 or observed in hold.doubts
    unclear = doubtful or not watched or since == "changed"
    if unclear and not wished:       # 4 ours from an older file, or a person's: left, shown
        return observed, observed != hold.baseline or doubtful
    return hold.last_base_of(observed), unclear  # 5 of the file: the baseline it last stood on
