"""What is available, and the gate that each step of a round passes or is held at."""

from design import CHECKS, DRAIN, MAINT, READY, STATE, WEIGHT


class Gate:
    """A part of the steward."""

    def verified(self, h, name):
        """In service, and a check of this process says that it is well; UP alone is not enough."""
        if not h.serving(name):
            return False
        watched = h.leader(name) or name
        return not self.conf[watched].checks or self.passed(h[watched])

    def passed(self, server):
        return server.checks and server.health == 2 and server.last == "pass" and \
            (server.fresh or not self.design.evidence)

    def well(self, h, name):
        """The checks that decide of it pass, in service or not: fail open may let it serve."""
        watched = h.leader(name) or name
        return not self.conf[watched].checks or h[watched].state != MAINT and self.passed(h[watched])

    def counted(self, name):
        """Whether the percentage counts it: in service by configuration, and no backup."""
        conf = self.conf[name]
        in_service = not conf.maint and conf.weight > 0
        return not conf.backup and (self.design.share_of == "all" or in_service)

    def floor(self, backend):
        count, percent = self.floor_limits
        share = sum(1 for n in self.members[backend] if self.counted(n))
        return max(1, count, -(-share * percent // 100))

    def gate(self, h, step, out, unseen=frozenset(), back=frozenset(), after=None):
        """None if the step may leave now, else why it is held.
        `out`, `back`, `unseen`: what the steps that passed in this round put out, loosen, stop
        checking. `after`: HAProxy as it is when this round's loosening steps on other servers are
        done. It counts in what a step takes, never in what is left."""
        design = self.design
        forced = step.wish is not None and step.wish.forced
        free = step.again and design.reapply == "at once" or \
            step.wish is None and design.returns == "free"
        hit = self.puts_out(h, step)
        if forced or free or not hit:
            return None
        for backend in self.backends:
            mine = [n for n in hit if self.conf[n].backend == backend]
            if any(n not in out and self.takes(h, n, after) for n in mine):
                left = self.left(h, step, backend, set(mine) | out | unseen, back)
                why = self.below(backend, mine, left)
                if why:
                    return why
            why = self.below_wanted(h, step, backend, mine, out)
            if why:
                return why
        return None

    def projected(self, h, step):
        """The same before a round: wishes that count are taken as done, though they may not be told
        yet."""
        out = {n for n in self.names if not self.serves_as_wished(h, n)}
        return self.gate(h, step, out)

    def takes(self, h, name, after):
        if self.design.loss == "verified":
            return self.verified(h, name)
        return h.serving(name) or after is not None and after.serving(name)

    def below(self, backend, mine, left):
        primaries = [n for n in left if not self.conf[n].backup]
        only_backups = all(self.conf[n].backup for n in mine)
        if not only_backups and len(primaries) < self.floor(backend):
            return f"{len(primaries)} of {backend} would stay verified, " \
                   f"at least {self.floor(backend)} must"
        if self.design.backups == "last" and not left:
            return f"it is the last of {backend}"
        return None

    def puts_out(self, h, step):
        """Returns the servers that could serve before the step, and cannot after. Out to out is free.
        What tracks the server follows its state, whatever its weight."""
        server = h[step.server]
        if step.setting == CHECKS or server.state != READY or step.value not in (DRAIN, MAINT, 0):
            return []
        own = [step.server] if server.weight > 0 else []
        follow = self.design.trackers and step.setting != WEIGHT
        return own + (self.followers[step.server] if follow else [])

    def left(self, h, step, backend, gone, back):
        """Returns the servers that stay."""
        carries = step.again and self.design.reapply == "carry" and self.carry > 0
        carried = self.carried if carries else ()
        waiting = {w.server for w in self.wishes.values()
                   if not w.admitted and w.value in (DRAIN, MAINT, 0)} if self.design.held_out else ()
        return [n for n in self.members[backend] if n not in gone and n not in waiting and
                (self.verified(h, n) or n in back or
                 (n in carried and h.serving(n) and h.last_of(n) != "fail"))]

    def below_wanted(self, h, step, backend, mine, out):
        """min_wanted: a backend whose servers recover is not found drained. Not asked of persons."""
        if self.design.wanted == "off" or step.wish is None or step.wish.kind == "person" or step.again:
            return None
        if not any(self.counted(n) for n in mine):
            return None
        stay = [n for n in self.members[backend] if n not in mine and n not in out
                and self.wanted(h, n)]
        if len(stay) < self.floor(backend):
            return f"{len(stay)} of {backend} would stay wanted, at least {self.floor(backend)} must"
        return None

    def wanted(self, h, name):
        """Whether baseline and wishes want it in service, whatever its health is."""
        conf = self.conf[name]
        if conf.backup or self.design.wanted == "configured" and not self.counted(name):
            return False
        return self.serves_as_wished(h, name)

    def serves_as_wished(self, h, name):
        """The same, of backups as well."""
        leader = self.conf[name].tracks
        if leader and self.effect(h, leader, STATE) != READY:
            return False
        row = h[name]
        if row.health == 0 and row.state != MAINT and not leader and \
                not self.effect(h, name, CHECKS):
            return False  # it is down, and without its checks it stays so
        return self.effect(h, name, STATE) == READY and self.effect(h, name, WEIGHT) > 0

    def wanted_alone(self, h, step, out):
        """min_wanted for a wish that finds its server out already (DOWN, or by another's wish)."""
        takes = step.setting != CHECKS and step.value in (DRAIN, MAINT, 0)
        if not takes or not self.wanted(h, step.server):
            return None
        hit = [step.server] + (self.followers[step.server] if step.setting != WEIGHT else [])
        for backend in self.backends:
            mine = [n for n in hit if self.conf[n].backend == backend]
            why = mine and self.below_wanted(h, step, backend, mine, out)
            if why:
                return why
        return None
