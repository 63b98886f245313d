"""What core.py prints."""

from collections import Counter
from dataclasses import replace

from design import AS_WRITTEN, CORRECTED, DRAIN, MAINT, READY, STATE, stricter
from explorer import Found, explore, shrink, wander
from scenarios import ALL, CYCLED, FILES, FLAWS, PAIR, THREE, TRIO, WANTED, WATCHED
from text import event_text
from world import Scenario, apply, events_of, starts


def show_trace(events):
    return " | ".join(event_text(e) for e in events)


# The baseline table.

def judge(world, file):
    """Returns (verdict, file) of a restart, None if there was nothing of ours."""
    w = world
    if not w.s.up:
        w, _ = apply(w, ("steward up",))
    hold, ghost = w.s.holds.get(("a", STATE)), w.h["a"].ghost_state
    if hold is None or len(hold.history) < 2:
        return None
    if hold.baseline == ghost:
        return "right", file
    if hold.unclear:
        return "unclear, and shown", file
    if stricter(STATE, ghost, hold.baseline):
        return "WRONG: undoes a person", file
    return "WRONG: keeps it out", file


def judge_all(scenario, design, depth):
    """Counts the verdicts over every history of up to `depth` events."""
    start = starts(scenario, design)
    seen, frontier, count = {start.key()}, [(start, 0)], Counter()
    while frontier:
        world, level = frontier.pop()
        for event in events_of(world, scenario):
            after, _ = apply(world, event)
            if event[0] == "restart":
                count[judge(after, event[1])] += 1
            elif level + 1 < depth and after.key() not in seen:
                seen.add(after.key())
                frontier.append((after, level + 1))
    del count[None]
    return count


def table_report(depth=6):
    print(f"Baseline tables: all histories of up to {depth} events (hand, wish, release, file, "
          "absence), then a restart")
    for kind, absences in (("watched", 0), ("away for a while", 1)):
        scenario = replace(FILES, budget=(("hand", 3), ("person", 3), ("save", 2), ("restart", 1),
                                          ("down", absences)))
        for table, witness in (("first", False), ("written", False), ("evidence", True)):
            design = replace(CORRECTED, table=table, witness=witness,
                             tombstone="follows" if witness else "frozen")
            count = judge_all(scenario, design, depth)
            total = sum(count.values())
            right = sum(n for (verdict, _), n in count.items() if verdict == "right")
            rest = ", ".join(f"{n} {verdict} ({file})" for (verdict, file), n in sorted(count.items())
                             if verdict != "right")
            print(f"   {kind:17} table {table:9} {total:6} restarts: {100 * right / total:5.1f} % "
                  f"right; {rest or 'none wrong'}", flush=True)


# Flaws.

def flaw_report(seconds):
    print("Flaws of the design as written (W) and of the first edition (F), each alone in the "
          "corrected design:")
    for title, change, scenario in FLAWS:
        design = replace(CORRECTED, **change)
        print(f"   - {title}")
        try:
            states, depth, _ = explore(scenario, design, seconds)
            _, events = wander(scenario, design, seconds / 2)
            print(f"        no violation in {states} states (depth {depth}) and {events} random "
                  "events", flush=True)
        except Found as f:
            print(f"        {scenario.name}: {f.violation}\n        {show_trace(f.trace)}", flush=True)


def written_report(seconds):
    print("   All readings of the design as written at once, and the first trace that breaks each "
          "promise:")
    for promise, scenario in (("1 the floor", PAIR), ("2 as it was", WATCHED), ("liveness", TRIO),
                              ("recovers", WANTED), ("rollout", CYCLED)):
        try:
            states, depth, _ = explore(scenario, AS_WRITTEN, seconds, only=promise)
            print(f"      {promise:12} none in {states} states (depth {depth})")
        except Found as f:
            print(f"      {promise:12} {show_trace(f.trace)}", flush=True)


# People.

CASES = (("alert drains", [("alert x", "alert", DRAIN)], READY),
         ("alice drained", [("alice", "person", DRAIN)], READY),
         ("alice drained, bob (admin) put to maint",
          [("alice", "person", DRAIN), ("bob", "person", MAINT)], READY),
         ("drained by hand", [], DRAIN),
         ("drained by hand, alert drains", [("alert x", "alert", DRAIN)], DRAIN),
         ("a rollout cycles it", [("rollout", "rollout", MAINT)], READY))


def ready_by_alice(w):
    """Returns the owners whose wishes end, and whether she now wishes ready over the baseline."""
    ended = [x.owner for x in w.s.wishes.values() if x.owner == "alice" or x.kind == "alert"]
    for owner in ended:
        w.s.end(owner, "a", STATE)
    over = w.s.holds["a", STATE].baseline != READY
    if over:
        w.s.wish("alice", "person", "a", STATE, READY, w.h)
    for _ in range(4):
        w.s.round(w.h)
        for n in w.s.names:
            w.h.check(n)
    return ended, over


def people_report():
    print("What `ready web/a` by alice (operator) leaves, and names")
    for title, wishes, hand in CASES:
        w = starts(Scenario("people", "", THREE), CORRECTED)
        if hand != READY:
            w.h.set("a", STATE, hand)
            w.s.look(w.h)
        for owner, kind, value in wishes:
            w.s.wish(owner, kind, "a", STATE, value, w.h)
            w.s.round(w.h)
        ended, over = ready_by_alice(w)
        holders = [x for x in w.s.holders("a", STATE) if not over or "hand" not in x]
        print(f"   {title:42} ends {', '.join(ended) or 'nothing':14} "
              f"{'wishes ready over the baseline' if over else '':31}-> {w.h['a'].state:6} "
              f"held by: {', '.join(holders) or 'nobody'}")


# The corrected design.

def explore_report(seconds):
    """Returns whether it holds."""
    print(f"The corrected design: {len(ALL)} scenarios, breadth first and random walks, "
          f"{seconds:.0f} s")
    each = seconds / len(ALL) / 2
    all_states = all_events = broken = 0
    for sc in ALL:
        try:
            states, depth, whole = explore(sc, CORRECTED, each, deep_share=0.3)
            walks, events = wander(sc, CORRECTED, each)
        except Found as f:
            trace = shrink(sc, CORRECTED, f.trace, f.violation.promise)
            print(f"   {sc.name}: {f.violation}\n        {show_trace(trace)}", flush=True)
            broken += 1
            continue
        all_states += states
        all_events += events
        print(f"   {sc.name + ': ' + sc.about:62} {states:8} states, depth {depth:2}"
              f"{' (all)' if whole else '':6} {walks:6} walks, {events:8} events: holds", flush=True)
    print(f"   in all {all_states} states, {all_events} random events")
    return not broken
