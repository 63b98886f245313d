"""Fail open: when a backend is below its floor, alerts' wishes that keep a well server out are
suspended, newest first, and come back when the gate had room for a calm."""

from design import CALM, CALM_MOST, READY, STATE, WEIGHT
from wishes import Step


class FailOpen:
    """A part of the steward."""

    def fail_open(self, h):
        if self.design.open_on == "never":
            return
        for backend in self.backends:
            missing = self.floor(backend) - self.count_open(h, backend)
            if missing > 0:
                self.suspend(h, backend, missing)
        for w in self.wishes.values():
            if w.suspended:
                self.resume(h, w)

    def count_open(self, h, backend):
        serves = h.serving if self.design.open_on == "down" else lambda n: self.verified(h, n)
        return sum(1 for n in self.members[backend] if not self.conf[n].backup
                   and (serves(n) or self.returns(h, n)))

    def returns(self, h, name):
        """Nobody wishes it out any more, and it is well: it has only not been told."""
        if h[name].state == READY and h[name].weight > 0:
            return False
        return self.serves_as_wished(h, name) and self.well(h, name)

    def suspend(self, h, backend, missing):
        every = self.design.open_every
        may = [w for w in self.wishes.values() if self.is_of_use(h, w.server, backend)
               and w.counts() and (w.kind == "alert" or every) and w.setting == STATE
               and not w.forced and self.only_alerts_hold(h, w.server) and self.well(h, w.server)
               and (h[w.server].state != READY or h[w.server].weight == 0)]
        for w in sorted(may, key=lambda w: -w.age)[:missing]:
            for each in self.wishes_of(w.server, STATE):
                if each.kind == "alert" or every:
                    each.suspended, each.calm = True, 0
                    each.times = min(each.times + 1, 6)

    def is_of_use(self, h, server, backend):
        """It is its own, or one of those that track it is, which nothing else keeps out. A backup is
        of use only where nobody serves."""
        free = [n for n in self.followers[server] if h[n].state == READY and h[n].weight > 0]
        idle = not any(h.serving(n) for n in self.members[backend])
        return any(self.conf[n].backend == backend and (idle or not self.conf[n].backup)
                   for n in (server, *free))

    def resume(self, h, wish):
        if self.design.open_back == "gate":
            ask = Step(wish.server, wish.setting, wish.value, wish)
            room = self.gate(h, ask, set()) is None
        else:
            backend = self.conf[wish.server].backend
            room = sum(1 for n in self.members[backend] if self.verified(h, n)) >= self.floor(backend)
        wish.calm = wish.calm + 1 if room else 0
        most = min(CALM * 2 ** (wish.times - 1), CALM_MOST) if self.design.open_double else CALM
        if wish.calm > most:  # the first counts no round
            wish.suspended, wish.again = False, False
            if self.design.open_back == "gate":
                wish.admitted = False  # through the gate again

    def only_alerts_hold(self, h, server):
        """Without the alerts' wishes about its state it would be in service."""
        if (server, STATE) not in self.holds:
            return False
        if not self.design.open_helps:
            return True
        others = [] if self.design.open_every else [
            w for w in self.wishes_of(server, STATE) if w.counts() and w.kind != "alert"]
        state = self.compose(STATE, self.holds[server, STATE].baseline, others)
        return state == READY and self.effect(h, server, WEIGHT) > 0
