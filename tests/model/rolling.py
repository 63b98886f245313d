"""A rollout: cycles servers through maintenance, one after the other."""

from design import DRAIN, MAINT, READY, STATE
from wishes import Step, Wish


class Rolling:
    """A part of the steward. The rollout is [servers to do, server, stage, idle, back]; `idle`: the
    server did not serve before, and need not to go on; `back`: what kept it out was seen to be gone."""

    def roll(self, h):
        if not self.rollout:
            return
        todo, server, stage, idle, back = self.rollout
        wish = self.wishes.get(("rollout", server, STATE))
        if stage == "waiting":
            self.roll_on(h, todo)
        elif stage in ("draining", "maint") and wish is None:
            self.rollout = None  # somebody ended it
        elif stage == "draining" and wish.admitted and h[server].state != READY:
            wish.value = MAINT
            self.rollout[2] = "maint"
        elif stage == "maint" and wish.admitted and h[server].state == MAINT:
            h[server].alive = True  # what was to be done is done
            del self.wishes["rollout", server, STATE]
            self.rollout[2] = "returning"
        elif stage == "returning":
            self.come_back(h, server, idle, back)
        elif stage == "soaking":
            self.soak(h, todo, server, idle)

    def roll_on(self, h, todo):
        """The next step, if the gate has room for it."""
        self.rollout = [todo, "", "waiting", False, False] if todo else None
        if not todo or any(w.suspended for w in self.wishes.values()):
            return  # no step begins while fail open has something suspended
        idle = sorted(todo, key=h.serving)
        server = idle[0] if self.design.order == "idle first" else todo[0]
        if self.wish_out(h, server):
            rest = tuple(n for n in todo if n != server)
            self.rollout = [rest, server, "draining", not h.serving(server), False]

    def wish_out(self, h, server):
        """Whether the gate has room for the drain; if it has, it is wished."""
        step = Step(server, STATE, DRAIN, Wish("", "rollout", server, STATE, DRAIN, 0))
        if self.projected(h, step):
            return False
        self.wish("rollout", "rollout", server, STATE, DRAIN, h).admitted = True
        return True

    def come_back(self, h, server, idle, back):
        if back and (h.serving(server) or idle and not down(h[server])):
            self.rollout[2] = "soaking"
            return
        held = any(w.counts() for w in self.wishes_of(server, STATE)) or \
            self.holds[server, STATE].baseline != READY
        if held and self.design.alert_on_cycled == "fails":
            self.rollout = [(), server, "failed", False, False]

    def see_back(self, h):
        """At each look."""
        if self.rollout and self.rollout[2] == "returning":
            server = self.rollout[1]
            if self.effect(h, server, STATE) == h[server].state:
                self.rollout[4] = True

    def soak(self, h, todo, server, idle):
        if down(h[server]):
            self.rollout = None  # it failed: as it is, the server must not serve
            self.wish_out(h, server)
        elif idle or h.serving(server):
            self.roll_on(h, todo)


def down(server):
    return server.state != MAINT and server.health == 0
