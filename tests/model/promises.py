"""The promises. They are judged against what the steward does not see: `mine`, the last check
belongs to this process, and the ghosts, what a setting would be without us."""

from design import READY, STATE, stricter
from wishes import Step, Violation


def true_floor(scenario, backend):
    """Of the servers that the configuration puts into service."""
    share = sum(1 for c in scenario.confs
                if c.backend == backend and not c.backup and not c.maint and c.weight > 0)
    count, percent = scenario.floor
    return max(1, count, -(-share * percent // 100))


def watch_floor(world, scenario):
    """Promise 1: after a command that takes something that may serve, the floor holds in what is
    known."""
    h, s = world.h, world.s

    def known(step, n):
        carried = step.again and n in s.carried and h.serving(n) and h.last_of(n) != "fail"
        return h.known(n) or carried

    def watch(step, before):
        took = before - h.all_serving()
        if not took or step.wish is not None and step.wish.forced:
            return
        for backend in {s.conf[n].backend for n in took}:
            stay = [n for n in s.members[backend] if known(step, n)]
            primaries = sum(1 for n in stay if not s.conf[n].backup)
            lost_primary = any(not s.conf[n].backup for n in took if s.conf[n].backend == backend)
            floor = true_floor(scenario, backend)
            if lost_primary and primaries < floor or not stay:
                raise Violation("1 the floor", f"{step.server} {step.setting} {step.value}: "
                                f"{primaries} of {backend} known usable, the floor is {floor}")
    return watch


def last_person_wins(world, event):
    """What a person did at HAProxy is not loosened by an older wish."""
    _, name, setting, value = event
    s = world.s
    if s.up and s.wishes_of(name, setting) and stricter(setting, value, s.aim(name, setting)):
        raise Violation("the last person", f"{name} {setting} {value} by hand would be undone")


def settle(world, scenario, end=False, rounds=40):
    """Nothing more happens but checks and rounds. Returns (world, at rest?). `end`: all wishes end."""
    w = world.copy()
    h, s = w.h, w.s
    s.up = True
    if end:
        s.wishes.clear()
        s.rollout = None
    watch, quiet = watch_floor(w, scenario), 0
    for _ in range(rounds):
        for name in s.names:
            if not scenario.repair:
                h[name].alive = True
            if scenario.coupled and name == "b":
                h[name].alive = h.serving("a")
            h.check(name)
            h.check(name)
        before = w.key()
        acted = s.round(h, watch=watch)
        quiet = quiet + 1 if not acted and w.key() == before else 0
        if quiet >= 3:
            return w, True
    return w, False


def as_it_was(world, scenario):
    """Promise 2: when all wishes have ended, every setting is what the configuration or the last
    person made it; or the return is held by the floor, and says so; or it is unclear, and shown."""
    w, rest = settle(world, scenario, end=True)
    if not rest:
        raise Violation("liveness", "no rest after all wishes ended")
    for name in w.s.names:
        for setting in scenario.settings:
            is_now, were = w.h[name].get(setting), w.h[name].ghost(setting)
            hold = w.s.holds.get((name, setting))
            excused = ("return", name, setting) in w.s.held or hold and hold.unclear
            if is_now != were and not excused:
                raise Violation("2 as it was",
                                f"{name} {setting} is {is_now}, without us it were {were}")


def liveness(world, scenario):
    """All servers are well and nothing more happens: then nothing waits that has room, and all comes
    to rest."""
    w, rest = settle(world, scenario, rounds=180)
    if not rest:
        raise Violation("liveness", "it does not come to rest")
    nothing_waits(w, scenario)
    rollout_ends(w)
    backends_recover(w, scenario)


def room(w, scenario, name):
    """Whether the server's backend keeps its floor without it."""
    backend = w.s.conf[name].backend
    others = [n for n in w.s.members[backend] if w.h.known(n) and n != name
              and not w.s.conf[n].backup]
    return len(others) >= true_floor(scenario, backend)


def nothing_waits(w, scenario):
    for wish in w.s.wishes.values():
        if wish.counts():
            continue
        step = Step(wish.server, wish.setting, wish.value, wish)
        has_room = all(room(w, scenario, n) for n in (wish.server, *w.s.followers[wish.server]))
        if has_room and w.s.puts_out(w.h, step):
            why = w.s.held.get((wish.owner, wish.server, wish.setting), "suspended")
            raise Violation("liveness", f"{wish.owner} waits for ever though there is room ({why})")
    for cause, name, _ in w.s.held:
        if cause == "return" and room(w, scenario, name):
            raise Violation("liveness", f"the return of {name} is held though there is room")


def rollout_ends(w):
    s = w.s
    if not s.rollout:
        return
    todo, server, stage, *_ = s.rollout
    if stage == "failed":
        raise Violation("rollout", f"failed at {server}: health_timeout, because another owner held it")
    alone = all(x.kind == "rollout" for x in s.wishes.values())
    if alone and all(x.baseline == READY for (n, k), x in s.holds.items() if k == STATE):
        raise Violation("rollout", f"stuck at {server or todo} ({stage})")


def backends_recover(w, scenario):
    h, s = w.h, w.s
    only_alerts = all(x.kind == "alert" for x in s.wishes.values()) and not s.rollout
    by_hand = any(x.ghost_state != READY or x.ghost_weight <= 0 for x in h.servers)
    if not only_alerts or by_hand or scenario.repair:
        return
    for backend in s.backends:
        known = [n for n in s.members[backend] if h.known(n) and not s.conf[n].backup]
        if len(known) < true_floor(scenario, backend):
            raise Violation("recovers", f"all servers are well, and {len(known)} of {backend} serve")


def inspect(world, scenario):
    as_it_was(world, scenario)
    liveness(world, scenario)
