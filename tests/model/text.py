"""Events, and worlds after them, as text: see lists.py."""

from design import CHECKS, MAINT, READY, STATE, WEIGHT

SETTINGS = (STATE, WEIGHT, CHECKS)


def value_text(setting, value):
    if setting == CHECKS:
        return "on" if value else "off"
    return str(value)


def value_of(setting, text):
    if setting == CHECKS:
        return text == "on"
    return int(text) if setting == WEIGHT else text


def event_text(event):
    """The last word of `hand` and `person` is a value, the one before its setting."""
    if event[0] in ("hand", "person"):
        return " ".join((*event[:-1], value_text(*event[-2:])))
    return " ".join(map(str, event))


def event_of(text):
    words = text.split()
    if words[0] in ("hand", "person"):
        return (*words[:-1], value_of(*words[-2:]))
    if words[0] == "kill":
        return "kill", int(words[1])
    return (text,) if words[0] == "steward" else tuple(words)


def told_text(event, world, steps):
    """The commands; then what was refused or held without a wish to tell it."""
    parts = [f"{s.server} {s.setting} {value_text(s.setting, s.value)}" for s in steps]
    if event[0] == "person" and event[1:4] not in world.s.wishes:
        parts.append("fulfilled" if event[4] == READY else "refused")
    if event[0] in ("round", "person"):
        parts += [f"held {name} {setting}" for name, setting in held_returns(event, world)]
    return ", ".join(parts)


def held_returns(event, world):
    """Returns to the baseline that the gate holds, if no wish is left that could tell it."""
    h, s = world.h, world.s
    return [(name, setting) for cause, name, setting in sorted(s.held) if cause == "return"
            and s.aim(name, setting) != h[name].get(setting) and not s.wishes_of(name, setting)
            and (name, setting) != event[2:4]]


def haproxy_text(h):
    """For each server: its name, state, weight, checks, health (of what it tracks)."""
    return ", ".join(f"{c.name} {s.state} {s.weight} {value_text(CHECKS, s.checks)} "
                     f"{health_text(h[c.tracks or c.name])}" for c, s in zip(h.confs, h.servers))


def health_text(server):
    """In maintenance HAProxy forgets it."""
    return "-" if server.state == MAINT else str(server.health)


def steward_text(s, settings):
    """Baselines, wishes and the rollout."""
    parts = []
    for name in s.names:
        for setting in settings:
            hold = s.holds[name, setting]
            parts.append(f"base {name} {setting} {value_text(setting, hold.baseline)}"
                         + (" unclear" if hold.unclear else ""))
    wishes = sorted(s.wishes.values(), key=lambda w: (w.server, SETTINGS.index(w.setting), w.owner))
    for w in wishes:
        how = "suspended" if w.suspended else "admitted" if w.admitted else "pending"
        parts.append(f"wish {w.server} {w.setting} {w.owner.split()[0]} "
                     f"{value_text(w.setting, w.value)} {how}")
    if s.rollout:
        todo, server, stage, *_ = s.rollout
        parts.append(f"rollout {stage} {server or '-'} {' '.join(todo)}".rstrip())
    return ", ".join(parts)


def scenario_lines(sc):
    """What a player must build."""
    yield f"scenario {sc.name}: {sc.about}"
    for c in sc.confs:
        words = ["maint" if c.maint else "ready", str(c.weight), "checked" if c.checks else "unchecked",
                 "backup" if c.backup else "primary", c.tracks or "-"]
        yield f"server {c.backend} {c.name} {' '.join(words)}"
    yield f"floor {sc.floor[0]} {sc.floor[1]}"
    yield f"settings {' '.join(sc.settings)}"
    for word, names in (("rollout", sc.rollout), ("dead", sc.dead)):
        if names:
            yield f"{word} {' '.join(names)}"
    if sc.repair:
        yield "repair"
