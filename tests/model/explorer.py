"""Explorers: breadth first, and random walks; the traces they find are shrunk."""

import random
import time
from collections import deque

from promises import inspect, last_person_wins, watch_floor
from wishes import Violation
from world import apply, events_of, starts


class Found(Exception):
    def __init__(self, violation, trace):
        super().__init__(str(violation))
        self.violation, self.trace = violation, trace


def step(world, event, scenario):
    after, _ = apply(world, event, lambda w: watch_floor(w, scenario))
    if event[0] == "hand" and (event[1], event[2]) in after.s.holds:
        last_person_wins(after, event)
    return after


def trace_to(parents, at, last=None):
    events = [last] if last else []
    while parents[at][0] is not None:
        events.append(parents[at][1])
        at = parents[at][0]
    return events[::-1]


def explore(scenario, design, seconds, deep_share=1.0, only=None):
    """Breadth first: the first violation has a shortest trace. Returns (states, depth, complete?).
    `deep_share`: of the states that are inspected. `only`: the promise that is judged."""
    rng = random.Random(1)
    start = starts(scenario, design)
    parents = {hash(start.key()): (None, None)}
    queue = deque([(start, hash(start.key()), 0)])
    deadline = time.monotonic() + seconds
    deepest = 0
    while queue:
        world, mark, deepest = queue.popleft()
        event = None
        try:
            if rng.random() < deep_share:
                inspect(world, scenario)
        except Violation as v:
            if only in (None, v.promise):
                raise Found(v, trace_to(parents, mark)) from None
        for event in events_of(world, scenario):
            try:
                after = step(world, event, scenario)
            except Violation as v:
                if only in (None, v.promise):
                    raise Found(v, trace_to(parents, mark, event)) from None
                continue
            k = hash(after.key())
            if k not in parents:
                parents[k] = (mark, event)
                queue.append((after, k, deepest + 1))
        if time.monotonic() > deadline:
            return len(parents), deepest, False
    return len(parents), deepest, True


def choose(rng, may):
    """Each kind of event is as likely as any other."""
    kind = rng.choice(sorted({e[0] for e in may}))
    return rng.choice([e for e in may if e[0] == kind])


def walk(scenario, design, rng, length):
    """A random walk. Returns the number of its events."""
    world, events = starts(scenario, design, budget=None), []
    try:
        for _ in range(length):
            may = events_of(world, scenario)
            if not may:
                break
            events.append(choose(rng, may))
            world = step(world, events[-1], scenario)
            if rng.random() < 0.1:
                inspect(world, scenario)
        inspect(world, scenario)
    except Violation as v:
        raise Found(v, shrink(scenario, design, events, v.promise)) from None
    return len(events)


def wander(scenario, design, seconds, seed=1):
    """Random walks, much deeper. Returns (walks, events)."""
    rng = random.Random(seed)
    deadline = time.monotonic() + seconds
    walks = events = 0
    while time.monotonic() < deadline:
        walks += 1
        events += walk(scenario, design, rng, rng.randrange(5, 40))
    return walks, events


def violation(scenario, design, events):
    """Returns the promise that the events break, or None. What cannot happen then is left out."""
    world = starts(scenario, design, budget=None)
    try:
        for event in events:
            if event in events_of(world, scenario):
                world = step(world, event, scenario)
        inspect(world, scenario)
    except Violation as v:
        return v.promise
    return None


def shrink(scenario, design, events, promise):
    """Returns the trace without the events that it does not need."""
    size = max(1, len(events) // 2)
    while size:
        at = 0
        while at < len(events):
            less = events[:at] + events[at + size:]
            if violation(scenario, design, less) == promise:
                events = less
            else:
                at += size
        size //= 2
    return events
